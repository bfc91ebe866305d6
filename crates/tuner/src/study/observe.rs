//! Observers of a study and of its fits.

use crate::trial_runner::Request;
use artifact_core::schema::Trial;
use trainer_core::{CheckpointError, Control, EpochRecord, Evaluation, Observer};

/// Follows the progress of a study; called from several threads.
pub trait StudyObserver: Sync {
    /// The study is open: `done` of `total` trials are finished.
    fn opened(&self, _done: u64, _total: u64) {}
    /// A trial starts.
    fn started(&self, _request: &Request) {}
    /// An interrupted trial resumes after the epoch `from`, or starts from the beginning because of this error.
    fn resumed(&self, _number: u64, _from: Result<u64, &CheckpointError>) {}
    /// An epoch of a trial ended.
    fn epoch(&self, _number: u64, _record: &EpochRecord) {}
    /// A trial was interrupted; it runs again when the study resumes.
    fn interrupted(&self, _number: u64) {}
    /// A trial finished, here or in another process; `done` trials are finished, and `best` is the best trial so far
    /// with its objective.
    fn finished(&self, _trial: &Trial, _done: u64, _best: Option<(u64, f64)>) {}
}

/// Ignores everything.
impl StudyObserver for () {}

/// Forwards a fit's epochs, and interrupts the fit when the study stops.
pub(super) struct TrialObserver<'a> {
    /// The trial's number.
    pub(super) number: u64,
    /// Follows the study.
    pub(super) study: &'a dyn StudyObserver,
    /// Called after each epoch.
    pub(super) epoch: &'a mut dyn FnMut(&EpochRecord),
    /// The last epoch that the fit may run. After it the fit is complete, and interrupting would only lose the result.
    pub(super) last_epoch: u64,
    /// Whether the study is stopping.
    pub(super) stop: &'a dyn Fn() -> bool,
    /// Whether the fit was interrupted.
    pub(super) interrupted: bool,
}

impl Observer for TrialObserver<'_> {
    fn epoch(&mut self, record: &EpochRecord, _evaluation: Option<&Evaluation>) -> Control {
        self.study.epoch(self.number, record);
        (self.epoch)(record);
        if record.epoch < self.last_epoch && (self.stop)() {
            self.interrupted = true;
            return Control::Interrupt;
        }
        Control::Continue
    }

    fn resumed(&mut self, from: Result<u64, &CheckpointError>) {
        self.study.resumed(self.number, from);
    }
}
