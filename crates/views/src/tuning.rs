//! The tuner's view: `trial_results.json`.

use super::ViewFile;
use artifact_core::Component;
use artifact_core::schema::{
    Hyperparameters, PreprocessingId, Pruning, SplitPlanId, StudyId, Trial, TrialId, TrialMetrics, TrialState,
};
use artifact_core::{Digest, Error, ObjectStore, Run, files, load_study};
use serde::{Deserialize, Serialize};

/// The tuner's view of a finished study.
///
/// # Errors
///
/// Those of [`load_study`].
pub fn tuning(store: &dyn ObjectStore, run: &Run, id: StudyId) -> Result<Vec<ViewFile>, Error> {
    let (study, trials) = load_study(store, id)?;
    Ok(vec![TrialResults::new(study.study_key, Some(id), &trials).view(run)?])
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
    /// The study's key.
    pub study_key: Digest,
    /// The finished study; absent until tuning is finished.
    pub study: Option<StudyId>,
    /// The trials.
    pub trials: Vec<TrialResult>,
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
    /// Builds the view from trials and their ids.
    pub fn new<'a>(
        study_key: Digest,
        study: Option<StudyId>,
        trials: impl IntoIterator<Item = &'a (TrialId, Trial)>,
    ) -> Self {
        let trials = trials.into_iter().map(|(id, trial)| TrialResult::new(*id, trial)).collect();
        Self { kind: "trial_results".into(), schema_version: super::VERSION, study_key, study, trials }
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
