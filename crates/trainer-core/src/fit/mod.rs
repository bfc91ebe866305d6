//! The fit: epochs, validation and early stopping.

mod observer;
mod progress;
mod segment;

pub use observer::{Control, Observer};

use crate::checkpoint::{Checkpoint, fit_identity};
use crate::config::{FitConfig, check_sets};
use crate::descent::Run;
use crate::early_stopping::EarlyStopping;
use crate::error::{CheckpointError, FitError};
use crate::evaluation::{BaseRates, SegmentScores};
use crate::learner::{Fitting, Job};
use crate::loss::Loss;
use crate::model::{Model, Shape};
use crate::weights::Weights;
use artifact_core::Digest;
use artifact_core::schema::{EpochRecord, Evaluation};
use artifact_core::seed::FitSeed;
use data_loader::SequenceSet;
use progress::Progress;
use segment::{Judged, Segment};

/// The result of a fit.
#[derive(Debug, Clone, PartialEq)]
pub struct FitOutcome {
    /// The weights of the best epoch when a validation set was given, else of the last one.
    pub weights: Weights,
    /// The digest of the weights before the first step, which shows whether two fits started from the same weights.
    pub initial_weights: Digest,
    /// One record per epoch run.
    pub history: Vec<EpochRecord>,
    /// One evaluation of the validation set per epoch run; empty without a validation set.
    pub evaluations: Vec<Evaluation>,
    /// The evaluations of the same predictions by the settings' other decisions, as many per epoch run.
    pub alternatives: Vec<Vec<Evaluation>>,
    /// The scores of the same predictions on the settings' segments, as many per epoch run.
    pub segments: Vec<Vec<SegmentScores>>,
    /// The epoch of `weights`, from 1.
    pub best_epoch: usize,
    /// Whether the fit ended before `epochs`, by early stopping or by the observer.
    pub stopped: bool,
}

/// Fits a model of `config.model`.
///
/// # Errors
///
/// When a setting or a set cannot be used, when the loss, its gradient, a parameter or the validation loss is not finite
/// (the error names the step and the layer), or when the objective is not (it names the metric and the epoch).
pub fn fit<'data>(
    config: &FitConfig,
    train: &SequenceSet<'data>,
    validation: Option<&SequenceSet<'data>>,
    seed: FitSeed,
    observer: &mut dyn Observer,
) -> Result<FitOutcome, FitError> {
    fit_chosen(config, train, validation, seed, None, observer)
}

/// Resumes a fit of `config.model` from a checkpoint, to the same bits as if it had never been interrupted.
///
/// # Errors
///
/// As [`fit`]; [`FitError::Checkpoint`] when the checkpoint belongs to another fit.
pub fn resume<'data>(
    config: &FitConfig,
    train: &SequenceSet<'data>,
    validation: Option<&SequenceSet<'data>>,
    seed: FitSeed,
    checkpoint: Checkpoint,
    observer: &mut dyn Observer,
) -> Result<FitOutcome, FitError> {
    fit_chosen(config, train, validation, seed, Some(checkpoint), observer)
}

/// Fits `model`, which may be your own; `config.model` is ignored.
///
/// # Errors
///
/// As [`fit`].
pub fn fit_model<'data>(
    model: &mut dyn Model,
    config: &FitConfig,
    train: &SequenceSet<'data>,
    validation: Option<&SequenceSet<'data>>,
    seed: FitSeed,
    observer: &mut dyn Observer,
) -> Result<FitOutcome, FitError> {
    fit_given(model, config, train, validation, seed, None, observer)
}

/// Resumes a fit of `model` as [`resume`] does.
///
/// # Errors
///
/// As [`resume`].
pub fn resume_model<'data>(
    model: &mut dyn Model,
    config: &FitConfig,
    train: &SequenceSet<'data>,
    validation: Option<&SequenceSet<'data>>,
    seed: FitSeed,
    checkpoint: Checkpoint,
    observer: &mut dyn Observer,
) -> Result<FitOutcome, FitError> {
    fit_given(model, config, train, validation, seed, Some(checkpoint), observer)
}

fn fit_chosen<'data>(
    config: &FitConfig,
    train: &SequenceSet<'data>,
    validation: Option<&SequenceSet<'data>>,
    seed: FitSeed,
    checkpoint: Option<Checkpoint>,
    observer: &mut dyn Observer,
) -> Result<FitOutcome, FitError> {
    let loss = config.check(train.task())?;
    check_sets(Shape::of(train), train, validation, &config.segments)?;
    let fitting = config.model.part.start(job(config, loss, train, validation, seed))?;
    run_fit(fitting, config, train, validation, seed, checkpoint, observer)
}

fn fit_given<'data>(
    model: &mut dyn Model,
    config: &FitConfig,
    train: &SequenceSet<'data>,
    validation: Option<&SequenceSet<'data>>,
    seed: FitSeed,
    checkpoint: Option<Checkpoint>,
    observer: &mut dyn Observer,
) -> Result<FitOutcome, FitError> {
    let loss = config.check(train.task())?;
    check_sets(model.shape(), train, validation, &config.segments)?;
    let run = Run::new(Box::new(model), job(config, loss, train, validation, seed))?;
    run_fit(Box::new(run), config, train, validation, seed, checkpoint, observer)
}

fn job<'a, 'data>(
    config: &'a FitConfig,
    loss: Loss,
    train: &'a SequenceSet<'data>,
    validation: Option<&'a SequenceSet<'data>>,
    seed: FitSeed,
) -> Job<'a, 'data> {
    let (params, steps, schedule_epochs) = (&config.model.params, config.steps, config.schedule_epochs);
    Job { params, steps, schedule_epochs, loss, train, validation, seed }
}

fn run_fit(
    mut fitting: Box<dyn Fitting + '_>,
    config: &FitConfig,
    train: &SequenceSet<'_>,
    validation: Option<&SequenceSet<'_>>,
    seed: FitSeed,
    checkpoint: Option<Checkpoint>,
    observer: &mut dyn Observer,
) -> Result<FitOutcome, FitError> {
    let mut watch = EarlyStopping::new(config.patience);
    let base_rates = BaseRates::of(train);
    let segments: Vec<Segment<'_>> =
        validation.iter().flat_map(|set| config.segments.iter().map(|own| Segment::of(set, own))).collect();
    // Hashing all data for the identity is worth it only once a checkpoint is read or written.
    let identity = |fitting: &dyn Fitting| fit_identity(config, seed, fitting.layout(), train, validation);
    let mut known_identity = None;
    let mut stop = false;
    let mut progress = match checkpoint {
        None => Progress::new(fitting.initial_weights().digest()),
        Some(checkpoint) => {
            let expected = *known_identity.insert(identity(&*fitting));
            if checkpoint.fit != expected {
                return Err(CheckpointError::OtherFit { found: checkpoint.fit, expected }.into());
            }
            fitting.restore(&checkpoint.state)?;
            let progress = Progress::restored(checkpoint);
            observer.resumed(Ok(progress.history.len() as u64));
            stop = progress.replay(&mut watch, observer);
            progress
        }
    };
    let first = progress.history.len() + 1;
    for epoch in first..=config.epochs {
        if stop {
            break;
        }
        let mut record = fitting.train_epoch(epoch)?;
        // Validation draws no random numbers and moves no parameter: without a validation set the epochs are the same.
        if let Some(set) = validation {
            let (predictions, validation_loss) = fitting.validate(epoch)?;
            let judged = Judged::of(config, &base_rates, predictions.values.view(), set);
            let scores = segments.iter().map(|own| own.scores(config, &base_rates, &predictions, &judged));
            progress.segments.push(scores.collect());
            let (evaluation, alternatives) = judged.evaluations();
            let objective = config.objective.part.value(&evaluation, &config.objective.params);
            if !objective.is_finite() {
                let metric = config.objective.component.to_string();
                return Err(FitError::Objective { metric, value: objective, epoch });
            }
            let verdict = watch.observe(epoch, objective);
            if verdict.improved {
                fitting.keep();
            }
            stop = verdict.stop;
            record.validation_loss = Some(validation_loss);
            record.objective = Some(objective);
            progress.evaluations.push(evaluation);
            progress.alternatives.push(alternatives);
        }
        let control = observer.epoch(&record, progress.evaluations.last());
        stop |= control == Control::Stop;
        progress.history.push(record);
        // A stopped fit is finished and needs no checkpoint. An interrupt sets `stop` only below, so that this epoch
        // can still be saved.
        if !stop
            && epoch < config.epochs
            && observer.wants_checkpoint(epoch as u64)
            && let Some(state) = fitting.state()
        {
            let identity = *known_identity.get_or_insert_with(|| identity(&*fitting));
            stop = observer.checkpoint(progress.checkpoint(state, identity)) != Control::Continue;
        }
        stop |= control == Control::Interrupt;
    }
    let epochs_run = progress.history.len();
    Ok(FitOutcome {
        weights: fitting.into_weights(),
        initial_weights: progress.initial_weights,
        history: progress.history,
        evaluations: progress.evaluations,
        alternatives: progress.alternatives,
        segments: progress.segments,
        best_epoch: watch.best_epoch().unwrap_or(epochs_run),
        stopped: epochs_run < config.epochs,
    })
}
