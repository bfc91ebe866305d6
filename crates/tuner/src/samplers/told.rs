//! What a sampler knows of the trials so far.

use crate::search_space::Point;

/// A trial as a sampler sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// The point that is or was tried.
    pub point: Point,
    /// What came of it.
    pub outcome: TrialOutcome,
}

/// What came of a trial.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TrialOutcome {
    /// It was scored; larger is better. NaN counts as a failure.
    Complete(f64),
    /// It was ended early. Such trials rank after all complete ones: the later they were ended the better, and among
    /// those that ended together, the higher their value.
    Pruned {
        /// The epochs it ran.
        epochs: u64,
        /// Its value then.
        value: f64,
    },
    /// It failed: it has no score, and only repels.
    Failed,
    /// It is still running. It repels too, so that trials in flight are not suggested again (the constant liar of
    /// Ginsbourger et al. 2010, in the form that fits density ratios).
    Pending,
}

impl TrialOutcome {
    /// Whether there is a value to rank it by.
    pub(super) fn is_scored(self) -> bool {
        match self {
            TrialOutcome::Complete(value) | TrialOutcome::Pruned { value, .. } => !value.is_nan(),
            TrialOutcome::Failed | TrialOutcome::Pending => false,
        }
    }
}

/// The places of the scored trials, the best first; of equal ones the earlier first.
pub(super) fn ranked(told: &[Told]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..told.len()).filter(|&place| told[place].outcome.is_scored()).collect();
    // Complete ones are as if they had run forever.
    let key = |place: usize| match told[place].outcome {
        TrialOutcome::Complete(value) => (u64::MAX, value),
        TrialOutcome::Pruned { epochs, value } => (epochs.min(u64::MAX - 1), value),
        TrialOutcome::Failed | TrialOutcome::Pending => (0, f64::NEG_INFINITY),
    };
    places.sort_by(|&left, &right| {
        let (left, right) = (key(left), key(right));
        right.0.cmp(&left.0).then(right.1.total_cmp(&left.1))
    });
    places
}
