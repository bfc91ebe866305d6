//! Losses: what a fit by gradient steps minimises.

mod focal;
mod numbers;
mod sum;

pub use focal::FocalLoss;
pub(crate) use focal::probabilities;
pub use sum::LossSum;
pub(crate) use sum::{class_of, count_valid};

use crate::kernels::real::Real;
use data_loader::{Task, Truth};
use numbers::{pinball, squared_error, sum_numbers};

/// What the predictions of a task are measured by.
#[derive(Debug, Clone, PartialEq)]
pub enum Loss {
    /// The weighted focal loss of classes.
    Focal(FocalLoss),
    /// The squared error of values.
    Squared,
    /// The pinball loss of quantiles at these levels, `max(q e, (q - 1) e)` with `e` the true less the predicted number
    /// (Koenker and Bassett, "Regression quantiles", 1978), averaged over the levels.
    Pinball(Vec<f64>),
}

impl Loss {
    /// The loss of a task; `focal` is that of classes.
    pub fn of(task: &Task, focal: FocalLoss) -> Self {
        match task {
            Task::Classes => Loss::Focal(focal),
            Task::Value => Loss::Squared,
            Task::Quantiles(levels) => Loss::Pinball(levels.clone()),
        }
    }

    /// What a label of this class weighs, besides its sample's own weight: the class weight, or 1 where numbers are
    /// predicted.
    pub fn class_weight(&self, class: usize) -> f64 {
        match self {
            Loss::Focal(focal) => focal.class_weights()[class],
            Loss::Squared | Loss::Pinball(_) => 1.0,
        }
    }

    /// Sums the loss of a model's outputs, `(samples, width)`, over the samples that have a label.
    ///
    /// # Panics
    ///
    /// When `outputs` and `truth` have different numbers of samples.
    pub fn sum<R: Real>(&self, outputs: &[R], truth: Truth<'_>) -> LossSum {
        match self {
            Loss::Focal(focal) => focal.sum(outputs, truth),
            Loss::Squared => sum_numbers(outputs, truth, 1, squared_error, |_, _| {}),
            Loss::Pinball(levels) => sum_numbers(outputs, truth, levels.len(), pinball(levels), |_, _| {}),
        }
    }

    /// Like [`Loss::sum`], for one part of a larger set with `valid` labels: also writes the gradient of the mean over the
    /// whole set to `gradient`, which has the size of `outputs`. Samples without a label get 0.
    ///
    /// # Panics
    ///
    /// Like [`Loss::sum`], or when `gradient` and `outputs` have different sizes.
    pub fn part_and_gradient<R: Real>(
        &self,
        outputs: &[R],
        truth: Truth<'_>,
        valid: usize,
        gradient: &mut [R],
    ) -> LossSum {
        match self {
            Loss::Focal(focal) => focal.part_and_gradient(outputs, truth, valid, gradient),
            Loss::Squared => {
                let slopes = slopes(valid, gradient);
                sum_numbers(outputs, truth, 1, squared_error, slopes)
            }
            Loss::Pinball(levels) => {
                let slopes = slopes(valid, gradient);
                sum_numbers(outputs, truth, levels.len(), pinball(levels), slopes)
            }
        }
    }
}

/// Writes the derivatives of a mean over `valid` samples; those that are not visited are 0.
fn slopes<R: Real>(valid: usize, gradient: &mut [R]) -> impl FnMut(usize, f64) + '_ {
    gradient.fill(R::ZERO);
    let share = 1.0 / valid.max(1) as f64;
    move |place, slope| gradient[place] = R::from_f64(slope * share)
}
