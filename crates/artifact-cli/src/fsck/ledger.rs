//! The test ledger against the store: each opening has to agree with the plan it names.

use super::findings::{Problem, Sort};
use artifact_core::ledger::{Entry, Event};
use artifact_core::schema::FrozenPlan;
use artifact_core::{Digest, Error, ObjectStore, load};

/// Checks every opening against its plan. A missing plan is reported with all other missing objects.
pub(super) fn check(store: &dyn ObjectStore, entries: &[Entry], problems: &mut Vec<Problem>) {
    for entry in entries {
        if let Event::Unsealed { plan, .. } = &entry.event
            // Missing and damaged objects are already reported.
            && let Ok(stored) = configuration(store, plan.digest())
            && let Ok(plan) = load(store, *plan)
            && let Some(message) = contradiction(entry, &plan, stored)
        {
            problems.push(Problem { sort: Sort::Ledger, id: None, message });
        }
    }
}

/// The digest of a plan's settings as stored. Loading a plan of an earlier version upgrades its settings, while the
/// ledger holds the digest of its time.
fn configuration(store: &dyn ObjectStore, plan: Digest) -> Result<Option<Digest>, Error> {
    let document = serde_json::from_slice::<serde_json::Value>(&store.get(&plan)?).unwrap_or_default();
    let stored = document.pointer("/payload/configuration").and_then(|digest| digest.as_str());
    Ok(stored.and_then(|digest| digest.parse().ok()))
}

/// The first field in which an opening contradicts the plan it names.
fn contradiction(entry: &Entry, plan: &FrozenPlan, configuration: Option<Digest>) -> Option<String> {
    let Event::Unsealed { seal, best_configuration, .. } = &entry.event else {
        return None;
    };
    let holds = [
        ("configuration", Some(entry.configuration) == configuration),
        ("snapshot", entry.snapshot == plan.snapshot),
        ("split", entry.split == plan.split),
        ("split_row", entry.split_row == plan.split_row),
        ("seal", *seal == plan.seal),
        ("best_configuration", *best_configuration == plan.best_configuration),
    ];
    let (field, _) = holds.into_iter().find(|(_, holds)| !holds)?;
    Some(format!("line {} of the test ledger and the frozen plan it names differ in {field}", entry.index))
}
