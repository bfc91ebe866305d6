//! A finished study.

use super::{Objective, SealId, TrialId};
use crate::error::{Invalid, ensure};
use crate::{Digest, Payload};
use serde::{Deserialize, Serialize};

/// All trials of one tuning run, in number order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Study {
    /// The digest of everything that determines the study's suggestions and fits.
    pub study_key: Digest,
    /// The sealed data it ran on.
    pub seal: SealId,
    /// Which figure is maximised.
    pub objective: Objective,
    /// The trials; trial `n` is at place `n`.
    pub trials: Vec<TrialId>,
    /// The number of the best complete trial; absent when every trial failed.
    pub best_trial: Option<u64>,
}

impl Payload for Study {
    const KIND: &'static str = "study";

    fn parents(&self) -> Vec<Digest> {
        std::iter::once(self.seal.digest()).chain(self.trials.iter().map(|id| id.digest())).collect()
    }

    fn validate(&self) -> Result<(), Invalid> {
        let trials = self.trials.len() as u64;
        ensure(trials > 0, "trials", "empty", "at least one trial")?;
        let best = self.best_trial.unwrap_or(0);
        ensure(best < trials, "best_trial", best, format!("a number below {trials}"))
    }
}
