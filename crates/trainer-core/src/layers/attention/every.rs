//! Attention with a query at every position.

use super::head::{Head, copy_rows};
use super::{AttentionShape, Projections};
use crate::kernels::gemm::{MatrixMut, MatrixRef, Target, multiply};
use crate::kernels::mask::{Mask, Mode};
use crate::kernels::real::Real;
use crate::kernels::softmax::{softmax_dropout, softmax_dropout_backward};
use crate::model::Layout;

/// Scaled dot-product self-attention with several heads and dropout on the attention weights (Vaswani et al., 2017).
///
/// After `backward`, the buffers of queries, keys and values hold their gradients.
#[derive(Debug, Clone)]
pub(crate) struct SelfAttention<R> {
    shape: AttentionShape,
    maps: Projections,
    rate: f64,
    site: u32,
    mask: Mask<R>,
    /// The queries, `(batch, positions, width)`; head `h` has the `head_width` columns starting at `h * head_width`.
    q: Vec<R>,
    /// The keys, then the values, `(batch, positions, 2 * width)`.
    kv: Vec<R>,
    /// The attention weights, `(batch, heads, positions, weight stride)`, negated where dropout removed them.
    weights: Vec<R>,
    /// The heads' outputs side by side, `(batch, positions, width)`.
    context: Vec<R>,
    /// One head's weights after dropout, `(positions, weight stride)`; the backward pass recomputes them.
    dropped: Vec<R>,
    /// The gradient of one head's weights, then of its logits, in the same shape.
    d_weights: Vec<R>,
    /// The gradient of one head's queries, `(positions, head_width)`.
    d_queries: Vec<R>,
    /// One row of dropout factors.
    factors: Vec<R>,
}

impl<R: Real> SelfAttention<R> {
    /// Lays out `<name>.query`, `<name>.key_value` and `<name>.output`. `site` distinguishes this layer's dropout masks
    /// from those of others.
    pub(crate) fn new(layout: &mut Layout, name: &str, shape: AttentionShape, rate: f64, site: u32) -> Self {
        let stride = shape.weight_stride();
        Self {
            shape,
            maps: Projections::new(layout, name, shape.width),
            rate,
            site,
            mask: Mask::inactive(),
            q: Vec::new(),
            kv: Vec::new(),
            weights: Vec::new(),
            context: Vec::new(),
            dropped: vec![R::ZERO; shape.positions * stride],
            d_weights: vec![R::ZERO; shape.positions * stride],
            d_queries: vec![R::ZERO; shape.positions * shape.head_width()],
            factors: vec![R::ONE; stride],
        }
    }

    /// Allocates room for `batch` sequences.
    pub(crate) fn reserve(&mut self, batch: usize) {
        let AttentionShape { width, heads, positions } = self.shape;
        self.q.resize(batch * positions * width, R::ZERO);
        self.kv.resize(batch * positions * 2 * width, R::ZERO);
        self.weights.resize(batch * heads * positions * self.shape.weight_stride(), R::ZERO);
        self.context.resize(batch * positions * width, R::ZERO);
    }

    /// Writes `output`; it and `input` are `(batch, positions, width)`.
    pub(crate) fn forward(
        &mut self,
        parameters: &[R],
        input: &[R],
        output: &mut [R],
        batch: usize,
        mode: Mode,
    ) {
        self.mask = mode.mask(self.site, self.rate);
        let (shape, size) = (self.shape, input.len());
        let (positions, stride) = (shape.positions, shape.weight_stride());
        let (q, kv, context) = (&mut self.q[..size], &mut self.kv[..2 * size], &mut self.context[..size]);
        self.maps.query.forward(parameters, input, q);
        self.maps.key_value.forward(parameters, input, kv);
        for head in Head::all(shape, batch) {
            let weights = &mut self.weights[head.weights()];
            let logits = MatrixMut::strided(weights, positions, positions, stride);
            multiply(logits, head.queries(q), head.keys(kv).transposed(), shape.scale(), Target::Overwrite);
            let (first, size) = (head.first_row(), [positions, stride]);
            softmax_dropout(weights, size, self.mask, first, &mut self.factors, &mut self.dropped);
            let dropped = MatrixRef::strided(&self.dropped, positions, positions, stride);
            multiply(head.queries_mut(context), dropped, head.values(kv), R::ONE, Target::Overwrite);
        }
        self.maps.output.forward(parameters, context, output);
    }

    /// Adds the gradients of the parameters, and keeps those of queries, keys and values for
    /// [`Self::add_input_gradient`].
    pub(crate) fn backward(
        &mut self,
        parameters: &[R],
        input: &[R],
        d_output: &[R],
        batch: usize,
        gradient: &mut [R],
    ) {
        let (shape, size) = (self.shape, input.len());
        let (q, kv, context) = (&mut self.q[..size], &mut self.kv[..2 * size], &mut self.context[..size]);
        self.maps.output.add_gradient(context, d_output, gradient);
        self.maps.output.input_gradient(parameters, d_output, context, Target::Overwrite);
        let d_context = &*context;
        let (width, positions, stride) = (shape.head_width(), shape.positions, shape.weight_stride());
        for head in Head::all(shape, batch) {
            let d_head = head.queries(d_context);
            let d_weights = MatrixMut::strided(&mut self.d_weights, positions, positions, stride);
            multiply(d_weights, d_head, head.values(kv).transposed(), R::ONE, Target::Overwrite);
            softmax_dropout_backward(
                &self.weights[head.weights()],
                [positions, stride],
                self.mask,
                shape.scale(),
                &mut self.d_weights,
                &mut self.dropped,
            );
            let dropped = MatrixRef::strided(&self.dropped, positions, positions, stride);
            let d_logits = MatrixRef::strided(&self.d_weights, positions, positions, stride);
            multiply(head.values_mut(kv), dropped.transposed(), d_head, R::ONE, Target::Overwrite);
            // The gradients overwrite queries and keys, and each needs the other's old values. So the query gradient
            // waits in a buffer of its own until the key gradient is done.
            let d_queries = MatrixMut::dense(&mut self.d_queries, width);
            multiply(d_queries, d_logits, head.keys(kv), R::ONE, Target::Overwrite);
            multiply(head.keys_mut(kv), d_logits.transposed(), head.queries(q), R::ONE, Target::Overwrite);
            copy_rows(&self.d_queries, width, head.query_rows(), q);
        }
        self.maps.query.add_gradient(input, q, gradient);
        self.maps.key_value.add_gradient(input, kv, gradient);
    }

    /// Adds the gradient of the input. Call it after `backward`.
    pub(crate) fn add_input_gradient(&self, parameters: &[R], d_input: &mut [R]) {
        let (d_q, d_kv) = (&self.q[..d_input.len()], &self.kv[..2 * d_input.len()]);
        self.maps.query.input_gradient(parameters, d_q, d_input, Target::Accumulate);
        self.maps.key_value.input_gradient(parameters, d_kv, d_input, Target::Accumulate);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gradient_check::Check;
    use crate::kernels::mask::DropoutKey;
    use std::cell::RefCell;

    #[test]
    fn gradients_match_finite_differences() {
        for mode in [Mode::Evaluate, Mode::Train(DropoutKey::new(&[1; 32], 0))] {
            for positions in [1, 5, 18] {
                let (batch, shape) = (2, AttentionShape { width: 6, heads: 2, positions });
                let size = batch * positions * shape.width;
                let mut layout = Layout::new();
                let layer = RefCell::new(SelfAttention::new(&mut layout, "attention", shape, 0.3, 4));
                layer.borrow_mut().reserve(batch + 1);
                Check::new(layout.len(), size, size).run(
                    |p, input, output| layer.borrow_mut().forward(p, input, output, batch, mode),
                    |p, input, d_output, d_input, gradient| {
                        layer.borrow_mut().backward(p, input, d_output, batch, gradient);
                        layer.borrow().add_input_gradient(p, d_input);
                    },
                );
            }
        }
    }
}
