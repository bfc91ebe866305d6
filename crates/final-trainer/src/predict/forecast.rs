//! What a model says about one ticker at one row.

use artifact_core::Moment;
use artifact_core::schema::{CLASS_NAMES, CLASSES};
use data_loader::Task;
use serde::Serialize;

/// The model's prediction for one ticker after one bar.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Prediction {
    /// The ticker.
    pub ticker: String,
    /// The date of the bar: the newest one that the model reads.
    pub date: Moment,
    /// That the bar is not the newest one of the files; left out where it is, and in a history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stale: Option<Stale>,
    /// What is predicted.
    #[serde(flatten)]
    pub forecast: Forecast,
    /// The most probable class, or what the predicted number's sign says.
    pub class: &'static str,
}

/// How old the newest bar is that a prediction reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Stale {
    /// The newest date of any ticker in the files.
    pub newest: Moment,
    /// How many rows of the files are later than the bar, at least 1.
    pub rows_behind: usize,
}

/// What a model predicts, by its target's task.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Forecast {
    /// Classes.
    Classes {
        /// The names of the classes: Hold, Up and Down.
        classes: [&'static str; CLASSES],
        /// Their probabilities, in the same order.
        probabilities: [f32; CLASSES],
    },
    /// A number.
    Value {
        /// The expected value, in the target's unit.
        value: f64,
    },
    /// Quantiles of a number.
    Quantiles {
        /// The quantiles, by ascending level.
        quantiles: Vec<Quantile>,
    },
}

/// A predicted quantile.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quantile {
    /// Its level, above 0 and below 1.
    pub level: f64,
    /// The number, in the target's unit.
    pub value: f64,
}

impl Forecast {
    /// Whether every number of it is one.
    pub(super) fn is_finite(&self) -> bool {
        match self {
            Forecast::Classes { probabilities, .. } => probabilities.iter().all(|value| value.is_finite()),
            Forecast::Value { value } => value.is_finite(),
            Forecast::Quantiles { quantiles } => quantiles.iter().all(|quantile| quantile.value.is_finite()),
        }
    }

    /// The forecast of a model's output, whose numbers are in units of `scale`.
    pub(super) fn of(task: &Task, output: &[f32], scale: f64) -> Self {
        let number = |value: f32| f64::from(value) * scale;
        match task {
            Task::Classes => {
                let place = |class: usize| output.get(class).copied().unwrap_or(f32::NAN);
                Forecast::Classes { classes: CLASS_NAMES, probabilities: std::array::from_fn(place) }
            }
            Task::Value => Forecast::Value { value: output.first().copied().map_or(f64::NAN, number) },
            Task::Quantiles(levels) => {
                let quantiles = levels
                    .iter()
                    .zip(output)
                    .map(|(&level, &value)| Quantile { level, value: number(value) });
                Forecast::Quantiles { quantiles: quantiles.collect() }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_with_any_number_that_is_none_is_not_finite() {
        let levels = Task::Quantiles(vec![0.1, 0.9]);
        for (task, good, bad) in [
            (&Task::Classes, &[0.5, 0.25, 0.25][..], &[0.5, f32::NAN, 0.25][..]),
            (&Task::Value, &[1.0], &[f32::INFINITY]),
            (&levels, &[0.0, 1.0], &[0.0, f32::NEG_INFINITY]),
        ] {
            assert!(Forecast::of(task, good, 1.0).is_finite());
            assert!(!Forecast::of(task, bad, 1.0).is_finite());
        }
        // Missing outputs are no numbers either.
        assert!(!Forecast::of(&Task::Classes, &[1.0], 1.0).is_finite());
    }

    #[test]
    fn json_names_the_classes_and_says_how_old_a_stale_answer_is() {
        let date = Moment::default();
        let prediction = |stale| Prediction {
            ticker: "A".to_owned(),
            date,
            stale,
            forecast: Forecast::of(&Task::Classes, &[0.5, 0.25, 0.25], 1.0),
            class: "Hold",
        };
        let fresh = serde_json::to_value(prediction(None)).unwrap();
        let expected = serde_json::json!({
            "ticker": "A", "date": "1970-01-01", "class": "Hold",
            "classes": ["Hold", "Up", "Down"], "probabilities": [0.5, 0.25, 0.25],
        });
        assert_eq!(fresh, expected);
        let stale = Stale { newest: date + chrono::TimeDelta::days(1), rows_behind: 1 };
        let stale = serde_json::to_value(prediction(Some(stale))).unwrap();
        assert_eq!(stale["stale"], serde_json::json!({"newest": "1970-01-02", "rows_behind": 1}));
    }
}
