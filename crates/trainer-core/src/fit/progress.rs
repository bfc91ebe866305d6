//! The progress of a fit.

use super::observer::{Control, Observer};
use crate::checkpoint::{Checkpoint, FitState};
use crate::early_stopping::EarlyStopping;
use crate::evaluation::SegmentScores;
use artifact_core::Digest;
use artifact_core::schema::{EpochRecord, Evaluation};

/// What a fit has produced so far, apart from its weights.
pub(super) struct Progress {
    pub(super) initial_weights: Digest,
    pub(super) history: Vec<EpochRecord>,
    pub(super) evaluations: Vec<Evaluation>,
    pub(super) alternatives: Vec<Vec<Evaluation>>,
    pub(super) segments: Vec<Vec<SegmentScores>>,
}

impl Progress {
    pub(super) fn new(initial_weights: Digest) -> Self {
        let (history, evaluations) = (Vec::new(), Vec::new());
        let (alternatives, segments) = (Vec::new(), Vec::new());
        Self { initial_weights, history, evaluations, alternatives, segments }
    }

    pub(super) fn restored(checkpoint: Checkpoint) -> Self {
        let Checkpoint { initial_weights, history, evaluations, alternatives, segments, .. } = checkpoint;
        Self { initial_weights, history, evaluations, alternatives, segments }
    }

    pub(super) fn checkpoint(&self, state: FitState, fit: Digest) -> Checkpoint {
        Checkpoint {
            fit,
            initial_weights: self.initial_weights,
            state,
            history: self.history.clone(),
            evaluations: self.evaluations.clone(),
            alternatives: self.alternatives.clone(),
            segments: self.segments.clone(),
        }
    }

    /// Replays the epochs of a checkpoint to early stopping and the observer; returns whether the fit must stop.
    pub(super) fn replay(&self, watch: &mut EarlyStopping, observer: &mut dyn Observer) -> bool {
        let mut stop = false;
        // Every epoch is replayed, even after a stop: `watch` must know the best epoch of the whole history, since the
        // checkpoint holds the weights of that one.
        for (place, record) in self.history.iter().enumerate() {
            if let Some(objective) = record.objective {
                stop |= watch.observe(place + 1, objective).stop;
            }
            stop |= observer.epoch(record, self.evaluations.get(place)) != Control::Continue;
        }
        stop
    }
}
