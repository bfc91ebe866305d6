//! Comparison with a percentile of the others at the same epoch.

use super::pruner::{Curve, Pruner, standings};
use artifact_core::Params;
use settings::part::{Declaration, Parameter, Part};

/// Stops trials that are not within the best few percent of the others at the same epoch.
#[derive(Debug, Clone, Copy)]
pub struct Percentile;

const PERCENTILE: f64 = 25.0;
const STARTUP_TRIALS: usize = 5;
const WARMUP_EPOCHS: usize = 5;
const INTERVAL_EPOCHS: usize = 1;

impl Part for Percentile {
    fn declaration(&self) -> Declaration {
        let percentile = "The percentage of best trials that a trial must stay within to continue.";
        waiting(
            Declaration::new(
                "percentile",
                "Stops a trial that is not within the best few percent of the others at the same epoch.",
            )
            .parameter(Parameter::float("percentile", percentile).range(0.001, 100.0).default(PERCENTILE)),
        )
    }
}

impl Pruner for Percentile {
    fn prunes(&self, running: &Curve, history: &[Curve], params: &Params) -> bool {
        prunes(params.float("percentile").unwrap_or(PERCENTILE), running, history, params)
    }
}

/// Adds the parameters that set when decisions are made.
pub(super) fn waiting(declaration: Declaration) -> Declaration {
    let startup = "Nothing is pruned before this many complete trials are known.";
    let warmup = "No trial is pruned before it has run this many epochs.";
    declaration
        .parameter(Parameter::size("startup_trials", startup).default(STARTUP_TRIALS))
        .parameter(Parameter::int("warmup_epochs", warmup, 0, 1_000_000).default(WARMUP_EPOCHS))
        .parameter(
            Parameter::size("interval_epochs", "The epochs between two decisions.").default(INTERVAL_EPOCHS),
        )
}

/// Whether a decision is due after the newest epoch and goes against the running trial.
pub(super) fn prunes(percentile: f64, running: &Curve, history: &[Curve], params: &Params) -> bool {
    let size = |name, default| params.size(name).unwrap_or(default);
    let (epoch, warmup) = (running.values.len(), size("warmup_epochs", WARMUP_EPOCHS));
    let interval = size("interval_epochs", INTERVAL_EPOCHS).max(1);
    if epoch < warmup || !(epoch - warmup).is_multiple_of(interval) {
        return false;
    }
    let complete = history.iter().filter(|other| other.complete).count();
    let epoch = epoch as u64;
    complete >= size("startup_trials", STARTUP_TRIALS)
        && running
            .best_until(epoch)
            .is_some_and(|value| is_below(value, standings(history, epoch), percentile))
}

/// Whether `value` is not within the best `percentile` percent of `others`.
///
/// The bar is the percentile by linear interpolation between order statistics (type 7 of Hyndman and Fan 1996).
fn is_below(value: f64, mut others: Vec<f64>, percentile: f64) -> bool {
    others.sort_by(f64::total_cmp);
    let Some(last) = others.len().checked_sub(1) else { return false };
    let place = last as f64 * (1.0 - percentile / 100.0).clamp(0.0, 1.0);
    let (below, share) = (place.floor() as usize, place.fract());
    let above = (below + 1).min(last);
    value < others[below] + share * (others[above] - others[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_interpolated() {
        let others = || vec![4.0, 1.0, 2.0];
        assert!(is_below(1.99, others(), 50.0) && !is_below(2.0, others(), 50.0));
        assert!(is_below(2.99, others(), 25.0) && !is_below(3.0, others(), 25.0));
        assert!(!is_below(0.0, vec![], 50.0));
    }
}
