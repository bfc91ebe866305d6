//! Ask and tell: the samplers on your own spaces and objectives.

use crate::samplers::{InvalidSuggestion, STARTUP_TRIALS, Sampler, Told, Tpe, TrialOutcome, suggest};
use crate::search_space::{Point, PointError, Space};
use artifact_core::seed::{Purpose, derive};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use settings::part::Chosen;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Suggests points of a space and learns from their outcomes. Larger objectives are better.
///
/// The same seed and the same sequence of calls give the same suggestions. Several trials may be in flight: asked for,
/// but not yet reported.
///
/// ```
/// use serde_json::json;
/// use tuner::AskTell;
/// use tuner::samplers::TrialOutcome;
/// use tuner::search_space::Space;
///
/// let space = Space::builder()
///     .float("x", -5.0, 5.0)
///     .categorical("shape", [json!("bowl"), json!("ridge")])
///     .float("tilt", 0.0, 1.0)
///     .when("shape", [json!("ridge")])
///     .build()?;
/// let mut tuning = AskTell::new(space, 42);
/// for _ in 0..60 {
///     let trial = tuning.ask()?;
///     let x = trial.values["x"].as_f64().unwrap();
///     let height = match trial.values.get("tilt").and_then(|tilt| tilt.as_f64()) {
///         Some(tilt) => -(x - 2.0).abs() - tilt,
///         None => -(x - 2.0).powi(2) - 1.0,
///     };
///     tuning.tell(trial.number, TrialOutcome::Complete(height))?;
/// }
/// let (best, height) = tuning.best().unwrap();
/// assert!(height > -0.5 && tuning.values(best).unwrap()["shape"] == json!("ridge"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct AskTell {
    space: Space,
    sampler: Chosen<dyn Sampler>,
    startup_trials: usize,
    seed: u64,
    told: Vec<Told>,
}

/// What to try next.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// The trial's number, from 0.
    pub number: u64,
    /// The values by name, without inactive parameters (those whose condition does not hold).
    pub values: BTreeMap<String, Value>,
}

/// A result that is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TellError {
    /// There is no such trial.
    #[error("there is no trial {number} to report; {asked} trials exist so far, numbered from 0")]
    Unknown {
        /// The number.
        number: u64,
        /// How many trials exist.
        asked: u64,
    },
    /// The trial already has a result.
    #[error("the result of trial {number} has already been reported")]
    Twice {
        /// The number.
        number: u64,
    },
    /// The value is NaN.
    #[error("the value of trial {number} is not a number; report a failed trial instead")]
    NotANumber {
        /// The number.
        number: u64,
    },
    /// The values are not a point of the space.
    #[error("the values of the added trial are not a point of the search space")]
    Point(#[from] PointError),
}

impl AskTell {
    /// Starts with the joint TPE sampler and its defaults, after [`STARTUP_TRIALS`] random trials.
    pub fn new(space: Space, seed: u64) -> Self {
        let sampler = Chosen::with_defaults(Arc::new(Tpe) as Arc<dyn Sampler>);
        Self { space, sampler, startup_trials: STARTUP_TRIALS, seed, told: Vec::new() }
    }

    /// Changes the sampler, at any time: one of [`SearchParts`](crate::SearchParts), or your own.
    pub fn set_sampler(&mut self, sampler: Chosen<dyn Sampler>) {
        self.sampler = sampler;
    }

    /// Changes how many scored trials the sampler needs; until then, suggestions are random. 0 acts as 1.
    pub fn set_startup_trials(&mut self, startup_trials: usize) {
        self.startup_trials = startup_trials;
    }

    /// Suggests a trial from all results reported so far.
    ///
    /// # Errors
    ///
    /// [`InvalidSuggestion`] if the sampler leaves the space; no trial is added.
    pub fn ask(&mut self) -> Result<Suggestion, InvalidSuggestion> {
        let number = self.told.len() as u64;
        // A generator per trial: a suggestion does not depend on how many random numbers earlier ones consumed.
        let mut rng = ChaCha8Rng::from_seed(derive(self.seed, Purpose::Suggestion, number, 0, 0));
        let point = suggest(&self.sampler, &self.space, &self.told, self.startup_trials, &mut rng)?;
        let values = self.space.values(&point);
        self.told.push(Told { point, outcome: TrialOutcome::Pending });
        Ok(Suggestion { number, values })
    }

    /// Reports the outcome of a trial.
    ///
    /// # Errors
    ///
    /// [`TellError`] when no such trial is in flight, or its value is NaN.
    pub fn tell(&mut self, number: u64, outcome: TrialOutcome) -> Result<(), TellError> {
        check(number, outcome)?;
        let asked = self.told.len() as u64;
        let place = usize::try_from(number).ok();
        let told =
            place.and_then(|place| self.told.get_mut(place)).ok_or(TellError::Unknown { number, asked })?;
        if told.outcome != TrialOutcome::Pending {
            return Err(TellError::Twice { number });
        }
        told.outcome = outcome;
        Ok(())
    }

    /// Adds a trial that was not asked for, such as one from an earlier study, and returns its number.
    ///
    /// # Errors
    ///
    /// [`TellError`] when its values are not a point of the space, or its objective is NaN.
    pub fn add(&mut self, values: &BTreeMap<String, Value>, outcome: TrialOutcome) -> Result<u64, TellError> {
        let number = self.told.len() as u64;
        check(number, outcome)?;
        let point: Point = self.space.point(values)?;
        self.told.push(Told { point, outcome });
        Ok(number)
    }

    /// The best complete trial and its value; the first one among equals.
    pub fn best(&self) -> Option<(u64, f64)> {
        let values = self.told.iter().enumerate().filter_map(|(number, told)| match told.outcome {
            TrialOutcome::Complete(value) => Some((number as u64, value)),
            _ => None,
        });
        values.reduce(|best, next| if next.1 > best.1 { next } else { best })
    }

    /// The values of a trial; `None` when there is no such trial.
    pub fn values(&self, number: u64) -> Option<BTreeMap<String, Value>> {
        Some(self.space.values(&self.told.get(usize::try_from(number).ok()?)?.point))
    }

    /// The space.
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// All trials so far, in the order of their numbers.
    pub fn told(&self) -> &[Told] {
        &self.told
    }
}

fn check(number: u64, outcome: TrialOutcome) -> Result<(), TellError> {
    match outcome {
        TrialOutcome::Complete(value) | TrialOutcome::Pruned { value, .. } if value.is_nan() => {
            Err(TellError::NotANumber { number })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tuning() -> AskTell {
        AskTell::new(Space::builder().float("x", 0.0, 1.0).build().unwrap(), 1)
    }

    #[test]
    fn a_trial_in_flight_accepts_exactly_one_result() {
        let mut tuning = tuning();
        let first = tuning.ask().unwrap();
        let check = |result: Result<(), TellError>, expected: &str| {
            let error = result.unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check(tuning.tell(1, TrialOutcome::Failed), "no trial 1");
        check(tuning.tell(0, TrialOutcome::Complete(f64::NAN)), "not a number");
        tuning.tell(first.number, TrialOutcome::Complete(1.0)).unwrap();
        check(tuning.tell(0, TrialOutcome::Failed), "already");
        let known = BTreeMap::from([("x".to_owned(), json!(0.25))]);
        assert_eq!(tuning.add(&known, TrialOutcome::Complete(2.0)), Ok(1));
        assert_eq!((tuning.best(), tuning.values(1)), (Some((1, 2.0)), Some(known)));
        let outside = BTreeMap::from([("x".to_owned(), json!(2))]);
        assert!(matches!(tuning.add(&outside, TrialOutcome::Failed), Err(TellError::Point(_))));
    }

    #[test]
    fn the_same_asks_and_tells_give_the_same_suggestions() {
        let run = || {
            let mut tuning = tuning();
            let mut all = Vec::new();
            for number in 0..30 {
                let trial = tuning.ask().unwrap();
                let x = trial.values["x"].as_f64().unwrap();
                all.push(trial);
                // Two are in flight at any time.
                if number > 0 {
                    tuning.tell(number - 1, TrialOutcome::Complete(-(x - 0.3).abs())).unwrap();
                }
            }
            all
        };
        assert_eq!(run(), run());
    }
}
