//! What kind of prediction a target asks for.

use artifact_core::schema::CLASSES;

/// What a model predicts of a decision.
#[derive(Debug, Clone, PartialEq)]
pub enum Task {
    /// The probabilities of Hold, Up and Down.
    Classes,
    /// The expected value of a number.
    Value,
    /// The quantiles of a number at these levels, ascending, each above 0 and below 1; an odd number of them, so that the
    /// middle one says the direction.
    Quantiles(Vec<f64>),
}

impl Task {
    /// How many numbers a prediction has: one per class, one for a value, or one per level.
    pub fn width(&self) -> usize {
        match self {
            Task::Classes => CLASSES,
            Task::Value => 1,
            Task::Quantiles(levels) => levels.len(),
        }
    }

    /// Whether classes are predicted.
    pub fn is_classes(&self) -> bool {
        *self == Task::Classes
    }

    /// The class that a prediction says: the most probable one, the lowest code in a tie; or Up above 0, Down below and
    /// Hold at 0, for the value or the middle quantile. NaN says Hold.
    pub fn class_of(&self, prediction: &[f32]) -> usize {
        match self {
            Task::Classes => {
                let better = |best: usize, class: usize| {
                    if prediction[class] > prediction[best] { class } else { best }
                };
                (1..prediction.len()).fold(0, better)
            }
            Task::Value | Task::Quantiles(_) => {
                let middle = prediction.get(prediction.len() / 2).copied().unwrap_or(0.0);
                if middle > 0.0 {
                    1
                } else if middle < 0.0 {
                    2
                } else {
                    0
                }
            }
        }
    }
}
