//! Following a fit.

use crate::checkpoint::Checkpoint;
use crate::error::CheckpointError;
use artifact_core::schema::{EpochRecord, Evaluation};

/// Whether a fit continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Go on.
    Continue,
    /// Stop after this epoch: the fit is done.
    Stop,
    /// Stop after this epoch for now: the fit resumes another time, from its checkpoint if there is one.
    Interrupt,
}

/// Follows a fit, and may end it: progress, pruning, cancellation and checkpoints.
pub trait Observer {
    /// Called after each epoch; the evaluation is there when a validation set was given. A fit that resumes from a
    /// checkpoint also calls it for the epochs before, in order.
    fn epoch(&mut self, record: &EpochRecord, evaluation: Option<&Evaluation>) -> Control;

    /// Called before the first epoch of a fit that was to resume from a checkpoint: after which epoch it does, or why it
    /// starts from the beginning instead.
    fn resumed(&mut self, _from: Result<u64, &CheckpointError>) {}

    /// Whether the state after `epoch` is wanted; never by default. Asked after [`Observer::epoch`], but not when that
    /// was the fit's last epoch.
    fn wants_checkpoint(&self, _epoch: u64) -> bool {
        false
    }

    /// Takes a state that was wanted.
    fn checkpoint(&mut self, _checkpoint: Checkpoint) -> Control {
        Control::Continue
    }
}

/// Lets every fit run to its end.
impl Observer for () {
    fn epoch(&mut self, _record: &EpochRecord, _evaluation: Option<&Evaluation>) -> Control {
        Control::Continue
    }
}
