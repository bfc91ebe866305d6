//! Workspaces and runs: where everything is kept, and what has been done.

use crate::error::Error;
use crate::files::{self, checked_json, write_atomically};
use crate::ledger::Ledger;
use crate::lock;
use crate::record::{Phase, PhaseRecord, RunRecord};
use crate::store::FileStore;
use crate::tags::Tags;
use crate::trial_log::TrialLog;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A directory with a store, a test ledger, a trial log, and runs.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
    compression_level: i32,
}

impl Workspace {
    /// Uses `root`, which is created at the first write.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), compression_level: FileStore::DEFAULT_LEVEL }
    }

    /// The same workspace, whose store compresses new objects with this zstd level.
    pub fn with_compression_level(self, compression_level: i32) -> Self {
        Self { compression_level, ..self }
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The object store.
    pub fn store(&self) -> FileStore {
        FileStore::new(self.root.join("store")).with_level(self.compression_level)
    }

    /// The tags.
    pub fn tags(&self) -> Tags {
        Tags::new(self.root.join("tags"))
    }

    /// Locks tags and clean-up, which together decide what is deleted, for this process.
    ///
    /// # Errors
    ///
    /// [`Error::StoreInUse`] when another process holds them, [`Error::Io`] when the directory cannot be written.
    pub fn lock_for_clean_up(&self) -> Result<CleanUpLock, Error> {
        let path = self.root.join("store").join("gc.lock");
        match lock::hold(&path)? {
            Some(file) => Ok(CleanUpLock { _file: file }),
            None => Err(Error::StoreInUse { path }),
        }
    }

    /// The test ledger.
    pub fn ledger(&self) -> Ledger {
        Ledger::new(self.root.join("ledger").join("test-access.jsonl"))
    }

    /// The log of every finished trial.
    pub fn trial_log(&self) -> TrialLog {
        TrialLog::new(self.root.join("ledger").join("trials.jsonl"))
    }

    /// The run with this name, whether it exists or not.
    pub fn run(&self, name: &str) -> Run {
        let directory = self.root.join("runs").join(name);
        Run { name: name.to_owned(), directory, trial_log: self.trial_log() }
    }

    /// The names of all runs, sorted.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn runs(&self) -> Result<Vec<String>, Error> {
        let directory = self.root.join("runs");
        if !directory.exists() {
            return Ok(Vec::new());
        }
        let io = || Error::io("read the directory", &directory);
        let mut names = Vec::new();
        for entry in fs::read_dir(&directory).map_err(io())? {
            let path = entry.map_err(io())?.path();
            // Whatever it is: what cannot be read is for the readers of the record to report.
            if path.join("run.json").symlink_metadata().is_ok() {
                names.extend(path.file_name().map(|name| name.to_string_lossy().into_owned()));
            }
        }
        names.sort();
        Ok(names)
    }
}

/// One run: a directory of views over the store.
#[derive(Debug, Clone)]
pub struct Run {
    name: String,
    directory: PathBuf,
    trial_log: TrialLog,
}

impl Run {
    /// The file in a run's directory that a phase locks while it works.
    pub const LOCK: &str = ".lock";

    /// The run's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The run's directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The workspace's log of finished trials, which includes this run's.
    pub fn trial_log(&self) -> &TrialLog {
        &self.trial_log
    }

    /// What has been done, by phase: `run.json`.
    pub fn record_path(&self) -> PathBuf {
        self.directory.join("run.json")
    }

    /// The tuner's directory.
    pub fn tuning(&self) -> PathBuf {
        self.directory.join("hyperparameter_tuning_results")
    }

    /// The view of all trials.
    pub fn trial_results(&self) -> PathBuf {
        self.tuning().join("trial_results.json")
    }

    /// The study database, in Optuna's schema.
    pub fn study_database(&self) -> PathBuf {
        self.tuning().join("optimization_study.db")
    }

    /// The weights of the best trial so far, and the fits in flight.
    pub fn checkpoints(&self) -> PathBuf {
        self.tuning().join("checkpoints")
    }

    /// The view of all cross-validations.
    pub fn extended_results(&self) -> PathBuf {
        self.directory.join("extended_training_results").join("extended_training_results.json")
    }

    /// The chosen configuration.
    pub fn best_configuration(&self) -> PathBuf {
        self.directory.join("extended_training_results").join("best_configuration_artifacts.json")
    }

    /// The frozen plan of the final phase.
    pub fn frozen_plan(&self) -> PathBuf {
        self.directory.join("extended_training_results").join("frozen_plan.json")
    }

    /// The final model's directory.
    pub fn final_model(&self) -> PathBuf {
        self.directory.join("final_model")
    }

    /// The leak certificate.
    pub fn leak_certificate(&self) -> PathBuf {
        self.directory.join("leak_certificate.json")
    }

    /// The report.
    pub fn report(&self) -> PathBuf {
        self.directory.join("report.html")
    }

    /// Locks the run for this process, until the returned lock is dropped or the process ends.
    ///
    /// # Errors
    ///
    /// [`Error::RunInUse`] when another process holds it, [`Error::Io`] when the directory cannot be written.
    pub fn lock(&self) -> Result<RunLock, Error> {
        match lock::hold(&self.lock_path())? {
            Some(file) => Ok(RunLock { file, path: self.lock_path(), alone: true }),
            None => Err(Error::RunInUse { run: self.name.clone() }),
        }
    }

    /// Shares the run with other processes that join it, but not with one that locked it.
    ///
    /// The first process has it alone until it calls [`RunLock::let_others_in`]; others wait briefly for that.
    ///
    /// # Errors
    ///
    /// As [`Run::lock`].
    pub fn join(&self) -> Result<RunLock, Error> {
        if let Some(file) = lock::hold(&self.lock_path())? {
            return Ok(RunLock { file, path: self.lock_path(), alone: true });
        }
        match lock::share(&self.lock_path())? {
            Some(file) => Ok(RunLock { file, path: self.lock_path(), alone: false }),
            None => Err(Error::RunInUse { run: self.name.clone() }),
        }
    }

    /// When the process that is working on the run locked it; `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn in_use_since(&self) -> Result<Option<SystemTime>, Error> {
        lock::held_since(&self.lock_path())
    }

    fn lock_path(&self) -> PathBuf {
        self.directory.join(Self::LOCK)
    }

    /// The run's record, if the run exists.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], or any error of [`RunRecord::parse`].
    pub fn record(&self) -> Result<Option<RunRecord>, Error> {
        let path = self.record_path();
        let bytes = files::read_if_there(&path)?;
        bytes.map(|bytes| RunRecord::parse(&bytes, &path.display().to_string())).transpose()
    }

    /// Replaces the run's record.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], or [`Error::Refused`] for settings that JSON would change.
    pub fn write_record(&self, record: &RunRecord) -> Result<(), Error> {
        write_atomically(&self.record_path(), &checked_json(record)?)
    }

    /// Records that a phase is done.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] or [`Error::Json`], or [`Error::Refused`] for settings that JSON would change.
    pub fn finish(&self, config: &impl Serialize, phase: Phase, done: PhaseRecord) -> Result<(), Error> {
        let before = self.record()?.map(|record| (record.run, record.phases));
        let (run, mut phases) = before.unwrap_or_else(|| (self.name.clone(), BTreeMap::new()));
        phases.insert(phase, done);
        write_atomically(&self.record_path(), &checked_json(&Finished { run, config, phases })?)
    }
}

/// A [`RunRecord`] whose configuration keeps its own key order, which a [`Value`](serde_json::Value) would lose.
#[derive(Serialize)]
struct Finished<'c, C> {
    run: String,
    config: &'c C,
    phases: BTreeMap<Phase, PhaseRecord>,
}

/// Holds a run for one process, or for those that joined it.
#[derive(Debug)]
pub struct RunLock {
    file: File,
    path: PathBuf,
    alone: bool,
}

impl RunLock {
    /// Whether no other process works on the run.
    pub fn is_alone(&self) -> bool {
        self.alone
    }

    /// Lets other processes join the run.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn let_others_in(&mut self) -> Result<(), Error> {
        if self.alone {
            // In two steps: converting a held lock in place behaves differently from system to system.
            self.file.unlock().map_err(Error::io("unlock", &self.path))?;
            self.file.lock_shared().map_err(Error::io("lock", &self.path))?;
            self.alone = false;
        }
        Ok(())
    }
}

/// Holds tags and clean-up of a workspace for one process.
#[derive(Debug)]
pub struct CleanUpLock {
    _file: File,
}
