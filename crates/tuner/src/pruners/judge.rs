//! A pruner with the curves that one trial is compared with.

use super::pruner::{Curve, Pruner};
use settings::part::Chosen;

/// A pruner with the curves that one trial is compared with: all that a decision needs, except the trial's own curve.
#[derive(Debug, Clone)]
pub struct Judge {
    pruner: Chosen<dyn Pruner>,
    epochs_allowed: u64,
    history: Vec<Curve>,
}

impl Judge {
    /// For a trial that may run `epochs_allowed` epochs; `history` holds the trials that were visible when it was
    /// suggested.
    pub fn new(
        pruner: Chosen<dyn Pruner>,
        epochs_allowed: u64,
        history: impl IntoIterator<Item = Curve>,
    ) -> Self {
        // The learning-rate schedule depends on how long a trial may run, so only equally long trials are comparable.
        let comparable = |other: &Curve| other.epochs_allowed == epochs_allowed;
        let history = if pruner.part.compares() {
            history.into_iter().filter(comparable).collect()
        } else {
            Vec::new()
        };
        Self { pruner, epochs_allowed, history }
    }

    /// The pruner's name.
    pub fn name(&self) -> &str {
        &self.pruner.component.name
    }

    /// Whether the running trial is to be stopped after its newest epoch.
    ///
    /// A trial is never pruned after its last epoch: then it is complete.
    pub fn prunes(&self, running: &Curve) -> bool {
        let epoch = running.values.len() as u64;
        let open = (1..self.epochs_allowed).contains(&epoch) && running.epochs_allowed == self.epochs_allowed;
        open && self.pruner.part.prunes(running, &self.history, &self.pruner.params)
    }
}
