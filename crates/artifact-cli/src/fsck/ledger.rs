//! The test ledger against the store: does each opening agree with the plan it names?

use super::findings::{Problem, Sort};
use artifact_core::ledger::{Entry, Event};
use artifact_core::schema::FrozenPlan;
use artifact_core::{ObjectStore, load};

/// Checks every opening against its plan. A missing plan is reported with all other missing objects.
pub(super) fn check(store: &dyn ObjectStore, entries: &[Entry], problems: &mut Vec<Problem>) {
    for entry in entries {
        if let Event::Unsealed { plan, .. } = &entry.event
            // Missing and damaged objects are already listed.
            && let Ok(plan) = load(store, *plan)
            && let Some(message) = contradiction(entry, &plan)
        {
            problems.push(Problem { sort: Sort::Ledger, id: None, message });
        }
    }
}

/// The first field in which an opening contradicts the plan it names.
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
    Some(format!("line {} of the test ledger and the frozen plan it names differ in {field}", entry.index))
}
