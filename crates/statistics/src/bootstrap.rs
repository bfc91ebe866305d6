//! The stationary bootstrap.

use crate::Undefined;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// The rows of resampled histories, each as long as the original.
///
/// A figure's values on all of them show how much it depends on the luck of the rows. Figures that are computed on the
/// same resamples can be compared in pairs. Where several tickers have a value in a row, resample the rows, not the values:
/// what happens on a date moves all tickers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resamples {
    rows: usize,
    /// The rows of all resamples, one after the other.
    picks: Vec<usize>,
}

impl Resamples {
    /// Draws `count` resamples of `rows` rows by the stationary bootstrap of Politis and Romano (1994).
    ///
    /// A resample is made of blocks of consecutive rows. Each begins at a random row, and after every row the block ends
    /// with probability `1 / mean_block`; the first row follows the last one. Rows that depend on each other over fewer
    /// than `mean_block` rows therefore mostly stay together. With `mean_block = 1` rows are drawn independently.
    ///
    /// The same seed gives the same rows on every machine. They are drawn from ChaCha8: for every row but the first, one
    /// 64-bit word whose upper 53 bits, divided by 2^53, end the block if they are less than `1 / mean_block`; for the
    /// first row of a block, the upper half of the product of one more word and `rows`.
    ///
    /// # Errors
    ///
    /// [`Undefined`] for no rows, or a mean block that is not a number from 1 on.
    pub fn stationary(rows: usize, mean_block: f64, count: usize, seed: [u8; 32]) -> Result<Self, Undefined> {
        if rows == 0 {
            return Err(Undefined::FewReturns { found: rows, least: 1 });
        }
        Undefined::unless_block_length(mean_block)?;
        let mut generator = ChaCha8Rng::from_seed(seed);
        let mut picks = Vec::with_capacity(rows * count);
        for _ in 0..count {
            let mut row = 0;
            for place in 0..rows {
                let ends = place == 0 || unit(generator.next_u64()) < 1.0 / mean_block;
                row = if ends { below(rows, generator.next_u64()) } else { (row + 1) % rows };
                picks.push(row);
            }
        }
        Ok(Self { rows, picks })
    }

    /// Takes the rows of resamples that were drawn elsewhere.
    ///
    /// # Errors
    ///
    /// [`Undefined::OtherRows`] for a resample of another length than the first, or one that names a row beyond that length.
    pub fn given(resamples: &[Vec<usize>]) -> Result<Self, Undefined> {
        let rows = resamples.first().map_or(0, Vec::len);
        for (candidate, own) in resamples.iter().enumerate() {
            let most = own.iter().max().map_or(0, |most| most + 1);
            if own.len() != rows || most > rows {
                return Err(Undefined::OtherRows { candidate, found: own.len().max(most), expected: rows });
            }
        }
        Ok(Self { rows, picks: resamples.concat() })
    }

    /// The number of rows of each resample.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of resamples.
    pub fn count(&self) -> usize {
        self.picks.len().checked_div(self.rows).unwrap_or(0)
    }

    /// The rows of each resample, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[usize]> {
        self.picks.chunks_exact(self.rows.max(1))
    }
}

/// The upper 53 bits of a word as a number from 0 to below 1.
fn unit(word: u64) -> f64 {
    (word >> 11) as f64 / (1_u64 << 53) as f64
}

/// A word as a number from 0 to below `count`.
fn below(count: usize, word: u64) -> usize {
    ((u128::from(word) * count as u128) >> 64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_resample_has_rows_of_the_history(rows in 1_usize..60, block in 1.0..20.0, count in 0_usize..8, seed in any::<[u8; 32]>()) {
            let drawn = Resamples::stationary(rows, block, count, seed).unwrap();
            prop_assert_eq!((drawn.rows(), drawn.count()), (rows, count));
            prop_assert!(drawn.iter().all(|own| own.len() == rows && own.iter().all(|&row| row < rows)));
            let listed: Vec<Vec<usize>> = drawn.iter().map(<[usize]>::to_vec).collect();
            if count > 0 {
                prop_assert_eq!(&Resamples::given(&listed).unwrap(), &drawn);
            }
            prop_assert_eq!(Resamples::stationary(rows, block, count, seed).unwrap(), drawn);
        }
    }

    #[test]
    fn blocks_have_the_mean_length_and_all_rows_the_same_chance() {
        let (rows, block) = (50, 5.0);
        let drawn = Resamples::stationary(rows, block, 4_000, [7; 32]).unwrap();
        let mut counts = vec![0.0_f64; rows];
        let mut breaks = 0.0;
        for own in drawn.iter() {
            own.iter().for_each(|&row| counts[row] += 1.0);
            breaks += own.windows(2).filter(|pair| pair[1] != (pair[0] + 1) % rows).count() as f64;
        }
        // A new block begins at the next row by chance once in `rows` draws.
        let expected = (rows - 1) as f64 * 4_000.0 / block * (1.0 - 1.0 / rows as f64);
        // Five standard deviations of the counts, which are about Poisson distributed.
        assert!((breaks - expected).abs() < 5.0 * expected.sqrt(), "{breaks}, expected {expected}");
        assert!(counts.iter().all(|count| (count - 4_000.0).abs() < 5.0 * (4_000.0 * block * 2.0).sqrt()));
    }

    #[test]
    fn the_drawn_rows_never_change() {
        let drawn = Resamples::stationary(10, 3.0, 2, [1; 32]).unwrap();
        let rows: Vec<&[usize]> = drawn.iter().collect();
        assert_eq!(rows, [[2, 3, 4, 5, 6, 7, 8, 4, 5, 9], [9, 0, 1, 2, 9, 0, 1, 2, 3, 7]]);
    }

    #[test]
    fn what_cannot_be_drawn_is_an_error() {
        let of = |rows, block| Resamples::stationary(rows, block, 1, [0; 32]).unwrap_err();
        assert_eq!(of(0, 1.0), Undefined::FewReturns { found: 0, least: 1 });
        assert_eq!(of(9, 0.5), Undefined::BlockLength { found: 0.5 });
        assert!(matches!(of(9, f64::NAN), Undefined::BlockLength { .. }));
        let given = |rows: &[&[usize]]| {
            Resamples::given(&rows.iter().map(|own| own.to_vec()).collect::<Vec<_>>()).unwrap_err()
        };
        assert_eq!(given(&[&[0, 1], &[0]]), Undefined::OtherRows { candidate: 1, found: 1, expected: 2 });
        assert_eq!(given(&[&[0, 2]]), Undefined::OtherRows { candidate: 0, found: 3, expected: 2 });
    }
}
