//! The linear map `y = x W + b`.

use crate::kernels::gemm::{MatrixMut, MatrixRef, Target, multiply};
use crate::kernels::real::Real;
use crate::kernels::simd::add_column_sums;
use crate::model::{Layout, Slot, Start};

/// A linear map from `(rows, inputs)` to `(rows, outputs)`. It saves nothing: the caller passes the input again to the
/// backward pass.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dense {
    /// `(inputs, outputs)`.
    weight: Slot,
    /// `(outputs,)`.
    bias: Slot,
    inputs: usize,
    outputs: usize,
}

impl Dense {
    /// Lays out `<name>.weight` and `<name>.bias`, with Xavier initialisation.
    pub(crate) fn new(layout: &mut Layout, name: &str, inputs: usize, outputs: usize) -> Self {
        Self::stacked(layout, name, inputs, outputs, 1)
    }

    /// Lays out `maps` maps of the same input as one, side by side; each is initialised as it would be on its own.
    pub(crate) fn stacked(
        layout: &mut Layout,
        name: &str,
        inputs: usize,
        outputs: usize,
        maps: usize,
    ) -> Self {
        // The limit follows one map's outputs, not those of the whole stack.
        let start = Start::xavier(inputs, outputs);
        let outputs = outputs * maps;
        Self {
            weight: layout.weight(format!("{name}.weight"), &[inputs, outputs], start),
            bias: layout.undecayed(format!("{name}.bias"), &[outputs], Start::Zero),
            inputs,
            outputs,
        }
    }

    fn weight<'a, R>(&self, parameters: &'a [R]) -> MatrixRef<'a, R> {
        MatrixRef::dense(self.weight.of(parameters), self.outputs)
    }

    /// The weights of the `count` outputs starting at `first`, `(inputs, count)`.
    pub(super) fn weight_part<'a, R>(
        &self,
        parameters: &'a [R],
        first: usize,
        count: usize,
    ) -> MatrixRef<'a, R> {
        MatrixRef::strided(&self.weight.of(parameters)[first..], self.inputs, count, self.outputs)
    }

    /// Like [`Dense::weight_part`], but mutable and in the gradient.
    pub(super) fn weight_part_mut<'a, R>(
        &self,
        gradient: &'a mut [R],
        first: usize,
        count: usize,
    ) -> MatrixMut<'a, R> {
        MatrixMut::strided(&mut self.weight.of_mut(gradient)[first..], self.inputs, count, self.outputs)
    }

    /// The weights of the `count` inputs starting at `first`, `(count, outputs)`.
    pub(super) fn weight_rows<'a, R>(
        &self,
        parameters: &'a [R],
        first: usize,
        count: usize,
    ) -> MatrixRef<'a, R> {
        let rows = first * self.outputs..(first + count) * self.outputs;
        MatrixRef::dense(&self.weight.of(parameters)[rows], self.outputs)
    }

    /// The slot of the biases.
    pub(super) fn bias(&self) -> Slot {
        self.bias
    }

    /// Writes `output = input W + b`.
    pub(crate) fn forward<R: Real>(&self, parameters: &[R], input: &[R], output: &mut [R]) {
        self.forward_rows(parameters, MatrixRef::dense(input, self.inputs), output);
    }

    /// Like [`Dense::forward`], for an input whose rows lie in any way.
    pub(super) fn forward_rows<R: Real>(&self, parameters: &[R], input: MatrixRef<'_, R>, output: &mut [R]) {
        multiply(
            MatrixMut::dense(output, self.outputs),
            input,
            self.weight(parameters),
            R::ONE,
            Target::Bias(self.bias.of(parameters)),
        );
    }

    /// Adds the gradient of this map's parameters: `dW += inputᵀ d_output`, `db += column sums of d_output`.
    pub(crate) fn add_gradient<R: Real>(&self, input: &[R], d_output: &[R], gradient: &mut [R]) {
        self.add_gradient_of_rows(MatrixRef::dense(input, self.inputs), d_output, gradient);
    }

    /// Like [`Dense::add_gradient`], for an input whose rows lie in any way.
    pub(super) fn add_gradient_of_rows<R: Real>(
        &self,
        input: MatrixRef<'_, R>,
        d_output: &[R],
        gradient: &mut [R],
    ) {
        multiply(
            MatrixMut::dense(self.weight.of_mut(gradient), self.outputs),
            input.transposed(),
            MatrixRef::dense(d_output, self.outputs),
            R::ONE,
            Target::Accumulate,
        );
        add_column_sums(self.bias.of_mut(gradient), d_output);
    }

    /// Like [`Dense::add_gradient`], for an `input` that lacks its first rows because they were 0: the matching rows of
    /// `d_output` add to the bias gradient only.
    pub(crate) fn add_gradient_after<R: Real>(&self, input: &[R], d_output: &[R], gradient: &mut [R]) {
        let missing = d_output.len() / self.outputs - input.len() / self.inputs;
        let (first, rest) = d_output.split_at(missing * self.outputs);
        add_column_sums(self.bias.of_mut(gradient), first);
        self.add_gradient(input, rest, gradient);
    }

    /// Writes or adds the gradient of the input, `d_output Wᵀ`.
    pub(crate) fn input_gradient<R: Real>(
        &self,
        parameters: &[R],
        d_output: &[R],
        d_input: &mut [R],
        target: Target<'_, R>,
    ) {
        multiply(
            MatrixMut::dense(d_input, self.inputs),
            MatrixRef::dense(d_output, self.outputs),
            self.weight(parameters).transposed(),
            R::ONE,
            target,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gradient_check::Check;

    #[test]
    fn gradients_match_finite_differences() {
        let mut layout = Layout::new();
        let dense = Dense::stacked(&mut layout, "map", 5, 2, 3);
        let rows = 4;
        let mut check = Check::new(layout.len(), rows * 5, rows * 6);
        check.run(
            |parameters, input, output| dense.forward(parameters, input, output),
            |parameters, input, d_output, d_input, gradient| {
                dense.add_gradient(input, d_output, gradient);
                dense.input_gradient(parameters, d_output, d_input, Target::Accumulate);
            },
        );
    }

    #[test]
    fn adds_the_bias_to_every_row() {
        let mut layout = Layout::new();
        let dense = Dense::new(&mut layout, "map", 2, 2);
        let parameters = [1.0, 2.0, 3.0, 4.0, 10.0, 20.0];
        let mut output = [f64::NAN; 4];
        dense.forward(&parameters, &[1.0, 0.0, 1.0, 1.0], &mut output);
        assert_eq!(output, [11.0, 22.0, 14.0, 26.0]);
    }
}
