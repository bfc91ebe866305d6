//! Attention with a single query per sequence, at its last position.

use super::{AttentionShape, Projections};
use crate::kernels::gemm::{MatrixMut, MatrixRef, Target, multiply};
use crate::kernels::mask::{Mask, Mode};
use crate::kernels::real::Real;
use crate::kernels::simd::{dot, sum};
use crate::kernels::softmax::{softmax_dropout, softmax_dropout_backward};
use crate::model::Layout;

/// Computes what [`super::SelfAttention`] with the same parameters computes for the last position, without forming keys
/// or values.
///
/// With one query `q` per sequence and head, the products can be reordered. The logit of position `x` is
/// `q . (Wk x + bk) = (Wkᵀ q) . x + q . bk`. The term `q . bk` is the same for all positions, so it cancels in the
/// softmax: the key biases have no effect and get no gradient. The head's output is
/// `sum_j w_j (Wv x_j + bv) = Wv (sum_j w_j x_j) + (sum_j w_j) bv`. Neither multiplies every position by a
/// `width x width` matrix, which is the cost of forming keys and values.
#[derive(Debug, Clone)]
pub(crate) struct LastAttention<R> {
    shape: AttentionShape,
    maps: Projections,
    rate: f64,
    site: u32,
    mask: Mask<R>,
    /// The queries, `(batch, width)`, and after `backward` their gradient; head `h` has the `head_width` columns
    /// starting at `h * head_width`.
    q: Vec<R>,
    /// `Wkᵀ q`, whose inner product with a position gives its logit: `(batch, heads, width)`.
    probe: Vec<R>,
    /// The attention weights, `(batch, heads, weight stride)`, negated where dropout removed them.
    weights: Vec<R>,
    /// The weights after dropout, in the same shape.
    dropped: Vec<R>,
    /// The weighted sum of positions, `(batch, heads, width)`.
    mixed: Vec<R>,
    /// The heads' outputs side by side, `(batch, width)`.
    context: Vec<R>,
    /// The gradient of `probe`.
    d_probe: Vec<R>,
    /// The gradient of `mixed`.
    d_mixed: Vec<R>,
    /// The gradient of the weights after dropout, then of the logits.
    d_weights: Vec<R>,
    /// One row of dropout factors.
    factors: Vec<R>,
}

impl<R: Real> LastAttention<R> {
    /// Lays out `<name>.query`, `<name>.key_value` and `<name>.output`. `site` distinguishes this layer's dropout masks
    /// from those of others.
    pub(crate) fn new(layout: &mut Layout, name: &str, shape: AttentionShape, rate: f64, site: u32) -> Self {
        Self {
            shape,
            maps: Projections::new(layout, name, shape.width),
            rate,
            site,
            mask: Mask::inactive(),
            q: Vec::new(),
            probe: Vec::new(),
            weights: Vec::new(),
            dropped: Vec::new(),
            mixed: Vec::new(),
            context: Vec::new(),
            d_probe: Vec::new(),
            d_mixed: Vec::new(),
            d_weights: Vec::new(),
            factors: vec![R::ONE; shape.weight_stride()],
        }
    }

    /// Allocates room for `batch` sequences.
    pub(crate) fn reserve(&mut self, batch: usize) {
        let AttentionShape { width, heads, .. } = self.shape;
        for buffer in [&mut self.q, &mut self.context] {
            buffer.resize(batch * width, R::ZERO);
        }
        for buffer in [&mut self.probe, &mut self.mixed, &mut self.d_probe, &mut self.d_mixed] {
            buffer.resize(batch * heads * width, R::ZERO);
        }
        for buffer in [&mut self.weights, &mut self.dropped, &mut self.d_weights] {
            buffer.resize(batch * heads * self.shape.weight_stride(), R::ZERO);
        }
    }

    /// Writes `output`, `(batch, width)`. `last`, `(batch, width)`, holds the last positions, and `input`,
    /// `(batch, positions, width)`, the positions they attend to.
    pub(crate) fn forward(
        &mut self,
        parameters: &[R],
        last: &[R],
        input: &[R],
        output: &mut [R],
        batch: usize,
        mode: Mode,
    ) {
        self.mask = mode.mask(self.site, self.rate);
        let (shape, maps) = (self.shape, self.maps);
        let AttentionShape { width, heads, positions } = shape;
        let (head_width, stride) = (shape.head_width(), shape.weight_stride());
        let (q, context) = (&mut self.q[..last.len()], &mut self.context[..last.len()]);
        maps.query.forward(parameters, last, q);
        for head in 0..heads {
            let keys = maps.key_value.weight_part(parameters, head * head_width, head_width);
            let probe = of_head_mut(&mut self.probe, shape, head, batch);
            multiply(probe, columns(q, shape, head, batch), keys.transposed(), R::ONE, Target::Overwrite);
        }
        for sequence in 0..batch {
            let attended = positions_of(input, shape, sequence);
            let logits =
                MatrixMut::strided(&mut self.weights[sequence * heads * stride..], heads, positions, stride);
            let probe = MatrixRef::dense(&self.probe[sequence * heads * width..][..heads * width], width);
            multiply(logits, probe, attended.transposed(), shape.scale(), Target::Overwrite);
        }
        let rows = batch * heads * stride;
        softmax_dropout(
            &mut self.weights[..rows],
            [positions, stride],
            self.mask,
            0,
            &mut self.factors,
            &mut self.dropped[..rows],
        );
        for sequence in 0..batch {
            let mixed = &mut self.mixed[sequence * heads * width..][..heads * width];
            let dropped = weights_of(&self.dropped, shape, sequence);
            let mixed = MatrixMut::dense(mixed, width);
            multiply(mixed, dropped, positions_of(input, shape, sequence), R::ONE, Target::Overwrite);
        }
        for head in 0..heads {
            let values = maps.key_value.weight_part(parameters, width + head * head_width, head_width);
            let context = columns_mut(context, shape, head, batch);
            multiply(context, of_head(&self.mixed, shape, head, batch), values, R::ONE, Target::Overwrite);
        }
        // The value bias is multiplied by the sum of the weights, which is not 1 after dropout.
        let bias = &maps.key_value.bias().of(parameters)[width..];
        let rows = self.dropped.chunks_exact(stride);
        for (row, (context, dropped)) in context.chunks_exact_mut(head_width).zip(rows).enumerate() {
            let kept = sum(dropped);
            let bias = &bias[row % heads * head_width..][..head_width];
            for (context, &bias) in context.iter_mut().zip(bias) {
                *context = kept.mul_add(bias, *context);
            }
        }
        maps.output.forward(parameters, context, output);
    }

    /// Adds the gradients of the parameters, and keeps those that [`Self::add_last_gradient`] and
    /// [`Self::input_gradient`] need.
    pub(crate) fn backward(
        &mut self,
        parameters: &[R],
        last: &[R],
        input: &[R],
        d_output: &[R],
        batch: usize,
        gradient: &mut [R],
    ) {
        let (shape, maps) = (self.shape, self.maps);
        let AttentionShape { width, heads, positions } = shape;
        let (head_width, stride) = (shape.head_width(), shape.weight_stride());
        let (q, context) = (&mut self.q[..last.len()], &mut self.context[..last.len()]);
        maps.output.add_gradient(context, d_output, gradient);
        maps.output.input_gradient(parameters, d_output, context, Target::Overwrite);
        let d_context = &*context;
        for head in 0..heads {
            let first = width + head * head_width;
            let d_head = columns(d_context, shape, head, batch);
            let mixed = of_head(&self.mixed, shape, head, batch).transposed();
            let d_values = maps.key_value.weight_part_mut(gradient, first, head_width);
            multiply(d_values, mixed, d_head, R::ONE, Target::Accumulate);
            let values = maps.key_value.weight_part(parameters, first, head_width);
            let d_mixed = of_head_mut(&mut self.d_mixed, shape, head, batch);
            multiply(d_mixed, d_head, values.transposed(), R::ONE, Target::Overwrite);
        }
        for sequence in 0..batch {
            let d_weights = &mut self.d_weights[sequence * heads * stride..];
            let d_weights = MatrixMut::strided(d_weights, heads, positions, stride);
            let d_mixed = MatrixRef::dense(&self.d_mixed[sequence * heads * width..][..heads * width], width);
            let attended = positions_of(input, shape, sequence).transposed();
            multiply(d_weights, d_mixed, attended, R::ONE, Target::Overwrite);
        }
        let bias = &maps.key_value.bias().of(parameters)[width..];
        let d_bias = &mut maps.key_value.bias().of_mut(gradient)[width..];
        let rows = self.dropped.chunks_exact(stride).zip(self.d_weights.chunks_exact_mut(stride));
        for (row, (d_context, (dropped, d_weights))) in
            d_context.chunks_exact(head_width).zip(rows).enumerate()
        {
            let place = row % heads * head_width;
            let kept = sum(dropped);
            for (d_bias, &d) in d_bias[place..][..head_width].iter_mut().zip(d_context) {
                *d_bias = kept.mul_add(d, *d_bias);
            }
            // Each weight after dropout also scales the value bias.
            let d_kept = dot(d_context, &bias[place..][..head_width]);
            for d in &mut d_weights[..positions] {
                *d += d_kept;
            }
        }
        let rows = batch * heads * stride;
        softmax_dropout_backward(
            &self.weights[..rows],
            [positions, stride],
            self.mask,
            shape.scale(),
            &mut self.d_weights[..rows],
            &mut self.dropped[..rows],
        );
        for sequence in 0..batch {
            let d_probe = &mut self.d_probe[sequence * heads * width..][..heads * width];
            let d_logits = weights_of(&self.d_weights, shape, sequence);
            let attended = positions_of(input, shape, sequence);
            multiply(MatrixMut::dense(d_probe, width), d_logits, attended, R::ONE, Target::Overwrite);
        }
        for head in 0..heads {
            let d_probe = of_head(&self.d_probe, shape, head, batch);
            let queries = columns(q, shape, head, batch);
            let d_keys = maps.key_value.weight_part_mut(gradient, head * head_width, head_width);
            multiply(d_keys, d_probe.transposed(), queries, R::ONE, Target::Accumulate);
            let keys = maps.key_value.weight_part(parameters, head * head_width, head_width);
            // Only now may the gradient overwrite the queries: the product above was the last to read them.
            multiply(columns_mut(q, shape, head, batch), d_probe, keys, R::ONE, Target::Overwrite);
        }
        maps.query.add_gradient(last, q, gradient);
    }

    /// Adds the gradient of `last`. Call it after `backward`.
    pub(crate) fn add_last_gradient(&self, parameters: &[R], d_last: &mut [R]) {
        let d_q = &self.q[..d_last.len()];
        self.maps.query.input_gradient(parameters, d_q, d_last, Target::Accumulate);
    }

    /// Writes the gradient of `input`, without the part through `last`, which counts as a separate input. Call it after
    /// `backward`.
    pub(crate) fn input_gradient(&self, d_input: &mut [R]) {
        let AttentionShape { width, heads, positions } = self.shape;
        for (sequence, d_input) in d_input.chunks_exact_mut(positions * width).enumerate() {
            let part = sequence * heads * width..(sequence + 1) * heads * width;
            // A position reaches the output through the mixed positions and through its logit.
            for (weights, sources, target) in [
                (&self.dropped, &self.d_mixed, Target::Overwrite),
                (&self.d_weights, &self.probe, Target::Accumulate),
            ] {
                let weights = weights_of(weights, self.shape, sequence).transposed();
                let sources = MatrixRef::dense(&sources[part.clone()], width);
                multiply(MatrixMut::dense(d_input, width), weights, sources, R::ONE, target);
            }
        }
    }
}

/// The positions of one sequence of `input`, `(positions, width)`.
fn positions_of<R>(input: &[R], shape: AttentionShape, sequence: usize) -> MatrixRef<'_, R> {
    let size = shape.positions * shape.width;
    MatrixRef::dense(&input[sequence * size..][..size], shape.width)
}

/// The attention weights of one sequence, `(heads, positions)`.
fn weights_of<R>(weights: &[R], shape: AttentionShape, sequence: usize) -> MatrixRef<'_, R> {
    let stride = shape.weight_stride();
    MatrixRef::strided(&weights[sequence * shape.heads * stride..], shape.heads, shape.positions, stride)
}

/// One head's columns of `values`, `(batch, width)`.
fn columns<R>(values: &[R], shape: AttentionShape, head: usize, batch: usize) -> MatrixRef<'_, R> {
    let head_width = shape.head_width();
    MatrixRef::strided(&values[head * head_width..], batch, head_width, shape.width)
}

/// Like [`columns`], but mutable.
fn columns_mut<R>(values: &mut [R], shape: AttentionShape, head: usize, batch: usize) -> MatrixMut<'_, R> {
    let head_width = shape.head_width();
    MatrixMut::strided(&mut values[head * head_width..], batch, head_width, shape.width)
}

/// One head's rows of `values`, `(batch, heads, width)`.
fn of_head<R>(values: &[R], shape: AttentionShape, head: usize, batch: usize) -> MatrixRef<'_, R> {
    let AttentionShape { width, heads, .. } = shape;
    MatrixRef::strided(&values[head * width..], batch, width, heads * width)
}

/// Like [`of_head`], but mutable.
fn of_head_mut<R>(values: &mut [R], shape: AttentionShape, head: usize, batch: usize) -> MatrixMut<'_, R> {
    let AttentionShape { width, heads, .. } = shape;
    MatrixMut::strided(&mut values[head * width..], batch, width, heads * width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gradient_check::{Check, pseudo_random};
    use crate::kernels::mask::DropoutKey;
    use crate::layers::SelfAttention;
    use std::cell::RefCell;

    #[test]
    fn gradients_match_finite_differences() {
        for mode in [Mode::Evaluate, Mode::Train(DropoutKey::new(&[1; 32], 0))] {
            for positions in [1, 5, 18] {
                let (batch, shape) = (2, AttentionShape { width: 6, heads: 2, positions });
                let (last, input) = (batch * shape.width, batch * positions * shape.width);
                let mut layout = Layout::new();
                let layer = RefCell::new(LastAttention::new(&mut layout, "attention", shape, 0.3, 4));
                layer.borrow_mut().reserve(batch + 1);
                // The checked input is the querying positions followed by the positions they attend to.
                Check::new(layout.len(), last + input, last).run(
                    |p, input, output| {
                        let (last, input) = input.split_at(last);
                        layer.borrow_mut().forward(p, last, input, output, batch, mode);
                    },
                    |p, input, d_output, d_input, gradient| {
                        let (d_last, d_input) = d_input.split_at_mut(last);
                        let (last, input) = input.split_at(last);
                        layer.borrow_mut().backward(p, last, input, d_output, batch, gradient);
                        layer.borrow().add_last_gradient(p, d_last);
                        layer.borrow().input_gradient(d_input);
                    },
                );
            }
        }
    }

    #[test]
    fn equals_self_attention_at_the_last_position() {
        let (batch, shape) = (3, AttentionShape { width: 6, heads: 3, positions: 7 });
        let (mut layout, mut other) = (Layout::new(), Layout::new());
        let mut every = SelfAttention::<f64>::new(&mut layout, "attention", shape, 0.0, 0);
        let mut only = LastAttention::<f64>::new(&mut other, "attention", shape, 0.0, 0);
        assert_eq!(layout, other);
        every.reserve(batch);
        only.reserve(batch);
        let (parameters, size) = (pseudo_random(layout.len(), 1), shape.positions * shape.width);
        let input = pseudo_random(batch * size, 2);
        let last_of = |values: &[f64]| -> Vec<f64> {
            values.chunks_exact(size).flat_map(|values| values[size - shape.width..].to_vec()).collect()
        };
        let mut all = vec![f64::NAN; input.len()];
        every.forward(&parameters, &input, &mut all, batch, Mode::Evaluate);
        let mut last = vec![f64::NAN; batch * shape.width];
        only.forward(&parameters, &last_of(&input), &input, &mut last, batch, Mode::Evaluate);
        for (found, expected) in last.iter().zip(last_of(&all)) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }
}
