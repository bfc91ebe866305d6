//! A model that reads the first features of a row only.

use super::{Layout, Model, Shape};
use crate::kernels::mask::Mode;
use rand_chacha::ChaCha8Rng;

/// Hands the first features of every row on to a model, with the columns that say which ticker a window is of.
pub(crate) struct Leading<M: ?Sized> {
    /// The sizes of what comes in; the model's own are smaller.
    shape: Shape,
    /// The features that are handed on.
    count: usize,
    /// What was handed on last, `(batch, seq_length, features of the model)`.
    read: Vec<f32>,
    model: Box<M>,
}

impl<M: Model + ?Sized> Leading<M> {
    /// Wraps a model of [`Leading::inner`].
    pub(crate) fn new(shape: Shape, count: usize, model: Box<M>) -> Self {
        Self { shape, count, read: Vec::new(), model }
    }
}

/// The shape of the model behind a [`Leading`] of `count` features.
pub(crate) fn inner(shape: Shape, count: usize) -> Shape {
    Shape { features: count + shape.ticker_columns, ..shape }
}

impl<M: Model + ?Sized> Model for Leading<M> {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn layout(&self) -> &Layout {
        self.model.layout()
    }

    fn initialise(&self, parameters: &mut [f32], generator: &mut ChaCha8Rng) {
        self.model.initialise(parameters, generator);
    }

    fn reserve(&mut self, batch: usize) {
        self.read.resize(batch * inner(self.shape, self.count).window(), 0.0);
        self.model.reserve(batch);
    }

    fn forward(&mut self, parameters: &[f32], inputs: &[f32], batch: usize, mode: Mode) -> &[f32] {
        let Shape { features, ticker_columns, .. } = self.shape;
        let size = batch * inner(self.shape, self.count).window();
        let rows = inputs[..batch * self.shape.window()].chunks_exact(features);
        for (row, read) in rows.zip(self.read[..size].chunks_exact_mut(self.count + ticker_columns)) {
            let (leading, ticker) = read.split_at_mut(self.count);
            leading.copy_from_slice(&row[..self.count]);
            ticker.copy_from_slice(&row[features - ticker_columns..]);
        }
        self.model.forward(parameters, &self.read[..size], batch, mode)
    }

    fn backward(
        &mut self,
        parameters: &[f32],
        _inputs: &[f32],
        logit_gradient: &[f32],
        gradient: &mut [f32],
    ) {
        // What the forward pass before it was given.
        let batch = logit_gradient.len() / self.shape.logits();
        let size = batch * inner(self.shape, self.count).window();
        self.model.backward(parameters, &self.read[..size], logit_gradient, gradient);
    }

    fn twin(&self) -> Option<Box<dyn Model + Send>> {
        let model = self.model.twin()?;
        Some(Box::new(Leading { shape: self.shape, count: self.count, read: self.read.clone(), model }))
    }

    fn visit_outputs(&self, batch: usize, visit: &mut dyn FnMut(&str, &[f32])) {
        self.model.visit_outputs(batch, visit);
    }
}
