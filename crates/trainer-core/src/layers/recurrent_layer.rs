//! What a stack of recurrent layers needs from one of them.

use crate::model::Layout;

/// A recurrent layer: `(seq_length, batch, inputs)` to the states `(seq_length, batch, width)`.
///
/// Values are position-major. So the rows of a position are contiguous: one matrix product computes the input's part of
/// all gates at all positions, and one more per position the recurrent part. Private to the crate.
pub trait RecurrentLayer<R>: Clone + Send + 'static {
    /// Lays out the layer's tensors, whose names start with `<name>.`.
    fn new(layout: &mut Layout, name: &str, inputs: usize, width: usize) -> Self;

    /// Sets the initial parameters for which the layout's starts are not enough, after those have been applied.
    fn initialise(&self, _parameters: &mut [R]) {}

    /// Allocates room for `batch` sequences of `seq_length` positions.
    fn reserve(&mut self, batch: usize, seq_length: usize);

    /// The number of values in `rows` rows (positions times batch size) of the input.
    fn input_size(&self, rows: usize) -> usize;

    /// The states of the first `rows` rows, `(rows, width)`.
    fn states(&self, rows: usize) -> &[R];

    /// Runs the layer over `input`, `(seq_length, batch, inputs)`.
    fn forward(&mut self, parameters: &[R], input: &[R], batch: usize);

    /// Runs the layer backward. `d_output` is the gradient of the states, at all positions or at the last ones only.
    /// With `input_gradient`, the gradient of the input overwrites `input`.
    fn backward(
        &mut self,
        parameters: &[R],
        input: &mut [R],
        d_output: &[R],
        input_gradient: bool,
        batch: usize,
        gradient: &mut [R],
    );
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::gradient_check::Check;
    use std::cell::RefCell;

    /// Compares the gradients of a layer with finite differences, with `d_output` at all positions or the last one.
    pub(in crate::layers) fn gradients_match_finite_differences<L: RecurrentLayer<f64>>() {
        for (seq_length, positions) in [(6, 6), (6, 1), (1, 1)] {
            let (batch, inputs, width) = (3, 4, 5);
            let rows = seq_length * batch;
            let mut layout = Layout::new();
            let layer = RefCell::new(L::new(&mut layout, "layer", inputs, width));
            layer.borrow_mut().reserve(batch + 1, seq_length);
            let outputs = positions * batch * width;
            Check::new(layout.len(), rows * inputs, outputs).run(
                |parameters, input, output| {
                    layer.borrow_mut().forward(parameters, input, batch);
                    output.copy_from_slice(&layer.borrow().states(rows)[rows * width - outputs..]);
                },
                |parameters, input, d_output, d_input, gradient| {
                    d_input.copy_from_slice(input);
                    layer.borrow_mut().backward(parameters, d_input, d_output, true, batch, gradient);
                },
            );
        }
    }
}
