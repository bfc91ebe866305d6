//! Following a fit.

use crate::checkpoint::Checkpoint;
use crate::error::CheckpointError;
use artifact_core::schema::{EpochRecord, Evaluation};

/// Whether a fit continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Run the next epoch.
    Continue,
    /// Stop after this epoch: the fit is done.
    Stop,
    /// Stop after this epoch for now: the fit will be resumed later, from its checkpoint if there is one.
    Interrupt,
}

/// Follows a fit, and may end it: progress, pruning, cancellation and checkpoints.
pub trait Observer {
    /// Called after each epoch, with an evaluation if there is a validation set. A fit that resumes from a checkpoint
    /// first calls it for the epochs already done, in order.
    fn epoch(&mut self, record: &EpochRecord, evaluation: Option<&Evaluation>) -> Control;

    /// Called before the first epoch of a fit that found a checkpoint, with the epoch after which it resumes, or with
    /// the reason why it starts from the beginning instead.
    fn resumed(&mut self, _from: Result<u64, &CheckpointError>) {}

    /// Whether to take a checkpoint after `epoch`; never by default. Called after [`Observer::epoch`], except after the
    /// fit's last epoch.
    fn wants_checkpoint(&self, _epoch: u64) -> bool {
        false
    }

    /// Receives a checkpoint that [`Observer::wants_checkpoint`] asked for. Any answer but [`Control::Continue`] stops
    /// the fit.
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
