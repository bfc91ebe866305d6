//! The negative log-likelihood of classes, in one output less than there are classes.

use super::loss::RowLoss;

/// An orthonormal basis of the vectors of `classes` numbers that sum to 0 (Helmert's): vector `m`, from 1, is
/// `(1, ..., 1, -m, 0, ..., 0) / sqrt(m (m + 1))` with `m` ones.
///
/// The likelihood does not change when all scores move together, and the penalty is least when weights sum to 0 over the
/// classes. In coordinates of this basis the problem has no such direction left, and the penalty is the same.
pub(super) struct Basis {
    factors: Vec<f64>,
}

impl Basis {
    pub(super) fn new(classes: usize) -> Self {
        Self { factors: (1..classes).map(|m| 1.0 / (m as f64 * (m as f64 + 1.0)).sqrt()).collect() }
    }

    /// The vector with these coordinates.
    pub(super) fn expand(&self, coordinates: &[f64], out: &mut [f64]) {
        let mut later = 0.0;
        for m in (1..out.len()).rev() {
            let scaled = coordinates[m - 1] * self.factors[m - 1];
            out[m] = later - m as f64 * scaled;
            later += scaled;
        }
        out[0] = later;
    }

    /// The coordinates of the nearest vector that sums to 0.
    pub(super) fn reduce(&self, vector: &[f64], out: &mut [f64]) {
        let mut before = 0.0;
        for (m, (out, factor)) in out.iter_mut().zip(&self.factors).enumerate() {
            before += vector[m];
            *out = factor * (before - (m as f64 + 1.0) * vector[m + 1]);
        }
    }
}

/// The negative log-likelihood of each row's class, in nats. The state is the probabilities of the classes.
pub(super) struct Softmax<'a> {
    pub(super) of: &'a [u8],
    pub(super) basis: Basis,
}

impl<'a> Softmax<'a> {
    pub(super) fn new(of: &'a [u8], classes: usize) -> Self {
        Self { of, basis: Basis::new(classes) }
    }
}

impl RowLoss for Softmax<'_> {
    fn outputs(&self) -> usize {
        self.basis.factors.len()
    }

    fn state(&self) -> usize {
        self.basis.factors.len() + 1
    }

    fn slopes(&self, row: usize, outputs: &[f64], slopes: &mut [f64], state: &mut [f64]) -> f64 {
        self.basis.expand(outputs, state);
        let class = usize::from(self.of[row]);
        let top = state.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let own = state[class] - top;
        let mut others = 0.0;
        for (other, score) in state.iter_mut().enumerate() {
            *score = libm::exp(*score - top);
            if other != class {
                others += *score;
            }
        }
        // The likelihood of a row that is nearly certain comes from the other classes, whose sum is accurate.
        let total = others + state[class];
        let loss = if own == 0.0 { libm::log1p(others) } else { libm::log(total) - own };
        state.iter_mut().for_each(|score| *score /= total);
        let probability = state[class];
        state[class] = -others / total;
        self.basis.reduce(state, slopes);
        state[class] = probability;
        loss
    }

    fn is_flat(&self, _: &[f64]) -> bool {
        false
    }

    fn bend(&self, state: &[f64], direction: &mut [f64], scratch: &mut [f64]) {
        self.basis.expand(direction, scratch);
        let mean: f64 = state.iter().zip(&*scratch).map(|(probability, step)| probability * step).sum();
        for (step, probability) in scratch.iter_mut().zip(state) {
            *step = probability * (*step - mean);
        }
        self.basis.reduce(scratch, direction);
    }

    fn curvatures(&self, state: &[f64], out: &mut [f64]) {
        let factors = &self.basis.factors;
        let mean = |upto: f64, m: usize| factors[m] * (upto - (m as f64 + 1.0) * state[m + 1]);
        let mut out = out.iter_mut();
        let mut upto = 0.0;
        for a in 0..factors.len() {
            let mut before = 0.0;
            upto += state[a];
            let mean_a = mean(upto, a);
            for (b, probability) in state[..a].iter().enumerate() {
                before += probability;
                if let Some(out) = out.next() {
                    *out = mean(before, b) * (factors[a] - mean_a);
                }
            }
            let m = a as f64 + 1.0;
            if let Some(out) = out.next() {
                *out = factors[a] * factors[a] * (upto + m * m * state[a + 1]) - mean_a * mean_a;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Basis, Softmax};
    use crate::linear::loss::{RowLoss, pairs};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn coordinates_keep_lengths_and_come_back(numbers in prop::collection::vec(-3.0..3.0f64, 1..6)) {
            let basis = Basis::new(numbers.len() + 1);
            let (mut vector, mut back) = (vec![0.0; numbers.len() + 1], vec![0.0; numbers.len()]);
            basis.expand(&numbers, &mut vector);
            basis.reduce(&vector, &mut back);
            let squares = |numbers: &[f64]| numbers.iter().map(|x| x * x).sum::<f64>();
            prop_assert!(vector.iter().sum::<f64>().abs() < 1e-13);
            prop_assert!((squares(&vector) - squares(&numbers)).abs() < 1e-13 * squares(&numbers).max(1.0));
            prop_assert!(numbers.iter().zip(&back).all(|(a, b)| (a - b).abs() < 1e-13));
        }

        #[test]
        fn derivatives_agree(numbers in prop::collection::vec(-3.0..3.0f64, 1..5), class in 0u8..2) {
            let outputs = numbers.len();
            let of = [class];
            let loss = Softmax::new(&of, outputs + 1);
            let at = |numbers: &[f64]| {
                let (mut slopes, mut state) = (vec![0.0; outputs], vec![0.0; outputs + 1]);
                let value = loss.slopes(0, numbers, &mut slopes, &mut state);
                (value, slopes, state)
            };
            let (_, slopes, state) = at(&numbers);
            let mut curvatures = vec![0.0; pairs(outputs)];
            loss.curvatures(&state, &mut curvatures);
            for a in 0..outputs {
                let moved = |by: f64| {
                    let mut numbers = numbers.clone();
                    numbers[a] += by;
                    at(&numbers)
                };
                let (up, down) = (moved(1e-5), moved(-1e-5));
                prop_assert!(((up.0 - down.0) / 2e-5 - slopes[a]).abs() < 1e-8);
                let mut direction = vec![0.0; outputs];
                direction[a] = 1.0;
                loss.bend(&state, &mut direction, &mut vec![0.0; outputs + 1]);
                for (b, bent) in direction.iter().enumerate() {
                    let (high, low) = (a.max(b), a.min(b));
                    let curvature = curvatures[pairs(high) + low];
                    prop_assert!(((up.1[b] - down.1[b]) / 2e-5 - curvature).abs() < 1e-8);
                    prop_assert!((bent - curvature).abs() < 1e-14);
                }
            }
        }
    }
}
