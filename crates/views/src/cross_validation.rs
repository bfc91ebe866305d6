//! The views of phase 2: `extended_training_results.json`, `best_configuration_artifacts.json` and `frozen_plan.json`.

use super::ViewFile;
use super::object::stored_object;
use artifact_core::schema::{
    AnyStudyId, BestConfiguration, BestConfigurationId, CrossValidation, CrossValidationId, FrozenPlanId,
    Role,
};
use artifact_core::{Error, ObjectStore, Run, files, load};
use serde::{Deserialize, Serialize};

/// The views of a finished cross-validation, given the configuration that it chose.
///
/// # Errors
///
/// Those of [`load`].
pub fn cross_validation(
    store: &dyn ObjectStore,
    run: &Run,
    id: BestConfigurationId,
) -> Result<Vec<ViewFile>, Error> {
    let best: BestConfiguration = load(store, id)?;
    let baselines = best.baselines().map(|(_, own)| own.cross_validation);
    let ids = best.candidates.iter().copied().chain(baselines);
    let results = ids.map(|id| Ok((id, load(store, id)?))).collect::<Result<Vec<_>, Error>>()?;
    let extended = files::pretty_json(&ExtendedResults::new(best.study, &results))?;
    Ok(vec![
        ViewFile::new(run.extended_results(), extended),
        ViewFile::new(run.best_configuration(), stored_object(store, id)?),
    ])
}

/// The view of a frozen plan.
///
/// # Errors
///
/// Those of [`load`].
pub fn frozen_plan(store: &dyn ObjectStore, run: &Run, id: FrozenPlanId) -> Result<ViewFile, Error> {
    Ok(ViewFile::new(run.frozen_plan(), stored_object(store, id)?))
}

/// `extended_training_results.json`: every cross-validation, best first, the baseline last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ExtendedResults {
    /// Always `extended_training_results`.
    pub kind: String,
    /// The schema version.
    pub schema_version: u64,
    /// The study whose trials these are.
    pub study: AnyStudyId,
    /// The cross-validations.
    pub results: Vec<ExtendedResult>,
}

/// One configuration in `extended_training_results.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// Builds the view; `results` must be in rank order.
    pub fn new(study: AnyStudyId, results: &[(CrossValidationId, CrossValidation)]) -> Self {
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
            schema_version: super::VERSION,
            study,
            results: results.iter().map(result).collect(),
        }
    }
}
