//! Multi-head attention.

mod head;

pub(crate) use head::AttentionShape;

use super::Dense;
use crate::kernels::gemm::{MatrixMut, MatrixRef, Target, multiply};
use crate::kernels::mask::{Mask, Mode};
use crate::kernels::real::Real;
use crate::kernels::softmax::{apply_mask, softmax_backward, softmax_rows};
use crate::model::Layout;
use head::{Head, copy_rows};

/// Scaled dot-product attention with several heads and dropout on the attention weights (Vaswani et al., 2017).
///
/// `queries` positions per sequence ask and `keys` positions answer: the last encoder block asks from one position only,
/// since the model reads nothing else. After `backward` the places of queries, keys and values hold their gradients.
#[derive(Debug)]
pub(crate) struct Attention<R> {
    shape: AttentionShape,
    query: Dense,
    /// Keys in the first half of the columns, values in the second.
    key_value: Dense,
    output: Dense,
    rate: f64,
    site: u32,
    mask: Mask<R>,
    /// `(batch, queries, width)`; head `h` has the columns from `h * head_width`.
    q: Vec<R>,
    /// `(batch, keys, 2 * width)`.
    kv: Vec<R>,
    /// The attention weights, `(batch, heads, queries, keys)`.
    weights: Vec<R>,
    /// The weights after dropout, of the same shape.
    dropped: Vec<R>,
    /// The heads' outputs side by side, `(batch, queries, width)`.
    context: Vec<R>,
    /// One head's gradient on its way, `(max(queries, keys), head_width)`.
    scratch: Vec<R>,
}

impl<R: Real> Attention<R> {
    /// Lays out `<name>.query`, `<name>.key_value` and `<name>.output`. `site` tells this layer's dropout masks from
    /// others'.
    pub(crate) fn new(layout: &mut Layout, name: &str, shape: AttentionShape, rate: f64, site: u32) -> Self {
        let width = shape.width;
        Self {
            shape,
            query: Dense::new(layout, &format!("{name}.query"), width, width),
            key_value: Dense::stacked(layout, &format!("{name}.key_value"), width, width, 2),
            output: Dense::new(layout, &format!("{name}.output"), width, width),
            rate,
            site,
            mask: Mask::inactive(),
            q: Vec::new(),
            kv: Vec::new(),
            weights: Vec::new(),
            dropped: Vec::new(),
            context: Vec::new(),
            scratch: vec![R::ZERO; shape.queries.max(shape.keys) * shape.head_width()],
        }
    }

    /// Makes room for `batch` sequences.
    pub(crate) fn reserve(&mut self, batch: usize) {
        let AttentionShape { width, heads, queries, keys } = self.shape;
        self.q.resize(batch * queries * width, R::ZERO);
        self.kv.resize(batch * keys * 2 * width, R::ZERO);
        self.weights.resize(batch * heads * queries * keys, R::ZERO);
        self.dropped.resize(batch * heads * queries * keys, R::ZERO);
        self.context.resize(batch * queries * width, R::ZERO);
    }

    /// Writes `output`; `asking` and `output` are `(batch, queries, width)`, `answering` is `(batch, keys, width)`.
    pub(crate) fn forward(
        &mut self,
        parameters: &[R],
        asking: &[R],
        answering: &[R],
        output: &mut [R],
        batch: usize,
        mode: Mode,
    ) {
        self.mask = mode.mask(self.site, self.rate);
        let shape = self.shape;
        let q = &mut self.q[..batch * shape.queries * shape.width];
        let kv = &mut self.kv[..batch * shape.keys * 2 * shape.width];
        let context = &mut self.context[..batch * shape.queries * shape.width];
        self.query.forward(parameters, asking, q);
        self.key_value.forward(parameters, answering, kv);
        for head in Head::all(shape, batch) {
            let weights = &mut self.weights[head.weights()];
            let dropped = &mut self.dropped[head.weights()];
            let logits = MatrixMut::dense(weights, shape.keys);
            multiply(logits, head.queries(q), head.keys(kv).transposed(), head.scale(), Target::Overwrite);
            softmax_rows(weights, shape.keys);
            apply_mask(weights, self.mask, head.weights().start, dropped);
            let dropped = MatrixRef::dense(dropped, shape.keys);
            multiply(head.queries_mut(context), dropped, head.values(kv), R::ONE, Target::Overwrite);
        }
        self.output.forward(parameters, context, output);
    }

    /// Adds the parameters' gradients, and leaves those of queries, keys and values for the two functions below.
    pub(crate) fn backward(
        &mut self,
        parameters: &[R],
        asking: &[R],
        answering: &[R],
        d_output: &[R],
        batch: usize,
        gradient: &mut [R],
    ) {
        let shape = self.shape;
        let q = &mut self.q[..batch * shape.queries * shape.width];
        let kv = &mut self.kv[..batch * shape.keys * 2 * shape.width];
        let context = &mut self.context[..batch * shape.queries * shape.width];
        self.output.add_gradient(context, d_output, gradient);
        self.output.input_gradient(parameters, d_output, context, Target::Overwrite);
        let d_context = &*context;
        for head in Head::all(shape, batch) {
            let weights = &self.weights[head.weights()];
            let dropped = &mut self.dropped[head.weights()];
            let width = shape.head_width();
            let d_values = &mut self.scratch[..shape.keys * width];
            multiply(
                MatrixMut::dense(d_values, width),
                MatrixRef::dense(dropped, shape.keys).transposed(),
                head.queries(d_context),
                R::ONE,
                Target::Overwrite,
            );
            // The dropped weights are spent: their place takes the gradient of the logits.
            let d_logits = dropped;
            multiply(
                MatrixMut::dense(d_logits, shape.keys),
                head.queries(d_context),
                head.values(kv).transposed(),
                R::ONE,
                Target::Overwrite,
            );
            copy_rows(d_values, width, head.value_rows(), kv);
            softmax_backward(weights, self.mask, head.weights().start, d_logits, shape.keys);
            let d_logits = MatrixRef::dense(d_logits, shape.keys);
            let d_queries = &mut self.scratch[..shape.queries * width];
            let d_queries_matrix = MatrixMut::dense(d_queries, width);
            multiply(d_queries_matrix, d_logits, head.keys(kv), head.scale(), Target::Overwrite);
            multiply(
                head.keys_mut(kv),
                d_logits.transposed(),
                head.queries(q),
                head.scale(),
                Target::Overwrite,
            );
            copy_rows(d_queries, width, head.query_rows(), q);
        }
        self.query.add_gradient(asking, q, gradient);
        self.key_value.add_gradient(answering, kv, gradient);
    }

    /// Adds the gradient of `asking`, after `backward`.
    pub(crate) fn add_asking_gradient(&self, parameters: &[R], d_asking: &mut [R]) {
        let d_queries = &self.q[..d_asking.len()];
        self.query.input_gradient(parameters, d_queries, d_asking, Target::Accumulate);
    }

    /// Adds the gradient of `answering`, after `backward`.
    pub(crate) fn add_answering_gradient(&self, parameters: &[R], d_answering: &mut [R]) {
        let d_key_value = &self.kv[..2 * d_answering.len()];
        self.key_value.input_gradient(parameters, d_key_value, d_answering, Target::Accumulate);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gradient_check::Check;
    use crate::kernels::mask::DropoutKey;
    use std::cell::RefCell;

    #[test]
    fn gradients_match_differences() {
        for mode in [Mode::Evaluate, Mode::Train(DropoutKey::new(&[1; 32], 0))] {
            for (queries, keys) in [(5, 5), (1, 5), (3, 2)] {
                check(AttentionShape { width: 6, heads: 2, queries, keys }, mode);
            }
        }
    }

    fn check(shape: AttentionShape, mode: Mode) {
        let batch = 2;
        let (asking, answering) = (batch * shape.queries * shape.width, batch * shape.keys * shape.width);
        let mut layout = Layout::new();
        let layer = RefCell::new(Attention::new(&mut layout, "attention", shape, 0.3, 4));
        layer.borrow_mut().reserve(batch + 1);
        // The input holds what asks and what answers, one after the other.
        Check::new(layout.len(), asking + answering, asking).run(
            |p, input, output| {
                let (asking, answering) = input.split_at(asking);
                layer.borrow_mut().forward(p, asking, answering, output, batch, mode);
            },
            |p, input, d_output, d_input, gradient| {
                let mut layer = layer.borrow_mut();
                let (d_asking, d_answering) = d_input.split_at_mut(asking);
                let (asking, answering) = input.split_at(asking);
                layer.backward(p, asking, answering, d_output, batch, gradient);
                layer.add_asking_gradient(p, d_asking);
                layer.add_answering_gradient(p, d_answering);
            },
        );
    }
}
