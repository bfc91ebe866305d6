//! The verdict on a run.

use crate::gather::RunData;
use figures::{Situation, Verdict};

/// What the test rows say about the run's final model; `None` until it has been fitted and scored.
pub fn verdict(run: &RunData) -> Option<Verdict> {
    let (last, cv) = (run.final_fit.as_ref()?, run.cross_validation.as_ref()?);
    let trials = run.selection.as_ref().map(|selection| selection.trials);
    Some(Verdict::of(&Situation::of(&cv.best, &last.bundle.test, run.times_opened(), trials)))
}

/// The same in words, also where there is nothing to say yet.
pub(crate) fn verdict_text(run: &RunData) -> String {
    let none = "No verdict yet: the final model has not been fitted, and the test rows have not been scored.";
    verdict(run).map_or(none.to_owned(), |verdict| verdict.text())
}
