//! Random choices, each a pure function of a seed and the number of its stream.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// The stream that draws the rows from which bins are made.
pub(crate) const BINS: u64 = 0;

/// The stream that draws the rows of a round.
pub(crate) fn rows_of_round(round: usize, outputs: usize) -> u64 {
    1 + round as u64 * (outputs as u64 + 1)
}

/// The stream that draws the columns of a tree.
pub(crate) fn columns_of_tree(round: usize, outputs: usize, output: usize) -> u64 {
    rows_of_round(round, outputs) + 1 + output as u64
}

/// Draws `chosen` of `0..count` without replacement, in ascending order.
///
/// Each number in turn is taken with the probability (still to take) / (still to come): the algorithm S of Knuth, The
/// Art of Computer Programming 2, 3.4.2. A draw is the upper half of the product of a 64-bit ChaCha8 word and the
/// numbers still to come.
pub(crate) fn sample(count: usize, chosen: usize, seed: [u8; 32], stream: u64) -> Vec<u32> {
    let mut generator = ChaCha8Rng::from_seed(seed);
    generator.set_stream(stream);
    let mut sample = Vec::with_capacity(chosen);
    for number in 0..count {
        let to_come = (count - number) as u128;
        let draw = (u128::from(generator.next_u64()) * to_come) >> 64;
        if draw < chosen.saturating_sub(sample.len()) as u128 {
            sample.push(number as u32);
        }
    }
    sample
}

/// How many of `count` make up a part; at least 1.
pub(crate) fn part(count: usize, fraction: f64) -> usize {
    ((count as f64 * fraction + 0.5).floor() as usize).clamp(1, count.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn samples_ascend_and_have_the_size_asked_for(count in 1usize..200, part in 0.0..1.0, seed in any::<[u8; 32]>()) {
            let chosen = (count as f64 * part) as usize;
            let drawn = sample(count, chosen, seed, 7);
            prop_assert_eq!(drawn.len(), chosen);
            prop_assert!(drawn.is_sorted_by(|a, b| a < b));
            prop_assert!(drawn.iter().all(|&number| (number as usize) < count));
            prop_assert_eq!(drawn, sample(count, chosen, seed, 7));
        }
    }

    #[test]
    fn every_number_is_about_equally_likely() {
        let mut counts = [0; 5];
        for stream in 0..5000 {
            for number in sample(5, 2, [3; 32], stream) {
                counts[number as usize] += 1;
            }
        }
        assert!(counts.iter().all(|count| (1850..2150).contains(count)), "{counts:?}");
    }

    #[test]
    fn streams_are_distinct() {
        let mut streams: Vec<u64> = vec![BINS];
        for round in 0..4 {
            streams.push(rows_of_round(round, 3));
            streams.extend((0..3).map(|output| columns_of_tree(round, 3, output)));
        }
        assert_eq!(streams, (0..17).collect::<Vec<_>>());
    }
}
