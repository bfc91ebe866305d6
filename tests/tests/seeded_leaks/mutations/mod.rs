//! The corpus: runs that leak, each by one small change to a real run.

mod bars;
mod choice;
mod fits;
mod folds;
mod preprocessing;
mod splits;
pub(crate) mod test_set;

pub(crate) use preprocessing::delay_trend;

use crate::bases::Base;
use crate::made_run::MadeRun;
use artifact_core::schema::{CLASSES, Claim, Evaluation};

/// One way to leak.
pub(crate) struct Mutation {
    /// Its name, as in the documentation.
    pub(crate) name: &'static str,
    /// The run that is broken.
    pub(crate) base: Base,
    /// The claims that it must violate, and no others.
    pub(crate) violates: &'static [Claim],
    /// The change.
    pub(crate) apply: fn(&mut MadeRun),
}

/// Every mutation.
pub(crate) fn all() -> Vec<Mutation> {
    let parts = [
        bars::all(),
        splits::all(),
        folds::all(),
        preprocessing::all(),
        fits::all(),
        choice::all(),
        test_set::all(),
    ];
    parts.into_iter().flatten().collect()
}

/// A mutation of the run with the frozen scaler.
fn frozen(name: &'static str, violates: &'static [Claim], apply: fn(&mut MadeRun)) -> Mutation {
    Mutation { name, base: Base::Frozen, violates, apply }
}

/// A mutation of the run whose folds refit.
fn refitting(name: &'static str, violates: &'static [Claim], apply: fn(&mut MadeRun)) -> Mutation {
    Mutation { name, base: Base::Refitting, violates, apply }
}

/// Replaces the true classes of an evaluation.
fn judge_by(evaluation: &mut Evaluation, counts: [u64; CLASSES]) {
    evaluation.confusion = counts.map(|count| [count, 0, 0]);
    evaluation.samples = counts.iter().sum();
}
