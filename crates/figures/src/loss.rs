//! Which loss a fit minimises.

use crate::digits::shortest;
use artifact_core::schema::Evaluation;

/// The loss of a fit: what a learning curve's `train_loss` and `validation_loss`, and a trial's `training_loss` and
/// `final_loss`, are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FitLoss {
    /// Which one, in running text: `focal loss with gamma 2, classes weighted by inverse frequency`.
    pub words: String,
    /// Its unit: `nats`, `weighted nats`, `squared deviations of the training labels`.
    pub unit: &'static str,
}

impl FitLoss {
    /// The loss of classes: the focal loss with this exponent, `training.focal_gamma`, 0 or more, whose class weights are mixed
    /// with equal ones by `training.class_weight_mix`, from 0 (equal) to 1 (inverse frequencies). Without focus it is the cross
    /// entropy (Lin et al., "Focal loss for dense object detection", 2017).
    pub fn of_classes(focal_gamma: f64, class_weight_mix: f64) -> Self {
        let weights = match class_weight_mix {
            0.0 => String::new(),
            1.0 => ", classes weighted by inverse frequency".to_owned(),
            mix => format!(", classes weighted by inverse frequency to a share of {}", shortest(mix)),
        };
        let (name, unit) = match (focal_gamma, class_weight_mix) {
            (0.0, 0.0) => ("cross entropy".to_owned(), "nats"),
            (0.0, _) => ("weighted cross entropy".to_owned(), "weighted nats"),
            (gamma, _) => (format!("focal loss with gamma {}", shortest(gamma)), "weighted nats"),
        };
        Self { words: name + &weights, unit }
    }

    /// The loss of numbers: the squared error of values, or the mean pinball loss of quantiles.
    pub fn of_numbers(quantiles: bool) -> Self {
        // Labels are divided by the standard deviation of the training labels.
        let (words, unit) = match quantiles {
            true => ("pinball loss, mean over the quantiles", "deviations of the training labels"),
            false => ("squared error", "squared deviations of the training labels"),
        };
        Self { words: words.to_owned(), unit }
    }

    /// The loss of the fit behind an evaluation; `of_classes` holds `training.focal_gamma` and `training.class_weight_mix`, if
    /// they are known.
    pub fn of(evaluation: &Evaluation, of_classes: Option<(f64, f64)>) -> Self {
        match (&evaluation.numbers, of_classes) {
            // Only quantiles have a coverage.
            (Some(numbers), _) => Self::of_numbers(numbers.coverage.is_some()),
            (None, Some((gamma, mix))) => Self::of_classes(gamma, mix),
            (None, None) => {
                let words = "focal loss or cross entropy, by settings that are not recorded";
                Self { words: words.to_owned(), unit: "weighted nats" }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_say_which_they_are() {
        for (gamma, mix, words, unit) in [
            (2.0, 1.0, "focal loss with gamma 2, classes weighted by inverse frequency", "weighted nats"),
            (1.5, 0.0, "focal loss with gamma 1.5", "weighted nats"),
            (0.0, 0.0, "cross entropy", "nats"),
            (
                0.0,
                0.25,
                "weighted cross entropy, classes weighted by inverse frequency to a share of 0.25",
                "weighted nats",
            ),
        ] {
            assert_eq!(FitLoss::of_classes(gamma, mix), FitLoss { words: words.to_owned(), unit });
        }
        assert_eq!(FitLoss::of_numbers(false).words, "squared error");
        assert!(FitLoss::of_numbers(true).words.starts_with("pinball loss"));
    }
}
