//! Views: the JSON files that people and other programs read. They are derived from the store.

use crate::schema::{
    BestConfiguration, CrossValidation, CrossValidationId, Hyperparameters, PreprocessingId, Role,
    SplitPlanId, Study, StudyId, Trial, TrialId, TrialMetrics, TrialState,
};
use crate::{Digest, Envelope, Error, Id, Payload};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// `trial_results.json`: every trial so far, in number order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrialResults {
    /// Always `trial_results`.
    pub kind: String,
    /// The schema version.
    pub schema_version: u64,
    /// The study's key.
    pub study_key: Digest,
    /// The finished study; absent while tuning goes on.
    pub study: Option<StudyId>,
    /// The trials.
    pub trials: Vec<TrialResult>,
}

/// One trial in `trial_results.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// The values tried.
    pub params: Hyperparameters,
    /// The result; null for a failed trial.
    pub metrics: Option<TrialMetrics>,
    /// The reason of a failure.
    pub error: Option<String>,
    /// Where its split and preprocessing are; null when there are none.
    pub artifacts: Option<TrialArtifacts>,
}

/// Where a trial's split and preprocessing are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrialArtifacts {
    /// The split.
    pub split: SplitPlanId,
    /// Features, labels, scaler and class weights.
    pub preprocessing: PreprocessingId,
}

impl TrialResults {
    /// Makes the view from trials and their ids.
    pub fn new(study_key: Digest, study: Option<StudyId>, trials: &[(TrialId, Trial)]) -> Self {
        let trials = trials.iter().map(|(id, trial)| TrialResult::new(*id, trial)).collect();
        Self { kind: "trial_results".into(), schema_version: crate::SCHEMA_VERSION, study_key, study, trials }
    }
}

impl TrialResult {
    fn new(id: TrialId, trial: &Trial) -> Self {
        let artifacts = trial.split.zip(trial.preprocessing);
        Self {
            trial_number: trial.number,
            id,
            stage: trial.stage.clone(),
            state: trial.state,
            params: trial.params.clone(),
            metrics: trial.metrics.clone(),
            error: trial.error.clone(),
            artifacts: artifacts.map(|(split, preprocessing)| TrialArtifacts { split, preprocessing }),
        }
    }
}

/// `extended_training_results.json`: every cross-validation, best first, the baseline last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtendedResults {
    /// Always `extended_training_results`.
    pub kind: String,
    /// The schema version.
    pub schema_version: u64,
    /// The study whose trials these are.
    pub study: StudyId,
    /// The cross-validations.
    pub results: Vec<ExtendedResult>,
}

/// One configuration in `extended_training_results.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtendedResult {
    /// The cross-validation's object.
    pub id: CrossValidationId,
    /// The trial whose configuration it is.
    pub trial_number: u64,
    /// Whether the configuration may be chosen.
    pub role: Role,
    /// The mean accuracy over the folds.
    pub avg_accuracy: f64,
    /// Its sample standard deviation.
    pub std_accuracy: f64,
    /// The mean return per decision after cost.
    pub avg_return: f64,
    /// The epochs each fold was trained for.
    pub epochs_trained: u64,
    /// Everything else.
    pub cv_results: CrossValidation,
}

impl ExtendedResults {
    /// Makes the view; `results` in rank order.
    pub fn new(study: StudyId, results: &[(CrossValidationId, CrossValidation)]) -> Self {
        let result = |(id, cv): &(CrossValidationId, CrossValidation)| ExtendedResult {
            id: *id,
            trial_number: cv.trial_number,
            role: cv.role,
            avg_accuracy: cv.summary.avg_accuracy,
            std_accuracy: cv.summary.std_accuracy,
            avg_return: cv.summary.avg_return,
            epochs_trained: cv.epochs_trained,
            cv_results: cv.clone(),
        };
        Self {
            kind: "extended_training_results".into(),
            schema_version: crate::SCHEMA_VERSION,
            study,
            results: results.iter().map(result).collect(),
        }
    }
}

/// A stored object as a file: the envelope, readable, with its id first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ObjectView<P> {
    /// The object's id: the digest of the canonical JSON of the rest.
    pub id: Digest,
    /// The object.
    #[serde(flatten)]
    pub envelope: Envelope<P>,
}

/// Writes an object as a view.
///
/// # Errors
///
/// [`Error::Invalid`] or [`Error::Io`].
pub fn write_object<P: Payload + Clone>(path: &Path, envelope: &Envelope<P>) -> Result<(), Error> {
    let (_, id) = envelope.to_bytes()?;
    crate::files::write_json(path, &ObjectView { id: id.digest(), envelope: envelope.clone() })
}

/// Reads an object from a view, and checks that it is the one its id says.
///
/// # Errors
///
/// [`Error::Damaged`] when the content does not have the digest that the file claims; any error of
/// [`Envelope::from_bytes`].
pub fn read_object<P: Payload>(path: &Path) -> Result<(Id<P>, P), Error> {
    let what = path.display().to_string();
    let json = |source| Error::Json { what: what.clone(), source };
    let mut document: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&crate::files::read(path)?).map_err(json)?;
    let claimed: Digest = serde_json::from_value(document.remove("id").unwrap_or_default()).map_err(json)?;
    let bytes = crate::canonical_json(&document)?;
    let found = Digest::of(&bytes);
    if found != claimed {
        return Err(Error::Damaged {
            id: claimed,
            found: format!("the content of {what} has digest {found}"),
        });
    }
    let envelope = Envelope::<P>::from_bytes(&bytes, &what)?;
    Ok((Id::new(found), envelope.payload))
}

/// Reads `best_configuration_artifacts.json`.
///
/// # Errors
///
/// As [`read_object`].
pub fn read_best_configuration(path: &Path) -> Result<(Id<BestConfiguration>, BestConfiguration), Error> {
    read_object(path)
}

/// Loads a finished study and its trials.
///
/// # Errors
///
/// As [`crate::load`].
pub fn load_study(
    store: &dyn crate::ObjectStore,
    id: StudyId,
) -> Result<(Study, Vec<(TrialId, Trial)>), Error> {
    let study = crate::load(store, id)?;
    let trials = study.trials.iter().map(|&id| Ok((id, crate::load(store, id)?)));
    let trials = trials.collect::<Result<_, Error>>()?;
    Ok((study, trials))
}
