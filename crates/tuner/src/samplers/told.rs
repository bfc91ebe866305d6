//! What a sampler knows about the trials so far.

use crate::search_space::Point;

/// A trial as a sampler sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// The point that is or was tried.
    pub point: Point,
    /// Its outcome.
    pub outcome: TrialOutcome,
}

/// The outcome of a trial.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TrialOutcome {
    /// It was scored; larger is better. NaN counts as a failure.
    Complete(f64),
    /// It was stopped early. Pruned trials rank after all complete ones: those that ran more epochs first, and of those
    /// that ran equally many, the ones with the higher value.
    Pruned {
        /// The epochs it ran.
        epochs: u64,
        /// Its value when it was stopped; larger is better, and NaN counts as a failure.
        value: f64,
    },
    /// It failed. It has no score, and serves only to keep suggestions away from its point.
    Failed,
    /// It is still running. It also keeps suggestions away, so that points in flight are not suggested again (the
    /// constant liar of Ginsbourger et al. 2010, in the form that suits density ratios).
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

/// The indices of the scored trials, the best first; of equal ones the earlier first.
pub(super) fn ranked(told: &[Told]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..told.len()).filter(|&place| told[place].outcome.is_scored()).collect();
    // Complete trials rank as if they had run forever.
    let key = |place: usize| match told[place].outcome {
        TrialOutcome::Complete(value) => (u64::MAX, value),
        TrialOutcome::Pruned { epochs, value } => (epochs.min(u64::MAX - 1), value),
        TrialOutcome::Failed | TrialOutcome::Pending => (0, f64::NEG_INFINITY),
    };
    // A stable sort, which keeps equal trials in order.
    places.sort_by(|&left, &right| {
        let (left, right) = (key(left), key(right));
        right.0.cmp(&left.0).then(right.1.total_cmp(&left.1))
    });
    places
}
