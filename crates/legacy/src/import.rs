//! Stores migrated results as a run.

use super::source::OlderFile;
use super::v1_to_v2::{Migrated, migrate};
use artifact_core::schema::{IMPORTED_STUDY, ImportedStudy, ImportedStudyId, ImportedTrial, ImportedTrialId};
use artifact_core::{
    Digest, Error, ObjectStore, Phase, PhaseRecord, Producer, Run, RunRecord, Workspace, canonical_json,
    load, save,
};

/// The result of an import.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The run that holds the results.
    pub run: String,
    /// The study's id.
    pub study_id: ImportedStudyId,
    /// The study.
    pub study: ImportedStudy,
    /// Its trials, in the order of their file.
    pub trials: Vec<(ImportedTrialId, ImportedTrial)>,
    /// How many entries of the files could not be imported.
    pub lost: usize,
    /// Whether the run already held exactly these files, so that nothing was written.
    pub already_there: bool,
}

impl Imported {
    /// Whether anything at all could be read.
    pub fn is_empty(&self) -> bool {
        self.trials.is_empty() && self.study.files.iter().all(|file| file.results.is_empty())
    }
}

/// Why an import was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The run already holds something else.
    #[error("run {run} holds {found}; choose another name with --run NAME")]
    RunExists {
        /// The run.
        run: String,
        /// What it holds.
        found: &'static str,
    },
    /// An artifact cannot be stored.
    #[error("failed to store the imported results")]
    Artifact(#[from] Error),
    /// The run's imported results are damaged, and another version of the program imported them.
    #[error("the run's imported results cannot be read; import the files again under another --run")]
    Lost(#[source] Error),
}

/// The digest of the files and their paths, by which importing the same files again is recognised.
///
/// # Errors
///
/// [`Error::Canonical`] if the paths cannot be written canonically.
pub fn import_key(sources: &[OlderFile]) -> Result<Digest, Error> {
    let parts: Vec<_> = sources.iter().map(|source| (&source.path, Digest::of(&source.bytes))).collect();
    Ok(Digest::of(&canonical_json(&("import", 1, parts))?))
}

/// Migrates files of version 1 and stores them, with the files themselves, as run `name`.
///
/// The run's record is written last: a crash before that leaves no run, only objects that garbage collection removes.
/// Without a name, the run is named `imported-` and the short form of [`import_key`].
///
/// # Errors
///
/// [`ImportError::RunExists`] if the run holds anything else, and any error of the store.
pub fn import(
    workspace: &Workspace,
    name: Option<&str>,
    sources: &[OlderFile],
    producer: &Producer,
) -> Result<Imported, ImportError> {
    let key = import_key(sources)?;
    let run = match name {
        Some(name) => workspace.run(name),
        None => workspace.run(&format!("imported-{}", key.short())),
    };
    // Checked before locking, since the lock creates the run's directory: a refused import must leave nothing behind.
    known(&run, key)?;
    let _lock = run.lock()?;
    // Checked again under the lock: another process may have imported in between.
    let known = known(&run, key)?;
    let store = workspace.store();
    if let Some(id) = known {
        return recorded(&store, &run, id, sources).or_else(|error| {
            // The files are at hand, so what was lost comes back if this version of the program imported it.
            let restored = save_all(&store, &run, sources, producer)?;
            match restored.study_id == id {
                true => Ok(Imported { already_there: true, ..restored }),
                false => Err(ImportError::Lost(error)),
            }
        });
    }
    let imported = save_all(&store, &run, sources, producer)?;
    let done = PhaseRecord::new(key, [(IMPORTED_STUDY, imported.study_id.digest())]);
    run.write_record(&RunRecord::imported(run.name(), done))?;
    Ok(imported)
}

/// What the run already holds. It is loaded rather than computed again: an id covers the producer, so another version of
/// the program would compute ids that the store does not have.
fn recorded(
    store: &impl ObjectStore,
    run: &Run,
    study_id: ImportedStudyId,
    sources: &[OlderFile],
) -> Result<Imported, Error> {
    let study: ImportedStudy = load(store, study_id)?;
    let trials = study.trials.iter().map(|id| Ok((*id, load(store, *id)?)));
    let trials = trials.collect::<Result<_, Error>>()?;
    let (run, lost) = (run.name().to_owned(), migrate(sources).lost);
    Ok(Imported { run, study_id, study, trials, lost, already_there: true })
}

/// The study that the run already holds; `None` if the run does not exist yet.
fn known(run: &Run, key: Digest) -> Result<Option<ImportedStudyId>, ImportError> {
    let Some(record) = run.record()? else {
        return Ok(None);
    };
    let found = match record.done(Phase::Import, key) {
        Some(done) if done.outputs.contains_key(IMPORTED_STUDY) => {
            return Ok(done.outputs.get(IMPORTED_STUDY).copied().map(ImportedStudyId::new));
        }
        _ if record.phases.contains_key(&Phase::Import) => "an import of other files",
        _ => "results of its own",
    };
    Err(ImportError::RunExists { run: run.name().to_owned(), found })
}

/// Migrates the files; stores them, the trials and the study.
fn save_all(
    store: &impl ObjectStore,
    run: &Run,
    sources: &[OlderFile],
    producer: &Producer,
) -> Result<Imported, Error> {
    // The files first: the trials and the study refer to them by digest.
    for source in sources {
        store.put(&source.bytes)?;
    }
    let Migrated { trials, files, findings, lost } = migrate(sources);
    let saved = trials.into_iter().map(|trial| Ok((save(store, trial.clone(), producer.clone())?, trial)));
    let trials = saved.collect::<Result<Vec<_>, Error>>()?;
    let ids = trials.iter().map(|(id, _)| *id).collect();
    let study = ImportedStudy { files, trials: ids, findings };
    let study_id = save(store, study.clone(), producer.clone())?;
    let run = run.name().to_owned();
    Ok(Imported { run, study_id, study, trials, lost, already_there: false })
}
