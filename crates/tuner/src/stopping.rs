//! What choosing the epoch on the rows that score it adds to a trial's score.

use std::ops::Range;
use trainer_core::SegmentScores;

/// The fewest label windows that a half must hold.
const LEAST_WINDOWS: usize = 5;

/// The halves of a validation set, as positions of its sequences. Between them as many are left out as a label has rows, so that no
/// label of one half reads a row of one of the other. None where the halves would say nothing.
pub(crate) fn halves(sequences: usize, time_window: usize) -> Vec<Range<usize>> {
    let half = sequences.saturating_sub(time_window) / 2;
    if half == 0 || half < LEAST_WINDOWS * time_window {
        return Vec::new();
    }
    vec![0..half, sequences - half..sequences]
}

/// How much the objective of the best epoch exceeds, by luck, what that epoch is worth; `None` without scores of both [`halves`]
/// at every epoch.
///
/// The epoch is chosen on one half and scored on the other, and the other way round: what is lost against scoring on the half that
/// chose is the luck of a choice on half of the rows. It falls with the root of the number of rows, as differences between epochs
/// do that are due to chance, so on all rows it is the part `1 / sqrt(2)` of that.
pub(crate) fn stopping_bias(epochs: &[Vec<SegmentScores>]) -> Option<f64> {
    let objective = |scores: &[SegmentScores], half: usize| *scores.get(half)?.objectives.first()?;
    let both = |scores: &Vec<SegmentScores>| Some([objective(scores, 0)?, objective(scores, 1)?]);
    let curve: Vec<[f64; 2]> = epochs.iter().map(both).collect::<Option<_>>()?;
    let best = |half: usize| {
        let better = |best: [f64; 2], next: [f64; 2]| if next[half] > best[half] { next } else { best };
        curve.iter().copied().reduce(better)
    };
    let [first, second] = [best(0)?, best(1)?];
    let luck = (first[0] + second[1]) / 2.0 - (first[1] + second[0]) / 2.0;
    Some(luck / std::f64::consts::SQRT_2).filter(|bias| bias.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epoch(objectives: [f64; 2]) -> Vec<SegmentScores> {
        let scores = |value| SegmentScores {
            objectives: vec![Some(value)],
            skills: Vec::new(),
            returns: Vec::new(),
            tempered: Vec::new(),
        };
        objectives.map(scores).to_vec()
    }

    #[test]
    fn halves_share_no_row() {
        assert_eq!(halves(25, 2), [0..11, 14..25]);
        assert_eq!(halves(22, 2), [0..10, 12..22]);
        assert_eq!((halves(21, 2), halves(0, 1), halves(5, 9)), (vec![], vec![], vec![]));
    }

    #[test]
    fn luck_is_what_the_other_half_does_not_confirm() {
        let found = stopping_bias(&[epoch([0.5, 0.1]), epoch([0.1, 0.3])]).unwrap();
        assert!((found - ((0.5 + 0.3) / 2.0 - 0.1) / 2.0_f64.sqrt()).abs() < 1e-15, "{found}");
        assert_eq!(stopping_bias(&[epoch([0.1, 0.2]), epoch([0.3, 0.4])]), Some(0.0), "both agree");
        assert_eq!((stopping_bias(&[]), stopping_bias(&[Vec::new()])), (None, None));
    }

    /// On noise the estimate is the mean of the maximum over the epochs.
    #[test]
    fn the_estimate_is_unbiased_on_noise() {
        use rand_chacha::ChaCha8Rng;
        use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
        let mut generator = ChaCha8Rng::from_seed([7; 32]);
        let mut normal = || {
            let uniform = |generator: &mut ChaCha8Rng| f64::from(generator.next_u32()) / f64::from(u32::MAX);
            (0..12).map(|_| uniform(&mut generator)).sum::<f64>() - 6.0
        };
        let runs = 4000;
        let (mut estimated, mut reached) = (0.0, 0.0);
        for _ in 0..runs {
            let halves: Vec<[f64; 2]> = (0..10).map(|_| [normal(), normal()]).collect();
            estimated += stopping_bias(&halves.iter().map(|own| epoch(*own)).collect::<Vec<_>>()).unwrap();
            reached += halves.iter().map(|own| (own[0] + own[1]) / 2.0).fold(f64::NEG_INFINITY, f64::max);
        }
        let (estimated, reached) = (estimated / f64::from(runs), reached / f64::from(runs));
        assert!((estimated / reached - 1.0).abs() < 0.03, "{estimated} and {reached}");
    }
}
