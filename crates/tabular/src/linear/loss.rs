//! What the solver needs to know of a loss.

use std::sync::Arc;

/// A convex, twice differentiable loss of the outputs of one row.
///
/// What a call computes on the way is kept as the row's state, so that curvature costs no second exponential.
pub(super) trait RowLoss: Sync {
    /// The number of outputs.
    fn outputs(&self) -> usize;

    /// How many numbers the state of a row has; at least 1.
    fn state(&self) -> usize;

    /// The loss at `outputs`; writes its derivatives to `slopes`, and the state.
    fn slopes(&self, row: usize, outputs: &[f64], slopes: &mut [f64], state: &mut [f64]) -> f64;

    /// Whether all second derivatives are 0.
    fn is_flat(&self, state: &[f64]) -> bool;

    /// Replaces a direction by the matrix of second derivatives times it. `scratch` is as long as a state.
    fn bend(&self, state: &[f64], direction: &mut [f64], scratch: &mut [f64]);

    /// Writes the second derivatives: the lower triangle of their matrix, row by row.
    fn curvatures(&self, state: &[f64], out: &mut [f64]);

    /// Whether second derivatives are the same at all outputs.
    fn is_quadratic(&self) -> bool {
        false
    }
}

/// The number of entries of the lower triangle of a matrix of `outputs` rows.
pub(super) fn pairs(outputs: usize) -> usize {
    outputs * (outputs + 1) / 2
}

/// Values less an offset near them, so that sums of outputs do not lose what distinguishes the values.
#[derive(Debug, Clone)]
pub(super) struct Shifted {
    pub(super) values: Arc<[f32]>,
    pub(super) offset: f64,
}

impl Shifted {
    pub(super) fn at(&self, row: usize) -> f64 {
        f64::from(self.values[row]) - self.offset
    }
}
