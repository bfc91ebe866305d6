//! Random numbers whose values depend on a seed, a purpose and a number, and on nothing else.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// One random stream of ChaCha8.
///
/// The key is the seed (8 bytes, little endian), then the purpose (up to 24 bytes, zero-padded); the ChaCha stream is
/// the number. The conversions from words to numbers are spelt out, so that no library's choice of algorithm matters.
pub(crate) struct Draws(ChaCha8Rng);

impl Draws {
    /// Opens the stream of `purpose`, of which 24 bytes count, and `number`, usually a ticker's.
    pub(crate) fn new(seed: u64, purpose: &str, number: usize) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        for (place, byte) in key[8..].iter_mut().zip(purpose.bytes()) {
            *place = byte;
        }
        let mut generator = ChaCha8Rng::from_seed(key);
        generator.set_stream(number as u64);
        Self(generator)
    }

    /// Draws from the uniform distribution on `[0, 1)`: the upper 53 bits of a word, times 2^-53.
    pub(crate) fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// Draws from the standard normal distribution by the method of Box and Muller (1958); only the cosine of the pair
    /// is used, so that every draw takes exactly two words.
    pub(crate) fn normal(&mut self) -> f64 {
        let radius_part = 1.0 - self.uniform(); // in (0, 1], so that the logarithm is finite
        let angle = std::f64::consts::TAU * self.uniform();
        (-2.0 * libm::log(radius_part)).sqrt() * libm::cos(angle)
    }

    /// Draws a whole number from `0..bound`: the upper half of the product of a word and the bound. Its bias is below
    /// `bound` / 2^64.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.0.next_u64()) * bound as u128) >> 64) as usize
    }

    /// Tosses a fair coin.
    pub(crate) fn coin(&mut self) -> bool {
        self.below(2) == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_the_moments_of_their_distributions() {
        let mut draws = Draws::new(1, "test", 0);
        let count = 20_000;
        let normal: Vec<f64> = (0..count).map(|_| draws.normal()).collect();
        let mean = normal.iter().sum::<f64>() / f64::from(count);
        let variance = normal.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(count);
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.05, "{mean} {variance}");
        let mut seen = [0_i32; 5];
        (0..count).for_each(|_| seen[draws.below(5)] += 1);
        assert!(seen.iter().all(|&n| (n - count / 5).abs() < 300), "{seen:?}");
    }

    #[test]
    fn seed_purpose_and_number_each_make_another_stream() {
        let first = |seed, purpose, number| Draws::new(seed, purpose, number).uniform();
        let base = first(1, "a", 0);
        assert!([first(2, "a", 0), first(1, "b", 0), first(1, "a", 1)].iter().all(|&other| other != base));
        assert_eq!(base, first(1, "a", 0));
    }
}
