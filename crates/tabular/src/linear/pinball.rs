//! The pinball loss and a smooth one above it.

use super::loss::{RowLoss, Shifted};

/// Widths beyond which the smooth loss counts as straight: `exp(-35)` is below the rounding of the loss.
const STRAIGHT: f64 = 35.0;

/// The pinball loss of the residual `value - output` at `level`.
pub(super) fn pinball(level: f64, residual: f64) -> f64 {
    if residual > 0.0 { level * residual } else { (level - 1.0) * residual }
}

/// `level * r + width * ln(1 + exp(-r / width))` for the residual `r`: at most `width * ln 2` above the pinball loss.
pub(super) struct SmoothPinball<'a> {
    pub(super) values: &'a Shifted,
    pub(super) level: f64,
    pub(super) width: f64,
}

impl RowLoss for SmoothPinball<'_> {
    fn outputs(&self) -> usize {
        1
    }

    fn state(&self) -> usize {
        1
    }

    fn slopes(&self, row: usize, outputs: &[f64], slopes: &mut [f64], state: &mut [f64]) -> f64 {
        let residual = self.values.at(row) - outputs[0];
        let distance = residual.abs() / self.width;
        let tail = if distance > STRAIGHT { 0.0 } else { libm::exp(-distance) };
        let below = if residual > 0.0 { tail / (1.0 + tail) } else { 1.0 / (1.0 + tail) };
        slopes[0] = below - self.level;
        state[0] = tail / ((1.0 + tail) * (1.0 + tail)) / self.width;
        pinball(self.level, residual) + self.width * libm::log1p(tail)
    }

    fn is_flat(&self, state: &[f64]) -> bool {
        state[0] == 0.0
    }

    fn bend(&self, state: &[f64], direction: &mut [f64], _: &mut [f64]) {
        direction[0] *= state[0];
    }

    fn curvatures(&self, state: &[f64], out: &mut [f64]) {
        out[0] = state[0];
    }
}
