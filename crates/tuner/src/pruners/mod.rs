//! Pruners: when to end a trial that will not be the best.
//!
//! A decision is a function of the trial's own curve and of the curves of trials that were visible when it was
//! suggested. So it does not depend on what happens to run beside it, and an interrupted study prunes as an unbroken one.

mod asha;
mod percentile;
mod savings;

pub use savings::Savings;

use settings::{PrunerConfig, PrunerKind};

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
    /// The best value up to and including `epoch`. A complete trial that stopped before keeps its score; a pruned one
    /// says nothing about later epochs.
    fn best_until(&self, epoch: u64) -> Option<f64> {
        let epoch = epoch as usize;
        let seen = &self.values[..epoch.min(self.values.len())];
        let reached = self.complete || self.values.len() >= epoch;
        seen.iter().copied().reduce(f64::max).filter(|_| reached)
    }
}

/// A rule that ends trials early.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pruner {
    /// Never.
    Never,
    /// By comparison with a percentile of the others at the same epoch (Golovin et al. 2017: the median).
    Percentile {
        /// A trial goes on while it is within the best this many percent.
        percentile: f64,
        /// Nothing is pruned before this many complete trials are known.
        startup_trials: usize,
        /// No trial is pruned before it has run this many epochs.
        warmup_epochs: u64,
        /// The epochs between two decisions.
        interval_epochs: u64,
    },
    /// Asynchronous successive halving (Li et al. 2020).
    Asha {
        /// The epochs of the lowest rung.
        min_epochs: u64,
        /// Each rung is this many times as high as the one below; the best one in this many goes on.
        reduction: u64,
    },
}

impl Pruner {
    /// The pruner of a configuration.
    pub fn new(config: &PrunerConfig) -> Self {
        let percentile = |percentile| Pruner::Percentile {
            percentile,
            startup_trials: config.startup_trials,
            warmup_epochs: config.warmup_epochs,
            interval_epochs: config.interval_epochs,
        };
        match config.kind {
            PrunerKind::None => Pruner::Never,
            PrunerKind::Median => percentile(50.0),
            PrunerKind::Percentile => percentile(config.percentile),
            PrunerKind::Asha => Pruner::Asha { min_epochs: config.min_epochs, reduction: config.reduction },
        }
    }

    /// Whether the running trial is to be ended after its newest epoch, given the trials it may be compared with.
    ///
    /// A trial is never ended after its last epoch: then it is complete.
    pub fn prunes(&self, running: &Curve, history: &[Curve]) -> bool {
        let epoch = running.values.len() as u64;
        if epoch >= running.epochs_allowed {
            return false;
        }
        let Some(value) = running.best_until(epoch) else { return false };
        let comparable = || history.iter().filter(|other| other.epochs_allowed == running.epochs_allowed);
        match *self {
            Pruner::Never => false,
            Pruner::Percentile { percentile, startup_trials, warmup_epochs, interval_epochs } => {
                let complete = comparable().filter(|other| other.complete).count();
                let due =
                    epoch >= warmup_epochs && (epoch - warmup_epochs).is_multiple_of(interval_epochs.max(1));
                let others = || comparable().filter_map(|other| other.best_until(epoch)).collect();
                complete >= startup_trials && due && percentile::is_below(value, others(), percentile)
            }
            Pruner::Asha { min_epochs, reduction } => {
                let others = || comparable().filter_map(|other| other.best_until(epoch)).collect();
                asha::is_rung(epoch, min_epochs, reduction) && asha::is_halted(value, others(), reduction)
            }
        }
    }
}

/// A pruner with what one trial may be compared with: all that a decision needs but the trial's own curve.
#[derive(Debug, Clone)]
pub struct Judge {
    /// The rule.
    pub pruner: Pruner,
    /// The written name of the rule.
    pub name: &'static str,
    /// The trials that were visible when this one was suggested.
    pub history: Vec<Curve>,
}

impl Judge {
    /// Whether the running trial is to be ended after its newest epoch.
    pub fn prunes(&self, running: &Curve) -> bool {
        self.pruner.prunes(running, &self.history)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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

    const MEDIAN: Pruner =
        Pruner::Percentile { percentile: 50.0, startup_trials: 4, warmup_epochs: 2, interval_epochs: 2 };

    #[test]
    fn the_median_pruner_waits_and_then_compares_at_the_same_epoch() {
        // At epoch 2 the others stand at 2, 4, .. 12; the median is 7.
        assert!(MEDIAN.prunes(&running(&[0.0, 6.9]), &risers()));
        assert!(!MEDIAN.prunes(&running(&[0.0, 7.1]), &risers()));
        // The best value so far counts, not the newest.
        assert!(!MEDIAN.prunes(&running(&[7.1, 0.0]), &risers()));
        assert!(!MEDIAN.prunes(&running(&[0.0]), &risers()), "warm-up");
        assert!(!MEDIAN.prunes(&running(&[0.0, 6.9, 0.0]), &risers()), "between two decisions");
        assert!(!MEDIAN.prunes(&running(&[0.0, 0.0]), &risers()[..3]), "too few trials");
    }

    #[test]
    fn the_percentile_says_how_many_go_on() {
        let best = |percentile| Pruner::Percentile {
            percentile,
            startup_trials: 1,
            warmup_epochs: 0,
            interval_epochs: 1,
        };
        assert!(best(20.0).prunes(&running(&[4.9]), &risers()));
        assert!(!best(20.0).prunes(&running(&[5.1]), &risers()));
        assert!(!best(100.0).prunes(&running(&[1.0]), &risers()));
    }

    #[test]
    fn asha_keeps_the_best_third_at_each_rung() {
        let asha = Pruner::Asha { min_epochs: 1, reduction: 3 };
        // Seven trials are at the rung, this one included: two go on.
        assert!(!asha.prunes(&running(&[5.5]), &risers()));
        assert!(asha.prunes(&running(&[4.5]), &risers()));
        assert!(!asha.prunes(&running(&[4.5, 0.0]), &risers()), "2 is no rung of 1, 3, 9");
        assert!(asha.prunes(&running(&[4.5, 0.0, 0.0]), &risers()));
        // Of fewer than three the best one goes on.
        assert!(!asha.prunes(&running(&[1.5]), &risers()[..1]));
        assert!(asha.prunes(&running(&[0.5]), &risers()[..1]));
    }

    #[test]
    fn pruned_trials_count_up_to_where_they_came_and_stopped_ones_keep_their_score() {
        let others = [curve(1, &[5.0], false), curve(2, &[3.0], true)];
        assert_eq!(others[0].best_until(1), Some(5.0));
        assert_eq!(others[0].best_until(2), None);
        assert_eq!(others[1].best_until(2), Some(3.0));
        let asha = Pruner::Asha { min_epochs: 2, reduction: 2 };
        assert!(!asha.prunes(&running(&[0.0, 4.0]), &others));
        assert!(asha.prunes(&running(&[0.0, 2.0]), &others));
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
            let pruners = [
                MEDIAN,
                Pruner::Percentile { percentile, startup_trials: 1, warmup_epochs: 0, interval_epochs: 1 },
                Pruner::Asha { min_epochs: 1, reduction },
                Pruner::Never,
            ];
            for pruner in pruners {
                let prunes = |values: &[f64]| pruner.prunes(&running(values), &history);
                prop_assert!(values.len() < 9 || !prunes(&values));
                prop_assert!(!prunes(&[values.as_slice(), &[2.0]].concat()), "{pruner:?}");
                let other = Curve { epochs_allowed: 10, ..running(&values) };
                prop_assert!(!pruner.prunes(&other, &history));
            }
        }
    }
}
