//! Observes the fit of one fold.

use crate::candidate::Candidate;
use artifact_core::schema::{EpochRecord, Evaluation, Role};
use trainer_core::{CheckpointError, Control, Observer};

/// Logs where an interrupted fold resumes.
pub(crate) struct FoldObserver<'a> {
    pub(crate) candidate: &'a Candidate<'a>,
    pub(crate) fold: usize,
}

impl FoldObserver<'_> {
    /// The name of the fold's checkpoint. It contains the trial's id because imported trials may share a number.
    pub(crate) fn name(&self) -> String {
        let role = match self.candidate.role {
            Role::Candidate => "trial".to_owned(),
            Role::Baseline => format!("baseline-{}", self.candidate.model.component.name),
        };
        let located = self.candidate.located;
        format!("{role}-{:05}-{}-fold-{}", located.number, located.id.short(), self.fold)
    }
}

impl Observer for FoldObserver<'_> {
    fn epoch(&mut self, _record: &EpochRecord, _evaluation: Option<&Evaluation>) -> Control {
        Control::Continue
    }

    fn resumed(&mut self, from: Result<u64, &CheckpointError>) {
        match from {
            Ok(epoch) => tracing::info!("{} resumes after epoch {epoch}", self.name()),
            Err(error) => tracing::warn!("{} starts from the beginning: {error}", self.name()),
        }
    }
}
