//! Asynchronous successive halving: L. Li et al., "A System for Massively Parallel Hyperparameter Tuning" (2020).
//!
//! A trial that reaches a rung goes on when it is among the best `1 / reduction` of all that have reached it. Nothing
//! waits for a rung to fill, so early trials go on more easily than later ones.

/// Whether `epoch` is a rung: `min_epochs * reduction ^ k`.
pub(super) fn is_rung(epoch: u64, min_epochs: u64, reduction: u64) -> bool {
    let (min_epochs, reduction) = (min_epochs.max(1), reduction.max(2));
    let mut rung = min_epochs;
    while rung < epoch {
        rung = rung.saturating_mul(reduction);
    }
    rung == epoch
}

/// Whether a trial that stands at `value` ends here, given the values of the others that reached this rung.
pub(super) fn is_halted(value: f64, others: Vec<f64>, reduction: u64) -> bool {
    let at_rung = others.len() as u64 + 1;
    let places = (at_rung / reduction.max(2)).max(1);
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
    fn equal_trials_go_on_together() {
        assert!(!is_halted(1.0, vec![1.0; 20], 3));
        assert!(is_halted(1.0, vec![2.0, 0.0], 3));
    }
}
