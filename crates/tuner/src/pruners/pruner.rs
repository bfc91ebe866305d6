//! The interface of pruners, and the curves they compare.

use artifact_core::Params;
use settings::part::Part;

/// A rule that stops trials early.
pub trait Pruner: Part {
    /// Whether the running trial is to be stopped after its newest epoch, whose number is the length of its values. It
    /// has run at least one epoch and is not at its last one.
    ///
    /// `history` holds the trials it may be compared with, in the order of their numbers: those that were visible when
    /// it was suggested and may run as many epochs. `params` are complete, with defaults filled in.
    fn prunes(&self, running: &Curve, history: &[Curve], params: &Params) -> bool;

    /// Whether it looks at other trials at all; otherwise no history is gathered. Default true.
    fn compares(&self) -> bool {
        true
    }
}

/// The learning curve of one trial: the objective after each epoch; larger is better.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// The trial's number.
    pub number: u64,
    /// The epochs it may run. Only trials with the same limit are compared: the learning-rate schedule depends on it.
    pub epochs_allowed: u64,
    /// The objective after epochs 1, 2, ...
    pub values: Vec<f64>,
    /// Whether it ran to its own end, so that its best value is its score; false for a running or pruned trial.
    pub complete: bool,
}

impl Curve {
    /// The best value up to and including `epoch`, counted from 1; `None` where it is not known. A complete trial that
    /// stopped before `epoch` keeps its score; a pruned one says nothing about later epochs.
    pub fn best_until(&self, epoch: u64) -> Option<f64> {
        let epoch = usize::try_from(epoch).unwrap_or(usize::MAX);
        let seen = &self.values[..epoch.min(self.values.len())];
        let reached = self.complete || self.values.len() >= epoch;
        seen.iter().copied().reduce(f64::max).filter(|_| reached)
    }
}

/// The best values so far of the trials of a history after `epoch`, where they are known.
pub(super) fn standings(history: &[Curve], epoch: u64) -> Vec<f64> {
    history.iter().filter_map(|other| other.best_until(epoch)).collect()
}
