//! The state of a running fit: what an epoch, a step and a validation do.

use super::origin::{all_finite, in_forward, in_gradient, in_parameters};
use super::progress::Progress;
use super::slices::{self, Slices, slice_size};
use crate::batches::{Batch, shuffled};
use crate::checkpoint::Checkpoint;
use crate::config::FitConfig;
use crate::error::{CheckpointError, FitError, Origin};
use crate::kernels::mask::{DropoutKey, Mode};
use crate::loss::{FocalLoss, LossSum, count_valid};
use crate::model::{Layout, Model};
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

pub(super) struct Run<'a, 'data> {
    model: &'a mut dyn Model,
    config: &'a FitConfig,
    loss: FocalLoss,
    train: &'a SequenceSet<'data>,
    seed: FitSeed,
    schedule: Schedule,
    optimizer: AdamW,
    pub(super) parameters: Vec<f32>,
    gradient: Vec<f32>,
    slices: Slices,
    batch: Batch,
    /// The sequences of a full batch: `batch_size`, or the size of the training set if that is smaller.
    largest: usize,
    /// The sequences of a full step.
    step_size: usize,
}

impl<'a, 'data> Run<'a, 'data> {
    pub(super) fn new(
        model: &'a mut dyn Model,
        config: &'a FitConfig,
        loss: FocalLoss,
        train: &'a SequenceSet<'data>,
        seed: FitSeed,
    ) -> Self {
        let shape = model.shape();
        let largest = config.batch_size.min(train.len());
        let slices = Slices::new(model, largest, rayon::current_num_threads());
        let count = model.layout().len();
        let mut parameters = vec![0.0; count];
        let mut generator = ChaCha8Rng::from_seed(seed.derive(Purpose::Weights, 0));
        model.initialise(&mut parameters, &mut generator);
        let step_size = largest.saturating_mul(config.accumulation_steps);
        let steps = train.len().div_ceil(step_size).saturating_mul(config.schedule_epochs);
        Self {
            model,
            config,
            loss,
            train,
            seed,
            schedule: Schedule::new(config.learning_rate, config.warmup_fraction, steps),
            optimizer: AdamW::new(count, config.weight_decay),
            parameters,
            gradient: vec![0.0; count],
            slices,
            batch: Batch::new(shape, largest),
            largest,
            step_size,
        }
    }

    pub(super) fn weights(&self) -> Weights {
        Weights::from_parameters(self.model.layout(), &self.parameters)
    }

    /// Turns a finished fit into its weights. Its buffers are freed first, so that they and the copy never coexist.
    pub(super) fn into_weights(self) -> Weights {
        let Self { model, parameters, optimizer, gradient, slices, .. } = self;
        drop((optimizer, gradient, slices));
        Weights::from_parameters(model.layout(), &parameters)
    }

    /// The checkpoint after the epochs in `progress`.
    pub(super) fn checkpoint(&self, progress: &Progress, fit: Digest) -> Checkpoint {
        let layout = self.model.layout();
        let weights = |values: &[f32]| Weights::from_parameters(layout, values);
        let (moments, powers) = self.optimizer.state();
        Checkpoint {
            fit,
            initial_weights: progress.initial_weights,
            parameters: self.weights(),
            moments: moments.map(weights),
            powers,
            best: progress.best.as_deref().map(weights),
            history: progress.history.clone(),
            evaluations: progress.evaluations.clone(),
        }
    }

    /// Restores the state from a checkpoint of this fit.
    pub(super) fn restore(&mut self, checkpoint: Checkpoint) -> Result<Progress, CheckpointError> {
        let layout = self.model.layout();
        self.optimizer = checkpoint.optimizer(layout, self.config.weight_decay)?;
        self.parameters = checkpoint.parameters.to_parameters(layout)?;
        Ok(Progress {
            initial_weights: checkpoint.initial_weights,
            best: checkpoint.best.map(|best| best.to_parameters(layout)).transpose()?,
            history: checkpoint.history,
            evaluations: checkpoint.evaluations,
        })
    }

    pub(super) fn layout(&self) -> &Layout {
        self.model.layout()
    }

    fn steps_per_epoch(&self) -> usize {
        self.train.len().div_ceil(self.step_size)
    }

    /// Runs one epoch, counted from 1. The record's loss is the mean over the steps with a valid label; 0 without any.
    pub(super) fn train_epoch(&mut self, epoch: usize) -> Result<EpochRecord, FitError> {
        // Every stream is derived from the epoch number, not carried over: a resumed fit needs no generator state.
        let order = shuffled(self.train.len(), self.seed.derive(Purpose::Shuffle, epoch as u64));
        let dropout = self.seed.derive(Purpose::Dropout, epoch as u64);
        let steps = self.steps_per_epoch();
        let (mut loss_sum, mut counted, mut learning_rate) = (0.0, 0u32, 0.0);
        for (step, positions) in order.chunks(self.step_size).enumerate() {
            learning_rate = self.schedule.learning_rate((epoch - 1) * steps + step);
            let key = |batch: usize| {
                DropoutKey::new(&dropout, (step * self.config.accumulation_steps + batch) as u64)
            };
            let loss = self.step(positions, key, learning_rate);
            if let Some(loss) = loss.map_err(|diverged| diverged.at(epoch, step + 1))? {
                loss_sum += loss;
                counted += 1;
            }
        }
        // No later loss would reveal a parameter that the last step made non-finite.
        if let Some(origin) = in_parameters(self.model.layout(), &self.parameters) {
            let norm = global_norm(&self.parameters);
            return Err(Diverged::new("the norm of the parameters", norm, origin).at(epoch, steps));
        }
        Ok(EpochRecord {
            epoch: epoch as u64,
            learning_rate,
            train_loss: if counted == 0 { 0.0 } else { loss_sum / f64::from(counted) },
            validation_loss: None,
            objective: None,
        })
    }

    /// Runs one step over the batches of `positions`, batch `i` with dropout key `key(i)`, and returns its mean loss.
    /// Without a valid label it moves no parameter and returns `None`.
    fn step(
        &mut self,
        positions: &[usize],
        key: impl Fn(usize) -> DropoutKey,
        learning_rate: f64,
    ) -> Result<Option<f64>, Diverged> {
        // Every batch divides by the labels of the whole step: the gradients then add up to that of one large batch.
        let labels = |&position: &usize| self.train.labels_of(position);
        let valid = positions.iter().map(|position| count_valid(labels(position))).sum();
        if valid == 0 {
            return Ok(None);
        }
        self.gradient.fill(0.0);
        let mut total = LossSum::default();
        for (batch, positions) in positions.chunks(self.largest).enumerate() {
            total = total.plus(self.add_gradient(positions, Mode::Train(key(batch)), valid)?);
        }
        let norm = global_norm(&self.gradient);
        let layout = self.model.layout();
        if !norm.is_finite() {
            return Err(Diverged::new("the gradient's norm", norm, in_gradient(layout, &self.gradient)));
        }
        let scale = clip_scale(norm, self.config.gradient_clip);
        self.optimizer.step(layout, &mut self.parameters, &self.gradient, scale, learning_rate);
        Ok(Some(total.mean()))
    }

    /// Adds the gradient of one batch of a step with `valid` valid labels; returns the batch's loss.
    fn add_gradient(&mut self, positions: &[usize], mode: Mode, valid: usize) -> Result<LossSum, Diverged> {
        let (inputs, labels) = self.batch.gather(self.train, positions);
        let (parameters, loss) = (&self.parameters[..], &self.loss);
        let batch = slices::Batch { parameters, inputs, labels, mode, loss, valid };
        let loss = self.slices.add_gradient(self.model, batch, &mut self.gradient);
        if !loss.sum.is_finite() {
            // The slices may be spread over several models, so one model repeats them until it meets the broken one.
            // Dropout masks are a function of the slice's mode, hence the same again.
            let model = self.slices.model(self.model);
            let origin = batch.slices(model.shape()).find_map(|slice| {
                let logits = model.forward(parameters, slice.inputs, slice.sequences, slice.mode);
                (!all_finite(logits)).then(|| in_forward(model, parameters, slice.inputs, slice.sequences))
            });
            return Err(Diverged::new("the training loss", loss.mean(), origin.unwrap_or(Origin::Logits)));
        }
        Ok(loss)
    }

    /// Evaluates the current weights on `set`; also returns the mean loss.
    pub(super) fn validate(
        &mut self,
        set: &SequenceSet<'_>,
        epoch: usize,
    ) -> Result<(Evaluation, f64), FitError> {
        let (model, loss) = (self.slices.model(self.model), Some(&self.loss));
        let (predictions, total) =
            predict_set(model, &self.parameters, set, &mut self.batch, slice_size(self.largest), loss);
        let mean = total.mean();
        if !mean.is_finite() {
            let diverged = Diverged::new("the validation loss", mean, self.origin_in(set));
            return Err(diverged.at(epoch, self.steps_per_epoch()));
        }
        Ok((predictions.evaluate(set, self.config.cost_bps), mean))
    }

    /// Finds the first batch of `set` with non-finite logits, and in it the first broken layer.
    fn origin_in(&mut self, set: &SequenceSet<'_>) -> Origin {
        let model = self.slices.model(self.model);
        let positions: Vec<usize> = (0..set.len()).collect();
        for positions in positions.chunks(slice_size(self.largest)) {
            let (inputs, _) = self.batch.gather(set, positions);
            let logits = model.forward(&self.parameters, inputs, positions.len(), Mode::Evaluate);
            if !all_finite(logits) {
                return in_forward(model, &self.parameters, inputs, positions.len());
            }
        }
        Origin::Logits
    }
}

/// A quantity that stopped being finite.
struct Diverged {
    quantity: &'static str,
    value: f64,
    origin: Origin,
}

impl Diverged {
    fn new(quantity: &'static str, value: f64, origin: Origin) -> Self {
        Self { quantity, value, origin }
    }

    fn at(self, epoch: usize, step: usize) -> FitError {
        let Self { quantity, value, origin } = self;
        FitError::NonFinite { quantity, value, origin, epoch, step }
    }
}
