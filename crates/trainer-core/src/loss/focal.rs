//! The focal loss with class weights.

use super::sum::{LossSum, class_of, count_valid};
use crate::kernels::real::Real;
use crate::setting_error::SettingError;
use artifact_core::schema::CLASSES;
use data_loader::Truth;

/// The focal loss `-w_c (1 - p_c)^gamma ln p_c` of a sample of class `c` (Lin et al., "Focal loss for dense object
/// detection", 2017), with class weights `w`.
///
/// With `gamma = 0` it is the weighted cross entropy. A mean is taken over the valid samples, without normalising the
/// class weights. Everything from logits to gradient is computed in `f64`.
#[derive(Debug, Clone, PartialEq)]
pub struct FocalLoss {
    gamma: f64,
    class_weights: [f64; CLASSES],
}

impl FocalLoss {
    /// Makes the loss. `gamma` and the class weights must be finite and at least 0; the default setting is `gamma = 2`.
    ///
    /// # Errors
    ///
    /// When `gamma` or a weight is negative or not finite.
    pub fn new(gamma: f64, class_weights: [f64; CLASSES]) -> Result<Self, SettingError> {
        let valid = |x: f64| x.is_finite() && x >= 0.0;
        SettingError::require(valid(gamma), "focal_gamma", gamma, "a finite number of at least 0")?;
        for weight in class_weights {
            SettingError::require(valid(weight), "class_weights", weight, "finite numbers of at least 0")?;
        }
        Ok(Self { gamma, class_weights })
    }

    /// The weight of each class.
    pub fn class_weights(&self) -> [f64; CLASSES] {
        self.class_weights
    }

    /// Sums the loss of `logits`, `(samples, CLASSES)`, over the valid samples: those whose label is not masked.
    ///
    /// # Panics
    ///
    /// When `logits` and `labels` have different numbers of samples.
    pub fn sum<R: Real>(&self, logits: &[R], truth: Truth<'_>) -> LossSum {
        let labels = truth.classes;
        assert_eq!(logits.len(), labels.len() * CLASSES, "one label per sample");
        let rows = logits.chunks_exact(CLASSES).zip(labels).enumerate();
        rows.fold(LossSum::default(), |total, (place, (logits, &label))| {
            let Some(class) = class_of(label) else { return total };
            let (loss, _) = self.sample(to_f64(logits), class);
            total.plus(LossSum { sum: f64::from(truth.weight(place)) * loss, valid: 1 })
        })
    }

    /// Like [`FocalLoss::sum`], but also writes the gradient of the *mean* loss over the valid samples to `gradient`,
    /// which has the size of `logits`. Masked samples get 0.
    ///
    /// # Panics
    ///
    /// When `logits` and `labels` have different numbers of samples, or `gradient` and `logits` have different sizes.
    pub fn sum_and_gradient<R: Real>(&self, logits: &[R], truth: Truth<'_>, gradient: &mut [R]) -> LossSum {
        self.part_and_gradient(logits, truth, count_valid(truth.classes), gradient)
    }

    /// Like [`FocalLoss::sum_and_gradient`], for one part of a larger set with `valid` valid samples: the gradient is
    /// that of the mean over the whole set.
    ///
    /// # Panics
    ///
    /// Like [`FocalLoss::sum_and_gradient`].
    pub fn part_and_gradient<R: Real>(
        &self,
        logits: &[R],
        truth: Truth<'_>,
        valid: usize,
        gradient: &mut [R],
    ) -> LossSum {
        let labels = truth.classes;
        assert_eq!(logits.len(), labels.len() * CLASSES, "one label per sample");
        assert_eq!(logits.len(), gradient.len(), "one gradient per logit");
        // Without valid samples every gradient below is 0: the `max` only keeps the division finite.
        let share = 1.0 / valid.max(1) as f64;
        let mut total = LossSum::default();
        let rows = logits.chunks_exact(CLASSES).zip(gradient.chunks_exact_mut(CLASSES));
        for (place, ((logits, gradient), &label)) in rows.zip(labels).enumerate() {
            let Some(class) = class_of(label) else {
                gradient.fill(R::ZERO);
                continue;
            };
            let (loss, slope) = self.sample(to_f64(logits), class);
            let weight = f64::from(truth.weight(place));
            total = total.plus(LossSum { sum: weight * loss, valid: 1 });
            for (gradient, slope) in gradient.iter_mut().zip(slope) {
                *gradient = R::from_f64(slope * (weight * share));
            }
        }
        total
    }

    /// The loss of one sample, and its gradient with respect to the logits.
    fn sample(&self, logits: [f64; CLASSES], class: usize) -> (f64, [f64; CLASSES]) {
        let Softmax { probabilities, log_p, miss } = Softmax::of(logits, class);
        let weight = self.class_weights[class];
        let focus = self.power(miss);
        // d(focus ln p)/d(ln p), with dp = p d(ln p). Where `miss` is 0, so is `ln p`: the second term vanishes, but
        // would be computed as 0/0.
        let slope = if self.gamma == 0.0 || miss == 0.0 {
            focus
        } else {
            focus - self.gamma * focus / miss * probabilities[class] * log_p
        };
        let gradient = std::array::from_fn(|other| {
            let d_log_p = if other == class { miss } else { -probabilities[other] };
            -weight * slope * d_log_p
        });
        (-weight * focus * log_p, gradient)
    }

    /// `miss^gamma`. The usual exponents are spelt out: correctly rounded, and faster than `pow`.
    fn power(&self, miss: f64) -> f64 {
        match self.gamma {
            0.0 => 1.0,
            1.0 => miss,
            2.0 => miss * miss,
            gamma => libm::pow(miss, gamma),
        }
    }
}

/// The softmax of one sample, as seen from its true class.
struct Softmax {
    probabilities: [f64; CLASSES],
    /// `ln p` of the true class, accurate even where `p` rounds to 0 or 1.
    log_p: f64,
    /// `1 - p` of the true class, summed from the other classes so that no digits cancel where `p` is close to 1.
    miss: f64,
}

impl Softmax {
    fn of(logits: [f64; CLASSES], class: usize) -> Self {
        let top = (0..CLASSES).fold(0, |top, i| if logits[i] > logits[top] { i } else { top });
        // Softmax does not change when all logits shift; without the shift `exp` would overflow.
        let exps = logits.map(|logit| libm::exp(logit - logits[top]));
        let others = |class: usize| (0..CLASSES).filter(|&i| i != class).map(|i| exps[i]).sum::<f64>();
        // `exps[top]` is exactly 1, so the total is 1 plus the others, as `log1p` below needs it.
        let total = 1.0 + others(top);
        Self {
            probabilities: exps.map(|e| e / total),
            log_p: logits[class] - logits[top] - libm::log1p(others(top)),
            miss: others(class) / total,
        }
    }
}

fn to_f64<R: Real>(logits: &[R]) -> [f64; CLASSES] {
    std::array::from_fn(|class| logits[class].to_f64())
}

/// The softmax of `logits`, `(samples, CLASSES)`, computed in `f64` and then rounded to `f32`.
pub(crate) fn probabilities(logits: &[f32]) -> impl Iterator<Item = f32> + '_ {
    logits
        .chunks_exact(CLASSES)
        .flat_map(|logits| Softmax::of(to_f64(logits), 0).probabilities.map(|p| p as f32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gradient_check::{assert_gradient, pseudo_random};
    use data_loader::MASKED;

    const WEIGHTS: [f64; CLASSES] = [0.5, 2.0, 1.5];

    fn of(labels: &[i8]) -> Truth<'_> {
        Truth::of_classes(labels)
    }

    #[test]
    fn weights_multiply_losses_and_gradients() {
        let (labels, logits) = ([0, 1], pseudo_random(2 * CLASSES, 9));
        let loss = FocalLoss::new(2.0, WEIGHTS).unwrap();
        let (mut plain, mut weighted) = (vec![0.0; 6], vec![0.0; 6]);
        loss.sum_and_gradient(&logits, of(&labels), &mut plain);
        let truth = Truth { weights: &[2.0, 0.0], ..of(&labels) };
        let sum = loss.sum_and_gradient(&logits, truth, &mut weighted);
        assert_eq!(sum.sum, 2.0 * loss.sum(&logits[..3], of(&labels[..1])).sum);
        assert_eq!(weighted[..3], plain.iter().take(3).map(|slope| 2.0 * slope).collect::<Vec<_>>());
        assert_eq!(weighted[3..], [0.0; 3]);
    }

    #[test]
    fn gradients_match_finite_differences() {
        let labels = [0, 1, 2, MASKED, 2, 0];
        let logits = pseudo_random(labels.len() * CLASSES, 9);
        for gamma in [0.0, 0.5, 1.0, 2.0, 3.7] {
            let loss = FocalLoss::new(gamma, WEIGHTS).unwrap();
            let mut gradient = vec![f64::NAN; logits.len()];
            let total = loss.sum_and_gradient(&logits, of(&labels), &mut gradient);
            assert_eq!(total, loss.sum(&logits, of(&labels)));
            assert_gradient("logits", &logits, &gradient, |x| loss.sum(x, of(&labels)).mean());
        }
    }

    #[test]
    fn parts_add_up_to_the_whole() {
        let labels = [0, 1, 2, MASKED, 2, 0];
        let logits = pseudo_random(labels.len() * CLASSES, 9);
        let loss = FocalLoss::new(2.0, WEIGHTS).unwrap();
        let (mut whole, mut parts) = (vec![f64::NAN; logits.len()], vec![f64::NAN; logits.len()]);
        let total = loss.sum_and_gradient(&logits, of(&labels), &mut whole);
        let middle = 2 * CLASSES;
        let (first, second) = parts.split_at_mut(middle);
        let sum = loss
            .part_and_gradient(&logits[..middle], of(&labels[..2]), total.valid, first)
            .plus(loss.part_and_gradient(&logits[middle..], of(&labels[2..]), total.valid, second));
        assert_eq!((sum.valid, whole), (total.valid, parts));
        assert!((sum.mean() - total.mean()).abs() < 1e-15);
    }

    #[test]
    fn without_focus_it_is_the_weighted_cross_entropy() {
        let loss = FocalLoss::new(0.0, WEIGHTS).unwrap();
        let logits = [0.3f64, -1.0, 2.0];
        let total: f64 = logits.iter().map(|x| x.exp()).sum();
        for (class, weight) in WEIGHTS.into_iter().enumerate() {
            let expected = -weight * (logits[class].exp() / total).ln();
            assert!((loss.sum(&logits, of(&[class as i8])).mean() - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn has_the_value_of_the_formula() {
        // p = (0.7, 0.2, 0.1); class 1: 2 * 0.8^2 * -ln 0.2.
        let logits = [0.7f64.ln(), 0.2f64.ln(), 0.1f64.ln()];
        let found = FocalLoss::new(2.0, WEIGHTS).unwrap().sum(&logits, of(&[1])).mean();
        assert!((found - 2.060_080_527_915_648).abs() < 1e-12, "{found}");
    }

    #[test]
    fn extreme_logits_stay_finite() {
        for gamma in [0.0, 0.5, 1.0, 2.0] {
            let loss = FocalLoss::new(gamma, [1.0; CLASSES]).unwrap();
            for logits in [[1e30f32, -1e30, 0.0], [0.0, 800.0, 0.0], [40.0, 0.0, 0.0], [1e-30; 3]] {
                for label in 0..3 {
                    let mut gradient = [f32::NAN; 3];
                    let total = loss.sum_and_gradient(&logits, of(&[label]), &mut gradient);
                    assert!(total.sum.is_finite() && total.sum >= 0.0, "{gamma} {logits:?}");
                    assert!(gradient.iter().all(|g| g.is_finite()), "{gamma} {logits:?} {gradient:?}");
                }
            }
        }
    }

    #[test]
    fn masked_samples_have_no_loss_and_no_gradient() {
        let loss = FocalLoss::new(2.0, WEIGHTS).unwrap();
        let mut gradient = [f32::NAN; 6];
        let total = loss.sum_and_gradient(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], of(&[MASKED; 2]), &mut gradient);
        assert_eq!((total.mean(), total.valid, gradient), (0.0, 0, [0.0; 6]));
    }

    #[test]
    fn invalid_settings_are_refused() {
        assert!(FocalLoss::new(-1.0, WEIGHTS).is_err());
        assert!(FocalLoss::new(f64::NAN, WEIGHTS).is_err());
        assert!(FocalLoss::new(2.0, [1.0, f64::INFINITY, 1.0]).is_err());
    }
}
