//! Dropout masks that are computed where they are needed instead of being stored.
//!
//! A factor depends only on the epoch's seed, the step, the slice of the batch, the site, the rate and the element's
//! place. Unlike numbers from a sequential generator it does not depend on the order of calls, so threads may compute
//! masks in any order.

use super::real::Real;
use super::simd::vectorised;

/// Whether a forward pass trains, and if so, with which dropout masks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// No dropout.
    Evaluate,
    /// Dropout with the masks of this step.
    Train(DropoutKey),
}

impl Mode {
    /// The mode for slice `slice` of the batch.
    #[must_use]
    pub fn slice(self, slice: usize) -> Self {
        match self {
            Mode::Evaluate => Mode::Evaluate,
            Mode::Train(key) => Mode::Train(key.slice(slice)),
        }
    }

    /// The mask of one place in the model, its site. Different sites of one step get unrelated masks.
    ///
    /// `rate` is the share of values to drop, in `[0, 1)`.
    pub fn mask<R: Real>(self, site: u32, rate: f64) -> Mask<R> {
        match self {
            Mode::Train(key) if rate > 0.0 => Mask::new(mix(key.0 ^ mix(u64::from(site))), rate),
            _ => Mask::inactive(),
        }
    }
}

/// The key of all dropout masks of one training step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DropoutKey(u64);

impl DropoutKey {
    /// The key for slice `slice` of this step's batch; each slice counts its sequences from 0.
    #[must_use]
    pub fn slice(self, slice: usize) -> Self {
        Self(mix(self.0 ^ mix(slice as u64)))
    }

    /// Derives the key of step `step` (counted from 0 within its epoch) from the epoch's dropout seed.
    pub fn new(epoch_seed: &[u8; 32], step: u64) -> Self {
        let words = epoch_seed.chunks_exact(8).map(|bytes| {
            let mut word = [0; 8];
            word.copy_from_slice(bytes);
            u64::from_le_bytes(word)
        });
        Self(words.fold(mix(step), |state, word| mix(state ^ word)))
    }
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood, 2014) after one Weyl increment, so that 0 does not map to 0.
fn mix(state: u64) -> u64 {
    let z = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A dropout mask: a pure function from an element's row and column to its factor, which is 0 or the reciprocal of the
/// share kept.
///
/// The backward pass recomputes the factors, which saves the memory traffic of a stored mask.
#[derive(Debug, Clone, Copy)]
pub struct Mask<R> {
    active: bool,
    keys: [u32; 2],
    /// An element is kept if its 16 bits of the hash are below this.
    threshold: u32,
    scale: R,
}

impl<R: Real> Mask<R> {
    /// Rounds the share kept to a multiple of `2^-16` and takes the reciprocal of the *rounded* share as the factor, so
    /// that dropout does not change the expected value.
    fn new(key: u64, rate: f64) -> Self {
        const STEPS: f64 = 65536.0;
        let threshold = libm::round((1.0 - rate) * STEPS).max(1.0);
        Self {
            active: true,
            keys: [key as u32, (key >> 32) as u32],
            threshold: threshold as u32,
            scale: R::from_f64(STEPS / threshold),
        }
    }

    /// The mask that changes nothing: every factor is 1.
    pub fn inactive() -> Self {
        Self { active: false, keys: [0; 2], threshold: u32::MAX, scale: R::ONE }
    }

    /// Whether the mask may drop anything.
    pub fn is_active(&self) -> bool {
        self.active
    }

    /// The factor of every element kept.
    pub fn scale(&self) -> R {
        self.scale
    }

    /// Writes the factors of row `row`, which has `factors.len()` columns. All rows of a mask must have the same
    /// length. The mask repeats after `2^33` elements.
    ///
    /// The two halves of each hash decide on two elements: one in the first half of the row, and its counterpart in the
    /// second half.
    #[inline(always)]
    pub fn write(&self, row: usize, factors: &mut [R]) {
        if !self.active {
            factors.fill(R::ONE);
            return;
        }
        let hashes = factors.len().div_ceil(2);
        let first = row.wrapping_mul(hashes) as u32;
        // Pairing the halves of the row, not neighbours, keeps both stores below contiguous for vector code.
        let (low, high) = factors.split_at_mut(hashes);
        for (place, (low, high)) in low.iter_mut().zip(high.iter_mut()).enumerate() {
            let hash = self.hash(first.wrapping_add(place as u32));
            *low = self.factor(hash & 0xffff);
            *high = self.factor(hash >> 16);
        }
        // With an odd number of columns the first half has one more.
        if let Some(middle) = low.get_mut(high.len()) {
            *middle = self.factor(self.hash(first.wrapping_add(high.len() as u32)) & 0xffff);
        }
    }

    /// Multiplies the rows of `x` by their factors; `factors` is scratch of one row.
    pub(crate) fn apply(&self, x: &mut [R], factors: &mut [R]) {
        if !self.active {
            return;
        }
        vectorised(
            #[inline(always)]
            || {
                for (row, x) in x.chunks_exact_mut(factors.len()).enumerate() {
                    self.write(row, factors);
                    for (x, &factor) in x.iter_mut().zip(&*factors) {
                        *x *= factor;
                    }
                }
            },
        );
    }

    #[inline(always)]
    fn factor(&self, bits: u32) -> R {
        if bits < self.threshold { self.scale } else { R::ZERO }
    }

    /// A hash built like `lowbias32` (Wellons, "Prospecting for hash functions", 2018), with a second key mixed in
    /// half-way: with the first key alone, two masks would be permutations of each other.
    #[inline(always)]
    fn hash(&self, place: u32) -> u32 {
        let mut hash = place ^ self.keys[0];
        hash = (hash ^ (hash >> 16)).wrapping_mul(0x7feb_352d);
        hash = (hash ^ (hash >> 15) ^ self.keys[1]).wrapping_mul(0x846c_a68b);
        hash ^ (hash >> 16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of `count` elements are kept, in rows of an odd length.
    fn kept(mask: Mask<f64>, count: usize) -> Vec<bool> {
        factors(mask, count).into_iter().map(|factor| factor > 0.0).collect()
    }

    fn factors(mask: Mask<f64>, count: usize) -> Vec<f64> {
        let mut factors = vec![f64::NAN; count];
        for (row, factors) in factors.chunks_mut(125).enumerate() {
            mask.write(row, factors);
        }
        factors
    }

    fn share(kept: impl Iterator<Item = bool>, count: usize) -> f64 {
        kept.filter(|&k| k).count() as f64 / count as f64
    }

    #[test]
    fn drops_the_stated_share_and_keeps_the_mean() {
        const COUNT: usize = 200_000;
        for rate in [0.05, 0.1, 0.4, 0.9] {
            let mask = Mode::Train(DropoutKey::new(&[3; 32], 5)).mask::<f64>(2, rate);
            assert!((share(kept(mask, COUNT).into_iter(), COUNT) - (1.0 - rate)).abs() < 0.005);
            let mean = factors(mask, COUNT).iter().sum::<f64>() / COUNT as f64;
            assert!((mean - 1.0).abs() < 0.03, "{rate}: {mean}");
        }
    }

    #[test]
    fn masks_of_different_sites_steps_and_epochs_are_unrelated() {
        const COUNT: usize = 100_000;
        let mask = |seed: u8, step, site| {
            kept(Mode::Train(DropoutKey::new(&[seed; 32], step)).mask(site, 0.5), COUNT)
        };
        let base = mask(1, 0, 0);
        assert_eq!(base, mask(1, 0, 0));
        for other in [mask(2, 0, 0), mask(1, 1, 0), mask(1, 0, 1)] {
            let equal = base.iter().zip(&other).map(|(a, b)| a == b);
            assert!((share(equal, COUNT) - 0.5).abs() < 0.01);
        }
    }

    #[test]
    fn neighbours_and_the_two_halves_of_a_hash_are_unrelated() {
        const ROWS: usize = 4000;
        const COLUMNS: usize = 33;
        let mask = Mode::Train(DropoutKey::new(&[9; 32], 1)).mask::<f64>(3, 0.5);
        let mut row = [f64::NAN; COLUMNS];
        let rows: Vec<_> = (0..ROWS)
            .map(|place| {
                mask.write(place, &mut row);
                row.map(|factor| factor > 0.0)
            })
            .collect();
        for distance in [1, 2, COLUMNS.div_ceil(2)] {
            let equal =
                |row: &[bool; COLUMNS]| (distance..COLUMNS).filter(|&i| row[i] == row[i - distance]).count();
            let count: usize = rows.iter().map(equal).sum();
            let found = count as f64 / (ROWS * (COLUMNS - distance)) as f64;
            assert!((found - 0.5).abs() < 0.01, "{distance}: {found}");
        }
    }

    #[test]
    fn nothing_is_dropped_without_dropout() {
        let train = Mode::Train(DropoutKey::new(&[0; 32], 0));
        for mask in [Mode::Evaluate.mask::<f32>(0, 0.5), train.mask(0, 0.0)] {
            assert!(!mask.is_active());
            let mut factors = [f32::NAN; 1000];
            mask.write(3, &mut factors);
            assert!(factors.iter().all(|&factor| factor == 1.0));
        }
    }
}
