//! The losses of an objective and where their fits start.

use super::error::Error;
use super::loss::Shifted;
use super::objective::Objective;
use super::pinball::pinball;
use crate::Targets;
use std::sync::Arc;

/// An objective and its targets.
pub(super) enum Task {
    /// The class of each row, and the logarithms of the classes' shares.
    Logistic { of: Arc<[u8]>, logs: Vec<f64> },
    /// The values less their mean, and the loss of outputs of 0 for the values as they are.
    Squared { values: Shifted, scale: f64 },
    /// The levels.
    Quantiles(Vec<Level>),
}

/// One quantile.
pub(super) struct Level {
    pub(super) level: f64,
    /// The values less their quantile.
    pub(super) values: Shifted,
    /// The loss of that quantile.
    pub(super) loss: f64,
}

impl Task {
    /// Checks the targets. `shares` are the rows' weights divided by their sum.
    pub(super) fn new(targets: Targets, objective: &Objective, shares: &[f64]) -> Result<Self, Error> {
        match targets {
            Targets::Classes { of, classes } => {
                let logs = logs(&of, classes, shares)?;
                Ok(Self::Logistic { of, logs })
            }
            Targets::Values(values) => {
                if let Some(row) = values.iter().position(|value| !value.is_finite()) {
                    return Err(Error::Target { row, found: values[row] });
                }
                if let Objective::Quantiles(levels) = objective {
                    let sorted = sorted(&values);
                    let level = |level: &f64| Level::new(&values, *level, shares, &sorted);
                    return Ok(Self::Quantiles(levels.iter().map(level).collect()));
                }
                let mean = |of: &dyn Fn(f64) -> f64| -> f64 {
                    values.iter().zip(shares).map(|(value, share)| share * of(f64::from(*value))).sum()
                };
                let (offset, scale) = (mean(&|value| value), mean(&|value| value * value / 2.0));
                Ok(Self::Squared { values: Shifted { values, offset }, scale })
            }
        }
    }
}

impl Level {
    fn new(values: &Arc<[f32]>, level: f64, shares: &[f64], sorted: &[usize]) -> Self {
        let mut below = 0.0;
        let mut offset = 0.0;
        for row in sorted.iter().filter(|row| shares[**row] > 0.0) {
            offset = f64::from(values[*row]);
            below += shares[*row];
            if below >= level {
                break;
            }
        }
        let values = Shifted { values: Arc::clone(values), offset };
        let loss = shares.iter().enumerate().map(|(row, share)| share * pinball(level, values.at(row))).sum();
        Self { level, values, loss }
    }

    /// The derivatives of the loss by each row's output at the quantile, times the shares. Rows that lie on the quantile
    /// have the derivatives that make the sum 0, which no change of the intercept then lowers.
    pub(super) fn slopes(&self, shares: &[f64]) -> Vec<f64> {
        let slope = |row: usize| match self.values.at(row) {
            residual if residual > 0.0 => -self.level,
            residual if residual < 0.0 => 1.0 - self.level,
            _ => 0.0,
        };
        let rows = || shares.iter().enumerate();
        let ties: f64 = rows().filter(|(row, _)| self.values.at(*row) == 0.0).map(|(_, share)| share).sum();
        let others: f64 = rows().map(|(row, share)| share * slope(row)).sum();
        let tie = if ties > 0.0 { (-others / ties).clamp(-self.level, 1.0 - self.level) } else { 0.0 };
        rows().map(|(row, share)| share * if self.values.at(row) == 0.0 { tie } else { slope(row) }).collect()
    }
}

fn logs(of: &[u8], classes: usize, shares: &[f64]) -> Result<Vec<f64>, Error> {
    let mut sums = vec![0.0; classes];
    for (row, (class, share)) in of.iter().zip(shares).enumerate() {
        match sums.get_mut(usize::from(*class)) {
            Some(sum) => *sum += share,
            None => return Err(Error::Class { row, found: *class, classes }),
        }
    }
    match sums.iter().position(|sum| *sum <= 0.0) {
        Some(class) => Err(Error::EmptyClass { class }),
        None => Ok(sums.into_iter().map(libm::log).collect()),
    }
}

fn sorted(values: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    order
}
