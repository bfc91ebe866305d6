//! `fsck --repair`: rebuilds lost objects and keeps only byte-identical results.
//!
//! Every rebuilt object is only a candidate: it is stored if, and only if, its digest is that of a lost object. A
//! repair can therefore guess freely and still restores nothing but the original bytes.

use super::findings::Drifted;
use super::runs::is_tuning;
use crate::output::chain;
use artifact_core::schema::{Seal, SealId, Study, Trial, TrialId, TrialState};
use artifact_core::{
    AnyPayload, Digest, Envelope, Error, FileStore, MemoryStore, Object, ObjectStore, Payload, Phase,
    Producer, Run, RunRecord, Workspace, files, load,
};
use data_loader::{DataParts, Dataset, Drift, Input, Windows, freeze, load_panel};
use settings::Config;
use std::collections::BTreeSet;
use views::{ExtendedResults, ModelDirectory, TrialResults, ViewState, of_run, parse_canonical};

/// The most window pairs of a search space that a repair tries.
const MOST_WINDOWS: usize = 10_000;

/// Restores lost objects; returns the reasons why some could not be restored.
pub(super) fn objects(
    workspace: &Workspace,
    lost: BTreeSet<Digest>,
    parts: &DataParts,
) -> Result<(Vec<String>, Vec<Drifted>), Error> {
    let mut repair = Repair {
        store: workspace.store(),
        parts,
        lost,
        producers: Vec::new(),
        reasons: Vec::new(),
        drifted: Vec::new(),
    };
    if repair.lost.is_empty() {
        return Ok((repair.reasons, repair.drifted));
    }
    let mut windows = repair.look_around()?;
    for name in workspace.runs()? {
        let run = workspace.run(&name);
        let Ok(Some(record)) = run.record() else {
            continue;
        };
        repair.try_views(&run)?;
        // Imported results derive from nothing in the workspace; unreadable settings are already reported.
        let Ok(Some(config)) = &Config::of_record(&record) else {
            continue;
        };
        let results = files::read_json::<TrialResults>(&run.trial_results()).ok();
        windows.extend(
            results.iter().flat_map(|view| view.trials.iter().map(|trial| Windows::from(&trial.params))),
        );
        let mut tried = windows.clone();
        tried.extend(search_space(config));
        repair.try_parents(&name, config, &record, &tried)?;
        repair.try_source(&name, config, &record)?;
        // Tried again: the source may have restored the bars that these derive from.
        repair.try_parents(&name, config, &record, &tried)?;
        repair.try_results(&run, config, &record, results.as_ref())?;
    }
    Ok((repair.reasons, repair.drifted))
}

/// Writes the views that are missing or different; returns the reasons why some could not be written.
pub(super) fn views(workspace: &Workspace) -> Result<Vec<String>, Error> {
    let mut reasons = Vec::new();
    for name in workspace.runs()? {
        let run = workspace.run(&name);
        let Ok(Some(record)) = run.record() else {
            continue;
        };
        // Locked, unlike the repair of objects: a running phase writes the same files, whereas any number of processes
        // may store the same bytes.
        let _lock = match run.lock() {
            Ok(lock) => lock,
            Err(error) => {
                reasons.push(chain(&error));
                continue;
            }
        };
        for phase in of_run(&workspace.store(), &workspace.ledger(), &run, &record) {
            let views = match phase.views {
                Ok(views) => views,
                Err(error) => {
                    reasons.push(chain(&error));
                    continue;
                }
            };
            for view in views {
                let ahead = view.path == run.trial_results() && is_tuning(&run);
                // One that cannot be written, such as in place of a directory, must not keep the others back.
                let written = match view.state() {
                    Ok(ViewState::Current) => Ok(()),
                    Ok(_) if ahead => Ok(()),
                    Ok(_) => view.write(),
                    Err(error) => Err(error),
                };
                written.unwrap_or_else(|error| reasons.push(chain(&error)));
            }
        }
    }
    Ok(reasons)
}

struct Repair<'a> {
    store: FileStore,
    parts: &'a DataParts,
    lost: BTreeSet<Digest>,
    /// The programs that produced the objects of this store.
    producers: Vec<Producer>,
    /// What failed along the way.
    reasons: Vec<String>,
    /// The sources that now give different bars.
    drifted: Vec<Drifted>,
}

impl Repair<'_> {
    /// Stores the bytes if they are those of a lost object.
    fn offer(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let id = Digest::of(bytes);
        if self.lost.contains(&id) {
            self.store.put(bytes)?;
            self.lost.remove(&id);
        }
        Ok(())
    }

    /// Offers a payload in an envelope of each known producer: which one wrote the lost object is unknown.
    fn offer_payload<P: Payload + Clone>(&mut self, payload: &P) -> Result<(), Error> {
        for producer in self.producers.clone() {
            // A payload that contradicts itself was never stored.
            if let Ok((bytes, _)) = Envelope::new(payload.clone(), producer).to_bytes() {
                self.offer(&bytes)?;
            }
        }
        Ok(())
    }

    /// Collects the producers and the windows of the sound objects.
    fn look_around(&mut self) -> Result<BTreeSet<Windows>, Error> {
        let mut windows = BTreeSet::new();
        for id in self.store.list()? {
            let read = self.store.get(&id).and_then(|bytes| Object::read(id, bytes));
            let Ok(Object::Artifact(envelope)) = read else {
                continue;
            };
            if !self.producers.contains(&envelope.producer) {
                self.producers.push(envelope.producer.clone());
            }
            match &envelope.payload {
                AnyPayload::Trial(trial) => {
                    windows.insert(Windows::from(&trial.params));
                }
                AnyPayload::SplitPlan(plan) => {
                    windows.insert(Windows::from(plan));
                }
                _ => {}
            }
        }
        Ok(windows)
    }

    /// Restores from views that hold a whole object.
    fn try_views(&mut self, run: &Run) -> Result<(), Error> {
        let model = ModelDirectory::new(run.final_model());
        for path in [run.best_configuration(), run.frozen_plan(), model.file("preprocessing.json")] {
            if let Ok(text) = files::read(&path)
                && let Ok((_, bytes)) = parse_canonical(&text, "view")
            {
                self.offer(&bytes)?;
            }
        }
        match files::read(&model.file("model.safetensors")) {
            Ok(bytes) => self.offer(&bytes),
            Err(_) => Ok(()),
        }
    }

    /// Recomputes splits and preprocessings from the development rows and the configuration.
    fn try_parents(
        &mut self,
        name: &str,
        config: &Config,
        record: &RunRecord,
        windows: &BTreeSet<Windows>,
    ) -> Result<(), Error> {
        let Some(seal) = record.output(Phase::Data, "seal") else {
            return Ok(());
        };
        let Ok(recipe) = self.parts.recipe(config) else {
            return Ok(());
        };
        let dataset = load::<Seal>(&self.store, SealId::new(seal)).map_err(Into::into).and_then(|seal| {
            Dataset::development(&self.store, &seal, &recipe).map(|dataset| (seal, dataset))
        });
        let Ok((seal, dataset)) = dataset else {
            return Ok(());
        };
        for &windows in windows {
            let Windows { seq_length, time_window } = windows;
            if self.lost.is_empty() {
                return Ok(());
            }
            // Not every pair fits the rows.
            if seq_length == 0 || time_window == 0 || seq_length.saturating_add(time_window) >= seal.rows {
                continue;
            }
            let Ok((split, preprocessing)) = dataset.envelopes(&seal, config, windows) else {
                continue;
            };
            let made = split.to_bytes().and_then(|(split, _)| Ok((split, preprocessing.to_bytes()?.0)));
            match made {
                Ok((split, preprocessing)) => {
                    self.offer(&split)?;
                    self.offer(&preprocessing)?;
                }
                Err(error) => self.reasons.push(format!("run {name}: {}", chain(&error))),
            }
        }
        Ok(())
    }

    /// Rebuilds bars, snapshots and seals from the source, if that has not changed.
    fn try_source(&mut self, name: &str, config: &Config, record: &RunRecord) -> Result<(), Error> {
        if self.lost.is_empty() {
            return Ok(());
        }
        // In memory, so that a source that has changed leaves no objects of its own in the store.
        let frozen = MemoryStore::default();
        if let Err(error) = freeze(&frozen, config, self.parts) {
            self.reasons.push(format!("the source of run {name} cannot be read: {}", chain(&error)));
        }
        for id in self.lost.clone() {
            if let Ok(bytes) = frozen.get(&id) {
                self.offer(&bytes)?;
            }
        }
        self.report_drift(name, config, record)
    }

    /// Reports how a source has changed since the run's bars were frozen; its current bars cannot replace the lost
    /// ones.
    fn report_drift(&mut self, name: &str, config: &Config, record: &RunRecord) -> Result<(), Error> {
        let seal = record.output(Phase::Data, "seal").map(|id| load::<Seal>(&self.store, SealId::new(id)));
        let (Some(Ok(seal)), Ok(cleaned)) =
            (seal, Input::read(config, self.parts).and_then(|input| input.panel(config)))
        else {
            return Ok(());
        };
        // Other objects may be lost while the bars are intact; drift does not matter then.
        if load_panel(&self.store, seal.snapshot).is_err()
            && let Some(drift) = Drift::of(&self.store, &seal, &cleaned.panel)?
        {
            self.reasons.push(format!("the source of run {name} has changed since its bars were frozen"));
            self.drifted.push(Drifted { run: name.to_owned(), drift });
        }
        Ok(())
    }

    /// Rebuilds trials, studies and cross-validations from the views that hold their results.
    fn try_results(
        &mut self,
        run: &Run,
        config: &Config,
        record: &RunRecord,
        trials: Option<&TrialResults>,
    ) -> Result<(), Error> {
        if self.lost.is_empty() {
            return Ok(());
        }
        if let Ok(view) = files::read_json::<ExtendedResults>(&run.extended_results()) {
            for result in &view.results {
                self.offer_payload(&result.cv_results)?;
            }
        }
        let (Some(view), Some(seal_id)) = (trials, record.output(Phase::Data, "seal")) else {
            return Ok(());
        };
        let seal_id = SealId::new(seal_id);
        let Ok(seal) = load::<Seal>(&self.store, seal_id) else {
            return Ok(());
        };
        for trial in trials_of(view, config, &seal) {
            self.offer_payload(&trial)?;
        }
        match study_of(view, seal_id) {
            Some(study) => self.offer_payload(&study),
            None => Ok(()),
        }
    }
}

/// The trials in a view.
fn trials_of<'a>(
    view: &'a TrialResults,
    config: &'a Config,
    seal: &'a Seal,
) -> impl Iterator<Item = Trial> + 'a {
    // The view leaves out what all trials of a run share; that comes from the settings and the seal.
    view.trials.iter().map(|result| Trial {
        study_key: view.study_key,
        number: result.trial_number,
        stage: result.stage.clone(),
        model: result.model.clone(),
        seed: config.seed,
        params: result.params.clone(),
        development_snapshot: seal.development,
        split: result.artifacts.as_ref().map(|artifacts| artifacts.split),
        preprocessing: result.artifacts.as_ref().map(|artifacts| artifacts.preprocessing),
        state: result.state,
        error: result.error.clone(),
        metrics: result.metrics.clone(),
        pruning: result.pruning.clone(),
    })
}

/// The study in a view; of equally good complete trials, the first is the best. `None` without a scored trial, which
/// names the objective; a study without one is never stored.
fn study_of(view: &TrialResults, seal: SealId) -> Option<Study> {
    let objective = view.trials.iter().find_map(|trial| trial.metrics.as_ref())?.objective.clone();
    let complete = view.trials.iter().filter(|trial| trial.state == TrialState::Complete);
    let scores = complete.filter_map(|trial| {
        trial.metrics.as_ref().map(|metrics| (trial.trial_number, metrics.objective_value))
    });
    let best = scores.reduce(|best, next| if next.1 > best.1 { next } else { best });
    Some(Study {
        study_key: view.study_key,
        seal,
        objective,
        trials: view.trials.iter().map(|trial| trial.id).collect::<Vec<TrialId>>(),
        best_trial: best.map(|(number, _)| number),
    })
}

/// The windows of a search space, unless there are too many to try.
fn search_space(config: &Config) -> BTreeSet<Windows> {
    let Some([windows, lengths]) = config.windows(MOST_WINDOWS) else {
        return BTreeSet::new();
    };
    if lengths.len().saturating_mul(windows.len()) > MOST_WINDOWS {
        return BTreeSet::new();
    }
    let of_length =
        |&seq_length: &usize| windows.iter().map(move |&time_window| Windows { seq_length, time_window });
    lengths.iter().flat_map(of_length).collect()
}
