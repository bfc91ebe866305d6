//! Penalties worth trying.

use super::fit::intercepts;
use super::problem::Problem;
use super::smooth::Smooth;
use super::softmax::Softmax;
use super::squared::SquaredError;
use super::task::Task;
use super::units::squared_norm;

/// The part of the loss of intercepts alone that weights can gain at most at the largest penalty.
const LEAST_GAIN: f64 = 1e-4;

/// The smallest penalty as a part of the largest.
const SPAN: f64 = 1e-7;

impl Problem<'_> {
    /// `count` penalties, evenly spaced in their logarithms, from the largest worth trying to ten million times less.
    ///
    /// The largest is `|g|^2 / (0.0001 L)`, where `L` is the loss of intercepts alone and `g` its gradient by the weights.
    /// At a penalty `P` the fitted weights lower the objective by at most `|g|^2 / 2P` and the loss by at most `|g|^2 / P`,
    /// since the objective curves by at least `P`: at the largest, by a ten-thousandth of the loss. On columns
    /// of unit variance the smallest then penalises directions of less than about a thousandth of the typical variance
    /// when the signal is weak, and a model of some hundred columns is all but free. Without any gradient, the
    /// largest is 1.
    ///
    /// Fit them in this order, each from the coefficients before, which is fastest.
    pub fn penalties(&self, count: usize) -> Vec<f64> {
        let (squares, loss) = self.gradient_of_intercepts();
        let largest = squares / (LEAST_GAIN * loss);
        let largest = if largest.is_finite() && largest > 0.0 { largest } else { 1.0 };
        let step = if count > 1 { libm::log(SPAN) / (count - 1) as f64 } else { 0.0 };
        (0..count).map(|place| largest * libm::exp(step * place as f64)).collect()
    }

    /// The squared norm of the gradient by the weights, and the loss, of intercepts alone.
    fn gradient_of_intercepts(&self) -> (f64, f64) {
        let ridge = vec![0.0; self.rows.stride()];
        match &self.task {
            Task::Logistic { of, logs } => {
                let loss = Softmax::new(of, logs.len());
                let smooth = Smooth { rows: &self.rows, shares: &self.shares, loss: &loss, ridge: &ridge };
                let weights = intercepts(&loss.basis, logs, self.rows.columns(), self.rows.stride());
                self.gradient_at(&smooth, weights)
            }
            Task::Squared { values, .. } => {
                let loss = SquaredError { values };
                let smooth = Smooth { rows: &self.rows, shares: &self.shares, loss: &loss, ridge: &ridge };
                self.gradient_at(&smooth, vec![0.0; self.rows.stride()])
            }
            Task::Quantiles(levels) => levels.iter().fold((0.0, 0.0), |(squares, loss), level| {
                let mut gradient = self.rows.backward(&level.slopes(&self.shares), 1);
                gradient[self.rows.columns()] = 0.0;
                (squares + squared_norm(&self.rows, &gradient), loss + level.loss)
            }),
        }
    }

    fn gradient_at(&self, smooth: &Smooth<'_>, weights: Vec<f64>) -> (f64, f64) {
        let local = smooth.local(&smooth.point(weights));
        let mut gradient = self.rows.backward(&local.slopes, smooth.loss.outputs());
        for intercept in gradient.iter_mut().skip(self.rows.columns()).step_by(self.rows.stride()) {
            *intercept = 0.0;
        }
        (squared_norm(&self.rows, &gradient), local.loss)
    }
}
