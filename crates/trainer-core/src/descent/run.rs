//! The state of a fit by gradient steps: what an epoch, a step and a validation do.

use super::origin::{all_finite, in_forward, in_gradient, in_parameters};
use super::slices::{self, Slices, slice_size};
use crate::batches::{Batch, shuffled};
use crate::checkpoint::FitState;
use crate::error::{CheckpointError, FitError, Origin};
use crate::kernels::mask::{DropoutKey, Mode};
use crate::learner::{Fitting, Job};
use crate::loss::{Loss, LossSum, count_valid};
use crate::model::{Layout, Model};
use crate::optimizer::{AdamW, clip_scale, global_norm};
use crate::predictions::Predictions;
use crate::schedule::Schedule;
use crate::setting_error::SettingError;
use crate::weights::Weights;
use artifact_core::schema::EpochRecord;
use artifact_core::seed::Purpose;
use data_loader::SequenceSet;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;

/// A fit by gradient steps.
pub(crate) struct Run<'a, 'data> {
    model: Box<dyn Model + 'a>,
    job: Job<'a, 'data>,
    schedule: Schedule,
    optimizer: AdamW,
    parameters: Vec<f32>,
    /// The parameters of the best epoch.
    best: Option<Vec<f32>>,
    gradient: Vec<f32>,
    slices: Slices,
    batch: Batch,
    /// The samples of a full batch: `batch_size`, or what an epoch draws if that is fewer.
    largest: usize,
    /// The samples of a full step.
    step_size: usize,
    /// The samples of an epoch.
    drawn: usize,
}

impl<'a, 'data> Run<'a, 'data> {
    /// Prepares a fit of `model` from its initial parameters.
    ///
    /// # Errors
    ///
    /// When a setting of the steps is out of range.
    pub(crate) fn new(mut model: Box<dyn Model + 'a>, job: Job<'a, 'data>) -> Result<Self, SettingError> {
        job.steps.check()?;
        let shape = model.shape();
        let drawn = job.steps.drawn(job.train.samples().len());
        let largest = job.steps.batch_size.min(drawn);
        let slices = Slices::new(&mut *model, largest, rayon::current_num_threads());
        let count = model.layout().len();
        let mut parameters = vec![0.0; count];
        let mut generator = ChaCha8Rng::from_seed(job.seed.derive(Purpose::Weights, 0));
        model.initialise(&mut parameters, &mut generator);
        let step_size = largest.saturating_mul(job.steps.accumulation_steps);
        let steps = drawn.div_ceil(step_size).saturating_mul(job.schedule_epochs);
        Ok(Self {
            model,
            schedule: Schedule::new(job.steps.learning_rate, job.steps.warmup_fraction, steps),
            optimizer: AdamW::new(count, job.steps.weight_decay),
            job,
            parameters,
            best: None,
            gradient: vec![0.0; count],
            slices,
            batch: Batch::new(shape, largest),
            largest,
            step_size,
            drawn,
        })
    }

    fn present_weights(&self) -> Weights {
        Weights::from_parameters(self.model.layout(), &self.parameters)
    }

    fn steps_per_epoch(&self) -> usize {
        self.drawn.div_ceil(self.step_size)
    }

    /// Runs one step over the batches of `samples`, batch `i` with dropout key `key(i)`, and returns its mean loss.
    /// Without a valid label it moves no parameter and returns `None`.
    fn step(
        &mut self,
        samples: &[usize],
        key: impl Fn(usize) -> DropoutKey,
        learning_rate: f64,
    ) -> Result<Option<f64>, Diverged> {
        // Every batch divides by the labels of the whole step: the gradients then add up to that of one large batch.
        let labels = |&sample: &usize| self.job.train.sample_labels(sample);
        let valid = samples.iter().map(|sample| count_valid(labels(sample))).sum();
        if valid == 0 {
            return Ok(None);
        }
        self.gradient.fill(0.0);
        let mut total = LossSum::default();
        for (batch, samples) in samples.chunks(self.largest).enumerate() {
            total = total.plus(self.add_gradient(samples, Mode::Train(key(batch)), valid)?);
        }
        let norm = global_norm(&self.gradient);
        let layout = self.model.layout();
        if !norm.is_finite() {
            return Err(Diverged::new("the gradient's norm", norm, in_gradient(layout, &self.gradient)));
        }
        let scale = clip_scale(norm, self.job.steps.gradient_clip);
        self.optimizer.step(layout, &mut self.parameters, &self.gradient, scale, learning_rate);
        Ok(Some(total.mean()))
    }

    /// Adds the gradient of one batch of a step with `valid` valid labels; returns the batch's loss.
    fn add_gradient(&mut self, samples: &[usize], mode: Mode, valid: usize) -> Result<LossSum, Diverged> {
        let (inputs, labels) = self.batch.gather(self.job.train, samples);
        let (parameters, loss) = (&self.parameters[..], &self.job.loss);
        let batch = slices::Batch { parameters, inputs, labels, mode, loss, valid };
        let loss = self.slices.add_gradient(&mut *self.model, batch, &mut self.gradient);
        if !loss.sum.is_finite() {
            // The slices may be spread over several models, so one model repeats them until it meets the broken one.
            // Dropout masks are a function of the slice's mode, hence the same again.
            let model = self.slices.model(&mut *self.model);
            let origin = batch.slices(model.shape()).find_map(|slice| {
                let logits = model.forward(parameters, slice.inputs, slice.sequences, slice.mode);
                (!all_finite(logits)).then(|| in_forward(model, parameters, slice.inputs, slice.sequences))
            });
            return Err(Diverged::new("the training loss", loss.mean(), origin.unwrap_or(Origin::Logits)));
        }
        Ok(loss)
    }

    /// Finds the first batch of `set` with non-finite logits, and in it the first broken layer.
    fn origin_in(&mut self, set: &SequenceSet<'_>) -> Origin {
        let model = self.slices.model(&mut *self.model);
        let samples: Vec<usize> = (0..set.samples().len()).collect();
        for samples in samples.chunks(slice_size(self.largest)) {
            let (inputs, _) = self.batch.gather(set, samples);
            let logits = model.forward(&self.parameters, inputs, samples.len(), Mode::Evaluate);
            if !all_finite(logits) {
                return in_forward(model, &self.parameters, inputs, samples.len());
            }
        }
        Origin::Logits
    }
}

impl Fitting for Run<'_, '_> {
    fn initial_weights(&self) -> Weights {
        self.present_weights()
    }

    fn train_epoch(&mut self, epoch: usize) -> Result<EpochRecord, FitError> {
        // Every stream is derived from the epoch number, not carried over: a resumed fit needs no generator state.
        let all = self.job.train.samples().len();
        let order = shuffled(all, self.job.seed.derive(Purpose::Shuffle, epoch as u64));
        let dropout = self.job.seed.derive(Purpose::Dropout, epoch as u64);
        let steps = self.steps_per_epoch();
        let (mut loss_sum, mut counted, mut learning_rate) = (0.0, 0u32, 0.0);
        for (step, samples) in order[..self.drawn].chunks(self.step_size).enumerate() {
            learning_rate = self.schedule.learning_rate((epoch - 1) * steps + step);
            let first = step * self.job.steps.accumulation_steps;
            let key = |batch: usize| DropoutKey::new(&dropout, (first + batch) as u64);
            let loss = self.step(samples, key, learning_rate);
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

    fn validate(&mut self, epoch: usize) -> Result<(Predictions, f64), FitError> {
        // The caller asks only where there is such a set.
        let set = self.job.validation.unwrap_or(self.job.train);
        let (model, loss) = (self.slices.model(&mut *self.model), Some(&self.job.loss));
        let slice = slice_size(self.largest);
        let (flat, total) = predict_samples(model, &self.parameters, set, &mut self.batch, slice, loss);
        let mean = total.mean();
        if !mean.is_finite() {
            let diverged = Diverged::new("the validation loss", mean, self.origin_in(set));
            return Err(diverged.at(epoch, self.steps_per_epoch()));
        }
        Ok((Predictions::of_samples(set, &flat), mean))
    }

    fn keep(&mut self) {
        self.best.get_or_insert_default().clone_from(&self.parameters);
    }

    /// The fit's buffers are freed first, so that they and the copy never coexist.
    fn into_weights(self: Box<Self>) -> Weights {
        let Self { model, parameters, best, optimizer, gradient, slices, .. } = *self;
        drop((optimizer, gradient, slices));
        Weights::from_parameters(model.layout(), &best.unwrap_or(parameters))
    }

    fn layout(&self) -> Option<&Layout> {
        Some(self.model.layout())
    }

    fn state(&self) -> Option<FitState> {
        let layout = self.model.layout();
        let weights = |values: &[f32]| Weights::from_parameters(layout, values);
        let (moments, powers) = self.optimizer.state();
        let best = self.best.as_deref().map(weights);
        let moments = moments.map(weights);
        Some(FitState { parameters: self.present_weights(), moments, powers: vec![powers], best })
    }

    fn restore(&mut self, state: &FitState) -> Result<(), CheckpointError> {
        let layout = self.model.layout();
        self.optimizer = state.optimizer(layout, self.job.steps.weight_decay)?;
        self.parameters = state.parameters.to_parameters(layout)?;
        self.best = state.best.as_ref().map(|best| best.to_parameters(layout)).transpose()?;
        Ok(())
    }
}

/// Predicts all samples of a set with a model that has buffers for `largest` of them: `(samples, tickers, width)`. Also
/// sums `loss` over the set if given.
fn predict_samples(
    model: &mut dyn Model,
    parameters: &[f32],
    set: &SequenceSet<'_>,
    batch: &mut Batch,
    largest: usize,
    loss: Option<&Loss>,
) -> (Vec<f32>, LossSum) {
    let samples: Vec<usize> = (0..set.samples().len()).collect();
    let mut flat = Vec::with_capacity(samples.len() * model.shape().logits());
    let mut total = LossSum::default();
    let output = model.shape().output;
    for samples in samples.chunks(largest) {
        let (inputs, labels) = batch.gather(set, samples);
        let logits = model.forward(parameters, inputs, samples.len(), Mode::Evaluate);
        if let Some(loss) = loss {
            total = total.plus(loss.sum(logits, labels));
        }
        output.predictions(logits, &mut flat);
    }
    (flat, total)
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
