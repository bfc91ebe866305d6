//! The gradient of a batch, computed in slices that threads may work on in parallel.
//!
//! A batch is cut into [`SLICES`] slices, on every machine. Each slice has its own dropout masks and sums its own
//! gradient; then the slices' gradients are added in order. So the bits are the same whether one thread works on all
//! slices or each slice has its own thread.

use crate::kernels::mask::Mode;
use crate::kernels::simd::{add, vectorised};
use crate::loss::{Loss, LossSum};
use crate::model::{Model, Shape};
use data_loader::Truth;

/// The number of slices of a batch. It determines the bits of a fit: a change needs another engine version.
const SLICES: usize = 4;

/// The number of sequences in one slice of a batch of `batch` sequences; the last slice may have fewer.
pub(super) fn slice_size(batch: usize) -> usize {
    batch.div_ceil(SLICES)
}

/// A batch whose gradient is computed.
#[derive(Clone, Copy)]
pub(super) struct Batch<'a> {
    pub(super) parameters: &'a [f32],
    /// `(sequences, seq_length, features)`.
    pub(super) inputs: &'a [f32],
    /// `(sequences, tickers)`.
    pub(super) labels: Truth<'a>,
    pub(super) mode: Mode,
    pub(super) loss: &'a Loss,
    /// The number of valid labels that the mean loss runs over: those of the whole step, not only of this batch.
    pub(super) valid: usize,
}

/// One slice of a batch.
#[derive(Clone, Copy)]
pub(super) struct Slice<'a> {
    pub(super) sequences: usize,
    pub(super) inputs: &'a [f32],
    labels: Truth<'a>,
    pub(super) mode: Mode,
}

impl<'a> Batch<'a> {
    pub(super) fn slices(self, shape: Shape) -> impl Iterator<Item = Slice<'a>> {
        let sequences = slice_size(self.labels.classes.len() / shape.tickers);
        let inputs = self.inputs.chunks(sequences * shape.window());
        inputs.enumerate().map(move |(number, inputs)| {
            let (first, own) = (number * sequences, inputs.len() / shape.window());
            Slice {
                sequences: own,
                inputs,
                labels: self.labels.slice(first * shape.tickers..(first + own) * shape.tickers),
                mode: self.mode.slice(number),
            }
        })
    }
}

/// The models and buffers that compute slices.
pub(super) struct Slices {
    shape: Shape,
    /// One model per thread. Empty with one thread, or if the model has no twins: it then computes all slices itself.
    workers: Vec<Box<dyn Model + Send>>,
    /// One per slice; without workers, one for the first slice and one that all others share.
    parts: Vec<Part>,
}

/// The buffers and the loss of one slice.
#[derive(Default)]
struct Part {
    /// Empty in the first slice's part, which borrows the step's gradient instead.
    gradient: Vec<f32>,
    logit_gradient: Vec<f32>,
    loss: LossSum,
}

impl Slices {
    /// Allocates buffers for batches of up to `largest` sequences of `model`, on up to `threads` threads.
    pub(super) fn new(model: &mut dyn Model, largest: usize, threads: usize) -> Self {
        let (shape, slice, count) = (model.shape(), slice_size(largest), model.layout().len());
        // A small batch has fewer than `SLICES` slices, and a thread without a slice would be idle.
        let threads = threads.min(largest.div_ceil(slice));
        let mut workers = Vec::new();
        if threads > 1 {
            workers.extend((0..threads).map_while(|_| model.twin()));
        }
        if workers.is_empty() {
            model.reserve(slice);
        }
        for worker in &mut workers {
            worker.reserve(slice);
        }
        let parts = if workers.is_empty() { 2 } else { SLICES };
        let part = |number| Part {
            gradient: vec![0.0; if number == 0 { 0 } else { count }],
            logit_gradient: vec![0.0; slice * shape.logits()],
            loss: LossSum::default(),
        };
        Self { shape, workers, parts: (0..parts).map(part).collect() }
    }

    /// A model with buffers for a slice: `model`, which was passed to [`Slices::new`], or the first of its twins.
    pub(super) fn model<'a>(&'a mut self, model: &'a mut dyn Model) -> &'a mut dyn Model {
        match self.workers.first_mut() {
            Some(worker) => &mut **worker,
            None => model,
        }
    }

    /// Adds the gradient of `batch` to `gradient` and returns the batch's loss. `model` is the one passed to
    /// [`Slices::new`].
    ///
    /// A slice whose loss is not finite adds no gradient; the returned loss is then not finite either.
    pub(super) fn add_gradient(
        &mut self,
        model: &mut dyn Model,
        batch: Batch<'_>,
        gradient: &mut Vec<f32>,
    ) -> LossSum {
        // The first slice adds straight to the step's gradient: one buffer and one addition fewer per batch.
        std::mem::swap(&mut self.parts[0].gradient, gradient);
        let total =
            if self.workers.is_empty() { self.sequential(model, batch) } else { self.parallel(batch) };
        std::mem::swap(&mut self.parts[0].gradient, gradient);
        total
    }

    fn sequential(&mut self, model: &mut dyn Model, batch: Batch<'_>) -> LossSum {
        let mut total = LossSum::default();
        let [first, others] = &mut self.parts[..] else { unreachable!("two parts without workers") };
        for (number, slice) in batch.slices(self.shape).enumerate() {
            if number == 0 {
                first.compute(model, batch, slice);
                total = first.loss;
            } else {
                others.gradient.fill(0.0);
                others.compute(model, batch, slice);
                add_to(&mut first.gradient, &others.gradient);
                total = total.plus(others.loss);
            }
        }
        total
    }

    fn parallel(&mut self, batch: Batch<'_>) -> LossSum {
        let count = batch.slices(self.shape).count();
        let parts = &mut self.parts[..count];
        share(&mut self.workers, 0, parts, batch);
        // Only now, and in the order of the slices: the sum must not depend on which thread finishes first.
        let mut total = LossSum::default();
        let mut parts = parts.iter_mut();
        if let Some(first) = parts.next() {
            total = first.loss;
            for part in parts {
                add_to(&mut first.gradient, &part.gradient);
                total = total.plus(part.loss);
            }
        }
        total
    }
}

/// Computes `parts`, which belong to the slices from `first` on, with all of `workers`; halves both until one worker is
/// left.
fn share(workers: &mut [Box<dyn Model + Send>], first: usize, parts: &mut [Part], batch: Batch<'_>) {
    if let [worker] = workers {
        let slices = batch.slices(worker.shape()).skip(first);
        for (number, (part, slice)) in parts.iter_mut().zip(slices).enumerate() {
            // Slice 0 holds the step's gradient so far, which must stay.
            if first + number > 0 {
                part.gradient.fill(0.0);
            }
            part.compute(&mut **worker, batch, slice);
        }
        return;
    }
    let middle = workers.len() / 2;
    let (parts, other_parts) = parts.split_at_mut(parts.len() * middle / workers.len());
    let (workers, other_workers) = workers.split_at_mut(middle);
    let other_first = first + parts.len();
    rayon::join(
        || share(workers, first, parts, batch),
        || share(other_workers, other_first, other_parts, batch),
    );
}

impl Part {
    /// Adds the gradient of `slice` to `self.gradient` and stores its loss.
    fn compute(&mut self, model: &mut dyn Model, batch: Batch<'_>, slice: Slice<'_>) {
        let logits = model.forward(batch.parameters, slice.inputs, slice.sequences, slice.mode);
        let logit_gradient = &mut self.logit_gradient[..logits.len()];
        self.loss = batch.loss.part_and_gradient(logits, slice.labels, batch.valid, logit_gradient);
        if self.loss.sum.is_finite() {
            model.backward(batch.parameters, slice.inputs, logit_gradient, &mut self.gradient);
        }
    }
}

fn add_to(total: &mut [f32], gradient: &[f32]) {
    vectorised(
        #[inline(always)]
        || add(total, gradient),
    );
}
