//! Asynchronous successive halving: L. Li et al., "A System for Massively Parallel Hyperparameter Tuning" (2020).
//!
//! A trial that reaches a rung continues if it is among the best `1 / reduction` of all that have reached it. Nothing
//! waits for a rung to fill, so early trials are promoted more easily than later ones.

use super::pruner::{Curve, Pruner, standings};
use artifact_core::Params;
use settings::part::{Declaration, Parameter, Part};

/// Stops trials that are not among the best at a rung.
#[derive(Debug, Clone, Copy)]
pub struct Asha;

const MIN_EPOCHS: usize = 2;
const REDUCTION: usize = 3;

impl Part for Asha {
    fn declaration(&self) -> Declaration {
        let reduction =
            "Each rung is this many times as high as the one below; the best one in this many continues.";
        Declaration::new("asha", "Stops a trial that is not among the best at a rung of successive halving.")
            .parameter(Parameter::size("min_epochs", "The epochs of the lowest rung.").default(MIN_EPOCHS))
            .parameter(Parameter::int("reduction", reduction, 2, 1_000_000).default(REDUCTION))
    }
}

impl Pruner for Asha {
    fn prunes(&self, running: &Curve, history: &[Curve], params: &Params) -> bool {
        let size = |name, default| params.size(name).unwrap_or(default) as u64;
        let (min_epochs, reduction) = (size("min_epochs", MIN_EPOCHS), size("reduction", REDUCTION));
        let epoch = running.values.len() as u64;
        is_rung(epoch, min_epochs, reduction)
            && running
                .best_until(epoch)
                .is_some_and(|value| is_halted(value, standings(history, epoch), reduction))
    }
}

/// Whether `epoch` is a rung: `min_epochs * reduction ^ k`.
fn is_rung(epoch: u64, min_epochs: u64, reduction: u64) -> bool {
    // Smaller values would never let `rung` reach `epoch`.
    let (min_epochs, reduction) = (min_epochs.max(1), reduction.max(2));
    let mut rung = min_epochs;
    while rung < epoch {
        rung = rung.saturating_mul(reduction);
    }
    rung == epoch
}

/// Whether a trial whose best value so far is `value` stops here, given those of the others that reached this rung.
fn is_halted(value: f64, others: Vec<f64>, reduction: u64) -> bool {
    let at_rung = others.len() as u64 + 1;
    // At least one place: with fewer than `reduction` trials at the rung, the best continues.
    let places = (at_rung / reduction.max(2)).max(1);
    // Strictly better: equal trials continue together.
    let better = others.into_iter().filter(|other| *other > value).count() as u64;
    better >= places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rungs_are_powers() {
        let rungs: Vec<u64> = (1..60).filter(|&epoch| is_rung(epoch, 2, 3)).collect();
        assert_eq!(rungs, [2, 6, 18, 54]);
    }

    #[test]
    fn equal_trials_continue_together() {
        assert!(!is_halted(1.0, vec![1.0; 20], 3));
        assert!(is_halted(1.0, vec![2.0, 0.0], 3));
    }
}
