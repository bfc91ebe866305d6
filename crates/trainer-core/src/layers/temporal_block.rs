//! A residual block of two dilated causal convolutions.

use super::{Convolution, Rows, Span};
use crate::kernels::mask::{Mask, Mode};
use crate::kernels::real::Real;
use crate::kernels::simd::{add_to, vectorised};
use crate::model::Layout;

/// The sizes of a residual block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TemporalShape {
    /// The values per position of the input.
    pub(crate) inputs: usize,
    /// The values per position of the output.
    pub(crate) width: usize,
    /// The positions that are read and written.
    pub(crate) span: Span,
    /// How the output is stored.
    pub(crate) output: Rows,
    /// The dropout rate, in `[0, 1)`.
    pub(crate) dropout: f64,
}

/// `y = relu(f(x) + x)`, where `f` is twice: dilated causal convolution, ReLU, dropout (Bai, Kolter and Koltun, "An
/// empirical evaluation of generic convolutional and recurrent networks for sequence modeling", 2018). Where the widths
/// differ, a convolution with one tap takes `x` to the width of `y`. Positions before the window are zeros, before each
/// convolution. There is no weight normalisation. Dropout is per value, as in the authors' program.
///
/// Inputs and outputs are sequence-major, in the rows that [`Span`] says. A matrix product runs over the sequences
/// without a gap, so it also computes the few rows that straddle two of them. These are never read, and have gradient 0.
#[derive(Debug, Clone)]
pub(crate) struct TemporalBlock<R> {
    shape: TemporalShape,
    first: Convolution,
    second: Convolution,
    skip: Option<Convolution>,
    sites: [u32; 2],
    masks: [Mask<R>; 2],
    /// The values between the convolutions, after ReLU and dropout, `(batch, input rows, width)`.
    hidden: Vec<R>,
    /// Their gradient, in the same shape.
    d_hidden: Vec<R>,
    /// `f(x)`, `(batch, output rows, width)`; the backward pass replaces it by the gradient of the second convolution.
    branch: Vec<R>,
    /// `x` at the output's positions and in its width, in the same shape; the backward pass replaces it by its gradient.
    residual: Vec<R>,
    /// One row of dropout factors.
    factors: Vec<R>,
}

impl<R: Real> TemporalBlock<R> {
    /// Lays out block number `index`, counted from 0: `<name>.first`, `<name>.second`, and `<name>.skip` where the
    /// widths differ.
    pub(crate) fn new(layout: &mut Layout, name: &str, index: u32, shape: TemporalShape) -> Self {
        let TemporalShape { inputs, width, span, .. } = shape;
        let mut convolution = |part: &str, inputs: usize, kernel: usize| {
            Convolution::new(layout, &format!("{name}.{part}"), inputs, width, kernel)
        };
        Self {
            shape,
            first: convolution("first", inputs, span.kernel),
            second: convolution("second", width, span.kernel),
            skip: (inputs != width).then(|| convolution("skip", inputs, 1)),
            // Every site of the model has a number of its own, so that no two share a mask.
            sites: [2 * index, 2 * index + 1],
            masks: [Mask::inactive(); 2],
            hidden: Vec::new(),
            d_hidden: Vec::new(),
            branch: Vec::new(),
            residual: Vec::new(),
            factors: vec![R::ONE; width],
        }
    }

    /// Allocates room for `batch` sequences.
    pub(crate) fn reserve(&mut self, batch: usize) {
        let TemporalShape { width, span, .. } = self.shape;
        for buffer in [&mut self.hidden, &mut self.d_hidden] {
            buffer.resize(batch * span.input().per_sequence * width, R::ZERO);
        }
        for buffer in [&mut self.branch, &mut self.residual] {
            buffer.resize(batch * span.output_rows() * width, R::ZERO);
        }
    }

    /// The number of values in the input of `batch` sequences.
    pub(crate) fn input_size(&self, batch: usize) -> usize {
        batch * self.shape.span.input().per_sequence * self.shape.inputs
    }

    /// The number of values in the output of `batch` sequences.
    pub(crate) fn output_size(&self, batch: usize) -> usize {
        batch * self.shape.output.per_sequence * self.shape.width
    }

    /// The number of values between the convolutions, and after the second one, up to the last that is needed.
    fn sizes(&self, batch: usize) -> [usize; 2] {
        let TemporalShape { width, span, .. } = self.shape;
        let hidden = (batch - 1) * span.input().per_sequence + span.hidden().0;
        [hidden * width, ((batch - 1) * span.output_rows() + span.outputs) * width]
    }

    /// The values of the input from the position of the first output on.
    fn residual_start(&self) -> usize {
        2 * (self.shape.span.kernel - 1) * self.shape.inputs
    }

    /// Writes the positions of `output` from `input`; leaves its other rows as they are.
    pub(crate) fn forward(
        &mut self,
        parameters: &[R],
        input: &[R],
        output: &mut [R],
        batch: usize,
        mode: Mode,
    ) {
        let TemporalShape { width, span, dropout, .. } = self.shape;
        self.masks = self.sites.map(|site| mode.mask(site, dropout));
        let [hidden_size, size] = self.sizes(batch);
        self.first.forward(parameters, input, 1, &mut self.hidden[..hidden_size]);
        let hidden = &mut self.hidden[..batch * span.input().per_sequence * width];
        activate(hidden, span, self.masks[0], &mut self.factors);
        self.second.forward(parameters, hidden, span.stride(), &mut self.branch[..size]);
        let from = &input[self.residual_start()..];
        let residual = &mut self.residual[..size];
        match &self.skip {
            Some(skip) => skip.forward(parameters, from, span.stride(), residual),
            None => {
                let rows = from.chunks(span.stride() * width);
                for (residual, row) in residual.chunks_exact_mut(width).zip(rows) {
                    residual.copy_from_slice(&row[..width]);
                }
            }
        }
        self.join(output, batch);
    }

    /// Activates the branch and writes `relu(branch + residual)` to `output`.
    fn join(&mut self, output: &mut [R], batch: usize) {
        let TemporalShape { width, span, output: place, .. } = self.shape;
        let (per_sequence, mask, factors) = (span.output_rows(), self.masks[1], &mut self.factors[..width]);
        let (branch, residual) = (&mut self.branch, &self.residual);
        vectorised(
            #[inline(always)]
            || {
                // An inactive mask has the same factors in every row: this fills them once for all.
                mask.write(0, factors);
                for sequence in 0..batch {
                    for position in 0..span.outputs {
                        let row = sequence * per_sequence + position;
                        if mask.is_active() {
                            mask.write(row, factors);
                        }
                        let start = (sequence * place.per_sequence + place.first + position) * width;
                        let output = &mut output[start..start + width];
                        let branch = &mut branch[row * width..(row + 1) * width];
                        let residual = &residual[row * width..(row + 1) * width];
                        for i in 0..width {
                            branch[i] = relu(branch[i]) * factors[i];
                            output[i] = relu(branch[i] + residual[i]);
                        }
                    }
                }
            },
        );
    }

    /// Runs the block backward from `d_output`, the gradient of `output`, which the forward pass wrote. Only the rows of
    /// `d_output` that hold positions are read. The gradient of the input overwrites `d_input`, if that is given.
    pub(crate) fn backward(
        &mut self,
        parameters: &[R],
        input: &[R],
        [output, d_output]: [&[R]; 2],
        d_input: Option<&mut [R]>,
        batch: usize,
        gradient: &mut [R],
    ) {
        let TemporalShape { width, span, .. } = self.shape;
        let [hidden_size, size] = self.sizes(batch);
        let (stride, start) = (span.stride(), self.residual_start());
        self.part([output, d_output], batch);
        let (d_branch, d_residual) = (&self.branch[..size], &self.residual[..size]);
        let rows = batch * span.input().per_sequence * width;
        let (hidden, d_hidden) = (&self.hidden[..rows], &mut self.d_hidden[..rows]);
        self.second.add_gradient(hidden, stride, d_branch, gradient);
        d_hidden.fill(R::ZERO);
        self.second.add_input_gradient(parameters, d_branch, stride, d_hidden);
        deactivate(hidden, self.masks[0].scale(), d_hidden);
        let d_hidden = &d_hidden[..hidden_size];
        self.first.add_gradient(input, 1, d_hidden, gradient);
        if let Some(skip) = &self.skip {
            skip.add_gradient(&input[start..], stride, d_residual, gradient);
        }
        let Some(d_input) = d_input else { return };
        d_input.fill(R::ZERO);
        self.first.add_input_gradient(parameters, d_hidden, 1, d_input);
        let d_from = &mut d_input[start..];
        match &self.skip {
            Some(skip) => skip.add_input_gradient(parameters, d_residual, stride, d_from),
            None => {
                let rows = d_from.chunks_mut(stride * width);
                for (d, row) in d_residual.chunks_exact(width).zip(rows) {
                    add_to(&mut row[..width], d);
                }
            }
        }
    }

    /// Replaces branch and residual by their gradients; those of rows that are not needed are 0.
    fn part(&mut self, [output, d_output]: [&[R]; 2], batch: usize) {
        let TemporalShape { width, span, output: place, .. } = self.shape;
        let (per_sequence, scale) = (span.output_rows(), self.masks[1].scale());
        let (branch, residual) = (&mut self.branch, &mut self.residual);
        vectorised(
            #[inline(always)]
            || {
                let sequences = branch
                    .chunks_exact_mut(per_sequence * width)
                    .zip(residual.chunks_exact_mut(per_sequence * width));
                for (sequence, (branch, residual)) in sequences.take(batch).enumerate() {
                    let start = (sequence * place.per_sequence + place.first) * width;
                    let size = span.outputs * width;
                    let (output, d_output) = (&output[start..start + size], &d_output[start..start + size]);
                    for i in 0..size {
                        residual[i] = if output[i] > R::ZERO { d_output[i] } else { R::ZERO };
                        branch[i] = if branch[i] > R::ZERO { residual[i] * scale } else { R::ZERO };
                    }
                    branch[size..].fill(R::ZERO);
                    residual[size..].fill(R::ZERO);
                }
            },
        );
    }
}

/// The larger of `x` and 0; NaN stays NaN, so that it is not hidden from the checks of a fit.
#[inline(always)]
fn relu<R: Real>(x: R) -> R {
    if x < R::ZERO { R::ZERO } else { x }
}

/// ReLU and dropout of the values between the convolutions; rows that are no position of the window become 0.
fn activate<R: Real>(hidden: &mut [R], span: Span, mask: Mask<R>, factors: &mut [R]) {
    let (width, per_sequence, (end, first)) = (factors.len(), span.input().per_sequence, span.hidden());
    vectorised(
        #[inline(always)]
        || {
            mask.write(0, factors);
            for (sequence, rows) in hidden.chunks_exact_mut(per_sequence * width).enumerate() {
                rows[..first * width].fill(R::ZERO);
                rows[end * width..].fill(R::ZERO);
                for (row, x) in rows.chunks_exact_mut(width).enumerate().take(end).skip(first) {
                    if mask.is_active() {
                        mask.write(sequence * per_sequence + row, factors);
                    }
                    for (x, &factor) in x.iter_mut().zip(&*factors) {
                        *x = relu(*x) * factor;
                    }
                }
            }
        },
    );
}

/// Takes the gradient `d` of values after ReLU and dropout back before them. A value above 0 passed both; any other was
/// stopped by one of them, or is no position of the window.
fn deactivate<R: Real>(values: &[R], scale: R, d: &mut [R]) {
    vectorised(
        #[inline(always)]
        || {
            for (d, &value) in d.iter_mut().zip(values) {
                *d = if value > R::ZERO { *d * scale } else { R::ZERO };
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gradient_check::Check;
    use crate::kernels::mask::DropoutKey;
    use crate::layers::spans;
    use std::cell::RefCell;

    #[test]
    fn gradients_match_finite_differences() {
        for mode in [Mode::Evaluate, Mode::Train(DropoutKey::new(&[2; 32], 0))] {
            for (seq_length, kernel, blocks) in [(9, 2, 1), (9, 3, 2), (4, 3, 2), (2, 3, 3)] {
                for inputs in [3, 4] {
                    check(mode, spans(seq_length, kernel, blocks)[0], inputs);
                }
            }
        }
    }

    fn check(mode: Mode, span: Span, inputs: usize) {
        let (batch, width) = (3, 4);
        let output = Rows { per_sequence: span.outputs + 2, first: 1 };
        let shape = TemporalShape { inputs, width, span, output, dropout: 0.3 };
        let mut layout = Layout::new();
        let mut block = TemporalBlock::new(&mut layout, "block", 0, shape);
        block.reserve(batch + 1);
        let (input_size, size) = (block.input_size(batch), block.output_size(batch));
        let (block, outputs) = (RefCell::new(block), RefCell::new(vec![0.0; size]));
        Check::new(layout.len(), input_size, size).run(
            |p, input, y| {
                y.fill(0.0);
                block.borrow_mut().forward(p, input, y, batch, mode);
                outputs.borrow_mut().copy_from_slice(y);
            },
            |p, input, d_output, d_input, gradient| {
                let output = outputs.borrow();
                block.borrow_mut().backward(p, input, [&output, d_output], Some(d_input), batch, gradient);
            },
        );
    }
}
