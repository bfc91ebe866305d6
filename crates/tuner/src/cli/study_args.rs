//! What all commands share: selecting a study and opening it.

use crate::search_space::Searched;
use crate::storage::{
    InvalidLocation, Location, Patience, StorageError, StudyDatabase, StudyIdentity, StudyRows, TrialProgress,
};
use crate::study::{check_row, study_identity};
use anyhow::Context as _;
use artifact_core::schema::{Seal, SealId, Study, StudyId, Trial, TrialId, TrialMetrics};
use artifact_core::{FileStore, Phase, Run, RunRecord, load};
use clap::Args;
use data_loader::{DataParts, Recipe};
use figures::{FigureValue, FitLoss, trial_values};
use settings::Config;
use settings::cli::{RunArgs, Selection, UsageError, document_output, output};
use std::convert::Infallible;
use std::io::Write as _;
use std::path::PathBuf;
use trainer_core::{ModelParts, Ranking};

/// Which study to open, and how to print results.
#[derive(Debug, Args)]
pub(super) struct StudyArgs {
    #[command(flatten)]
    pub(super) run: RunArgs,
    /// Study database: a file, or postgresql://USER@HOST/DATABASE, whose password is PGPASSWORD or in ~/.pgpass [default:
    /// a file of the run]
    // Parsed here, so that no copy of a refused text is kept, but refused later: clap would show the text.
    #[arg(long, value_name = "PATH|URL", env = "HOLDFAST_STORAGE", hide_env_values = true, value_parser = parse_storage)]
    storage: Option<Storage>,
    /// Print the result as JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// What `--storage` says.
type Storage = Result<Location, InvalidLocation>;

fn parse_storage(text: &str) -> Result<Storage, Infallible> {
    Ok(text.parse())
}

/// A study whose data is frozen.
pub(super) struct OpenedStudy {
    pub(super) run: Run,
    pub(super) config: Config,
    /// The configuration file, if there is one.
    pub(super) file: Option<PathBuf>,
    pub(super) recipe: Recipe,
    pub(super) searched: Searched,
    pub(super) record: Option<RunRecord>,
    pub(super) store: FileStore,
    pub(super) seal_id: SealId,
    pub(super) seal: Seal,
    pub(super) location: Location,
}

impl StudyArgs {
    /// Sets where the passwords of servers come from.
    #[cfg(feature = "postgres")]
    pub(super) fn use_passwords(&mut self, passwords: &postgres_tls::Passwords) {
        self.storage =
            self.storage.take().map(|given| given.map(|location| location.with_passwords(passwords)));
    }

    /// The place that `--storage` names, if it is given.
    fn location(&self) -> Result<Option<Location>, UsageError> {
        self.storage.clone().transpose().map_err(|error| UsageError(format!("--storage: {error}")))
    }

    /// Finds the run and its data, and looks up the parts that its configuration names.
    ///
    /// Fails before `data-loader freeze` has run.
    pub(super) fn open(&self, data: &DataParts, models: &ModelParts) -> anyhow::Result<OpenedStudy> {
        self.open_selected(self.run.select()?, Use::Read, data, models)
    }

    /// Finds the data of a run, and looks up the parts that its configuration names.
    pub(super) fn open_selected(
        &self,
        selection: Selection,
        purpose: Use,
        data: &DataParts,
        models: &ModelParts,
    ) -> anyhow::Result<OpenedStudy> {
        let location = self.location()?;
        let Selection { workspace, run, config, file } = selection;
        let recipe = data.recipe(&config).map_err(|error| error.at(file.as_deref()))?;
        let searched = Searched::as_written(models, &config).map_err(|error| error.at(file.as_deref()))?;
        searched.check_task(&recipe.task()).map_err(|error| error.at(file.as_deref()))?;
        let comparable = searched.clone().comparable(models).map_err(|error| error.at(file.as_deref()));
        let record = run.record()?;
        let Some(seal_id) = record.as_ref().and_then(|record| record.output(Phase::Data, "seal")) else {
            comparable?;
            let problem = format!("run {} has no frozen data yet; run `holdfast freeze` first", run.name());
            return Err(UsageError(problem).into());
        };
        let seal_id = SealId::new(seal_id);
        let store = workspace.store();
        let seal = load(&store, seal_id)?;
        let location = location.unwrap_or_else(|| Location::Sqlite(run.study_database()));
        let mut opened =
            OpenedStudy { run, config, file, recipe, searched, record, store, seal_id, seal, location };
        // A study that an earlier version began keeps its objective: its scores are by that one.
        if !opened.searched.is_comparable() && !opened.was_begun(purpose, comparable.as_ref().ok())? {
            opened.searched = comparable?;
        }
        Ok(opened)
    }
}

/// What a command opens a study for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// To show what is there.
    Read,
    /// To add trials.
    Extend,
}

impl OpenedStudy {
    /// The study's name and description in the database.
    pub(super) fn identity(&self) -> anyhow::Result<StudyIdentity> {
        Ok(study_identity(&self.config, &self.searched, self.seal.development)?)
    }

    /// Whether there is a study whose trials are scored by the objective of the settings; to be extended, it must be the very
    /// study of these settings. `comparable` is what takes its place otherwise.
    fn was_begun(&self, purpose: Use, comparable: Option<&Searched>) -> anyhow::Result<bool> {
        let exists = |name: &str| match StudyDatabase::open_existing(&self.location, name) {
            Ok(_) => Ok(true),
            Err(StorageError::NoStudy { .. }) => Ok(false),
            Err(error) => Err(error),
        };
        let identity = self.identity()?;
        if exists(&identity.name)? {
            return Ok(true);
        }
        let newer = comparable.map(|searched| study_identity(&self.config, searched, self.seal.development));
        if let Some(newer) = newer.transpose()?
            && exists(&newer.name)?
        {
            return Ok(false);
        }
        let finished = self.record.as_ref().and_then(|record| record.output(Phase::Tuning, "study"));
        let Some(id) = finished else { return Ok(false) };
        let study: Study = load(&self.store, StudyId::new(id))?;
        let same = study.study_key.short() == identity.name;
        Ok(same || (purpose == Use::Read && study.objective == self.searched.objective().component))
    }

    /// Opens the study's database, which must exist.
    ///
    /// A study that an earlier version finished is found by the name stored with it: that version computed names
    /// differently.
    pub(super) fn existing(&self) -> anyhow::Result<StudyDatabase> {
        match StudyDatabase::open_existing(&self.location, &self.identity()?.name) {
            Err(error @ StorageError::NoStudy { .. }) => {
                let finished = self.record.as_ref().and_then(|record| record.output(Phase::Tuning, "study"));
                let Some(id) = finished else { return Err(error.into()) };
                let study: Study = load(&self.store, StudyId::new(id))?;
                Ok(StudyDatabase::open_existing(&self.location, &study.study_key.short())?)
            }
            opened => Ok(opened?),
        }
    }

    /// Opens the study's database, and creates it if missing.
    pub(super) fn database(&self, patience: Patience) -> anyhow::Result<StudyDatabase> {
        let directory = self.run.tuning();
        std::fs::create_dir_all(&directory)
            .map_err(artifact_core::Error::io("create the directory", &directory))?;
        Ok(StudyDatabase::open_patiently(&self.location, &self.identity()?, patience)?)
    }

    /// The number of trials in the configured budget: the sum of the stages.
    pub(super) fn budget(&self) -> u64 {
        self.config.tuner.stages.iter().map(|stage| stage.trials).sum()
    }

    /// The name of a trial's model, if the study searches over several.
    pub(super) fn model_of<'t>(&self, trial: &'t Trial) -> Option<&'t str> {
        self.searched.has_several_models().then_some(trial.model.name.as_str())
    }

    /// The finished trials that can be compared, best first, and which were left out.
    ///
    /// Where all trials can be compared, only the best one is loaded: the database knows it.
    pub(super) fn best(&self, rows: &StudyRows) -> anyhow::Result<Best> {
        if self.searched.is_comparable() {
            let found = rows.best().and_then(|(number, objective)| {
                let TrialProgress::Finished(id) = rows.progress(number) else { return None };
                let trial = self.trial(id).map(|(_, trial)| trial);
                Some(Found { id: TrialId::new(id), number, objective, trial })
            });
            if let Some(Found { id, number, trial: Ok(trial), .. }) = &found {
                check_row((&self.location, rows), (*number, None), *id, trial)?;
            }
            return Ok(Best { found, warning: None });
        }
        let trials = self.trials(rows)?;
        let ranking = self.ranking(&trials);
        let warning = ranking.warning(&self.searched.objective().component.name);
        let found = ranking.best().and_then(|best| {
            let (id, trial) = trials.iter().find(|(_, trial)| trial.number == best.number)?;
            let objective = trial.metrics.as_ref()?.objective_value;
            Some(Found { id: *id, number: trial.number, objective, trial: Ok(trial.clone()) })
        });
        Ok(Best { found, warning })
    }

    /// Loads all finished trials, in number order.
    pub(super) fn trials(&self, rows: &StudyRows) -> anyhow::Result<Vec<(TrialId, Trial)>> {
        let checked = |(number, artifact)| {
            let (id, trial) = self.trial(artifact)?;
            check_row((&self.location, rows), (number, None), id, &trial)?;
            Ok((id, trial))
        };
        rows.finished().map(checked).collect()
    }

    /// Ranks finished trials, given in number order.
    pub(super) fn ranking<'t>(&self, trials: &'t [(TrialId, Trial)]) -> Ranking<&'t Trial> {
        Ranking::of_trials(trials.iter().map(|(_, trial)| trial), self.searched.is_comparable())
    }

    /// The figures of a trial with their units, horizons and independent rows; none for a failed one.
    pub(super) fn figures(&self, trial: &Trial) -> Option<Vec<FigureValue>> {
        let metrics = trial.metrics.as_ref()?;
        Some(trial_values(metrics, trial.params.time_window, &self.loss(metrics)))
    }

    /// The loss that the trials' fits minimise.
    pub(super) fn loss(&self, metrics: &TrialMetrics) -> FitLoss {
        let training = &self.config.training;
        FitLoss::of(&metrics.validation, Some((training.focal_gamma, training.class_weight_mix)))
    }

    /// Loads a finished trial.
    pub(super) fn trial(&self, id: artifact_core::Digest) -> anyhow::Result<(TrialId, Trial)> {
        let id = TrialId::new(id);
        Ok((id, load(&self.store, id)?))
    }
}

/// The best of the trials that can be compared.
pub(super) struct Best {
    /// The trial; none without a complete one.
    pub(super) found: Option<Found>,
    /// Which trials were left out, if any were.
    pub(super) warning: Option<String>,
}

/// A finished trial that the database names.
pub(super) struct Found {
    pub(super) id: TrialId,
    pub(super) number: u64,
    pub(super) objective: f64,
    /// The trial, or why it cannot be loaded: the database may be that of another workspace.
    pub(super) trial: anyhow::Result<Trial>,
}

/// A line on a trial's losses, which says which loss they are.
pub(super) fn losses(metrics: &TrialMetrics, loss: &FitLoss) -> String {
    let TrialMetrics { training_loss, final_loss, .. } = metrics;
    format!(
        "training loss {training_loss:.4}, validation loss {final_loss:.4}: {} ({})",
        loss.words, loss.unit
    )
}

/// Prints a document that programs read, as it is.
pub(super) fn say_document(text: impl std::fmt::Display) -> anyhow::Result<()> {
    writeln!(document_output(), "{text}").context("failed to write to standard output")
}

/// Prints a line of a result.
pub(super) fn say(text: impl std::fmt::Display) -> anyhow::Result<()> {
    writeln!(output(), "{text}").context("failed to write to standard output")
}
