//! Checkpoints as files in a directory.

use super::Checkpoint;
use crate::config::FitConfig;
use crate::error::{CheckpointError, FitError};
use crate::fit::{Control, FitOutcome, Observer, fit, resume};
use artifact_core::schema::{EpochRecord, Evaluation};
use artifact_core::seed::FitSeed;
use artifact_core::{Error, files};
use data_loader::SequenceSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Keeps the checkpoints of running fits in a directory, one file per fit.
///
/// [`fit`] itself opens no file; this type wraps it with the file handling.
#[derive(Debug, Clone)]
pub struct Checkpoints {
    directory: PathBuf,
    epochs: usize,
}

/// Why a fit with checkpoints failed.
#[derive(Debug, thiserror::Error)]
pub enum SavedFitError {
    /// The fit failed; its checkpoint is removed, since resuming would fail again.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// A checkpoint cannot be read, written or removed.
    #[error("failed to read, write or remove a checkpoint")]
    File(#[from] Error),
}

impl Checkpoints {
    /// Writes a checkpoint into `directory` after every `epochs` epochs of each fit; 0 turns checkpoints off.
    pub fn new(directory: impl Into<PathBuf>, epochs: usize) -> Self {
        Self { directory: directory.into(), epochs }
    }

    /// Keeps no checkpoints.
    pub fn off() -> Self {
        Self::new("", 0)
    }

    /// Fits as [`fit`] does, to the same bits, but resumes from the checkpoint that an interrupted fit left under this
    /// `name`, if it was the same fit. A fit that `observer` interrupts also leaves a checkpoint; a finished or failed
    /// one leaves no file.
    ///
    /// # Errors
    ///
    /// [`SavedFitError`]. After a file error, the last checkpoint that was saved is still there.
    pub fn fit<'data>(
        &self,
        name: &str,
        config: &FitConfig,
        train: &SequenceSet<'data>,
        validation: Option<&SequenceSet<'data>>,
        seed: FitSeed,
        observer: &mut dyn Observer,
    ) -> Result<FitOutcome, SavedFitError> {
        if self.epochs == 0 {
            return Ok(fit(config, train, validation, seed, observer)?);
        }
        let path = self.directory.join(format!("{name}.safetensors"));
        let mut saver = Saver {
            path: &path,
            epochs: self.epochs as u64,
            inner: observer,
            interrupted: false,
            failure: None,
        };
        let outcome = match read(&path)? {
            None => fit(config, train, validation, seed, &mut saver),
            Some(found) => {
                let resumed = found
                    .map_err(FitError::Checkpoint)
                    .and_then(|checkpoint| resume(config, train, validation, seed, checkpoint, &mut saver));
                match resumed {
                    // A checkpoint that is damaged or of another fit must not block this one: start over, replace it.
                    // `resume` rejects a checkpoint before it reports any epoch, so the observer sees none twice.
                    Err(FitError::Checkpoint(error)) => {
                        saver.resumed(Err(&error));
                        fit(config, train, validation, seed, &mut saver)
                    }
                    outcome => outcome,
                }
            }
        };
        // The failure comes first: it ended the fit early, with an outcome that looks like that of a finished fit.
        match saver.failure {
            Some(failure) => Err(failure.into()),
            None if saver.interrupted && outcome.is_ok() => Ok(outcome?),
            None => {
                remove(&path)?;
                Ok(outcome?)
            }
        }
    }
}

/// Reads the checkpoint; `None` if there is no file.
fn read(path: &Path) -> Result<Option<Result<Checkpoint, CheckpointError>>, Error> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(Checkpoint::from_safetensors(&bytes))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", path)(error)),
    }
}

fn remove(path: &Path) -> Result<(), Error> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io("remove", path)(error)),
        _ => Ok(()),
    }
}

/// Writes checkpoints and forwards every other call to `inner`.
struct Saver<'a> {
    path: &'a Path,
    epochs: u64,
    inner: &'a mut dyn Observer,
    /// Whether the fit will be resumed later.
    interrupted: bool,
    /// The error of the first failed write, which ends the fit.
    failure: Option<Error>,
}

impl Observer for Saver<'_> {
    fn epoch(&mut self, record: &EpochRecord, evaluation: Option<&Evaluation>) -> Control {
        let control = self.inner.epoch(record, evaluation);
        self.interrupted |= control == Control::Interrupt;
        control
    }

    fn resumed(&mut self, from: Result<u64, &CheckpointError>) {
        self.inner.resumed(from);
    }

    fn wants_checkpoint(&self, epoch: u64) -> bool {
        self.interrupted || epoch.is_multiple_of(self.epochs)
    }

    fn checkpoint(&mut self, checkpoint: Checkpoint) -> Control {
        // A state that has no file form is no reason to stop: the previous checkpoint still serves.
        let Ok(bytes) = checkpoint.to_safetensors() else { return Control::Continue };
        // Atomically, so that a crash while writing leaves the previous checkpoint intact.
        match files::write_atomically(self.path, &bytes) {
            Ok(()) => Control::Continue,
            Err(error) => {
                self.failure = Some(error);
                Control::Stop
            }
        }
    }
}
