//! The temporal convolutional network.

use super::declared::{self, D_MODEL, NUM_LAYERS, size_of};
use super::{Architecture, Layout, Model, Shape};
use crate::kernels::gemm::Target;
use crate::kernels::mask::Mode;
use crate::kernels::real::Real;
use crate::layers::{Dense, Rows, Span, TemporalBlock, TemporalShape, spans};
use crate::setting_error::SettingError;
use artifact_core::Params;
use settings::part::{Declaration, Domain, Parameter, Part};

const KERNEL_SIZE: &str = "kernel_size";

/// `tcn`: [`Tcn`] by name.
#[derive(Debug, Clone, Copy)]
pub struct TcnArchitecture;

impl Part for TcnArchitecture {
    fn declaration(&self) -> Declaration {
        let whole = |low, high| Domain::Int { low, high, log: false, step: 1 };
        Declaration::new("tcn", "Temporal convolutional network.")
            .parameter(declared::learning_rate())
            .parameter(declared::dropout_rate("The dropout rate after each convolution."))
            .parameter(declared::weight_decay())
            // Fewer blocks than that see only a small part of a usual window.
            .parameter(declared::num_layers("The residual blocks.").default(4).search(whole(2, 6)))
            .parameter(declared::d_model("The channels, or values per position."))
            .parameter(
                Parameter::size(KERNEL_SIZE, "The taps of each convolution.").default(3).search(whole(2, 5)),
            )
            .parameter(declared::batch_size())
    }
}

impl Architecture for TcnArchitecture {
    fn build(&self, params: &Params, shape: Shape) -> Result<Box<dyn Model>, SettingError> {
        let config = TcnConfig {
            d_model: size_of(params, D_MODEL)?,
            num_layers: size_of(params, NUM_LAYERS)?,
            kernel_size: size_of(params, KERNEL_SIZE)?,
            dropout: declared::dropout_of(params)?,
        };
        Ok(Box::new(Tcn::new(&config, shape)?))
    }
}

/// The sizes of a temporal convolutional network.
#[derive(Debug, Clone, PartialEq)]
pub struct TcnConfig {
    /// The values per position; at least 1.
    pub d_model: usize,
    /// The residual blocks; at least 1. Block `n`, counted from 0, has dilation `2^n`.
    pub num_layers: usize,
    /// The taps of each convolution; at least 1.
    pub kernel_size: usize,
    /// The dropout rate after each convolution, in `[0, 1)`.
    pub dropout: f64,
}

impl TcnConfig {
    fn check(&self) -> Result<(), SettingError> {
        let sizes =
            [("d_model", self.d_model), ("num_layers", self.num_layers), ("kernel_size", self.kernel_size)];
        declared::check_sizes(&sizes)?;
        declared::check_dropout(self.dropout)
    }
}

/// Residual blocks of two causal convolutions each, with a dilation that doubles from block to block, and a linear map
/// from the last position to the logits.
///
/// With `n` blocks and a kernel of `k`, the last position depends on the last `1 + 2 (k - 1) (2^n - 1)` rows of the
/// window. Only what it depends on is computed.
#[derive(Debug, Clone)]
pub struct Tcn<R> {
    shape: Shape,
    layout: Layout,
    blocks: Vec<TemporalBlock<R>>,
    head: Dense,
    width: usize,
    /// How the rows of the window are stored that the first block reads, and how many they are.
    window: (Rows, usize),
    /// The input of each block, and the last position's values after all of them, `(batch, d_model)`. Rows that are no
    /// position stay 0.
    values: Vec<Vec<R>>,
    /// The gradients of a block's output and of its input.
    d: [Vec<R>; 2],
    logits: Vec<R>,
}

impl<R: Real> Tcn<R> {
    /// Makes the model, without buffers for a batch yet.
    ///
    /// # Errors
    ///
    /// When a size is 0, or the dropout rate lies outside `[0, 1)`.
    pub fn new(config: &TcnConfig, shape: Shape) -> Result<Self, SettingError> {
        config.check()?;
        shape.check()?;
        let width = config.d_model;
        let mut layout = Layout::new();
        let spans = spans(shape.seq_length, config.kernel_size, config.num_layers);
        let block = |(index, &span): (usize, &Span)| {
            let block = TemporalShape {
                inputs: if index == 0 { shape.features } else { width },
                width,
                span,
                output: spans.get(index + 1).map_or(Rows { per_sequence: 1, first: 0 }, |next| next.input()),
                dropout: config.dropout,
            };
            TemporalBlock::new(&mut layout, &format!("blocks.{index}"), index as u32, block)
        };
        let blocks: Vec<_> = spans.iter().enumerate().map(block).collect();
        let head = Dense::new(&mut layout, "head", width, shape.logits());
        Ok(Self {
            shape,
            layout,
            head,
            width,
            window: (spans[0].input(), spans[0].inputs),
            values: vec![Vec::new(); blocks.len() + 1],
            blocks,
            d: [Vec::new(), Vec::new()],
            logits: Vec::new(),
        })
    }
}

impl<R: Real> Model<R> for Tcn<R> {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn twin(&self) -> Option<Box<dyn Model<R> + Send>> {
        Some(Box::new(self.clone()))
    }

    fn reserve(&mut self, batch: usize) {
        let mut largest = batch * self.width;
        for (index, block) in self.blocks.iter_mut().enumerate() {
            block.reserve(batch);
            self.values[index].resize(block.input_size(batch), R::ZERO);
            self.values[index + 1].resize(block.output_size(batch), R::ZERO);
            largest = largest.max(block.output_size(batch));
        }
        for buffer in &mut self.d {
            buffer.resize(largest, R::ZERO);
        }
        self.logits.resize(batch * self.shape.logits(), R::ZERO);
    }

    fn forward(&mut self, parameters: &[R], inputs: &[R], batch: usize, mode: Mode) -> &[R] {
        let features = self.shape.features;
        let (rows, count) = self.window;
        let sequences = self.values[0].chunks_exact_mut(rows.per_sequence * features);
        for (sequence, window) in sequences.zip(inputs.chunks_exact(self.shape.window())) {
            let read = &window[window.len() - count * features..];
            sequence[rows.first * features..][..read.len()].copy_from_slice(read);
        }
        for (index, block) in self.blocks.iter_mut().enumerate() {
            let (here, above) = self.values.split_at_mut(index + 1);
            let input = &here[index][..block.input_size(batch)];
            block.forward(parameters, input, &mut above[0][..block.output_size(batch)], batch, mode);
        }
        let last = &self.values[self.blocks.len()][..batch * self.width];
        let logits = &mut self.logits[..batch * self.shape.logits()];
        self.head.forward(parameters, last, logits);
        logits
    }

    fn backward(&mut self, parameters: &[R], _inputs: &[R], logit_gradient: &[R], gradient: &mut [R]) {
        let batch = logit_gradient.len() / self.shape.logits();
        let [d_output, d_input] = &mut self.d;
        let last = &self.values[self.blocks.len()][..batch * self.width];
        self.head.add_gradient(last, logit_gradient, gradient);
        let d_last = &mut d_output[..last.len()];
        self.head.input_gradient(parameters, logit_gradient, d_last, Target::Overwrite);
        for (index, block) in self.blocks.iter_mut().enumerate().rev() {
            let (input_size, output_size) = (block.input_size(batch), block.output_size(batch));
            let input = &self.values[index][..input_size];
            let output = [&self.values[index + 1][..output_size], &d_output[..output_size]];
            let d_input_here = if index > 0 { Some(&mut d_input[..input_size]) } else { None };
            block.backward(parameters, input, output, d_input_here, batch, gradient);
            std::mem::swap(d_output, d_input);
        }
    }

    fn visit_outputs(&self, batch: usize, visit: &mut dyn FnMut(&str, &[R])) {
        for (index, block) in self.blocks.iter().enumerate() {
            visit(&format!("blocks.{index}"), &self.values[index + 1][..block.output_size(batch)]);
        }
        visit("head", &self.logits[..batch * self.shape.logits()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gradient_check::pseudo_random;
    use proptest::prelude::*;

    /// A dilated causal convolution of every position, tap by tap: `x` and the result are `(positions, channels)`.
    fn convolved(
        x: &[Vec<f64>],
        weight: &[f64],
        bias: &[f64],
        kernel: usize,
        dilation: usize,
    ) -> Vec<Vec<f64>> {
        let (inputs, outputs) = (x[0].len(), bias.len());
        let at = |position: usize, output: usize| {
            let mut sum = bias[output];
            for tap in 0..kernel {
                let Some(source) = position.checked_sub((kernel - 1 - tap) * dilation) else { continue };
                for input in 0..inputs {
                    sum += x[source][input] * weight[(tap * inputs + input) * outputs + output];
                }
            }
            sum
        };
        (0..x.len()).map(|position| (0..outputs).map(|output| at(position, output)).collect()).collect()
    }

    fn relu(x: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
        x.into_iter().map(|row| row.into_iter().map(|value| value.max(0.0)).collect()).collect()
    }

    /// The logits of one window, computed at all positions.
    fn plainly(model: &Tcn<f64>, config: &TcnConfig, parameters: &[f64], window: &[f64]) -> Vec<f64> {
        let mut tensors = model.layout.tensors().iter().map(|tensor| tensor.slot.of(parameters));
        let mut pair = || (tensors.next().unwrap(), tensors.next().unwrap());
        let mut x: Vec<_> = window.chunks_exact(model.shape.features).map(<[f64]>::to_vec).collect();
        for block in 0..config.num_layers {
            let (first, second) = (pair(), pair());
            let dilation = 1 << block;
            let hidden = relu(convolved(&x, first.0, first.1, config.kernel_size, dilation));
            let branch = relu(convolved(&hidden, second.0, second.1, config.kernel_size, dilation));
            let residual = if x[0].len() == config.d_model {
                x
            } else {
                let skip = pair();
                convolved(&x, skip.0, skip.1, 1, 1)
            };
            let sum = |(a, b): (&Vec<f64>, &Vec<f64>)| a.iter().zip(b).map(|(a, b)| a + b).collect();
            x = relu(branch.iter().zip(&residual).map(sum).collect());
        }
        let head = pair();
        convolved(&x, head.0, head.1, 1, 1).pop().unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn equals_the_network_computed_at_every_position(
            (seq_length, features, batch) in (1usize..40, 1usize..6, 1usize..4),
            (d_model, num_layers, kernel_size) in (1usize..6, 1usize..6, 1usize..6),
            salt in 0u64..1000,
        ) {
            let shape = Shape { seq_length, features, ticker_columns: 0, tickers: 2, output: crate::model::Output::Classes };
            let config = TcnConfig { d_model, num_layers, kernel_size, dropout: 0.3 };
            let mut model = Tcn::<f64>::new(&config, shape).unwrap();
            let parameters = pseudo_random(model.layout().len(), salt);
            model.reserve(3);
            // A full batch first: what it leaves behind must not show in a smaller one.
            model.forward(&parameters, &pseudo_random(3 * shape.window(), salt + 1), 3, Mode::Evaluate);
            let inputs = pseudo_random(batch * shape.window(), salt + 2);
            let found = model.forward(&parameters, &inputs, batch, Mode::Evaluate).to_vec();
            for (found, window) in found.chunks(shape.logits()).zip(inputs.chunks(shape.window())) {
                for (found, expected) in found.iter().zip(plainly(&model, &config, &parameters, window)) {
                    prop_assert!((found - expected).abs() < 1e-9 * (1.0 + expected.abs()), "{} {}", found, expected);
                }
            }
        }
    }
}
