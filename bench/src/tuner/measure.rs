//! How good the suggestions are, and how long they take.

use super::functions::Function;
use serde::Serialize;
use serde_json::Value;
use settings::part::Chosen;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;
use tuner::AskTell;
use tuner::samplers::{Random, Sampler, Tpe, TrialOutcome};

/// A point and its value, for the peer to check its functions with.
#[derive(Debug, Serialize)]
pub(crate) struct Check {
    /// The function.
    pub(crate) function: &'static str,
    /// The point.
    pub(crate) values: BTreeMap<String, Value>,
    /// The value that this side computes.
    pub(crate) value: f64,
}

/// The best (smallest) value in one run of `trials` trials.
///
/// # Errors
///
/// If the sampler leaves the space, or a function's value is not a number.
pub(crate) fn best(function: &Function, seed: u64, trials: u64) -> anyhow::Result<f64> {
    let mut tuning = AskTell::new(function.space.clone(), seed);
    for _ in 0..trials {
        let trial = tuning.ask()?;
        tuning.tell(trial.number, TrialOutcome::Complete(-function.evaluate(&trial.values)))?;
    }
    Ok(-tuning.best().map_or(f64::NEG_INFINITY, |(_, value)| value))
}

/// The seconds that each of `repeats` suggestions takes, after the sampler knows `told` random trials.
///
/// # Errors
///
/// As [`best`].
pub(crate) fn seconds(function: &Function, told: u64, repeats: usize) -> anyhow::Result<Vec<f64>> {
    let mut tuning = AskTell::new(function.space.clone(), told);
    tuning.set_sampler(plain(Random));
    for _ in 0..told {
        let trial = tuning.ask()?;
        tuning.tell(trial.number, TrialOutcome::Complete(-function.evaluate(&trial.values)))?;
    }
    tuning.set_sampler(plain(Tpe));
    let mut seconds = Vec::with_capacity(repeats);
    for _ in 0..repeats {
        let start = Instant::now();
        let trial = tuning.ask()?;
        seconds.push(start.elapsed().as_secs_f64());
        tuning.tell(trial.number, TrialOutcome::Complete(-function.evaluate(&trial.values)))?;
    }
    Ok(seconds)
}

fn plain(sampler: impl Sampler + 'static) -> Chosen<dyn Sampler> {
    Chosen::with_defaults(Arc::new(sampler) as Arc<dyn Sampler>)
}

/// Five random points with their values.
///
/// # Errors
///
/// As [`best`].
pub(crate) fn checks(function: &Function) -> anyhow::Result<Vec<Check>> {
    let mut tuning = AskTell::new(function.space.clone(), 0);
    tuning.set_sampler(plain(Random));
    let check = |_| {
        let values = tuning.ask()?.values;
        Ok(Check { function: function.name, value: function.evaluate(&values), values })
    };
    (0..5).map(check).collect()
}
