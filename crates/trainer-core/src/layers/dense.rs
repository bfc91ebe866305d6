//! The linear map `y = x W + b`.

use crate::kernels::gemm::{MatrixMut, MatrixRef, Target, multiply};
use crate::kernels::real::Real;
use crate::kernels::simd::add_column_sums;
use crate::model::{Layout, Slot, Start};

/// A linear map from `(rows, inputs)` to `(rows, outputs)`. It saves nothing: its caller still has the input.
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
    /// Lays out `<name>.weight` and `<name>.bias`, with a Xavier start.
    pub(crate) fn new(layout: &mut Layout, name: &str, inputs: usize, outputs: usize) -> Self {
        Self::stacked(layout, name, inputs, outputs, 1)
    }

    /// Lays out `maps` maps of the same input side by side as one; each starts as it would alone.
    pub(crate) fn stacked(
        layout: &mut Layout,
        name: &str,
        inputs: usize,
        outputs: usize,
        maps: usize,
    ) -> Self {
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

    /// The map to the `count` outputs from `first` on: its weights, `(inputs, count)`.
    pub(super) fn weight_part<'a, R>(
        &self,
        parameters: &'a [R],
        first: usize,
        count: usize,
    ) -> MatrixRef<'a, R> {
        MatrixRef::strided(&self.weight.of(parameters)[first..], self.inputs, count, self.outputs)
    }

    /// As [`Dense::weight_part`], in the gradient and to write.
    pub(super) fn weight_part_mut<'a, R>(
        &self,
        gradient: &'a mut [R],
        first: usize,
        count: usize,
    ) -> MatrixMut<'a, R> {
        MatrixMut::strided(&mut self.weight.of_mut(gradient)[first..], self.inputs, count, self.outputs)
    }

    /// Where the biases lie.
    pub(super) fn bias(&self) -> Slot {
        self.bias
    }

    /// Writes `output = input W + b`.
    pub(crate) fn forward<R: Real>(&self, parameters: &[R], input: &[R], output: &mut [R]) {
        multiply(
            MatrixMut::dense(output, self.outputs),
            MatrixRef::dense(input, self.inputs),
            self.weight(parameters),
            R::ONE,
            Target::Bias(self.bias.of(parameters)),
        );
    }

    /// Adds this map's part of the loss gradient: `dW += inputᵀ d_output`, `db += column sums of d_output`.
    pub(crate) fn add_gradient<R: Real>(&self, input: &[R], d_output: &[R], gradient: &mut [R]) {
        multiply(
            MatrixMut::dense(self.weight.of_mut(gradient), self.outputs),
            MatrixRef::dense(input, self.inputs).transposed(),
            MatrixRef::dense(d_output, self.outputs),
            R::ONE,
            Target::Accumulate,
        );
        add_column_sums(self.bias.of_mut(gradient), d_output);
    }

    /// As [`Dense::add_gradient`], for an `input` that lacks the first rows of `d_output`: those were 0.
    pub(crate) fn add_gradient_after<R: Real>(&self, input: &[R], d_output: &[R], gradient: &mut [R]) {
        let missing = d_output.len() / self.outputs - input.len() / self.inputs;
        let (first, rest) = d_output.split_at(missing * self.outputs);
        add_column_sums(self.bias.of_mut(gradient), first);
        self.add_gradient(input, rest, gradient);
    }

    /// Writes, or adds, the input's gradient `d_output Wᵀ`.
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
    fn gradients_match_differences() {
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
