//! The function that the solver minimises: the loss of all rows and the penalty.

use super::chunks::{CHUNK, in_order, sum};
use super::loss::{RowLoss, pairs};
use super::rows::Rows;
use rayon::prelude::*;
use std::ops::Range;

/// The weighted mean loss of the rows plus `ridge / 2` times the squared weights, in standardised columns.
pub(super) struct Smooth<'a> {
    pub(super) rows: &'a Rows<'a>,
    /// The weights of the rows, divided by their sum.
    pub(super) shares: &'a [f64],
    pub(super) loss: &'a dyn RowLoss,
    /// The penalty of each column's squared weight, 0 for the intercept and the padding.
    pub(super) ridge: &'a [f64],
}

/// Weights, and the outputs that they give.
#[derive(Debug, Clone)]
pub(super) struct Point {
    /// [`Rows::stride`] numbers for each output.
    pub(super) weights: Vec<f64>,
    /// The outputs of each row.
    pub(super) outputs: Vec<f64>,
}

/// What is known of the function near a point.
pub(super) struct Local {
    /// The loss without the penalty.
    pub(super) loss: f64,
    /// The derivatives by the outputs of each row, times the row's share.
    pub(super) slopes: Vec<f64>,
    states: Vec<f64>,
}

impl Smooth<'_> {
    /// The point with these weights.
    pub(super) fn point(&self, weights: Vec<f64>) -> Point {
        let mut outputs = vec![0.0; self.rows.count() * self.loss.outputs()];
        self.rows.forward(&weights, self.loss.outputs(), &mut outputs);
        Point { weights, outputs }
    }

    /// The loss of the rows and its derivatives by the outputs.
    pub(super) fn local(&self, point: &Point) -> Local {
        let (outputs, state) = (self.loss.outputs(), self.loss.state());
        let mut slopes = vec![0.0; point.outputs.len()];
        let mut states = vec![0.0; self.rows.count() * state];
        let chunks = (slopes.par_chunks_mut(CHUNK * outputs), states.par_chunks_mut(CHUNK * state));
        let losses: Vec<f64> = chunks
            .into_par_iter()
            .enumerate()
            .map(|(chunk, (slopes, states))| {
                let rows = slopes.chunks_exact_mut(outputs).zip(states.chunks_exact_mut(state));
                rows.enumerate()
                    .map(|(place, (slopes, state))| {
                        let row = chunk * CHUNK + place;
                        let at = &point.outputs[row * outputs..(row + 1) * outputs];
                        let loss = self.loss.slopes(row, at, slopes, state);
                        slopes.iter_mut().for_each(|slope| *slope *= self.shares[row]);
                        self.shares[row] * loss
                    })
                    .sum()
            })
            .collect();
        Local { loss: losses.iter().sum(), slopes, states }
    }

    /// The gradient, in the layout of weights.
    pub(super) fn gradient(&self, point: &Point, local: &Local) -> Vec<f64> {
        let mut gradient = self.rows.backward(&local.slopes, self.loss.outputs());
        self.add_ridge(&point.weights, &mut gradient);
        gradient
    }

    /// The matrix of second derivatives times a direction.
    pub(super) fn product(&self, local: &Local, direction: &[f64]) -> Vec<f64> {
        let bend = |row: usize, products: &mut [f64], scratch: &mut [f64]| {
            self.loss.bend(self.state(local, row), products, scratch);
            products.iter_mut().for_each(|product| *product *= self.shares[row]);
        };
        let (outputs, state) = (self.loss.outputs(), self.loss.state());
        let mut product = self.rows.around(direction, outputs, state, |row| self.is_active(local, row), bend);
        self.add_ridge(direction, &mut product);
        product
    }

    /// The value and its derivative by `step` at `point + step * direction`, where `change` is the outputs' change.
    pub(super) fn along(&self, point: &Point, direction: &[f64], change: &[f64], step: f64) -> (f64, f64) {
        let (outputs, state) = (self.loss.outputs(), self.loss.state());
        let parts: Vec<(f64, f64)> = point
            .outputs
            .par_chunks(CHUNK * outputs)
            .zip(change.par_chunks(CHUNK * outputs))
            .enumerate()
            .map(|(chunk, (at, change))| {
                let (mut moved, mut slopes) = (vec![0.0; outputs], vec![0.0; outputs]);
                let mut state = vec![0.0; state];
                let mut total = (0.0, 0.0);
                for (place, (at, change)) in
                    at.chunks_exact(outputs).zip(change.chunks_exact(outputs)).enumerate()
                {
                    let row = chunk * CHUNK + place;
                    for ((moved, at), change) in moved.iter_mut().zip(at).zip(change) {
                        *moved = at + step * change;
                    }
                    total.0 += self.shares[row] * self.loss.slopes(row, &moved, &mut slopes, &mut state);
                    let slope: f64 = slopes.iter().zip(change).map(|(slope, change)| slope * change).sum();
                    total.1 += self.shares[row] * slope;
                }
                total
            })
            .collect();
        let (mut value, mut slope) = (0.0, 0.0);
        for part in parts {
            value += part.0;
            slope += part.1;
        }
        for (weights, direction) in self.by_output(&point.weights).zip(self.by_output(direction)) {
            for ((weight, direction), ridge) in weights.iter().zip(direction).zip(self.ridge) {
                let moved = weight + step * direction;
                value += ridge * moved * moved / 2.0;
                slope += ridge * moved * direction;
            }
        }
        (value, slope)
    }

    /// Half the ridge times the squared weights.
    pub(super) fn penalty(&self, weights: &[f64]) -> f64 {
        let squares = |weights: &[f64]| -> f64 {
            weights.iter().zip(self.ridge).map(|(weight, ridge)| ridge * weight * weight / 2.0).sum()
        };
        self.by_output(weights).map(squares).sum()
    }

    /// The rows whose loss bends.
    pub(super) fn active(&self, local: &Local) -> Vec<usize> {
        (0..self.rows.count()).filter(|row| self.is_active(local, *row)).collect()
    }

    /// Writes the second derivatives of a row's loss, times its share.
    pub(super) fn curvatures(&self, local: &Local, row: usize, out: &mut [f64]) {
        self.loss.curvatures(self.state(local, row), out);
        out.iter_mut().for_each(|curvature| *curvature *= self.shares[row]);
    }

    /// The weighted mean of the matrices of second derivatives by the outputs.
    pub(super) fn mean_curvature(&self, local: &Local) -> Vec<f64> {
        let outputs = self.loss.outputs();
        let mut total = vec![0.0; pairs(outputs)];
        let part = |rows: Range<usize>| {
            let (mut sums, mut own) = (vec![0.0; pairs(outputs)], vec![0.0; pairs(outputs)]);
            for row in rows {
                self.curvatures(local, row, &mut own);
                sums.iter_mut().zip(&own).for_each(|(sum, own)| *sum += own);
            }
            sums
        };
        in_order(self.rows.count(), part, |part| {
            total.iter_mut().zip(part).for_each(|(total, part)| *total += part);
        });
        let entry = |i: usize, j: usize| total[pairs(i.max(j)) + i.min(j)];
        (0..outputs * outputs).map(|ij| entry(ij / outputs, ij % outputs)).collect()
    }

    /// The sum of `term` over the rows, times their shares.
    pub(super) fn mean(&self, term: impl Fn(usize) -> f64 + Sync) -> f64 {
        sum(self.rows.count(), |row| self.shares[row] * term(row))
    }

    fn by_output<'b>(&self, weights: &'b [f64]) -> std::slice::ChunksExact<'b, f64> {
        weights.chunks_exact(self.rows.stride())
    }

    fn is_active(&self, local: &Local, row: usize) -> bool {
        self.shares[row] > 0.0 && !self.loss.is_flat(self.state(local, row))
    }

    fn state<'b>(&self, local: &'b Local, row: usize) -> &'b [f64] {
        let state = self.loss.state();
        &local.states[row * state..(row + 1) * state]
    }

    fn add_ridge(&self, weights: &[f64], sums: &mut [f64]) {
        let stride = self.rows.stride();
        for (sums, weights) in sums.chunks_exact_mut(stride).zip(weights.chunks_exact(stride)) {
            for ((sum, weight), ridge) in sums.iter_mut().zip(weights).zip(self.ridge) {
                *sum += ridge * weight;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Smooth;
    use crate::Matrix;
    use crate::linear::loss::{RowLoss, Shifted};
    use crate::linear::pinball::SmoothPinball;
    use crate::linear::precondition::Inverse;
    use crate::linear::rows::Rows;
    use crate::linear::softmax::Softmax;
    use crate::linear::squared::SquaredError;

    /// Compares the gradient with differences of values, products and curvatures with differences of gradients, and
    /// multiplies by the inverse and back.
    fn check(loss: &dyn RowLoss) -> Result<(), Box<dyn std::error::Error>> {
        let cells: Vec<f32> = (0..90).map(|place| ((place * place * 7 + place) % 23) as f32 / 4.0).collect();
        let table = Matrix::new(&cells, 3).ok_or("not whole rows")?;
        let shares: Vec<f64> = (0..30).map(|row| f64::from(row % 4) / 43.0).collect();
        let rows = Rows::standardised(Box::new(&table), &shares)?;
        let ridge = [0.1, 0.02, 0.3, 0.0];
        let smooth = Smooth { rows: &rows, shares: &shares, loss, ridge: &ridge };
        let weights: Vec<f64> = (0..4 * loss.outputs()).map(|place| (place as f64 - 3.0) / 5.0).collect();
        let at = |weights: Vec<f64>| {
            let point = smooth.point(weights);
            let local = smooth.local(&point);
            let gradient = smooth.gradient(&point, &local);
            (local.loss + smooth.penalty(&point.weights), gradient, local)
        };
        let (value, gradient, local) = at(weights.clone());
        let inverse = Inverse::own(&smooth, &local, &smooth.active(&local));
        for place in 0..weights.len() {
            let moved = |by: f64| {
                let mut weights = weights.clone();
                weights[place] += by;
                at(weights)
            };
            let (up, down) = (moved(1e-5), moved(-1e-5));
            assert!(((up.0 - down.0) / 2e-5 - gradient[place]).abs() < 1e-8);
            let mut direction = vec![0.0; weights.len()];
            direction[place] = 1.0;
            let product = smooth.product(&local, &direction);
            for (other, product) in product.iter().enumerate() {
                assert!(((up.1[other] - down.1[other]) / 2e-5 - product).abs() < 1e-7);
            }
            for (back, direction) in inverse.times(&smooth, &product).iter().zip(&direction) {
                assert!((back - direction).abs() < 1e-9);
            }
            let point = smooth.point(weights.clone());
            let mut change = vec![0.0; point.outputs.len()];
            rows.forward(&direction, loss.outputs(), &mut change);
            let (there, slope) = smooth.along(&point, &direction, &change, 1e-5);
            assert!((there - up.0).abs() < 1e-14 && (slope - up.1[place]).abs() < 1e-14);
            assert!((smooth.along(&point, &direction, &change, 0.0).0 - value).abs() < 1e-14);
        }
        Ok(())
    }

    #[test]
    fn derivatives_agree_with_differences() -> Result<(), Box<dyn std::error::Error>> {
        let of: Vec<u8> = (0..30).map(|row| (row * 5 % 7 % 3) as u8).collect();
        let numbers: Vec<f32> = (0..30).map(|row| (row * 11 % 17) as f32).collect();
        let values = Shifted { values: numbers.into(), offset: 7.0 };
        check(&Softmax::new(&of, 3))?;
        check(&SquaredError { values: &values })?;
        check(&SmoothPinball { values: &values, level: 0.2, width: 1.5 })
    }
}
