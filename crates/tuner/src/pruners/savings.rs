//! What pruning saved.

use artifact_core::schema::Trial;

/// The epochs of a study's trials: those that ran, and those that pruning saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Savings {
    /// The trials that were pruned.
    pub pruned: u64,
    /// The epochs that all scored trials ran.
    pub epochs_run: u64,
    /// The epochs that the pruned trials had left to run. This overstates what pruning saved: early stopping would have
    /// saved some of them too.
    pub epochs_spared: u64,
}

impl Savings {
    /// Sums over trials. A failed one has no known number of epochs and does not count.
    pub fn of<'a>(trials: impl IntoIterator<Item = &'a Trial>) -> Self {
        let mut savings = Self::default();
        for (trial, metrics) in trials.into_iter().filter_map(|trial| Some((trial, trial.metrics.as_ref()?)))
        {
            savings.epochs_run += metrics.epochs_trained;
            if let Some(pruning) = &trial.pruning {
                savings.pruned += 1;
                savings.epochs_spared += pruning.epochs_allowed.saturating_sub(metrics.epochs_trained);
            }
        }
        savings
    }

    /// The share of all epochs that pruning saved, from 0 to 1.
    pub fn share(self) -> f64 {
        let all = self.epochs_run + self.epochs_spared;
        if all == 0 { 0.0 } else { self.epochs_spared as f64 / all as f64 }
    }
}
