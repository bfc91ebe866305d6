//! Surveys a workspace: what it holds, and what needs it.

use super::inventory::Inventory;
use super::names::named_ids;
use artifact_core::files::{self, entries, is_temporary};
use artifact_core::ledger::Event;
use artifact_core::schema::Study;
use artifact_core::store::{Leftover, Quarantine};
use artifact_core::{Digest, Error, Id, ObjectStore, Phase, Run, RunRecord, Workspace, load};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Everything that a plan depends on.
#[derive(Debug, Clone, Default)]
pub struct Survey {
    /// The store.
    pub inventory: Inventory,
    /// The objects that are needed whichever runs are removed, and what needs them.
    pub roots: BTreeMap<Digest, String>,
    /// The directories of runs.
    pub runs: Vec<RunFacts>,
    /// The runs that an earlier clean-up removed.
    pub removed_runs: Vec<RemovedRun>,
}

/// What clean-up needs to know about a run.
#[derive(Debug, Clone)]
pub struct RunFacts {
    /// Its name.
    pub name: String,
    /// Whether it has a record; a directory without one is left alone.
    pub recorded: bool,
    /// The size of its files in bytes.
    pub bytes: u64,
    /// When any of its files was last written.
    pub modified: SystemTime,
    /// Since when a phase has been working on it, if one is.
    pub in_use_since: Option<SystemTime>,
    /// Its tags.
    pub tags: Vec<String>,
    /// The objects that its finished phases produced; they must exist.
    pub outputs: BTreeMap<Digest, String>,
    /// Every id that occurs in its files, views, study database, record, and its trials in the trial log.
    pub names: BTreeSet<Digest>,
    /// The objective of its study and the best value.
    pub result: Option<(String, f64)>,
    /// Temporary files that killed writers left in its directory.
    pub leftovers: Vec<Leftover>,
}

/// A run that was removed, and can be moved back until it is deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovedRun {
    /// Its name.
    pub name: String,
    /// Where it is now.
    pub path: PathBuf,
    /// The size of its files in bytes.
    pub bytes: u64,
    /// When it was removed.
    pub since: SystemTime,
}

impl Survey {
    /// A survey of a store with the given roots and without runs.
    ///
    /// # Errors
    ///
    /// Those of [`Inventory::read`].
    pub fn of_store(store: &dyn Quarantine, roots: &BTreeSet<Digest>) -> Result<Self, Error> {
        let roots = roots.iter().map(|&id| (id, "a root".to_owned())).collect();
        Ok(Self { inventory: Inventory::read(store)?, roots, ..Self::default() })
    }
}

/// Reads a workspace.
///
/// # Errors
///
/// If a record, a tag, the ledger, the trial log or a directory cannot be read: what it needs is then unknown.
pub fn survey(workspace: &Workspace) -> Result<Survey, Error> {
    let store = workspace.store();
    // The store is read first, so that the plan does not know objects put later. The other way round, an object put and
    // referred to in between would be seen without its reference.
    let mut inventory = Inventory::read(&store)?;
    let tags = workspace.tags().list()?;
    let mut roots = BTreeMap::new();
    for (name, tag) in &tags {
        roots.extend(tag.objects().map(|id| (id, format!("tag {name}"))));
    }
    for entry in workspace.ledger().entries()? {
        let mut ids = vec![entry.snapshot.digest(), entry.split.digest()];
        if let Event::Unsealed { seal, plan, best_configuration } = entry.event {
            ids.extend([seal.digest(), plan.digest(), best_configuration.digest()]);
        }
        roots.extend(ids.into_iter().map(|id| (id, format!("line {} of the test ledger", entry.index))));
    }
    // Until its view is written, a study on a database server names its trials only in the trial log.
    let mut logged: BTreeMap<String, BTreeSet<Digest>> = BTreeMap::new();
    for entry in workspace.trial_log().entries()? {
        logged.entry(entry.run).or_default().insert(entry.event.trial.digest());
    }
    let mut runs = Vec::new();
    for directory in entries(&workspace.root().join("runs"))? {
        if directory.is_dir() {
            let mut facts = run_facts(workspace, &store, &directory)?;
            let named = tags.iter().filter(|(_, tag)| tag.run == facts.name);
            facts.names.extend(logged.remove(&facts.name).unwrap_or_default());
            facts.tags = named.map(|(name, _)| name.clone()).collect();
            runs.push(facts);
        }
    }
    // What was put and referred to in the meantime is there, though it was not listed.
    let outputs = runs.iter().flat_map(|run| run.outputs.keys());
    inventory.complete(&store, roots.keys().chain(outputs).copied())?;
    Ok(Survey { inventory, roots, runs, removed_runs: removed_runs(workspace)? })
}

fn run_facts(workspace: &Workspace, store: &dyn ObjectStore, directory: &Path) -> Result<RunFacts, Error> {
    let name = directory.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let run = workspace.run(&name);
    // Asked before the files are read: a phase that ends in between still counts as running.
    let in_use_since = run.in_use_since()?;
    let files = Files::of(directory)?;
    let record = run.record()?;
    let mut outputs = BTreeMap::new();
    for (phase, done) in record.iter().flat_map(|record| &record.phases) {
        let named = done.outputs.iter();
        outputs.extend(named.map(|(output, &id)| (id, format!("run {name} ({}, {output})", phase.name()))));
    }
    Ok(RunFacts {
        recorded: record.is_some(),
        bytes: files.bytes,
        modified: files.modified,
        in_use_since,
        tags: Vec::new(),
        outputs,
        names: files.names,
        result: record.and_then(|record| result(store, &record)),
        leftovers: files.leftovers,
        name,
    })
}

/// The best value of a run's study; `None` if there is none or it cannot be read.
fn result(store: &dyn ObjectStore, record: &RunRecord) -> Option<(String, f64)> {
    let study: Study = load(store, Id::new(record.output(Phase::Tuning, "study")?)).ok()?;
    let best = study.trials.get(usize::try_from(study.best_trial?).ok()?)?;
    let trial = load(store, *best).ok()?;
    Some((study.objective.name.clone(), trial.metrics?.objective_value))
}

/// When the files of a run were last written; the lock does not count.
pub(super) fn last_written(directory: &Path) -> Result<SystemTime, Error> {
    Ok(Files::of(directory)?.modified)
}

/// The files below a directory.
struct Files {
    bytes: u64,
    modified: SystemTime,
    names: BTreeSet<Digest>,
    leftovers: Vec<Leftover>,
}

impl Files {
    fn of(directory: &Path) -> Result<Self, Error> {
        let mut files =
            Self { bytes: 0, modified: UNIX_EPOCH, names: BTreeSet::new(), leftovers: Vec::new() };
        files.add_directory(directory)?;
        Ok(files)
    }

    fn add_directory(&mut self, directory: &Path) -> Result<(), Error> {
        let mut paths = entries(directory)?;
        // A checkpoint moves rows from a database's write-ahead log into the database, so the log is read first: no row
        // can slip past.
        paths.sort_by_key(|path| !path.to_string_lossy().ends_with("-wal"));
        for path in paths {
            match self.add(&path) {
                // Temporary files come and go while the directory is read.
                Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
                other => other?,
            }
        }
        Ok(())
    }

    fn add(&mut self, path: &Path) -> Result<(), Error> {
        let io = || Error::io("read", path);
        let metadata = fs::symlink_metadata(path).map_err(io())?;
        if metadata.is_dir() {
            return self.add_directory(path);
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // Taking the lock stamps its file, and a clean-up takes it before it compares this time with the plan's.
        if name == Run::LOCK || !metadata.is_file() {
            return Ok(());
        }
        let modified = metadata.modified().map_err(io())?;
        self.bytes += metadata.len();
        if is_temporary(&name) {
            self.leftovers.push(Leftover { path: path.to_owned(), bytes: metadata.len(), modified });
            return Ok(());
        }
        self.modified = self.modified.max(modified);
        // Weights contain no ids and are large.
        if !name.ends_with(".safetensors") {
            self.names.append(&mut named_ids(&files::read(path)?));
        }
        Ok(())
    }
}

/// The directory to which a run removed at this time is moved.
pub(super) fn removed_to(workspace: &Workspace, name: &str, at: SystemTime) -> PathBuf {
    let milliseconds = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    workspace.root().join("removed-runs").join(milliseconds.to_string()).join(name)
}

fn removed_runs(workspace: &Workspace) -> Result<Vec<RemovedRun>, Error> {
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut runs = Vec::new();
    for batch in entries(&workspace.root().join("removed-runs"))? {
        let Ok(milliseconds) = name(&batch).parse() else {
            continue;
        };
        let Some(since) = UNIX_EPOCH.checked_add(Duration::from_millis(milliseconds)) else {
            continue;
        };
        for path in entries(&batch)? {
            runs.push(RemovedRun { name: name(&path), bytes: Files::of(&path)?.bytes, since, path });
        }
    }
    Ok(runs)
}
