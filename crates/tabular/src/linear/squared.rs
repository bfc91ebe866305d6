//! Half the squared error.

use super::loss::{RowLoss, Shifted};

/// `(output - value)^2 / 2`.
pub(super) struct SquaredError<'a> {
    pub(super) values: &'a Shifted,
}

impl RowLoss for SquaredError<'_> {
    fn outputs(&self) -> usize {
        1
    }

    fn state(&self) -> usize {
        1
    }

    fn slopes(&self, row: usize, outputs: &[f64], slopes: &mut [f64], _: &mut [f64]) -> f64 {
        slopes[0] = outputs[0] - self.values.at(row);
        slopes[0] * slopes[0] / 2.0
    }

    fn is_flat(&self, _: &[f64]) -> bool {
        false
    }

    fn bend(&self, _: &[f64], _: &mut [f64], _: &mut [f64]) {}

    fn curvatures(&self, _: &[f64], out: &mut [f64]) {
        out[0] = 1.0;
    }

    fn is_quadratic(&self) -> bool {
        true
    }
}
