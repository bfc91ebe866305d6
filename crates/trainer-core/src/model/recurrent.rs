//! Stacked recurrent layers, of whichever kind.

use super::declared::{self, D_MODEL, NUM_LAYERS, size_of};
use super::{Layout, Model, Shape};
use crate::kernels::gemm::Target;
use crate::kernels::mask::{Mask, Mode};
use crate::kernels::real::Real;
use crate::layers::{Dense, RecurrentLayer};
use crate::setting_error::SettingError;
use artifact_core::Params;
use rand_chacha::ChaCha8Rng;
use settings::part::Declaration;

/// Declares the recurrent model `name`.
pub(super) fn declaration(name: &'static str, doc: &'static str) -> Declaration {
    Declaration::new(name, doc)
        .parameter(declared::learning_rate())
        .parameter(declared::dropout_rate("The dropout rate between layers."))
        .parameter(declared::weight_decay())
        .parameter(declared::num_layers("The recurrent layers."))
        .parameter(declared::d_model("The width of the recurrent state."))
        .parameter(declared::batch_size())
}

/// The sizes of a recurrent model.
#[derive(Debug, Clone, PartialEq)]
pub struct RecurrentConfig {
    /// The width of the recurrent state; at least 1.
    pub d_model: usize,
    /// The recurrent layers; at least 1.
    pub num_layers: usize,
    /// The dropout rate between layers, in `[0, 1)`.
    pub dropout: f64,
}

impl RecurrentConfig {
    /// Reads the sizes among the parameters that [`declaration`] declares.
    pub(super) fn of(params: &Params) -> Result<Self, SettingError> {
        Ok(Self {
            d_model: size_of(params, D_MODEL)?,
            num_layers: size_of(params, NUM_LAYERS)?,
            dropout: declared::dropout_of(params)?,
        })
    }

    fn check(&self) -> Result<(), SettingError> {
        declared::check_sizes(&[("d_model", self.d_model), ("num_layers", self.num_layers)])?;
        declared::check_dropout(self.dropout)
    }
}

/// Recurrent layers over the window, with dropout between them, and a linear map from the last state to the logits.
#[derive(Debug, Clone)]
pub struct Recurrent<R, L> {
    shape: Shape,
    layout: Layout,
    layers: Vec<L>,
    head: Dense,
    width: usize,
    dropout: f64,
    /// The dropout masks of the last forward pass, one after each layer but the last.
    masks: Vec<Mask<R>>,
    /// The input of each layer, position-major: the window, then the previous layer's states after dropout. A backward
    /// pass overwrites all but the first with their gradients.
    inputs: Vec<Vec<R>>,
    /// The gradient of the last state, `(batch, d_model)`.
    d_last: Vec<R>,
    /// One row of dropout factors.
    factors: Vec<R>,
    logits: Vec<R>,
}

impl<R: Real, L: RecurrentLayer<R>> Recurrent<R, L> {
    /// Makes the model, without buffers for a batch yet.
    ///
    /// # Errors
    ///
    /// When a size is 0, or the dropout rate lies outside `[0, 1)`.
    pub fn new(config: &RecurrentConfig, shape: Shape) -> Result<Self, SettingError> {
        config.check()?;
        shape.check()?;
        let width = config.d_model;
        let mut layout = Layout::new();
        let layer = |index: usize| {
            let inputs = if index == 0 { shape.features } else { width };
            L::new(&mut layout, &format!("layers.{index}"), inputs, width)
        };
        let layers: Vec<_> = (0..config.num_layers).map(layer).collect();
        let head = Dense::new(&mut layout, "head", width, shape.logits());
        Ok(Self {
            shape,
            layout,
            head,
            width,
            dropout: config.dropout,
            masks: vec![Mask::inactive(); layers.len() - 1],
            inputs: vec![Vec::new(); layers.len()],
            layers,
            d_last: Vec::new(),
            factors: vec![R::ONE; width],
            logits: Vec::new(),
        })
    }
}

impl<R: Real, L: RecurrentLayer<R>> Model<R> for Recurrent<R, L> {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn initialise(&self, parameters: &mut [R], generator: &mut ChaCha8Rng) {
        self.layout.initialise(parameters, generator);
        for layer in &self.layers {
            layer.initialise(parameters);
        }
    }

    fn twin(&self) -> Option<Box<dyn Model<R> + Send>> {
        Some(Box::new(self.clone()))
    }

    fn reserve(&mut self, batch: usize) {
        for (layer, input) in self.layers.iter_mut().zip(&mut self.inputs) {
            layer.reserve(batch, self.shape.seq_length);
            input.resize(layer.input_size(batch * self.shape.seq_length), R::ZERO);
        }
        self.d_last.resize(batch * self.width, R::ZERO);
        self.logits.resize(batch * self.shape.logits(), R::ZERO);
    }

    fn forward(&mut self, parameters: &[R], inputs: &[R], batch: usize, mode: Mode) -> &[R] {
        let rows = batch * self.shape.seq_length;
        // Position-major, so that each step of the recurrence reads the whole batch as one contiguous matrix.
        to_positions(inputs, &mut self.inputs[0], self.shape, batch);
        for (index, layer) in self.layers.iter_mut().enumerate() {
            let size = layer.input_size(rows);
            layer.forward(parameters, &self.inputs[index][..size], batch);
            if let Some(next) = self.inputs.get_mut(index + 1) {
                let states = layer.states(rows);
                self.masks[index] = mode.mask(index as u32, self.dropout);
                let next = &mut next[..states.len()];
                next.copy_from_slice(states);
                self.masks[index].apply(next, &mut self.factors);
            }
        }
        let logits = &mut self.logits[..batch * self.shape.logits()];
        self.head.forward(parameters, last_states(&self.layers, rows, batch * self.width), logits);
        logits
    }

    fn backward(&mut self, parameters: &[R], inputs: &[R], logit_gradient: &[R], gradient: &mut [R]) {
        let batch = logit_gradient.len() / self.shape.logits();
        let rows = inputs.len() / self.shape.features;
        let d_last = &mut self.d_last[..batch * self.width];
        let last = last_states(&self.layers, rows, d_last.len());
        self.head.add_gradient(last, logit_gradient, gradient);
        self.head.input_gradient(parameters, logit_gradient, d_last, Target::Overwrite);
        for (index, layer) in self.layers.iter_mut().enumerate().rev() {
            let (here, above) = self.inputs.split_at_mut(index + 1);
            let input = &mut here[index][..layer.input_size(rows)];
            let d_output = match above.first_mut() {
                None => &*d_last,
                Some(above) => {
                    // The layer above has replaced its input by the gradient. The dropout between passes it through the
                    // mask that the forward pass used.
                    let d = &mut above[..rows * self.width];
                    self.masks[index].apply(d, &mut self.factors);
                    &*d
                }
            };
            layer.backward(parameters, input, d_output, index > 0, batch, gradient);
        }
    }

    fn visit_outputs(&self, batch: usize, visit: &mut dyn FnMut(&str, &[R])) {
        for (index, layer) in self.layers.iter().enumerate() {
            visit(&format!("layers.{index}"), layer.states(batch * self.shape.seq_length));
        }
        visit("head", &self.logits[..batch * self.shape.logits()]);
    }
}

/// The top layer's last `size` values: its state after the last position.
fn last_states<R: Real, L: RecurrentLayer<R>>(layers: &[L], rows: usize, size: usize) -> &[R] {
    let states = layers.last().map_or(&[][..], |layer| layer.states(rows));
    &states[states.len() - size..]
}

/// Transposes windows `(batch, seq_length, features)` to positions `(seq_length, batch, features)`.
fn to_positions<R: Real>(windows: &[R], positions: &mut [R], shape: Shape, batch: usize) {
    for (sequence, window) in windows.chunks_exact(shape.window()).enumerate() {
        for (position, row) in window.chunks_exact(shape.features).enumerate() {
            let start = (position * batch + sequence) * shape.features;
            positions[start..start + shape.features].copy_from_slice(row);
        }
    }
}
