//! The losses of predicted numbers.

use super::sum::{LossSum, class_of};
use crate::kernels::real::Real;
use data_loader::Truth;

/// The squared error of an output for a true number, and its derivative with respect to the output.
pub(super) fn squared_error(_place: usize, output: f64, value: f64) -> (f64, f64) {
    let error = value - output;
    (error * error, -2.0 * error)
}

/// The part that one of the quantiles at `levels` has in the mean pinball loss, and its derivative.
pub(super) fn pinball(levels: &[f64]) -> impl Fn(usize, f64, f64) -> (f64, f64) + '_ {
    let share = 1.0 / levels.len().max(1) as f64;
    move |place, output, value| {
        let error = value - output;
        let slope = if error > 0.0 { levels[place] } else { levels[place] - 1.0 };
        (share * slope * error, -share * slope)
    }
}

/// Sums the loss over the samples that have a label, each with `width` outputs, and visits the place and the derivative of
/// their outputs. `loss` takes the place within a sample, the output and the true number.
///
/// # Panics
///
/// When `outputs` and `truth` have different numbers of samples.
pub(super) fn sum_numbers<R: Real>(
    outputs: &[R],
    truth: Truth<'_>,
    width: usize,
    loss: impl Fn(usize, f64, f64) -> (f64, f64),
    mut derivative: impl FnMut(usize, f64),
) -> LossSum {
    assert_eq!(outputs.len(), truth.classes.len() * width, "one label per sample");
    let mut total = LossSum::default();
    for (sample, outputs) in outputs.chunks_exact(width).enumerate() {
        if class_of(truth.classes[sample]).is_none() {
            continue;
        }
        let (value, weight) = (f64::from(truth.value(sample)), f64::from(truth.weight(sample)));
        let mut sum = 0.0;
        for (place, output) in outputs.iter().enumerate() {
            let (loss, slope) = loss(place, output.to_f64(), value);
            sum += loss;
            derivative(sample * width + place, weight * slope);
        }
        total = total.plus(LossSum { sum: weight * sum, valid: 1 });
    }
    total
}

#[cfg(test)]
mod tests {
    use crate::gradient_check::{assert_gradient, pseudo_random};
    use crate::loss::{Loss, count_valid};
    use data_loader::{MASKED, Truth};

    #[test]
    fn gradients_match_finite_differences() {
        let (classes, values, weights) =
            ([1, 2, MASKED, 1], [0.5, -2.0, f32::NAN, 1.0], [1.0, 0.5, 3.0, 2.0]);
        let truth = Truth { classes: &classes, values: &values, weights: &weights };
        for loss in [Loss::Squared, Loss::Pinball(vec![0.1, 0.5, 0.9])] {
            let width = if loss == Loss::Squared { 1 } else { 3 };
            let outputs = pseudo_random(4 * width, 3);
            let mut gradient = vec![f64::NAN; outputs.len()];
            let total = loss.part_and_gradient(&outputs, truth, count_valid(&classes), &mut gradient);
            assert_eq!(total, loss.sum(&outputs, truth));
            assert_eq!(total.valid, 3);
            assert_gradient("outputs", &outputs, &gradient, |x| loss.sum(x, truth).mean());
        }
    }

    #[test]
    fn losses_by_hand() {
        let truth = Truth { classes: &[1], values: &[2.0], weights: &[] };
        assert_eq!(Loss::Squared.sum(&[0.5_f64], truth).sum, 2.25);
        let pinball = Loss::Pinball(vec![0.25, 0.5, 0.75]);
        // Errors 1, 0 and -2: (0.25 * 1 + 0 + 0.25 * 2) / 3.
        assert_eq!(pinball.sum(&[1.0_f64, 2.0, 4.0], truth).sum, 0.25);
    }
}
