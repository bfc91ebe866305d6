//! Dropout masks that are computed, not stored.

use super::real::Real;

/// Whether a forward pass trains, and with which dropout masks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// No dropout.
    Evaluate,
    /// Dropout with the masks of one step.
    Train(DropoutKey),
}

impl Mode {
    /// The mask of one place in the model. Different sites of one step get unrelated masks.
    ///
    /// `rate` is the share of values dropped, in `[0, 1)`.
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

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014) after one Weyl increment, so that 0 does not map to 0.
fn mix(state: u64) -> u64 {
    let z = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A dropout mask: a pure function from an element's index to its factor, 0 or `1 / (1 - rate)`.
///
/// The backward pass asks again instead of remembering, which saves the memory traffic of a stored mask.
#[derive(Debug, Clone, Copy)]
pub struct Mask<R> {
    active: bool,
    keys: [u32; 2],
    /// Elements whose hash is at most this are kept.
    threshold: u32,
    scale: R,
}

impl<R: Real> Mask<R> {
    fn new(key: u64, rate: f64) -> Self {
        let keep = 1.0 - rate;
        Self {
            active: true,
            keys: [key as u32, (key >> 32) as u32],
            threshold: (keep * f64::from(u32::MAX)) as u32,
            scale: R::from_f64(1.0 / keep),
        }
    }

    /// The mask that keeps everything as it is.
    pub fn inactive() -> Self {
        Self { active: false, keys: [0; 2], threshold: u32::MAX, scale: R::ONE }
    }

    /// Whether the mask drops anything.
    pub fn is_active(&self) -> bool {
        self.active
    }

    /// The factor of element `index`; indices wrap at `2^32`, beyond which the mask repeats.
    ///
    /// The hash has the shape of `lowbias32` (Wellons, "Prospecting for hash functions", 2018) with a second key mixed
    /// in half-way: with one key, two masks would be permutations of each other.
    #[inline(always)]
    pub fn factor(&self, index: u32) -> R {
        if !self.active {
            return R::ONE;
        }
        let mut hash = index ^ self.keys[0];
        hash = (hash ^ (hash >> 16)).wrapping_mul(0x7feb_352d);
        hash = (hash ^ (hash >> 15) ^ self.keys[1]).wrapping_mul(0x846c_a68b);
        hash ^= hash >> 16;
        if hash <= self.threshold { self.scale } else { R::ZERO }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(mask: Mask<f64>, count: u32) -> Vec<bool> {
        (0..count).map(|index| mask.factor(index) > 0.0).collect()
    }

    fn share(kept: impl Iterator<Item = bool>, count: u32) -> f64 {
        kept.filter(|&k| k).count() as f64 / f64::from(count)
    }

    #[test]
    fn drops_the_stated_share_and_keeps_the_mean() {
        const COUNT: u32 = 200_000;
        for rate in [0.05, 0.1, 0.4, 0.9] {
            let mask = Mode::Train(DropoutKey::new(&[3; 32], 5)).mask::<f64>(2, rate);
            assert!((share(kept(mask, COUNT).into_iter(), COUNT) - (1.0 - rate)).abs() < 0.005);
            let mean = (0..COUNT).map(|i| mask.factor(i)).sum::<f64>() / f64::from(COUNT);
            assert!((mean - 1.0).abs() < 0.03, "{rate}: {mean}");
        }
    }

    #[test]
    fn masks_of_other_sites_steps_and_epochs_are_unrelated() {
        const COUNT: u32 = 100_000;
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
    fn nothing_is_dropped_without_dropout() {
        let train = Mode::Train(DropoutKey::new(&[0; 32], 0));
        for mask in [Mode::Evaluate.mask::<f32>(0, 0.5), train.mask(0, 0.0)] {
            assert!(!mask.is_active());
            assert!((0..1000).all(|i| mask.factor(i) == 1.0));
        }
    }
}
