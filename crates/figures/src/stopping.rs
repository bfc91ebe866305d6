//! What early stopping adds to the scores of trials.

use crate::digits::{counted, decimals};
use artifact_core::schema::Trial;

/// What choosing the epoch on the rows that score it adds to the objective of a trial, on average.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StoppingBias {
    /// The mean over the trials, in the objective's own unit.
    pub mean: f64,
    /// The trials that it is known of.
    pub trials: u64,
}

impl StoppingBias {
    /// The mean over the trials that it is known of; `None` without any.
    pub fn of<'a>(trials: impl IntoIterator<Item = &'a Trial>) -> Option<Self> {
        let known = trials.into_iter().filter_map(|trial| trial.metrics.as_ref()?.stopping_bias);
        let (sum, trials) = known.fold((0.0, 0), |(sum, count), bias| (sum + bias, count + 1));
        (trials > 0).then(|| Self { mean: sum / trials as f64, trials })
    }

    /// In a sentence; `objective` is the objective's name.
    pub fn in_words(&self, objective: &str) -> String {
        format!(
            "A trial's epoch is chosen by the rows that score it, which makes its {objective} too high by {} on average (estimated on \
             {}: the epoch is chosen on one half of the rows and scored on the other).",
            decimals(self.mean, 4),
            counted(self.trials, "trial")
        )
    }
}
