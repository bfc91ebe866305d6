//! The refit: the chosen configuration and the baseline, on all development rows.

use artifact_core::schema::{Baseline, BestConfiguration, EpochRecord, Evaluation, Hyperparameters};
use artifact_core::seed::FitSeed;
use artifact_core::{Component, Error, IndexSet, Invalid};
use data_loader::{Dataset, DatasetError, SampleWeights};
use settings::part::PartError;
use std::collections::BTreeMap;
use trainer_core::{
    BaseRates, CheckpointError, Checkpoints, Control, Decision, ENGINE_VERSION, EngineMismatch, FitConfig,
    FitError, FitOutcome, ModelParts, Observer, PredictError, SavedFitError, Temperature,
};

/// Why phase 3 cannot continue.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FinalError {
    /// An artifact, a checkpoint, the frozen plan or the ledger fails.
    #[error("phase 3 stopped")]
    Artifact(#[from] Error),
    /// The configuration was chosen with another engine version.
    #[error(transparent)]
    Engine(#[from] EngineMismatch),
    /// The sequences cannot be prepared.
    #[error(transparent)]
    Data(#[from] DatasetError),
    /// This program does not know a stored part.
    #[error(transparent)]
    Part(#[from] PartError),
    /// A fit failed.
    #[error("the final fit failed")]
    Fit(#[from] FitError),
    /// The test set cannot be predicted.
    #[error("failed to score the test set")]
    Predict(#[from] PredictError),
}

/// The fitted models.
#[derive(Debug, Clone)]
pub struct FinalFits {
    /// The chosen model.
    pub model: FitOutcome,
    /// The linear baseline.
    pub baseline: FitOutcome,
    /// The further baselines, in the configuration's order.
    pub further: Vec<FitOutcome>,
    /// The sequences that all were fitted on.
    pub train: IndexSet,
    /// What their labels say on their own.
    pub base_rates: BaseRates,
    /// The metadata for the headers of the weights files.
    pub metadata: BTreeMap<String, String>,
}

/// The fold number in the final fits' seed, so that they share no random stream with a fold of cross-validation.
const FINAL_FOLD: u64 = u64::MAX;

/// Fits the chosen configuration and the baselines for the number of epochs that cross-validation found, and resumes
/// from the checkpoints that an interrupted call left.
///
/// # Errors
///
/// [`FinalError::Fit`] when a fit diverges, [`FinalError::Data`] when the preprocessing does not match the rows,
/// [`FinalError::Artifact`] when `dataset` is not the development snapshot of `best` or a checkpoint file fails.
pub fn refit(
    dataset: &Dataset,
    parts: &ModelParts,
    best: &BestConfiguration,
    checkpoints: &Checkpoints,
) -> Result<FinalFits, FinalError> {
    if dataset.snapshot() != best.split.development_snapshot {
        return Err(FinalError::Artifact(Error::Invalid {
            artifact: "best configuration".to_owned(),
            reason: Invalid {
                field: "split.development_snapshot".to_owned(),
                found: best.split.development_snapshot.to_string(),
                expected: format!("the seal's {}", dataset.snapshot()),
            },
        }));
    }
    let prepared = dataset.prepare(best.params.seq_length, &best.preprocessing)?;
    let train = prepared.training_sequences(&best.split.final_train, SampleWeights::from(&best.training));
    let seed = FitSeed { root: best.seed, trial: best.trial_number, fold: FINAL_FOLD };
    let fit_for = |name: &str, config: &FitConfig, epochs: u64| {
        // The schedule keeps cross-validation's length, so that epoch n has the same learning rate in both. There is no
        // validation set: the number of epochs is already decided, and the rows are used for training instead.
        let config = FitConfig { epochs: epochs as usize, ..config.clone() };
        checkpoints.fit(name, &config, &train, None, seed, &mut FinalObserver { name })
    };
    let model = fit_for("final-model", &model_config(parts, best)?, best.epochs_to_train)?;
    let linear = &best.baseline;
    let baseline = fit_for("final-baseline", &baseline_config(parts, best, linear)?, linear.epochs_to_train)?;
    let further = best.further_baselines.iter().map(|own| {
        let name = format!("final-baseline-{}", own.model.name);
        Ok(fit_for(&name, &baseline_config(parts, best, own)?, own.epochs_to_train)?)
    });
    let further = further.collect::<Result<_, FinalError>>()?;
    let metadata = BTreeMap::from([
        ("engine_version".to_owned(), ENGINE_VERSION.to_string()),
        ("trial_number".to_owned(), best.trial_number.to_string()),
    ]);
    let base_rates = BaseRates::of(&train);
    let train = train.indices.into_iter().collect();
    Ok(FinalFits { model, baseline, further, train, base_rates, metadata })
}

impl From<SavedFitError> for FinalError {
    fn from(error: SavedFitError) -> Self {
        match error {
            SavedFitError::Fit(error) => FinalError::Fit(error),
            SavedFitError::File(error) => FinalError::Artifact(error),
        }
    }
}

/// Logs where an interrupted fit resumes.
struct FinalObserver<'a> {
    name: &'a str,
}

impl Observer for FinalObserver<'_> {
    fn epoch(&mut self, _record: &EpochRecord, _evaluation: Option<&Evaluation>) -> Control {
        Control::Continue
    }

    fn resumed(&mut self, from: Result<u64, &CheckpointError>) {
        match from {
            Ok(epoch) => tracing::info!("{} resumes after epoch {epoch}", self.name),
            Err(error) => tracing::warn!("{} starts from the beginning: {error}", self.name),
        }
    }
}

/// A temperature as it is stored; 1 where none was fitted.
pub(crate) fn of_stored(temperature: Option<f64>) -> Temperature {
    temperature.and_then(Temperature::new).unwrap_or(Temperature::ONE)
}

/// The settings of the chosen model's final fit; its decision is between probabilities that the temperature has scaled.
pub(crate) fn model_config(parts: &ModelParts, best: &BestConfiguration) -> Result<FitConfig, FinalError> {
    let cv = &best.cv_results;
    fit_config(parts, best, (&best.model, &best.params), (cv.decision_balance, cv.temperature))
}

/// The settings of a baseline's final fit.
pub(crate) fn baseline_config(
    parts: &ModelParts,
    best: &BestConfiguration,
    baseline: &Baseline,
) -> Result<FitConfig, FinalError> {
    let decision = (baseline.decision_balance, baseline.temperature);
    fit_config(parts, best, (&baseline.model, &baseline.params), decision)
}

fn fit_config(
    parts: &ModelParts,
    best: &BestConfiguration,
    (model, params): (&Component, &Hyperparameters),
    (decision_balance, temperature): (f64, Option<f64>),
) -> Result<FitConfig, FinalError> {
    let (model, training) = (parts.models.find(model)?, parts.stored(&best.training)?);
    let weights = &best.preprocessing.class_weights;
    let config = FitConfig::new(&model, params, &training, weights, best.schedule_epochs as usize);
    let decision = Decision::balanced(decision_balance, weights.counts).tempered(of_stored(temperature));
    Ok(FitConfig { decision, ..config.map_err(FitError::from)? })
}
