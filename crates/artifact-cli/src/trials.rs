//! `artifact trials`: how many trials were ever finished on each set of development rows.

use crate::output;
use artifact_core::schema::TrialState;
use artifact_core::{Digest, TrialIdentity, Workspace};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// The trials on the rows of one development snapshot.
#[derive(Default)]
struct Count {
    trials: BTreeSet<TrialIdentity>,
    complete: usize,
    studies: BTreeSet<Digest>,
    /// When the last trial ended.
    last: String,
}

pub(crate) fn run(workspace: &Workspace, as_json: bool) -> anyhow::Result<()> {
    let mut counts: BTreeMap<Digest, Count> = BTreeMap::new();
    for entry in workspace.trial_log().entries()? {
        let trial = entry.event;
        let count = counts.entry(trial.development_snapshot.digest()).or_default();
        // A study that is run again gives the same trials: they count once, since nothing new was searched.
        if count.trials.insert(trial.identity()) {
            count.complete += usize::from(trial.state == TrialState::Complete);
            count.studies.insert(trial.study_key);
            count.last = entry.at;
        }
    }
    if as_json {
        let document = counts.iter().map(|(snapshot, count)| {
            json!({
                "development_snapshot": snapshot,
                "trials": count.trials.len(),
                "complete": count.complete,
                "studies": count.studies.len(),
                "last": count.last,
            })
        });
        return output::json(&json!(document.collect::<Vec<_>>()));
    }
    if counts.is_empty() {
        return output::text("no trial has finished yet");
    }
    let mut rows =
        vec![["development rows", "trials", "complete", "studies", "last"].map(String::from).to_vec()];
    rows.extend(counts.iter().map(|(snapshot, count)| {
        vec![
            snapshot.short(),
            count.trials.len().to_string(),
            count.complete.to_string(),
            count.studies.len().to_string(),
            count.last.clone(),
        ]
    }));
    output::text(&output::table(&rows))
}
