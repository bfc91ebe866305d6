//! The fit: epochs, steps, early stopping.

use crate::batches::{Batch, shuffled};
use crate::config::{FitConfig, check_sets};
use crate::early_stopping::EarlyStopping;
use crate::error::FitError;
use crate::kernels::mask::{DropoutKey, Mode};
use crate::loss::FocalLoss;
use crate::model::{Model, Shape};
use crate::optimizer::{AdamW, clip_scale, global_norm};
use crate::predict::predict_set;
use crate::schedule::Schedule;
use crate::weights::Weights;
use artifact_core::Digest;
use artifact_core::schema::{EpochRecord, Evaluation};
use artifact_core::seed::{FitSeed, Purpose};
use data_loader::SequenceSet;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;

/// Whether a fit goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Go on.
    Continue,
    /// Stop after this epoch.
    Stop,
}

/// Follows a fit, and may end it: progress, pruning and cancellation.
pub trait Observer {
    /// Called after each epoch; the evaluation is there when a validation set was given.
    fn epoch(&mut self, record: &EpochRecord, evaluation: Option<&Evaluation>) -> Control;
}

/// Lets every fit run to its end.
impl Observer for () {
    fn epoch(&mut self, _record: &EpochRecord, _evaluation: Option<&Evaluation>) -> Control {
        Control::Continue
    }
}

/// What a fit leaves behind.
#[derive(Debug, Clone, PartialEq)]
pub struct FitOutcome {
    /// The weights of the best epoch when a validation set was given, else of the last one.
    pub weights: Weights,
    /// The digest of the weights before the first step: two fits that should not share a start can show it.
    pub initial_weights: Digest,
    /// One record per epoch run.
    pub history: Vec<EpochRecord>,
    /// One evaluation of the validation set per epoch run; empty without such a set.
    pub evaluations: Vec<Evaluation>,
    /// The epoch of `weights`, from 1.
    pub best_epoch: usize,
    /// Whether the fit ended before `epochs`, by early stopping or by the observer.
    pub stopped: bool,
}

/// Fits a model of `config.architecture`.
///
/// # Errors
///
/// When a setting or a set cannot be used, or when the loss, its gradient or the validation loss stops being finite.
pub fn fit(
    config: &FitConfig,
    train: &SequenceSet<'_>,
    validation: Option<&SequenceSet<'_>>,
    seed: FitSeed,
    observer: &mut dyn Observer,
) -> Result<FitOutcome, FitError> {
    let mut model = config.architecture.model(Shape::of(train))?;
    fit_model(&mut *model, config, train, validation, seed, observer)
}

/// Fits `model`, which may be a user's own; `config.architecture` is not looked at.
///
/// # Errors
///
/// As [`fit`].
pub fn fit_model(
    model: &mut dyn Model,
    config: &FitConfig,
    train: &SequenceSet<'_>,
    validation: Option<&SequenceSet<'_>>,
    seed: FitSeed,
    observer: &mut dyn Observer,
) -> Result<FitOutcome, FitError> {
    let loss = config.check()?;
    check_sets(model.shape(), train, validation)?;
    let mut run = Run::new(model, config, loss, train, seed);
    let initial_weights = run.weights().digest();
    let mut watch = EarlyStopping::new(config.patience);
    let mut best: Option<Vec<f32>> = None;
    let (mut history, mut evaluations) = (Vec::new(), Vec::new());
    for epoch in 1..=config.epochs {
        let mut record = run.train_epoch(epoch)?;
        let mut patience_spent = false;
        if let Some(set) = validation {
            let (evaluation, validation_loss) = run.validate(set, epoch)?;
            let objective = config.objective.value(&evaluation);
            let verdict = watch.observe(epoch, objective);
            if verdict.improved {
                best.get_or_insert_default().clone_from(&run.parameters);
            }
            patience_spent = verdict.stop;
            record.validation_loss = Some(validation_loss);
            record.objective = Some(objective);
            evaluations.push(evaluation);
        }
        let control = observer.epoch(&record, evaluations.last());
        history.push(record);
        if patience_spent || control == Control::Stop {
            break;
        }
    }
    let epochs_run = history.len();
    if let Some(parameters) = best {
        run.parameters = parameters;
    }
    Ok(FitOutcome {
        weights: run.weights(),
        initial_weights,
        history,
        evaluations,
        best_epoch: watch.best_epoch().unwrap_or(epochs_run),
        stopped: epochs_run < config.epochs,
    })
}

/// The state of a fit in flight.
struct Run<'a, 'data> {
    model: &'a mut dyn Model,
    config: &'a FitConfig,
    loss: FocalLoss,
    train: &'a SequenceSet<'data>,
    seed: FitSeed,
    schedule: Schedule,
    optimizer: AdamW,
    parameters: Vec<f32>,
    gradient: Vec<f32>,
    logit_gradient: Vec<f32>,
    batch: Batch,
    /// The sequences of a full batch: `batch_size`, or fewer when no set is as large.
    largest: usize,
}

impl<'a, 'data> Run<'a, 'data> {
    fn new(
        model: &'a mut dyn Model,
        config: &'a FitConfig,
        loss: FocalLoss,
        train: &'a SequenceSet<'data>,
        seed: FitSeed,
    ) -> Self {
        let shape = model.shape();
        let largest = config.batch_size.min(train.len());
        model.reserve(largest);
        let count = model.layout().len();
        let mut parameters = vec![0.0; count];
        let mut generator = ChaCha8Rng::from_seed(seed.derive(Purpose::Weights, 0));
        model.initialise(&mut parameters, &mut generator);
        let steps = train.len().div_ceil(largest);
        Self {
            model,
            config,
            loss,
            train,
            seed,
            schedule: Schedule::new(
                config.learning_rate,
                config.warmup_fraction,
                steps.saturating_mul(config.schedule_epochs),
            ),
            optimizer: AdamW::new(count, config.weight_decay),
            parameters,
            gradient: vec![0.0; count],
            logit_gradient: vec![0.0; largest * shape.logits()],
            batch: Batch::new(shape, largest),
            largest,
        }
    }

    fn weights(&self) -> Weights {
        Weights::from_parameters(self.model.layout(), &self.parameters)
    }

    /// Runs one epoch. The record's loss is the mean over the steps that had a valid label; 0 without any.
    fn train_epoch(&mut self, epoch: usize) -> Result<EpochRecord, FitError> {
        let order = shuffled(self.train.len(), self.seed.derive(Purpose::Shuffle, epoch as u64));
        let dropout = self.seed.derive(Purpose::Dropout, epoch as u64);
        let steps = order.len().div_ceil(self.largest);
        let (mut loss_sum, mut counted, mut learning_rate) = (0.0, 0u32, 0.0);
        for (step, positions) in order.chunks(self.largest).enumerate() {
            learning_rate = self.schedule.learning_rate((epoch - 1) * steps + step);
            let mode = Mode::Train(DropoutKey::new(&dropout, step as u64));
            let loss =
                self.step(positions, mode, learning_rate).map_err(|diverged| diverged.at(epoch, step + 1))?;
            if let Some(loss) = loss {
                loss_sum += loss;
                counted += 1;
            }
        }
        Ok(EpochRecord {
            epoch: epoch as u64,
            learning_rate,
            train_loss: if counted == 0 { 0.0 } else { loss_sum / f64::from(counted) },
            validation_loss: None,
            objective: None,
        })
    }

    /// Runs one step and gives its loss. A batch without a valid label moves nothing and gives none.
    fn step(&mut self, positions: &[usize], mode: Mode, learning_rate: f64) -> Result<Option<f64>, Diverged> {
        let (inputs, labels) = self.batch.gather(self.train, positions);
        let logits = self.model.forward(&self.parameters, inputs, positions.len(), mode);
        let logit_gradient = &mut self.logit_gradient[..logits.len()];
        let total = self.loss.sum_and_gradient(logits, labels, logit_gradient);
        if total.valid == 0 {
            return Ok(None);
        }
        let loss = finite("the training loss", total.mean())?;
        self.gradient.fill(0.0);
        self.model.backward(&self.parameters, inputs, logit_gradient, &mut self.gradient);
        let norm = finite("the gradient's norm", global_norm(&self.gradient))?;
        let scale = clip_scale(norm, self.config.gradient_clip);
        let layout = self.model.layout();
        self.optimizer.step(layout, &mut self.parameters, &self.gradient, scale, learning_rate);
        Ok(Some(loss))
    }

    /// Judges the present weights on `set`; also gives the mean loss.
    fn validate(&mut self, set: &SequenceSet<'_>, epoch: usize) -> Result<(Evaluation, f64), FitError> {
        let loss = Some(&self.loss);
        let (predictions, total) =
            predict_set(self.model, &self.parameters, set, &mut self.batch, self.largest, loss);
        let steps = self.train.len().div_ceil(self.largest);
        let mean =
            finite("the validation loss", total.mean()).map_err(|diverged| diverged.at(epoch, steps))?;
        Ok((predictions.evaluate(set, self.config.cost_bps), mean))
    }
}

/// A quantity that stopped being finite.
struct Diverged {
    quantity: &'static str,
    value: f64,
}

impl Diverged {
    fn at(self, epoch: usize, step: usize) -> FitError {
        FitError::NonFinite { quantity: self.quantity, value: self.value, epoch, step }
    }
}

fn finite(quantity: &'static str, value: f64) -> Result<f64, Diverged> {
    if value.is_finite() { Ok(value) } else { Err(Diverged { quantity, value }) }
}
