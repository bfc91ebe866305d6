//! Cross-validation: every fold of every configuration, side by side.

use crate::aggregate::{choose_epoch, summarise};
use crate::fold_observer::FoldObserver;
use crate::lookup::Located;
use artifact_core::Error;
use artifact_core::config::Config;
use artifact_core::migrations::AmbiguousShape;
use artifact_core::schema::{CrossValidation, FoldResult, Hyperparameters, ModelKind, Refitted, Role};
use artifact_core::seed::FitSeed;
use data_loader::{Dataset, DatasetError, Fold, SplitError, folds};
use rayon::prelude::*;
use trainer_core::{
    Checkpoints, ConfigError, EngineMismatch, FitConfig, FitError, FitOutcome, SavedFitError,
};

/// Why a phase 2 cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExtendedError {
    /// An artifact cannot be stored or loaded.
    #[error("an artifact cannot be used")]
    Artifact(#[from] Error),
    /// The study was made by another engine.
    #[error(transparent)]
    Engine(#[from] EngineMismatch),
    /// The sequences cannot be prepared.
    #[error(transparent)]
    Data(#[from] DatasetError),
    /// The sequences cannot be cut.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// A setting cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A trial's artifacts are missing, and they are required.
    #[error(
        "trial {number} has no artifacts ({reason}); run the tuner again to make them, or leave out \
         --require-artifacts to make them anew"
    )]
    MissingArtifacts {
        /// The trial.
        number: u64,
        /// What is missing.
        reason: String,
    },
    /// An imported trial's artifacts cannot be used, and they are required.
    #[error(
        "imported trial {number} has no artifacts that can be used here: {reason}; leave out --require-artifacts to make \
         split and scaler anew"
    )]
    UnusableArtifacts {
        /// The trial.
        number: u64,
        /// Why.
        reason: String,
    },
    /// An imported trial has no artifacts of its own, and those of its shape differ.
    #[error(
        "imported trial {number} has no artifacts of its own, and its shape does not tell which are meant"
    )]
    Ambiguous {
        /// The trial.
        number: u64,
        /// All that match.
        source: AmbiguousShape,
    },
    /// No imported trial can be cross-validated.
    #[error(
        "none of the {trials} imported trials has a score and all parameters{}; see `artifact show` for what each one \
         states",
        first.as_ref().map_or(String::new(), |first| format!(" (the first one: {first})"))
    )]
    NoImportedTrials {
        /// How many there are.
        trials: usize,
        /// What is wrong with the parameters of the first one that has a score.
        first: Option<artifact_core::Invalid>,
    },
    /// The study has no complete trial.
    #[error(
        "the study has no complete trial to cross-validate; see the errors of its trials in trial_results.json"
    )]
    NoTrials,
    /// No candidate came through.
    #[error("the cross-validation of every candidate failed; the first one with: {first}")]
    AllFailed {
        /// The first one's error.
        first: FitError,
    },
    /// The baseline did not come through.
    #[error("the cross-validation of the linear baseline failed")]
    Baseline {
        /// Its error.
        source: FitError,
    },
}

/// A configuration to cross-validate.
#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    /// Whether it may be chosen.
    pub role: Role,
    /// The model.
    pub model: ModelKind,
    /// The configuration.
    pub params: Hyperparameters,
    /// The trial it comes from, or whose data it shares, with its artifacts.
    pub located: &'a Located,
}

/// The outcome for one candidate, in the candidates' order.
pub type CrossValidated = Result<CrossValidation, FitError>;

/// Cross-validates all candidates; all folds of all candidates run side by side.
///
/// Every fold starts from a freshly initialised model. `progress` is called after each fold with the candidate's trial
/// number and the fold.
///
/// # Errors
///
/// When sequences cannot be cut or prepared, or a checkpoint cannot be kept. A fit that fails fails its candidate only.
pub fn cross_validate(
    dataset: &Dataset,
    config: &Config,
    candidates: &[Candidate<'_>],
    checkpoints: &Checkpoints,
    progress: &(dyn Fn(&Candidate<'_>, &Fold) + Sync),
) -> Result<Vec<CrossValidated>, ExtendedError> {
    let jobs: Vec<(usize, Fold)> = candidates
        .iter()
        .enumerate()
        .map(|(place, candidate)| {
            let folds = folds(&candidate.located.split, &config.extended)?;
            Ok(folds.into_iter().map(move |fold| (place, fold)))
        })
        .collect::<Result<Vec<_>, SplitError>>()?
        .into_iter()
        .flatten()
        .collect();
    let fitted: Vec<Result<FittedFold, FitError>> = jobs
        .par_iter()
        .map(|(place, fold)| {
            let candidate = &candidates[*place];
            let fitted = fit_fold(dataset, config, candidate, fold, checkpoints)?;
            progress(candidate, fold);
            Ok(fitted)
        })
        .collect::<Result<_, ExtendedError>>()?;

    let mut by_candidate: Vec<Vec<(Fold, Result<FittedFold, FitError>)>> =
        candidates.iter().map(|_| vec![]).collect();
    for ((place, fold), fitted) in jobs.into_iter().zip(fitted) {
        by_candidate[place].push((fold, fitted));
    }
    Ok(candidates
        .iter()
        .zip(by_candidate)
        .map(|(candidate, folds)| conclude(config, candidate, folds))
        .collect())
}

/// What a fold's fit came to.
struct FittedFold {
    outcome: FitOutcome,
    /// The fold's own scaler and class weights, where it did not use the frozen ones.
    refitted: Option<Refitted>,
}

fn fit_fold(
    dataset: &Dataset,
    config: &Config,
    candidate: &Candidate<'_>,
    fold: &Fold,
    checkpoints: &Checkpoints,
) -> Result<Result<FittedFold, FitError>, ExtendedError> {
    let (located, params) = (candidate.located, &candidate.params);
    let refitted = config
        .extended
        .refit_preprocessing
        .then(|| dataset.refit(&located.preprocessing, &fold.train, params.seq_length))
        .transpose()?;
    let preprocessing = refitted.as_ref().unwrap_or(&located.preprocessing);
    let prepared = dataset.prepare(params.seq_length, preprocessing)?;
    let fit_config = FitConfig::new(
        candidate.model,
        params,
        &config.training,
        &preprocessing.class_weights,
        config.extended.epochs as usize,
    );
    let seed = FitSeed { root: config.seed, trial: located.number, fold: fold.number as u64 };
    let (train, evaluated) = (prepared.sequences(&fold.train), prepared.sequences(&fold.evaluated));
    let mut watch = FoldObserver { candidate, fold: fold.number };
    let name = watch.name();
    let outcome = match checkpoints.fit(&name, &fit_config, &train, Some(&evaluated), seed, &mut watch) {
        Ok(outcome) => outcome,
        Err(SavedFitError::Fit(error)) => return Ok(Err(error)),
        Err(SavedFitError::File(error)) => return Err(error.into()),
    };
    let refitted = refitted.map(|own| Refitted { scaler: own.scaler, class_weights: own.class_weights });
    Ok(Ok(FittedFold { outcome, refitted }))
}

fn conclude(
    config: &Config,
    candidate: &Candidate<'_>,
    folds: Vec<(Fold, Result<FittedFold, FitError>)>,
) -> CrossValidated {
    let folds: Vec<(Fold, FittedFold)> =
        folds.into_iter().map(|(fold, fitted)| Ok((fold, fitted?))).collect::<Result<_, FitError>>()?;
    let objective = config.training.objective;
    let curves: Vec<Vec<f64>> = folds
        .iter()
        .map(|(_, fitted)| {
            fitted.outcome.evaluations.iter().map(|evaluation| objective.value(evaluation)).collect()
        })
        .collect();
    let epoch = choose_epoch(&curves);
    let results: Vec<FoldResult> = folds
        .into_iter()
        .map(|(fold, FittedFold { mut outcome, refitted })| FoldResult {
            fold: fold.number as u64,
            train: fold.train,
            evaluated: fold.evaluated,
            refitted,
            initial_weights: outcome.initial_weights,
            evaluation: outcome.evaluations.swap_remove(epoch - 1),
            history: outcome.history,
        })
        .collect();
    let located = candidate.located;
    let (groups, test_groups) = config.extended.groups();
    Ok(CrossValidation {
        trial: located.id,
        trial_number: located.number,
        role: candidate.role,
        model: candidate.model,
        params: candidate.params.clone(),
        split: located.split_id,
        preprocessing: located.preprocessing_id,
        regenerated: located.regenerated,
        method: config.extended.method,
        groups,
        test_groups,
        refitted_preprocessing: config.extended.refit_preprocessing,
        objective,
        epochs_trained: config.extended.epochs,
        epochs_to_train: epoch as u64,
        summary: summarise(objective, &results),
        folds: results,
    })
}
