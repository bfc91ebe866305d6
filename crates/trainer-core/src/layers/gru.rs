//! A layer of gated recurrent units.

use super::{Dense, RecurrentLayer};
use crate::kernels::activation::{sigmoid, tanh};
use crate::kernels::gemm::Target;
use crate::kernels::real::Real;
use crate::kernels::simd::{add_to, vectorised};
use crate::model::Layout;

/// The number of gates of a unit. They lie side by side in a row: reset, update, candidate.
const GATES: usize = 3;

/// Gated recurrent units (Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014), with the
/// reset gate after the recurrent product, as in cuDNN and PyTorch:
///
/// ```text
/// r = sigmoid(x Wr + br + h Ur + cr)
/// z = sigmoid(x Wz + bz + h Uz + cz)
/// n = tanh(x Wn + bn + r (h Un + cn))
/// h' = (1 - z) n + z h,   h = 0 before the first position
/// ```
#[derive(Debug, Clone)]
pub struct Gru<R> {
    /// `W` and `b`, `(inputs, 3 width)`.
    input: Dense,
    /// `U` and `c`, `(width, 3 width)`.
    recurrent: Dense,
    inputs: usize,
    width: usize,
    /// The gates after activation, `(seq_length, batch, 3 width)`; the backward pass replaces them by the gradient
    /// before activation.
    gates: Vec<R>,
    /// `h U + c`, `(seq_length, batch, 3 width)`; the backward pass replaces it by its gradient.
    recurrences: Vec<R>,
    /// The states `h'`, `(seq_length, batch, width)`.
    states: Vec<R>,
    /// The gradient of the state, passed back from position to position, `(batch, width)`.
    d_state: Vec<R>,
}

impl<R: Real> RecurrentLayer<R> for Gru<R> {
    /// Lays out `<name>.input` and `<name>.recurrent`, each with weight and bias.
    fn new(layout: &mut Layout, name: &str, inputs: usize, width: usize) -> Self {
        Self {
            input: Dense::stacked(layout, &format!("{name}.input"), inputs, width, GATES),
            recurrent: Dense::stacked(layout, &format!("{name}.recurrent"), width, width, GATES),
            inputs,
            width,
            gates: Vec::new(),
            recurrences: Vec::new(),
            states: Vec::new(),
            d_state: Vec::new(),
        }
    }

    fn reserve(&mut self, batch: usize, seq_length: usize) {
        let state = batch * self.width;
        self.gates.resize(seq_length * state * GATES, R::ZERO);
        self.recurrences.resize(seq_length * state * GATES, R::ZERO);
        self.states.resize(seq_length * state, R::ZERO);
        self.d_state.resize(state, R::ZERO);
    }

    fn input_size(&self, rows: usize) -> usize {
        rows * self.inputs
    }

    fn states(&self, rows: usize) -> &[R] {
        &self.states[..rows * self.width]
    }

    fn forward(&mut self, parameters: &[R], input: &[R], batch: usize) {
        let (rows, width) = (input.len() / self.inputs, self.width);
        let gates = &mut self.gates[..rows * width * GATES];
        self.input.forward(parameters, input, gates);
        let positions = gates.chunks_exact_mut(batch * width * GATES);
        let recurrences = self.recurrences.chunks_exact_mut(batch * width * GATES);
        // The state before the first position is 0. The backward pass's buffer is idle here, so it holds those zeros.
        self.d_state[..batch * width].fill(R::ZERO);
        for (position, (gates, recurrence)) in positions.zip(recurrences).enumerate() {
            let (before, after) = self.states.split_at_mut(position * batch * width);
            let before = match position {
                0 => &self.d_state[..batch * width],
                _ => &before[(position - 1) * batch * width..],
            };
            self.recurrent.forward(parameters, before, recurrence);
            step(width, gates, recurrence, before, &mut after[..batch * width]);
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
        let gates = &mut self.gates[..rows * width * GATES];
        let recurrences = &mut self.recurrences[..rows * width * GATES];
        let d_state = &mut self.d_state[..state];
        d_state.fill(R::ZERO);
        let without_gradient = (rows * width - d_output.len()) / state;
        for position in (0..rows / batch).rev() {
            if position >= without_gradient {
                add_to(d_state, &d_output[(position - without_gradient) * state..][..state]);
            }
            let before = (position > 0).then(|| &self.states[(position - 1) * state..position * state]);
            let place = position * state * GATES..(position + 1) * state * GATES;
            let recurrence = &mut recurrences[place.clone()];
            step_back(width, &mut gates[place], recurrence, before, d_state);
            self.recurrent.input_gradient(parameters, recurrence, d_state, Target::Accumulate);
        }
        // Each weight gradient takes one product over all positions, after the loop: `gates` and `recurrences` now hold
        // the gradients of every position.
        self.input.add_gradient(input, gates, gradient);
        self.recurrent.add_gradient_after(&self.states[..rows * width - state], recurrences, gradient);
        if input_gradient {
            self.input.input_gradient(parameters, gates, input, Target::Overwrite);
        }
    }
}

/// One position forward: `gates` comes in as `x W + b` and leaves as the gates, and `after` becomes the state.
fn step<R: Real>(width: usize, gates: &mut [R], recurrence: &[R], before: &[R], after: &mut [R]) {
    vectorised(
        #[inline(always)]
        || {
            let states = before.chunks_exact(width).zip(after.chunks_exact_mut(width));
            let rows = gates.chunks_exact_mut(GATES * width).zip(recurrence.chunks_exact(GATES * width));
            for ((gates, recurrence), (before, after)) in rows.zip(states) {
                let (switches, candidate) = gates.split_at_mut(2 * width);
                for (switch, &recurrence) in switches.iter_mut().zip(recurrence) {
                    *switch = sigmoid(*switch + recurrence);
                }
                let (reset, update) = switches.split_at(width);
                let recurrence = &recurrence[2 * width..];
                for i in 0..width {
                    candidate[i] = tanh(candidate[i] + reset[i] * recurrence[i]);
                    // `n + z (h - n)`: one multiplication instead of the two in `(1 - z) n + z h`.
                    after[i] = candidate[i] + update[i] * (before[i] - candidate[i]);
                }
            }
        },
    );
}

/// One position backward: turns `d`, the gradient of the state after it, into that of the state before it, without the
/// part through the recurrent product, which the caller adds. Gates and recurrence become their gradients before
/// activation.
fn step_back<R: Real>(
    width: usize,
    gates: &mut [R],
    recurrence: &mut [R],
    before: Option<&[R]>,
    d: &mut [R],
) {
    vectorised(
        #[inline(always)]
        || {
            let rows = gates.chunks_exact_mut(GATES * width).zip(recurrence.chunks_exact_mut(GATES * width));
            for (row, ((gates, recurrence), d)) in rows.zip(d.chunks_exact_mut(width)).enumerate() {
                let before = before.map(|before| &before[row * width..(row + 1) * width]);
                let (reset, rest) = gates.split_at_mut(width);
                let (update, candidate) = rest.split_at_mut(width);
                let (d_reset, rest) = recurrence.split_at_mut(width);
                let (d_update, d_product) = rest.split_at_mut(width);
                for i in 0..width {
                    let (r, z, n) = (reset[i], update[i], candidate[i]);
                    let before = before.map_or(R::ZERO, |before| before[i]);
                    let product = d_product[i];
                    let d_candidate = d[i] * (R::ONE - z) * (R::ONE - n * n);
                    let d_z = d[i] * (before - n) * z * (R::ONE - z);
                    let d_r = d_candidate * product * r * (R::ONE - r);
                    (reset[i], update[i], candidate[i]) = (d_r, d_z, d_candidate);
                    // Reset and update are activations of a plain sum of the input's part and the recurrent part, so
                    // both parts get the same gradient. In the candidate, `r` scales the recurrent part.
                    (d_reset[i], d_update[i], d_product[i]) = (d_r, d_z, d_candidate * r);
                    d[i] *= z;
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
        super::super::recurrent_layer::tests::gradients_match_finite_differences::<Gru<f64>>();
    }

    #[test]
    fn one_unit_equals_a_calculation_by_hand() {
        let mut layout = Layout::new();
        let mut layer = Gru::new(&mut layout, "gru", 1, 1);
        layer.reserve(1, 2);
        // Input weights, input biases, recurrent weights, recurrent biases; each for the gates r, z, n.
        let parameters = [0.5, -0.25, 1.0, 0.1, 0.2, 0.3, 0.7, 0.4, -0.6, 0.05, -0.05, 0.15];
        layer.forward(&parameters, &[1.0, -2.0], 1);
        let mut h = 0.0f64;
        for x in [1.0f64, -2.0] {
            let logistic = |x: f64| 1.0 / (1.0 + (-x).exp());
            let r = logistic(0.5 * x + 0.1 + 0.7 * h + 0.05);
            let z = logistic(-0.25 * x + 0.2 + 0.4 * h - 0.05);
            let n = (x + 0.3 + r * (-0.6 * h + 0.15)).tanh();
            h = (1.0 - z) * n + z * h;
        }
        assert!((layer.states(2)[1] - h).abs() < 1e-14);
    }
}
