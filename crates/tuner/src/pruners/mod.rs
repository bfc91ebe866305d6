//! Pruners: when to stop a trial that is unlikely to be the best.
//!
//! A decision is a function of the trial's own curve and of the curves of the trials that were visible when it was
//! suggested. So it does not depend on what happens to run in parallel, and an interrupted study prunes exactly as an
//! uninterrupted one.

mod asha;
mod judge;
mod median;
mod none;
mod percentile;
mod pruner;
mod savings;

pub use asha::Asha;
pub use judge::Judge;
pub use median::Median;
pub use none::Never;
pub use percentile::Percentile;
pub use pruner::{Curve, Pruner};
pub use savings::Savings;

use settings::part::Catalog;
use std::sync::Arc;

/// The built-in pruners.
pub fn builtin() -> Catalog<dyn Pruner> {
    let mut pruners: Catalog<dyn Pruner> = Catalog::new("pruner");
    pruners.add(Arc::new(Never)).add(Arc::new(Median)).add(Arc::new(Percentile)).add(Arc::new(Asha));
    pruners
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
        // After epoch 2 the others are at 2, 4, .. 12; the median is 7.
        assert!(prunes(median(), &[0.0, 6.9], &risers()));
        assert!(!prunes(median(), &[0.0, 7.1], &risers()));
        // The best value so far counts, not the newest.
        assert!(!prunes(median(), &[7.1, 0.0], &risers()));
        assert!(!prunes(median(), &[0.0], &risers()), "warm-up");
        assert!(!prunes(median(), &[0.0, 6.9, 0.0], &risers()), "between two decisions");
        assert!(!prunes(median(), &[0.0, 0.0], &risers()[..3]), "too few trials");
    }

    #[test]
    fn the_percentile_is_the_share_that_continues() {
        assert!(prunes(best(20.0), &[4.9], &risers()));
        assert!(!prunes(best(20.0), &[5.1], &risers()));
        assert!(!prunes(best(100.0), &[1.0], &risers()));
    }

    #[test]
    fn asha_keeps_the_best_third_at_each_rung() {
        let prunes = |values: &[f64], history: &[Curve]| prunes(asha(1, 3), values, history);
        // Seven trials are at the rung, this one included: two continue.
        assert!(!prunes(&[5.5], &risers()));
        assert!(prunes(&[4.5], &risers()));
        assert!(!prunes(&[4.5, 0.0], &risers()), "2 is not among the rungs 1, 3, 9");
        assert!(prunes(&[4.5, 0.0, 0.0], &risers()));
        // With fewer than three trials at a rung, only the best continues.
        assert!(!prunes(&[1.5], &risers()[..1]));
        assert!(prunes(&[0.5], &risers()[..1]));
    }

    #[test]
    fn pruned_trials_count_up_to_their_last_epoch_and_complete_ones_keep_their_score() {
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
