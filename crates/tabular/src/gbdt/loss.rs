//! Losses, their derivatives, and the scores that training starts from.

use crate::Targets;
use crate::gbdt::error::Error;
use crate::gbdt::objective::{Objective, Problem};
use crate::gbdt::quantile::quantile;
use crate::gbdt::tree::round;
use rayon::prelude::*;
use std::sync::Arc;

/// Sums over rows are made of sums over this many, added up in their order.
pub(crate) const ROWS_PER_SUM: usize = 1 << 12;

/// A class that occurs this rarely, or not at all, counts as this frequent.
const RAREST: f64 = 1e-15;

/// A problem with the weights of its rows.
#[derive(Debug)]
pub(crate) struct Weighted {
    pub(crate) problem: Problem,
    weights: Option<Arc<[f32]>>,
    rows: usize,
}

impl Objective {
    /// The weighted mean loss of scores, row by row: the cross-entropy in nats, the squared error, or the pinball loss
    /// averaged over the levels. Rows weigh the same without weights.
    ///
    /// # Errors
    ///
    /// If a target or a weight is out of range, or if the numbers of targets, weights and scores do not fit together.
    pub fn loss(&self, targets: Targets, weights: Option<&[f32]>, scores: &[f64]) -> Result<f64, Error> {
        let rows = targets.len();
        if rows == 0 {
            return Err(Error::NoRows);
        }
        let weighted = Weighted::new(self, targets, weights, rows)?;
        let expected = rows * weighted.problem.outputs();
        if scores.len() != expected {
            return Err(Error::Length { what: "scores", found: scores.len(), expected });
        }
        Ok(weighted.loss(scores))
    }
}

impl Weighted {
    /// Checks the targets and the weights of so many rows, of which there is at least one.
    pub(crate) fn new(
        objective: &Objective,
        targets: Targets,
        weights: Option<&[f32]>,
        rows: usize,
    ) -> Result<Self, Error> {
        let problem = Problem::new(objective, targets, rows)?;
        if let Some(weights) = weights {
            if weights.len() != rows {
                return Err(Error::Length { what: "weights", found: weights.len(), expected: rows });
            }
            if let Some(row) = weights.iter().position(|weight| !(weight.is_finite() && *weight >= 0.0)) {
                return Err(Error::Weight { row, found: weights[row].to_string() });
            }
            if weights.iter().all(|&weight| weight == 0.0) {
                return Err(Error::NoWeight);
            }
        }
        Ok(Self { problem, weights: weights.map(Into::into), rows })
    }

    /// The unit of weighted quantiles: the smallest positive weight, at most 1.
    pub(crate) fn unit(&self) -> f64 {
        let positive = self.weights.iter().flat_map(|weights| weights.iter()).filter(|&&weight| weight > 0.0);
        positive.fold(1.0, |least, &weight| f64::from(weight).min(least))
    }

    /// The weight of a row.
    pub(crate) fn weight(&self, row: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |weights| weights[row].into())
    }

    /// The scores that training starts from, which minimise the loss among all constant ones: logarithms of the
    /// classes' frequencies, the mean, or the quantiles. `unit` is as in [`quantile`].
    pub(crate) fn base_scores(&self, unit: f64) -> Vec<f32> {
        let mean = |value: &(dyn Fn(usize) -> f64 + Sync)| self.mean(&|row| self.weight(row) * value(row));
        match &self.problem {
            Problem::Softmax { of, classes } => (0..*classes)
                .map(|class| {
                    let frequency = mean(&|row| f64::from(usize::from(of[row]) == class));
                    round(libm::log(frequency.max(RAREST)))
                })
                .collect(),
            Problem::Squared(values) => vec![round(mean(&|row| values[row].into()))],
            Problem::Quantiles(values, levels) => {
                let mut weighted: Vec<(f64, f64)> = (0..self.rows)
                    .map(|row| (f64::from(values[row]), self.weight(row)))
                    .filter(|value| value.1 > 0.0)
                    .collect();
                levels.iter().map(|&level| round(quantile(&mut weighted, level, unit))).collect()
            }
        }
    }

    /// As [`Objective::loss`].
    pub(crate) fn loss(&self, scores: &[f64]) -> f64 {
        let outputs = self.problem.outputs();
        self.mean(&|row| {
            let scores = &scores[row * outputs..(row + 1) * outputs];
            let loss = match &self.problem {
                Problem::Softmax { of, .. } => log_sum(scores) - scores[usize::from(of[row])],
                Problem::Squared(values) => {
                    let error = scores[0] - f64::from(values[row]);
                    error * error
                }
                Problem::Quantiles(values, levels) => {
                    let target = f64::from(values[row]);
                    let losses = scores.iter().zip(levels).map(|(score, level)| {
                        let error = target - score;
                        (level * error).max((level - 1.0) * error)
                    });
                    losses.sum::<f64>() / outputs as f64
                }
            };
            self.weight(row) * loss
        })
    }

    /// The sum of what rows contribute over the sum of the weights.
    fn mean(&self, of: &(dyn Fn(usize) -> f64 + Sync)) -> f64 {
        let sum = |of: &(dyn Fn(usize) -> f64 + Sync)| -> f64 {
            let pieces = (0..self.rows.div_ceil(ROWS_PER_SUM)).into_par_iter().map(|piece| {
                let start = piece * ROWS_PER_SUM;
                (start..(start + ROWS_PER_SUM).min(self.rows)).map(of).sum::<f64>()
            });
            pieces.collect::<Vec<f64>>().into_iter().sum()
        };
        sum(of) / sum(&|row| self.weight(row))
    }

    /// Writes the first and second derivatives of every row and output, row by row.
    ///
    /// As in LightGBM, the second derivatives of the softmax are p (1 - p) times classes / (classes - 1), an upper
    /// bound that accounts for the classes' trees being grown independently, and those of pinball losses are 1.
    pub(crate) fn derivatives(&self, scores: &[f64], derivatives: &mut Vec<[f64; 2]>) {
        let outputs = self.problem.outputs();
        derivatives.resize(scores.len(), [0.0; 2]);
        let pieces = derivatives.par_chunks_mut(outputs * ROWS_PER_SUM).enumerate();
        pieces.zip(scores.par_chunks(outputs * ROWS_PER_SUM)).for_each(|((piece, derivatives), scores)| {
            let rows = derivatives.chunks_exact_mut(outputs).zip(scores.chunks_exact(outputs)).enumerate();
            for (row, (derivatives, scores)) in rows {
                let row = piece * ROWS_PER_SUM + row;
                self.derivatives_of_row(row, scores, derivatives);
            }
        });
    }

    fn derivatives_of_row(&self, row: usize, scores: &[f64], derivatives: &mut [[f64; 2]]) {
        let weight = self.weight(row);
        match &self.problem {
            Problem::Softmax { of, classes } => {
                let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let mut sum = 0.0;
                for (score, derivative) in scores.iter().zip(&mut *derivatives) {
                    derivative[0] = libm::exp(score - largest);
                    sum += derivative[0];
                }
                let factor = *classes as f64 / (*classes - 1) as f64;
                for (class, derivative) in derivatives.iter_mut().enumerate() {
                    let probability = derivative[0] / sum;
                    let target = f64::from(usize::from(of[row]) == class);
                    let hessian = factor * probability * (1.0 - probability);
                    *derivative = [weight * (probability - target), weight * hessian];
                }
            }
            Problem::Squared(values) => {
                derivatives[0] = [weight * (scores[0] - f64::from(values[row])), weight];
            }
            Problem::Quantiles(values, levels) => {
                let target = f64::from(values[row]);
                for ((score, level), derivative) in scores.iter().zip(levels).zip(derivatives) {
                    *derivative = [weight * (f64::from(*score >= target) - level), weight];
                }
            }
        }
    }
}

/// The logarithm of the sum of the exponentials of scores.
fn log_sum(scores: &[f64]) -> f64 {
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest + libm::log(scores.iter().map(|score| libm::exp(score - largest)).sum())
}
