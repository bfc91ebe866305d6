//! Pruners: when to end a trial that will not be the best.
//!
//! A decision is a function of the trial's own curve and of the curves of trials that were visible when it was
//! suggested. So it does not depend on what happens to run beside it, and an interrupted study prunes as an unbroken one.

mod asha;
mod median;
mod none;
mod percentile;
mod savings;

pub use asha::Asha;
pub use median::Median;
pub use none::Never;
pub use percentile::Percentile;
pub use savings::Savings;

use artifact_core::Params;
use settings::part::{Catalog, Chosen, Part};
use std::sync::Arc;

/// A rule that ends trials early.
pub trait Pruner: Part {
    /// Whether the running trial is to be ended after its newest epoch, the length of its values. It has run at least one
    /// epoch and is not at its last one.
    ///
    /// `history` are the trials it may be compared with, in the order of their numbers: those that were visible when it
    /// was suggested and may run as many epochs. `params` are complete.
    fn prunes(&self, running: &Curve, history: &[Curve], params: &Params) -> bool;

    /// Whether it looks at other trials at all; otherwise no history is gathered. Default true.
    fn compares(&self) -> bool {
        true
    }
}

/// The built-in pruners.
pub fn builtin() -> Catalog<dyn Pruner> {
    let mut pruners: Catalog<dyn Pruner> = Catalog::new("pruner");
    pruners.add(Arc::new(Never)).add(Arc::new(Median)).add(Arc::new(Percentile)).add(Arc::new(Asha));
    pruners
}

/// The course of one trial: the objective after each epoch, larger is better.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// The trial's number.
    pub number: u64,
    /// The epochs it may run. Only trials that may run as long are compared: the learning rate depends on it.
    pub epochs_allowed: u64,
    /// The objective after epochs 1, 2, ...
    pub values: Vec<f64>,
    /// Whether it ran to its own end, so that its last best value is its score; of a running or pruned trial it is not.
    pub complete: bool,
}

impl Curve {
    /// The best value up to and including `epoch`, from 1; `None` where it is not known. A complete trial that stopped before keeps its score; a pruned one
    /// says nothing about later epochs.
    pub fn best_until(&self, epoch: u64) -> Option<f64> {
        let epoch = usize::try_from(epoch).unwrap_or(usize::MAX);
        let seen = &self.values[..epoch.min(self.values.len())];
        let reached = self.complete || self.values.len() >= epoch;
        seen.iter().copied().reduce(f64::max).filter(|_| reached)
    }
}

/// What all trials of a history stand at after `epoch`, as far as it is known.
fn standings(history: &[Curve], epoch: u64) -> Vec<f64> {
    history.iter().filter_map(|other| other.best_until(epoch)).collect()
}

/// A pruner with what one trial may be compared with: all that a decision needs but the trial's own curve.
#[derive(Debug, Clone)]
pub struct Judge {
    pruner: Chosen<dyn Pruner>,
    epochs_allowed: u64,
    history: Vec<Curve>,
}

impl Judge {
    /// For a trial that may run `epochs_allowed` epochs; `history` are the trials that were visible when it was suggested.
    pub fn new(
        pruner: Chosen<dyn Pruner>,
        epochs_allowed: u64,
        history: impl IntoIterator<Item = Curve>,
    ) -> Self {
        // The learning rate depends on how long a trial may run: only those that may run as long are compared.
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

    /// Whether the running trial is to be ended after its newest epoch.
    ///
    /// A trial is never ended after its last epoch: then it is complete.
    pub fn prunes(&self, running: &Curve) -> bool {
        let epoch = running.values.len() as u64;
        let open = (1..self.epochs_allowed).contains(&epoch) && running.epochs_allowed == self.epochs_allowed;
        open && self.pruner.part.prunes(running, &self.history, &self.pruner.params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use settings::part::PartSetting;

    fn curve(number: u64, values: &[f64], complete: bool) -> Curve {
        Curve { number, epochs_allowed: 9, values: values.to_vec(), complete }
    }

    fn running(values: &[f64]) -> Curve {
        curve(100, values, false)
    }

    /// Trials whose value rises by their number in every epoch.
    fn risers() -> Vec<Curve> {
        (1..=6).map(|n| curve(n, &[1.0, 2.0, 3.0, 4.0, 5.0].map(|epoch| epoch * n as f64), true)).collect()
    }

    fn judge(setting: PartSetting, history: &[Curve]) -> Judge {
        Judge::new(builtin().choose(&setting).unwrap(), 9, history.to_vec())
    }

    fn prunes(setting: PartSetting, values: &[f64], history: &[Curve]) -> bool {
        judge(setting, history).prunes(&running(values))
    }

    fn median() -> PartSetting {
        PartSetting::named("median")
            .with("startup_trials", 4)
            .with("warmup_epochs", 2)
            .with("interval_epochs", 2)
    }

    fn best(percentile: f64) -> PartSetting {
        let setting = PartSetting::named("percentile").with("percentile", percentile);
        setting.with("startup_trials", 1).with("warmup_epochs", 0)
    }

    fn asha(min_epochs: u64, reduction: u64) -> PartSetting {
        PartSetting::named("asha").with("min_epochs", min_epochs).with("reduction", reduction)
    }

    #[test]
    fn the_median_pruner_waits_and_then_compares_at_the_same_epoch() {
        // At epoch 2 the others stand at 2, 4, .. 12; the median is 7.
        assert!(prunes(median(), &[0.0, 6.9], &risers()));
        assert!(!prunes(median(), &[0.0, 7.1], &risers()));
        // The best value so far counts, not the newest.
        assert!(!prunes(median(), &[7.1, 0.0], &risers()));
        assert!(!prunes(median(), &[0.0], &risers()), "warm-up");
        assert!(!prunes(median(), &[0.0, 6.9, 0.0], &risers()), "between two decisions");
        assert!(!prunes(median(), &[0.0, 0.0], &risers()[..3]), "too few trials");
    }

    #[test]
    fn the_percentile_says_how_many_go_on() {
        assert!(prunes(best(20.0), &[4.9], &risers()));
        assert!(!prunes(best(20.0), &[5.1], &risers()));
        assert!(!prunes(best(100.0), &[1.0], &risers()));
    }

    #[test]
    fn asha_keeps_the_best_third_at_each_rung() {
        let prunes = |values: &[f64], history: &[Curve]| prunes(asha(1, 3), values, history);
        // Seven trials are at the rung, this one included: two go on.
        assert!(!prunes(&[5.5], &risers()));
        assert!(prunes(&[4.5], &risers()));
        assert!(!prunes(&[4.5, 0.0], &risers()), "2 is no rung of 1, 3, 9");
        assert!(prunes(&[4.5, 0.0, 0.0], &risers()));
        // Of fewer than three the best one goes on.
        assert!(!prunes(&[1.5], &risers()[..1]));
        assert!(prunes(&[0.5], &risers()[..1]));
    }

    #[test]
    fn pruned_trials_count_up_to_where_they_came_and_stopped_ones_keep_their_score() {
        let others = [curve(1, &[5.0], false), curve(2, &[3.0], true)];
        assert_eq!(others[0].best_until(1), Some(5.0));
        assert_eq!(others[0].best_until(2), None);
        assert_eq!(others[1].best_until(2), Some(3.0));
        assert!(!prunes(asha(2, 2), &[0.0, 4.0], &others));
        assert!(prunes(asha(2, 2), &[0.0, 2.0], &others));
    }

    proptest! {
        #[test]
        fn the_last_epoch_other_lengths_and_the_best_trial_are_never_pruned(
            curves in prop::collection::vec(prop::collection::vec(-1.0f64..1.0, 1..9), 1..12),
            values in prop::collection::vec(-1.0f64..1.0, 1..=9),
            reduction in 2u64..5,
            percentile in 1.0f64..=100.0,
        ) {
            let history: Vec<Curve> =
                curves.iter().enumerate().map(|(n, values)| curve(n as u64, values, n % 2 == 0)).collect();
            for setting in [median(), best(percentile), asha(1, reduction), "none".into()] {
                let judge = judge(setting, &history);
                let prunes = |values: &[f64]| judge.prunes(&running(values));
                prop_assert!(values.len() < 9 || !prunes(&values));
                prop_assert!(!prunes(&[values.as_slice(), &[2.0]].concat()), "{judge:?}");
                let other = Curve { epochs_allowed: 10, ..running(&values) };
                prop_assert!(!judge.prunes(&other));
            }
        }
    }
}
