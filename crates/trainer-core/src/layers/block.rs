//! One post-norm encoder block.

use super::{AttentionShape, FeedForward, LastAttention, ResidualNorm, SelfAttention};
use crate::kernels::mask::Mode;
use crate::kernels::real::Real;
use crate::kernels::simd::add;
use crate::model::Layout;

/// The sizes of an encoder block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BlockShape {
    /// The number of positions in a sequence.
    pub(crate) seq_length: usize,
    /// Whether the block outputs only the last position instead of all.
    pub(crate) last_only: bool,
    /// The number of values per position.
    pub(crate) width: usize,
    /// The number of attention heads.
    pub(crate) heads: usize,
    /// The width of the feed-forward sublayer.
    pub(crate) hidden_width: usize,
    /// The dropout rate, in `[0, 1)`.
    pub(crate) dropout: f64,
}

/// The attention sublayer; the variants differ in which positions have queries. Both variants have the same parameters.
#[derive(Debug, Clone)]
enum Attention<R> {
    Every(SelfAttention<R>),
    Last(LastAttention<R>),
}

/// `x -> LayerNorm(x + Attention(x)) -> LayerNorm(x + FeedForward(x))`, with dropout on both sublayers' outputs.
///
/// With `last_only`, only the last position has a query, attends to all positions and is output. As the last block of a
/// model whose head reads only that position, this gives the same result with far less work.
#[derive(Debug, Clone)]
pub(crate) struct Block<R> {
    shape: BlockShape,
    attention: Attention<R>,
    attention_norm: ResidualNorm<R>,
    feed_forward: FeedForward<R>,
    feed_forward_norm: ResidualNorm<R>,
    /// The last position of each sequence of the input, `(batch, width)`; only with `last_only`.
    last: Vec<R>,
    /// The output of the attention sublayer after its norm, `(output rows, width)`.
    middle: Vec<R>,
    /// The block's output, in the same shape.
    output: Vec<R>,
}

/// The number of dropout sites in one block.
const SITES: u32 = 4;

impl<R: Real> Block<R> {
    /// Lays out block number `index`, counted from 0. The names of its tensors start with `<name>.attention`,
    /// `<name>.attention_norm`, `<name>.feed_forward` and `<name>.feed_forward_norm`.
    pub(crate) fn new(layout: &mut Layout, name: &str, index: u32, shape: BlockShape) -> Self {
        let BlockShape { width, dropout, .. } = shape;
        let attention = AttentionShape { width, heads: shape.heads, positions: shape.seq_length };
        let attention_name = format!("{name}.attention");
        // Every site of the model has a number of its own, so that no two layers share a mask.
        let site = |number: u32| index * SITES + number;
        Self {
            shape,
            attention: if shape.last_only {
                Attention::Last(LastAttention::new(layout, &attention_name, attention, dropout, site(0)))
            } else {
                Attention::Every(SelfAttention::new(layout, &attention_name, attention, dropout, site(0)))
            },
            attention_norm: ResidualNorm::new(
                layout,
                &format!("{name}.attention_norm"),
                width,
                dropout,
                site(1),
            ),
            feed_forward: FeedForward::new(
                layout,
                &format!("{name}.feed_forward"),
                width,
                shape.hidden_width,
                dropout,
                site(2),
            ),
            feed_forward_norm: ResidualNorm::new(
                layout,
                &format!("{name}.feed_forward_norm"),
                width,
                dropout,
                site(3),
            ),
            last: Vec::new(),
            middle: Vec::new(),
            output: Vec::new(),
        }
    }

    /// The number of rows that the block outputs for `batch` sequences.
    pub(crate) fn output_rows(&self, batch: usize) -> usize {
        if self.shape.last_only { batch } else { batch * self.shape.seq_length }
    }

    /// Allocates room for `batch` sequences.
    pub(crate) fn reserve(&mut self, batch: usize) {
        let rows = self.output_rows(batch);
        match &mut self.attention {
            Attention::Every(attention) => attention.reserve(batch),
            Attention::Last(attention) => attention.reserve(batch),
        }
        self.attention_norm.reserve(rows);
        self.feed_forward.reserve(rows);
        self.feed_forward_norm.reserve(rows);
        if self.shape.last_only {
            self.last.resize(rows * self.shape.width, R::ZERO);
        }
        self.middle.resize(rows * self.shape.width, R::ZERO);
        self.output.resize(rows * self.shape.width, R::ZERO);
    }

    /// The output of the last forward pass, `(output rows, width)`.
    pub(crate) fn output(&self, batch: usize) -> &[R] {
        &self.output[..self.output_rows(batch) * self.shape.width]
    }

    /// Runs the block on `input`, `(batch, seq_length, width)`. `branch` is scratch of at least the output's size.
    pub(crate) fn forward(
        &mut self,
        parameters: &[R],
        input: &[R],
        branch: &mut [R],
        batch: usize,
        mode: Mode,
    ) {
        let rows = self.output_rows(batch);
        let size = rows * self.shape.width;
        let branch = &mut branch[..size];
        let residual = match &mut self.attention {
            Attention::Every(attention) => {
                attention.forward(parameters, input, branch, batch, mode);
                input
            }
            Attention::Last(attention) => {
                let last = &mut self.last[..size];
                gather_last(input, self.shape, last);
                attention.forward(parameters, last, input, branch, batch, mode);
                last
            }
        };
        let middle = &mut self.middle[..size];
        self.attention_norm.forward(parameters, residual, branch, middle, mode);
        self.feed_forward.forward(parameters, middle, branch, rows, mode);
        let output = &mut self.output[..size];
        self.feed_forward_norm.forward(parameters, middle, branch, output, mode);
    }

    /// Turns `d`, the gradient of the output, into that of the input. `d` has the size of the input; the gradient of
    /// the output fills its first `output_rows` rows. `branch` is scratch of at least the output's size.
    pub(crate) fn backward(
        &mut self,
        parameters: &[R],
        input: &[R],
        d: &mut [R],
        branch: &mut [R],
        batch: usize,
        gradient: &mut [R],
    ) {
        let rows = self.output_rows(batch);
        let size = rows * self.shape.width;
        let branch = &mut branch[..size];
        let d_rows = &mut d[..size];
        self.feed_forward_norm.backward(parameters, d_rows, branch, gradient);
        let middle = &self.middle[..size];
        self.feed_forward.backward(parameters, middle, branch, d_rows, rows, gradient);
        self.attention_norm.backward(parameters, d_rows, branch, gradient);
        match &mut self.attention {
            Attention::Every(attention) => {
                attention.backward(parameters, input, branch, batch, gradient);
                attention.add_input_gradient(parameters, d_rows);
            }
            Attention::Last(attention) => {
                let last = &mut self.last[..size];
                attention.backward(parameters, last, input, branch, batch, gradient);
                attention.add_last_gradient(parameters, d_rows);
                // `input_gradient` overwrites `d`. The last positions are no longer needed, so their buffer holds their
                // gradient in the meantime.
                last.copy_from_slice(d_rows);
                attention.input_gradient(d);
                add_to_last(last, self.shape, d);
            }
        }
    }
}

/// Copies the last position of each sequence in `input` to `last`.
fn gather_last<R: Real>(input: &[R], shape: BlockShape, last: &mut [R]) {
    let sequences = input.chunks_exact(shape.seq_length * shape.width);
    for (sequence, last) in sequences.zip(last.chunks_exact_mut(shape.width)) {
        last.copy_from_slice(&sequence[sequence.len() - shape.width..]);
    }
}

/// Adds `last` to the last position of each sequence in `output`.
fn add_to_last<R: Real>(last: &[R], shape: BlockShape, output: &mut [R]) {
    let sequences = output.chunks_exact_mut(shape.seq_length * shape.width);
    for (sequence, last) in sequences.zip(last.chunks_exact(shape.width)) {
        let start = sequence.len() - shape.width;
        add(&mut sequence[start..], last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gradient_check::{Check, pseudo_random};
    use crate::kernels::mask::DropoutKey;
    use std::cell::RefCell;

    fn shape(last_only: bool) -> BlockShape {
        BlockShape { seq_length: 3, last_only, width: 4, heads: 2, hidden_width: 6, dropout: 0.25 }
    }

    #[test]
    fn gradients_match_finite_differences() {
        for mode in [Mode::Evaluate, Mode::Train(DropoutKey::new(&[2; 32], 0))] {
            for last_only in [false, true] {
                let batch = 2;
                let mut layout = Layout::new();
                let block = RefCell::new(Block::new(&mut layout, "block", 0, shape(last_only)));
                block.borrow_mut().reserve(batch + 1);
                let (input, output) = (batch * 3 * 4, block.borrow().output_rows(batch) * 4);
                let branch = RefCell::new(vec![f64::NAN; input]);
                Check::new(layout.len(), input, output).run(
                    |p, x, y| {
                        let mut block = block.borrow_mut();
                        block.forward(p, x, &mut branch.borrow_mut(), batch, mode);
                        y.copy_from_slice(block.output(batch));
                    },
                    |p, x, dy, dx, gradient| {
                        dx[..dy.len()].copy_from_slice(dy);
                        block.borrow_mut().backward(p, x, dx, &mut branch.borrow_mut(), batch, gradient);
                    },
                );
            }
        }
    }

    #[test]
    fn the_last_position_is_the_same_when_only_it_is_output() {
        let batch = 2;
        let mut layout = Layout::new();
        let mut outputs = [false, true].map(|last_only| {
            layout = Layout::new();
            let mut block = Block::<f64>::new(&mut layout, "block", 0, shape(last_only));
            block.reserve(batch);
            let (parameters, input) = (pseudo_random(layout.len(), 1), pseudo_random(batch * 3 * 4, 2));
            block.forward(&parameters, &input, &mut [0.0; 24], batch, Mode::Evaluate);
            block.output(batch).to_vec()
        });
        let mut last = vec![0.0; batch * 4];
        gather_last(&outputs[0], shape(false), &mut last);
        for (a, b) in last.iter().zip(outputs[1].iter_mut()) {
            assert!((a - *b).abs() < 1e-12);
        }
    }
}
