//! A convolution over the positions of a sequence.

use super::Dense;
use crate::kernels::gemm::{MatrixMut, MatrixRef, Target, multiply};
use crate::kernels::real::Real;
use crate::model::Layout;

/// `y_r = sum_j x_(s r + j) W_j + b` over the taps `j` of the kernel, for rows `r` of an input whose rows are adjacent
/// positions, and a stride `s`.
///
/// The taps of an output row are contiguous in the input, and those of the next row begin `s` rows further on. So all
/// rows together are one matrix product whose left operand is the input itself, seen as a matrix with overlapping rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Convolution {
    /// The taps' weights `W_j` below one another, `(kernel inputs, outputs)`, and `b`.
    map: Dense,
    inputs: usize,
    outputs: usize,
    kernel: usize,
}

impl Convolution {
    /// Lays out `<name>.weight`, `(kernel inputs, outputs)`, and `<name>.bias`, initialised as one linear map.
    pub(crate) fn new(layout: &mut Layout, name: &str, inputs: usize, outputs: usize, kernel: usize) -> Self {
        Self { map: Dense::new(layout, name, kernel * inputs, outputs), inputs, outputs, kernel }
    }

    /// The taps of `count` output rows.
    fn taps<'a, R>(&self, input: &'a [R], stride: usize, count: usize) -> MatrixRef<'a, R> {
        MatrixRef::strided(input, count, self.kernel * self.inputs, stride * self.inputs)
    }

    /// Fills `output`, `(rows, outputs)`, from `input`, `(positions, inputs)`.
    pub(crate) fn forward<R: Real>(&self, parameters: &[R], input: &[R], stride: usize, output: &mut [R]) {
        let taps = self.taps(input, stride, output.len() / self.outputs);
        self.map.forward_rows(parameters, taps, output);
    }

    /// Adds the gradient of the parameters.
    pub(crate) fn add_gradient<R: Real>(
        &self,
        input: &[R],
        stride: usize,
        d_output: &[R],
        gradient: &mut [R],
    ) {
        let taps = self.taps(input, stride, d_output.len() / self.outputs);
        self.map.add_gradient_of_rows(taps, d_output, gradient);
    }

    /// Adds the gradient of the input to `d_input`.
    pub(crate) fn add_input_gradient<R: Real>(
        &self,
        parameters: &[R],
        d_output: &[R],
        stride: usize,
        d_input: &mut [R],
    ) {
        let count = d_output.len() / self.outputs;
        // The taps of a row overlap those of the next, so they cannot be written at once; the rows of one tap do not.
        for tap in 0..self.kernel {
            let rows = &mut d_input[tap * self.inputs..];
            multiply(
                MatrixMut::strided(rows, count, self.inputs, stride * self.inputs),
                MatrixRef::dense(d_output, self.outputs),
                self.map.weight_rows(parameters, tap * self.inputs, self.inputs).transposed(),
                R::ONE,
                Target::Accumulate,
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gradient_check::Check;

    #[test]
    fn gradients_match_finite_differences() {
        for (kernel, stride) in [(3, 1), (2, 2), (3, 2), (1, 3)] {
            let (positions, inputs, outputs) = (9, 4, 5);
            let rows = (positions - kernel) / stride + 1;
            let mut layout = Layout::new();
            let map = Convolution::new(&mut layout, "map", inputs, outputs, kernel);
            Check::new(layout.len(), positions * inputs, rows * outputs).run(
                |p, input, output| map.forward(p, input, stride, output),
                |p, input, d_output, d_input, gradient| {
                    map.add_gradient(input, stride, d_output, gradient);
                    map.add_input_gradient(p, d_output, stride, d_input);
                },
            );
        }
    }

    #[test]
    fn taps_are_multiplied_in_the_order_of_positions() {
        let mut layout = Layout::new();
        let map = Convolution::new(&mut layout, "map", 1, 1, 2);
        let mut output = [f64::NAN; 2];
        map.forward(&[10.0, 1.0, 0.5], &[1.0, 2.0, 3.0, 4.0, 5.0], 2, &mut output);
        assert_eq!(output, [12.5, 34.5]);
    }
}
