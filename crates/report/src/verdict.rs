//! The verdict on a run.

use crate::gather::RunData;
use figures::{Situation, Verdict};

/// What the test rows say about the run's final model; `None` until it has been fitted and scored.
pub fn verdict(run: &RunData) -> Option<Verdict> {
    let (last, cv) = (run.final_fit.as_ref()?, run.cross_validation.as_ref()?);
    Some(Verdict::of(&Situation {
        test: &last.bundle.test,
        objective: &cv.best.objective,
        model: &cv.best.model.name,
        time_window: cv.best.params.time_window,
        openings: run.times_opened(),
        trials: run.selection.as_ref().map(|selection| selection.trials),
    }))
}

/// The same in words, also where there is nothing to say yet.
pub(crate) fn verdict_text(run: &RunData) -> String {
    let none = "No verdict yet: the final model has not been fitted, and the test rows have not been scored.";
    verdict(run).map_or(none.to_owned(), |verdict| verdict.text())
}
