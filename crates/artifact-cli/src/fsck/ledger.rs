//! The test ledger beside the store: does each opening say what the plan says that it names?

use super::findings::{Problem, Sort};
use artifact_core::ledger::{Entry, Event};
use artifact_core::schema::FrozenPlan;
use artifact_core::{ObjectStore, load};

/// Checks every opening against its plan; that the plan is there is checked with all that is needed.
pub(super) fn check(store: &dyn ObjectStore, entries: &[Entry], problems: &mut Vec<Problem>) {
    for entry in entries {
        if let Event::Unsealed { plan, .. } = &entry.event
            // What is missing or damaged is listed already.
            && let Ok(plan) = load(store, *plan)
            && let Some(message) = contradiction(entry, &plan)
        {
            problems.push(Problem { sort: Sort::Ledger, id: None, message });
        }
    }
}

/// What an opening says otherwise than the plan it names.
fn contradiction(entry: &Entry, plan: &FrozenPlan) -> Option<String> {
    let Event::Unsealed { seal, best_configuration, .. } = &entry.event else {
        return None;
    };
    let holds = [
        ("configuration", entry.configuration == plan.configuration),
        ("snapshot", entry.snapshot == plan.snapshot),
        ("split", entry.split == plan.split),
        ("split_row", entry.split_row == plan.split_row),
        ("seal", *seal == plan.seal),
        ("best_configuration", *best_configuration == plan.best_configuration),
    ];
    let (field, _) = holds.into_iter().find(|(_, holds)| !holds)?;
    Some(format!("line {} of the test ledger has another {field} than the frozen plan it names", entry.index))
}
