//! The tuner's view: `trial_results.json`.

use super::ViewFile;
use crate::units::{FieldUnit, LossSettings, units};
use artifact_core::Component;
use artifact_core::schema::{
    Hyperparameters, PreprocessingId, Pruning, SplitPlanId, StudyId, Trial, TrialId, TrialMetrics, TrialState,
};
use artifact_core::{Digest, Error, ObjectStore, Run, files, load_study};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The tuner's view of a finished study.
///
/// # Errors
///
/// Those of [`load_study`], and of [`LossSettings::of_run`].
pub fn tuning(store: &dyn ObjectStore, run: &Run, id: StudyId) -> Result<Vec<ViewFile>, Error> {
    let (study, trials) = load_study(store, id)?;
    let settings = LossSettings::of_run(run)?;
    Ok(vec![TrialResults::new(study.study_key, Some(id), &trials, &settings).view(run)?])
}

/// `trial_results.json`: every trial so far, in number order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TrialResults {
    /// Always `trial_results`.
    pub kind: String,
    /// The schema version.
    pub schema_version: u64,
    /// The minor version; left out where it is 0, as in views without units.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub schema_minor: u64,
    /// The study's key.
    pub study_key: Digest,
    /// The finished study; absent until tuning is finished.
    pub study: Option<StudyId>,
    /// What the numbers of the trials are, by the path of the field from a trial on, such as `metrics.objective_value`; without
    /// the places of lists. Left out in views before 4.1, and without a scored trial.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub units: BTreeMap<String, FieldUnit>,
    /// The trials.
    pub trials: Vec<TrialResult>,
}

/// The minor version that added the units.
const UNITS: u64 = 1;

fn is_zero(minor: &u64) -> bool {
    *minor == 0
}

/// One trial in `trial_results.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TrialResult {
    /// The number within the study.
    pub trial_number: u64,
    /// The trial's object.
    pub id: TrialId,
    /// The stage that suggested it.
    pub stage: String,
    /// How it ended.
    pub state: TrialState,
    /// The model.
    pub model: Component,
    /// The values tried.
    pub params: Hyperparameters,
    /// The result; null for a failed trial.
    pub metrics: Option<TrialMetrics>,
    /// How it was pruned; null when it was not.
    pub pruning: Option<Pruning>,
    /// The reason of a failure.
    pub error: Option<String>,
    /// Where its split and preprocessing are; null when there are none.
    pub artifacts: Option<TrialArtifacts>,
}

/// Where a trial's split and preprocessing are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TrialArtifacts {
    /// The split.
    pub split: SplitPlanId,
    /// Features, labels, scaler and class weights.
    pub preprocessing: PreprocessingId,
}

impl TrialResults {
    /// Builds the view from trials and their ids; `settings` say which loss they were fitted by.
    pub fn new<'a>(
        study_key: Digest,
        study: Option<StudyId>,
        trials: impl IntoIterator<Item = &'a (TrialId, Trial)>,
        settings: &LossSettings,
    ) -> Self {
        let trials: Vec<&(TrialId, Trial)> = trials.into_iter().collect();
        let units = units(trials.iter().map(|(_, trial)| trial), settings);
        Self {
            kind: "trial_results".into(),
            schema_version: super::VERSION,
            schema_minor: if units.is_empty() { 0 } else { UNITS },
            study_key,
            study,
            units,
            trials: trials.into_iter().map(|(id, trial)| TrialResult::new(*id, trial)).collect(),
        }
    }

    /// The view as a file of a run.
    ///
    /// # Errors
    ///
    /// [`Error::Canonical`] if a figure is not finite.
    pub fn view(&self, run: &Run) -> Result<ViewFile, Error> {
        Ok(ViewFile::new(run.trial_results(), files::pretty_json(self)?))
    }
}

impl TrialResult {
    fn new(id: TrialId, trial: &Trial) -> Self {
        // A trial that failed before its split was planned has neither.
        let artifacts = trial.split.zip(trial.preprocessing);
        Self {
            trial_number: trial.number,
            id,
            stage: trial.stage.clone(),
            state: trial.state,
            model: trial.model.clone(),
            params: trial.params.clone(),
            metrics: trial.metrics.clone(),
            pruning: trial.pruning.clone(),
            error: trial.error.clone(),
            artifacts: artifacts.map(|(split, preprocessing)| TrialArtifacts { split, preprocessing }),
        }
    }
}
