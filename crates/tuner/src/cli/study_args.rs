//! What all commands share: selecting a study and opening it.

use crate::search_space::Searched;
use crate::storage::{Location, StorageError, StudyDatabase, StudyIdentity};
use crate::study::study_identity;
use anyhow::Context as _;
use artifact_core::schema::{Seal, SealId, Study, StudyId, Trial, TrialId};
use artifact_core::{FileStore, Phase, Run, RunRecord, load};
use clap::Args;
use data_loader::{DataParts, Recipe};
use settings::Config;
use settings::cli::{RunArgs, Selection, UsageError, output};
use std::io::Write as _;
use trainer_core::ModelParts;

/// Which study to open, and how to print results.
#[derive(Debug, Args)]
pub(super) struct StudyArgs {
    #[command(flatten)]
    pub(super) run: RunArgs,
    /// Study database: a file, or postgresql://USER:PASSWORD@HOST/DATABASE [default: a file of the run]
    #[arg(long, value_name = "PATH|URL", env = "HOLDFAST_STORAGE", hide_env_values = true)]
    pub(super) storage: Option<Location>,
    /// Print the result as JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// A study whose data is frozen.
pub(super) struct OpenedStudy {
    pub(super) run: Run,
    pub(super) config: Config,
    pub(super) recipe: Recipe,
    pub(super) searched: Searched,
    pub(super) record: Option<RunRecord>,
    pub(super) store: FileStore,
    pub(super) seal_id: SealId,
    pub(super) seal: Seal,
    pub(super) location: Location,
}

impl StudyArgs {
    /// Finds the run and its data, and looks up the parts that its configuration names.
    ///
    /// Fails before `data-loader freeze` has run.
    pub(super) fn open(&self, data: &DataParts, models: &ModelParts) -> anyhow::Result<OpenedStudy> {
        self.open_selected(self.run.select()?, data, models)
    }

    /// Finds the data of a run, and looks up the parts that its configuration names.
    pub(super) fn open_selected(
        &self,
        selection: Selection,
        data: &DataParts,
        models: &ModelParts,
    ) -> anyhow::Result<OpenedStudy> {
        let Selection { workspace, run, config, file } = selection;
        let recipe = data.recipe(&config).map_err(|error| error.at(file.as_deref()))?;
        let searched = Searched::new(models, &config).map_err(|error| error.at(file.as_deref()))?;
        searched.check_task(&recipe.task()).map_err(|error| error.at(file.as_deref()))?;
        let record = run.record()?;
        let seal_id = record.as_ref().and_then(|record| record.output(Phase::Data, "seal"));
        let seal_id = SealId::new(seal_id.ok_or_else(|| {
            UsageError(format!("run {} has no frozen data yet; run `holdfast freeze` first", run.name()))
        })?);
        let store = workspace.store();
        let seal = load(&store, seal_id)?;
        let location = self.storage.clone().unwrap_or_else(|| Location::Sqlite(run.study_database()));
        Ok(OpenedStudy { run, config, recipe, searched, record, store, seal_id, seal, location })
    }
}

impl OpenedStudy {
    /// The study's name and description in the database.
    pub(super) fn identity(&self) -> anyhow::Result<StudyIdentity> {
        Ok(study_identity(&self.config, &self.searched, self.seal.development)?)
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
    pub(super) fn database(&self) -> anyhow::Result<StudyDatabase> {
        let directory = self.run.tuning();
        std::fs::create_dir_all(&directory)
            .map_err(artifact_core::Error::io("create the directory", &directory))?;
        Ok(StudyDatabase::open(&self.location, &self.identity()?)?)
    }

    /// The number of trials in the configured budget: the sum of the stages.
    pub(super) fn budget(&self) -> u64 {
        self.config.tuner.stages.iter().map(|stage| stage.trials).sum()
    }

    /// The name of a trial's model, if the study searches over several.
    pub(super) fn model_of<'t>(&self, trial: &'t Trial) -> Option<&'t str> {
        self.searched.has_several_models().then_some(trial.model.name.as_str())
    }

    /// Loads a finished trial.
    pub(super) fn trial(&self, id: artifact_core::Digest) -> anyhow::Result<(TrialId, Trial)> {
        let id = TrialId::new(id);
        Ok((id, load(&self.store, id)?))
    }
}

/// Prints a line of a result.
pub(super) fn say(text: impl std::fmt::Display) -> anyhow::Result<()> {
    writeln!(output(), "{text}").context("failed to write to standard output")
}
