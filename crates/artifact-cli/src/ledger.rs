//! `artifact ledger`: which run opened which test set, and when.

use crate::output;
use artifact_core::Workspace;
use artifact_core::ledger::{Entry, Event};
use serde_json::json;

pub(crate) fn run(workspace: &Workspace, as_json: bool) -> anyhow::Result<()> {
    let entries = workspace.ledger().entries()?;
    if as_json {
        return output::json(&json!(entries));
    }
    if entries.is_empty() {
        return output::text("no test set has been opened");
    }
    let mut rows = vec![["entry", "at", "run", "event", "about"].map(String::from).to_vec()];
    rows.extend(entries.iter().map(row));
    output::text(&output::table(&rows))
}

fn row(entry: &Entry) -> Vec<String> {
    let (event, about) = match &entry.event {
        Event::Unsealed { plan, best_configuration, .. } => (
            "unsealed",
            format!(
                "snapshot {} from row {} for configuration {} by plan {}",
                entry.snapshot.short(),
                entry.split_row,
                best_configuration.short(),
                plan.short()
            ),
        ),
        Event::Scored { unsealed, metrics } => {
            ("scored", format!("opening {}, figures {}", unsealed.short(), metrics.short()))
        }
    };
    vec![entry.index.to_string(), entry.at.clone(), entry.run.clone(), event.to_owned(), about]
}
