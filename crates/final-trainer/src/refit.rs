//! The refit: the chosen configuration and the baseline, on all development rows.

use artifact_core::schema::{BestConfiguration, ModelKind};
use artifact_core::seed::FitSeed;
use artifact_core::{Error, IndexSet, Invalid};
use data_loader::{Dataset, DatasetError};
use std::collections::BTreeMap;
use trainer_core::{ENGINE_VERSION, EngineMismatch, FitConfig, FitError, FitOutcome, PredictError, fit};

/// Why phase 3 cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FinalError {
    /// An artifact or the ledger fails.
    #[error("an artifact cannot be used")]
    Artifact(#[from] Error),
    /// The configuration was chosen with another engine.
    #[error(transparent)]
    Engine(#[from] EngineMismatch),
    /// The sequences cannot be prepared.
    #[error(transparent)]
    Data(#[from] DatasetError),
    /// A fit failed.
    #[error("the final fit failed")]
    Fit(#[from] FitError),
    /// The test set cannot be predicted.
    #[error("the test set cannot be scored")]
    Predict(#[from] PredictError),
}

/// The fitted models.
#[derive(Debug, Clone)]
pub struct Refitted {
    /// The chosen model.
    pub model: FitOutcome,
    /// The linear baseline.
    pub baseline: FitOutcome,
    /// The sequences that both were fitted on.
    pub train: IndexSet,
    /// What goes into the weights files' headers.
    pub metadata: BTreeMap<String, String>,
}

/// Which stream of random numbers the final fits use: not one that a fold of cross-validation had.
const FINAL_FOLD: u64 = u64::MAX;

/// Fits the chosen configuration and the baseline for the epochs that cross-validation found.
///
/// # Errors
///
/// [`FinalError::Fit`] when a fit diverges, [`FinalError::Data`] when the preprocessing does not suit the rows.
pub fn refit(dataset: &Dataset, best: &BestConfiguration) -> Result<Refitted, FinalError> {
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
    let train = prepared.sequences(&best.split.final_train);
    let seed = FitSeed { root: best.seed, trial: best.trial_number, fold: FINAL_FOLD };
    let fit_for = |config: &FitConfig, epochs: u64| {
        // The schedule keeps cross-validation's length, so that epoch n means the same in both.
        let config = FitConfig { epochs: epochs as usize, ..config.clone() };
        fit(&config, &train, None, seed, &mut ())
    };
    let model = fit_for(&fit_config(best, best.model), best.epochs_to_train)?;
    let baseline = fit_for(&fit_config(best, ModelKind::Linear), best.baseline.epochs_to_train)?;
    let metadata = BTreeMap::from([
        ("engine_version".to_owned(), ENGINE_VERSION.to_string()),
        ("trial_number".to_owned(), best.trial_number.to_string()),
    ]);
    let train = train.indices.into_iter().collect();
    Ok(Refitted { model, baseline, train, metadata })
}

/// The settings of the final fit of one of the two models.
pub(crate) fn fit_config(best: &BestConfiguration, model: ModelKind) -> FitConfig {
    let params = if model == best.model { &best.params } else { &best.baseline.params };
    let weights = &best.preprocessing.class_weights;
    FitConfig::new(model, params, &best.training, weights, best.schedule_epochs as usize)
}
