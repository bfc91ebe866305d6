//! A finished study.

use super::upgrade;
use super::{SealId, TrialId, TrialState};
use crate::component::Component;
use crate::envelope::{Payload, Version};
use crate::error::{Invalid, ensure};
use crate::id::{Digest, Id};
use crate::parents::{Contradiction, Parents, same};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// The id of a [`Study`].
pub type StudyId = Id<Study>;

/// All trials of one tuning run, in number order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Study {
    /// The digest of everything that determines the study's suggestions and fits.
    pub study_key: Digest,
    /// The sealed data it ran on.
    pub seal: SealId,
    /// The metric that is maximised.
    pub objective: Component,
    /// The trials; trial `n` is at place `n`.
    pub trials: Vec<TrialId>,
    /// The number of the best complete trial; absent when there is none.
    pub best_trial: Option<u64>,
}

impl Payload for Study {
    const KIND: &'static str = "study";

    const VERSIONS: &'static [Version] = &[Version::FIRST, Version::COMPONENTS];

    fn upgrade(_from: u64, payload: Value) -> Result<Value, Invalid> {
        upgrade::study(payload)
    }

    fn parents(&self) -> Vec<Digest> {
        std::iter::once(self.seal.digest()).chain(self.trials.iter().map(|id| id.digest())).collect()
    }

    fn validate(&self) -> Result<(), Invalid> {
        self.objective.validate("objective")?;
        let trials = self.trials.len() as u64;
        ensure(trials > 0, "trials", "empty", "at least one trial")?;
        let mut seen = BTreeSet::new();
        for (place, id) in self.trials.iter().enumerate() {
            let first = seen.insert(id.digest());
            ensure(first, &format!("trials[{place}]"), format!("{}, again", id.short()), "each trial once")?;
        }
        let best = self.best_trial.unwrap_or(0);
        ensure(best < trials, "best_trial", best, format!("a number below {trials}"))
    }

    fn verify(&self, parents: &Parents<'_>) -> Result<(), Contradiction> {
        let seal = parents.get(self.seal)?;
        let mut best: Option<(u64, f64)> = None;
        for (place, &id) in self.trials.iter().enumerate() {
            let trial = parents.get(id)?;
            let at = |name: &str| format!("trials[{place}].{name}");
            ensure(trial.number == place as u64, &at("number"), trial.number, place)?;
            let (found, expected) = (trial.study_key, self.study_key);
            ensure(
                found == expected,
                &at("study_key"),
                found.short(),
                format!("the study's {}", expected.short()),
            )?;
            same(&at("development_snapshot"), trial.development_snapshot, seal.development, "the seal")?;
            let Some(metrics) = &trial.metrics else { continue };
            let (found, expected) = (&metrics.objective, &self.objective);
            ensure(found == expected, &at("metrics.objective"), found, expected.to_string())?;
            let complete = trial.state == TrialState::Complete;
            if complete && best.is_none_or(|(_, value)| metrics.objective_value > value) {
                best = Some((trial.number, metrics.objective_value));
            }
        }
        let best = best.map(|(number, _)| number);
        let text = |number: Option<u64>| number.map_or("none".to_owned(), |number| number.to_string());
        let expected = format!("{}, the first with the highest objective", text(best));
        ensure(self.best_trial == best, "best_trial", text(self.best_trial), expected)?;
        Ok(())
    }
}
