//! The encoder-only transformer.

use super::declared::{self, D_MODEL, NUM_LAYERS, size_of};
use super::{Architecture, Layout, Model, Shape};
use crate::kernels::gemm::Target;
use crate::kernels::mask::Mode;
use crate::kernels::real::Real;
use crate::kernels::simd::{add, vectorised};
use crate::layers::{Block, BlockShape, Dense, sinusoidal};
use crate::setting_error::SettingError;
use artifact_core::Params;
use settings::part::{Declaration, Parameter, Part};

const NUM_HEADS: &str = "num_heads";
const D_FF: &str = "d_ff";
const D_FF_MULTIPLE: &str = "d_ff_multiple";

/// `transformer`: [`Transformer`] by name.
#[derive(Debug, Clone, Copy)]
pub struct TransformerArchitecture;

impl Part for TransformerArchitecture {
    fn declaration(&self) -> Declaration {
        let dropout = "The dropout rate of attention weights, feed-forward activations and sublayer outputs.";
        Declaration::new("transformer", "Post-norm transformer encoder.")
            .parameter(declared::learning_rate())
            .parameter(declared::dropout_rate(dropout))
            .parameter(declared::weight_decay())
            .parameter(declared::num_layers("The encoder blocks."))
            .parameter(declared::d_model("The values per position."))
            .parameter(
                Parameter::size(NUM_HEADS, "The attention heads; a divisor of d_model.")
                    .default(4)
                    .search(declared::choices(&[2, 4, 8])),
            )
            .parameter(
                Parameter::size(
                    D_FF_MULTIPLE,
                    "The width of the feed-forward layers, in multiples of d_model.",
                )
                .default(4)
                .search(declared::choices(&[2, 4])),
            )
            .parameter(
                Parameter::size(D_FF, "The width of the feed-forward layers, in place of d_ff_multiple.")
                    .optional(),
            )
            .parameter(declared::batch_size())
            .constraint([D_MODEL, NUM_HEADS], "num_heads must divide d_model", |width, heads| {
                width
                    .as_u64()
                    .zip(heads.as_u64())
                    .is_some_and(|(width, heads)| heads > 0 && width % heads == 0)
            })
    }
}

impl Architecture for TransformerArchitecture {
    fn build(&self, params: &Params, shape: Shape) -> Result<Box<dyn Model>, SettingError> {
        let d_model = size_of(params, D_MODEL)?;
        let d_ff = match params.size(D_FF) {
            Some(d_ff) => d_ff,
            None => d_model.saturating_mul(size_of(params, D_FF_MULTIPLE)?),
        };
        let config = TransformerConfig {
            d_model,
            num_heads: size_of(params, NUM_HEADS)?,
            num_layers: size_of(params, NUM_LAYERS)?,
            d_ff,
            dropout: declared::dropout_of(params)?,
        };
        Ok(Box::new(Transformer::new(&config, shape)?))
    }
}

/// The sizes of a transformer.
#[derive(Debug, Clone, PartialEq)]
pub struct TransformerConfig {
    /// The values per position; at least 1.
    pub d_model: usize,
    /// The attention heads; must divide `d_model`.
    pub num_heads: usize,
    /// The encoder blocks; at least 1.
    pub num_layers: usize,
    /// The width of the feed-forward sublayers; at least 1.
    pub d_ff: usize,
    /// The dropout rate of attention weights, feed-forward activations and sublayer outputs, in `[0, 1)`.
    pub dropout: f64,
}

impl TransformerConfig {
    fn check(&self) -> Result<(), SettingError> {
        let sizes = [
            ("d_model", self.d_model),
            ("num_heads", self.num_heads),
            ("num_layers", self.num_layers),
            ("d_ff", self.d_ff),
        ];
        declared::check_sizes(&sizes)?;
        SettingError::require(
            self.d_model.is_multiple_of(self.num_heads),
            "num_heads",
            self.num_heads,
            format!("a divisor of d_model = {}", self.d_model),
        )?;
        declared::check_dropout(self.dropout)
    }
}

/// A linear map from features to `d_model`, sinusoidal positions, post-norm encoder blocks, and a linear map from the
/// last position to the logits.
#[derive(Debug, Clone)]
pub struct Transformer<R> {
    shape: Shape,
    layout: Layout,
    input: Dense,
    /// `(seq_length, d_model)`.
    positions: Vec<R>,
    /// The last one outputs only the last position, the only one that the head reads.
    blocks: Vec<Block<R>>,
    head: Dense,
    width: usize,
    /// The input of the first block, `(batch, seq_length, d_model)`.
    embedded: Vec<R>,
    /// The gradient flowing back, of the same size.
    d: Vec<R>,
    /// A sublayer's output, or its gradient, of the same size.
    branch: Vec<R>,
    logits: Vec<R>,
}

impl<R: Real> Transformer<R> {
    /// Makes the model, without buffers for a batch yet.
    ///
    /// # Errors
    ///
    /// When a size is 0, `num_heads` does not divide `d_model`, or the dropout rate lies outside `[0, 1)`.
    pub fn new(config: &TransformerConfig, shape: Shape) -> Result<Self, SettingError> {
        config.check()?;
        shape.check()?;
        let width = config.d_model;
        let mut layout = Layout::new();
        let input = Dense::new(&mut layout, "input", shape.features, width);
        let blocks = (0..config.num_layers)
            .map(|index| {
                let block = BlockShape {
                    seq_length: shape.seq_length,
                    last_only: index + 1 == config.num_layers,
                    width,
                    heads: config.num_heads,
                    hidden_width: config.d_ff,
                    dropout: config.dropout,
                };
                Block::new(&mut layout, &format!("blocks.{index}"), index as u32, block)
            })
            .collect();
        let head = Dense::new(&mut layout, "head", width, shape.logits());
        Ok(Self {
            shape,
            layout,
            input,
            positions: sinusoidal(shape.seq_length, width),
            blocks,
            head,
            width,
            embedded: Vec::new(),
            d: Vec::new(),
            branch: Vec::new(),
            logits: Vec::new(),
        })
    }

    /// The number of values in `batch` sequences of positions.
    fn size(&self, batch: usize) -> usize {
        batch * self.shape.seq_length * self.width
    }
}

impl<R: Real> Model<R> for Transformer<R> {
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
        let size = self.size(batch);
        for buffer in [&mut self.embedded, &mut self.d, &mut self.branch] {
            buffer.resize(size, R::ZERO);
        }
        for block in &mut self.blocks {
            block.reserve(batch);
        }
        self.logits.resize(batch * self.shape.logits(), R::ZERO);
    }

    fn forward(&mut self, parameters: &[R], inputs: &[R], batch: usize, mode: Mode) -> &[R] {
        let size = self.size(batch);
        let embedded = &mut self.embedded[..size];
        self.input.forward(parameters, inputs, embedded);
        add_to_sequences(embedded, &self.positions);
        let mut current = &*embedded;
        for block in &mut self.blocks {
            block.forward(parameters, current, &mut self.branch, batch, mode);
            current = block.output(batch);
        }
        let logits = &mut self.logits[..batch * self.shape.logits()];
        self.head.forward(parameters, current, logits);
        logits
    }

    fn backward(&mut self, parameters: &[R], inputs: &[R], logit_gradient: &[R], gradient: &mut [R]) {
        let batch = logit_gradient.len() / self.shape.logits();
        let size = self.size(batch);
        let d = &mut self.d[..size];
        let last = self.blocks.last().map_or(&self.embedded[..size], |block| block.output(batch));
        self.head.add_gradient(last, logit_gradient, gradient);
        // Shorter than `d`: one position per sequence. The last block widens the gradient to all positions.
        let d_last = &mut d[..last.len()];
        self.head.input_gradient(parameters, logit_gradient, d_last, Target::Overwrite);
        for index in (0..self.blocks.len()).rev() {
            let (before, rest) = self.blocks.split_at_mut(index);
            let input = before.last().map_or(&self.embedded[..size], |block| block.output(batch));
            rest[0].backward(parameters, input, d, &mut self.branch, batch, gradient);
        }
        self.input.add_gradient(inputs, d, gradient);
    }

    fn visit_outputs(&self, batch: usize, visit: &mut dyn FnMut(&str, &[R])) {
        visit("input", &self.embedded[..self.size(batch)]);
        for (index, block) in self.blocks.iter().enumerate() {
            visit(&format!("blocks.{index}"), block.output(batch));
        }
        visit("head", &self.logits[..batch * self.shape.logits()]);
    }
}

/// Adds `table` to every sequence of `rows`.
fn add_to_sequences<R: Real>(rows: &mut [R], table: &[R]) {
    vectorised(
        #[inline(always)]
        || {
            for sequence in rows.chunks_exact_mut(table.len()) {
                add(sequence, table);
            }
        },
    );
}
