//! A layer of long short-term memory.

use super::{Dense, RecurrentLayer};
use crate::kernels::activation::{sigmoid, tanh};
use crate::kernels::gemm::{MatrixMut, MatrixRef, Target, multiply};
use crate::kernels::real::Real;
use crate::kernels::simd::{add_to, vectorised};
use crate::model::{Layout, Slot, Start};

/// The number of gates of a unit. They lie side by side in a row: input, forget, candidate, output.
const GATES: usize = 4;

/// Long short-term memory (Hochreiter and Schmidhuber, 1997) with a forget gate and without peepholes, in the gate order
/// of cuDNN and PyTorch:
///
/// ```text
/// i = sigmoid(x Wi + h Ui + bi)
/// f = sigmoid(x Wf + h Uf + bf)
/// g = tanh(x Wg + h Ug + bg)
/// o = sigmoid(x Wo + h Uo + bo)
/// c' = f c + i g,   h' = o tanh(c'),   h = c = 0 before the first position
/// ```
///
/// Each gate has one bias; PyTorch has two, which it only ever adds. `bf` starts at 1, so that at first the cell keeps
/// most of what it holds (Jozefowicz, Zaremba and Sutskever, "An empirical exploration of recurrent network
/// architectures", 2015).
#[derive(Debug, Clone)]
pub struct Lstm<R> {
    /// `W` and `b`, `(inputs, 4 width)`.
    input: Dense,
    /// `U`, `(width, 4 width)`.
    recurrent: Slot,
    inputs: usize,
    width: usize,
    /// The gates after activation, `(seq_length, batch, 4 width)`; the backward pass replaces them by the gradient
    /// before activation.
    gates: Vec<R>,
    /// The cells `c`, `(1 + seq_length, batch, width)`: first the zeros before the first position.
    cells: Vec<R>,
    /// `tanh(c')`, `(seq_length, batch, width)`.
    squashed: Vec<R>,
    /// The states `h'`, `(seq_length, batch, width)`.
    states: Vec<R>,
    /// The gradient of the state, passed back from position to position, `(batch, width)`.
    d_state: Vec<R>,
    /// The gradient of the cell, likewise.
    d_cell: Vec<R>,
}

impl<R: Real> Lstm<R> {
    fn recurrent<'a>(&self, parameters: &'a [R]) -> MatrixRef<'a, R> {
        MatrixRef::dense(self.recurrent.of(parameters), GATES * self.width)
    }
}

impl<R: Real> RecurrentLayer<R> for Lstm<R> {
    /// Lays out `<name>.input`, with weight and bias, and `<name>.recurrent`, with a weight only.
    fn new(layout: &mut Layout, name: &str, inputs: usize, width: usize) -> Self {
        let input = Dense::stacked(layout, &format!("{name}.input"), inputs, width, GATES);
        let shape = [width, GATES * width];
        Self {
            input,
            recurrent: layout.weight(format!("{name}.recurrent.weight"), &shape, Start::xavier(width, width)),
            inputs,
            width,
            gates: Vec::new(),
            cells: Vec::new(),
            squashed: Vec::new(),
            states: Vec::new(),
            d_state: Vec::new(),
            d_cell: Vec::new(),
        }
    }

    fn initialise(&self, parameters: &mut [R]) {
        self.input.bias().of_mut(parameters)[self.width..2 * self.width].fill(R::ONE);
    }

    fn reserve(&mut self, batch: usize, seq_length: usize) {
        let state = batch * self.width;
        self.gates.resize(seq_length * state * GATES, R::ZERO);
        self.cells.resize((1 + seq_length) * state, R::ZERO);
        self.squashed.resize(seq_length * state, R::ZERO);
        self.states.resize(seq_length * state, R::ZERO);
        self.d_state.resize(state, R::ZERO);
        self.d_cell.resize(state, R::ZERO);
    }

    fn input_size(&self, rows: usize) -> usize {
        rows * self.inputs
    }

    fn states(&self, rows: usize) -> &[R] {
        &self.states[..rows * self.width]
    }

    fn forward(&mut self, parameters: &[R], input: &[R], batch: usize) {
        let (rows, width, state) = (input.len() / self.inputs, self.width, batch * self.width);
        let recurrent = self.recurrent(parameters);
        let gates = &mut self.gates[..rows * width * GATES];
        self.input.forward(parameters, input, gates);
        self.cells[..state].fill(R::ZERO);
        for (position, gates) in gates.chunks_exact_mut(state * GATES).enumerate() {
            let start = position * state;
            // Before the first position the state is 0, and so is its product.
            if position > 0 {
                let before = MatrixRef::dense(&self.states[start - state..start], width);
                let gates = MatrixMut::dense(gates, GATES * width);
                multiply(gates, before, recurrent, R::ONE, Target::Accumulate);
            }
            let (before, after) = self.cells[start..start + 2 * state].split_at_mut(state);
            let squashed = &mut self.squashed[start..start + state];
            step(width, gates, before, after, squashed, &mut self.states[start..start + state]);
        }
    }

    fn backward(
        &mut self,
        parameters: &[R],
        input: &mut [R],
        d_output: &[R],
        input_gradient: bool,
        batch: usize,
        gradient: &mut [R],
    ) {
        let (rows, width, state) = (input.len() / self.inputs, self.width, batch * self.width);
        let back = self.recurrent(parameters).transposed();
        let gates = &mut self.gates[..rows * width * GATES];
        let (d_state, d_cell) = (&mut self.d_state[..state], &mut self.d_cell[..state]);
        d_state.fill(R::ZERO);
        d_cell.fill(R::ZERO);
        let without_gradient = (rows * width - d_output.len()) / state;
        for (position, gates) in gates.chunks_exact_mut(state * GATES).enumerate().rev() {
            if position >= without_gradient {
                add_to(d_state, &d_output[(position - without_gradient) * state..][..state]);
            }
            let start = position * state;
            let (before, squashed) =
                (&self.cells[start..start + state], &self.squashed[start..start + state]);
            step_back(width, gates, before, squashed, d_state, d_cell);
            if position > 0 {
                let d_state = MatrixMut::dense(d_state, width);
                let gates = MatrixRef::dense(gates, GATES * width);
                multiply(d_state, gates, back, R::ONE, Target::Overwrite);
            }
        }
        // Each weight gradient takes one product over all positions, after the loop: `gates` now holds the gradients of
        // every position.
        self.input.add_gradient(input, gates, gradient);
        multiply(
            MatrixMut::dense(self.recurrent.of_mut(gradient), GATES * width),
            MatrixRef::dense(&self.states[..rows * width - state], width).transposed(),
            MatrixRef::dense(&gates[state * GATES..], GATES * width),
            R::ONE,
            Target::Accumulate,
        );
        if input_gradient {
            self.input.input_gradient(parameters, gates, input, Target::Overwrite);
        }
    }
}

/// One position forward: `gates` comes in as the sums and leaves as the gates; `after`, `squashed` and `state` become
/// the cell, its hyperbolic tangent and the state.
fn step<R: Real>(
    width: usize,
    gates: &mut [R],
    before: &[R],
    after: &mut [R],
    squashed: &mut [R],
    state: &mut [R],
) {
    vectorised(
        #[inline(always)]
        || {
            let cells = before.chunks_exact(width).zip(after.chunks_exact_mut(width));
            let states = squashed.chunks_exact_mut(width).zip(state.chunks_exact_mut(width));
            let rows = gates.chunks_exact_mut(GATES * width).zip(cells.zip(states));
            for (gates, ((before, after), (squashed, state))) in rows {
                let (first, rest) = gates.split_at_mut(2 * width);
                let (candidate, output) = rest.split_at_mut(width);
                for switch in first.iter_mut() {
                    *switch = sigmoid(*switch);
                }
                let (input, forget) = first.split_at(width);
                for i in 0..width {
                    candidate[i] = tanh(candidate[i]);
                    output[i] = sigmoid(output[i]);
                    after[i] = input[i].mul_add(candidate[i], forget[i] * before[i]);
                    squashed[i] = tanh(after[i]);
                    state[i] = output[i] * squashed[i];
                }
            }
        },
    );
}

/// One position backward: turns the gates into their gradients before activation, given `d_state`, the gradient of the
/// state after it, and turns `d_cell` from the gradient of the cell after it into that of the cell before it.
fn step_back<R: Real>(
    width: usize,
    gates: &mut [R],
    before: &[R],
    squashed: &[R],
    d_state: &[R],
    d_cell: &mut [R],
) {
    vectorised(
        #[inline(always)]
        || {
            let cells = before.chunks_exact(width).zip(squashed.chunks_exact(width));
            let gradients = d_state.chunks_exact(width).zip(d_cell.chunks_exact_mut(width));
            let rows = gates.chunks_exact_mut(GATES * width).zip(cells.zip(gradients));
            for (gates, ((before, squashed), (d_state, d_cell))) in rows {
                let (input, rest) = gates.split_at_mut(width);
                let (forget, rest) = rest.split_at_mut(width);
                let (candidate, output) = rest.split_at_mut(width);
                for k in 0..width {
                    let (i, f, g, o) = (input[k], forget[k], candidate[k], output[k]);
                    let d = (d_state[k] * o).mul_add(R::ONE - squashed[k] * squashed[k], d_cell[k]);
                    output[k] = d_state[k] * squashed[k] * o * (R::ONE - o);
                    input[k] = d * g * i * (R::ONE - i);
                    forget[k] = d * before[k] * f * (R::ONE - f);
                    candidate[k] = d * i * (R::ONE - g * g);
                    d_cell[k] = d * f;
                }
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradients_match_finite_differences() {
        super::super::recurrent_layer::tests::gradients_match_finite_differences::<Lstm<f64>>();
    }

    #[test]
    fn one_unit_equals_a_calculation_by_hand() {
        let mut layout = Layout::new();
        let mut layer = Lstm::new(&mut layout, "lstm", 1, 1);
        layer.reserve(1, 2);
        // Input weights, biases and recurrent weights; each for the gates i, f, g, o.
        let parameters = [0.5, -0.25, 1.0, 0.8, 0.1, 0.2, 0.3, -0.4, 0.7, 0.4, -0.6, 0.9];
        layer.forward(&parameters, &[1.0, -2.0], 1);
        let (mut h, mut c) = (0.0f64, 0.0f64);
        for x in [1.0f64, -2.0] {
            let logistic = |x: f64| 1.0 / (1.0 + (-x).exp());
            let i = logistic(0.5 * x + 0.1 + 0.7 * h);
            let f = logistic(-0.25 * x + 0.2 + 0.4 * h);
            let g = (x + 0.3 - 0.6 * h).tanh();
            let o = logistic(0.8 * x - 0.4 + 0.9 * h);
            c = f * c + i * g;
            h = o * c.tanh();
        }
        assert!((layer.states(2)[1] - h).abs() < 1e-14);
    }

    #[test]
    fn only_the_forget_gate_starts_open() {
        let mut layout = Layout::new();
        let layer = Lstm::<f64>::new(&mut layout, "lstm", 2, 3);
        let mut parameters = vec![0.0; layout.len()];
        layer.initialise(&mut parameters);
        let bias = layer.input.bias();
        assert_eq!(bias.of(&parameters), [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(parameters.iter().sum::<f64>(), 3.0);
    }
}
