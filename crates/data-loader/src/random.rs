//! Random numbers whose values depend on the stream's seed and on nothing else.
//!
//! The generator is ChaCha8. The conversions from its words to numbers are written out here rather than taken from a
//! library, since a library may change its own from one version to the next.

use artifact_core::seed::{Purpose, derive};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// One random stream.
pub(crate) struct Stream(ChaCha8Rng);

impl Stream {
    /// Opens the stream of one ticker.
    pub(crate) fn of_ticker(seed: u64, purpose: Purpose, ticker: usize) -> Self {
        Self(ChaCha8Rng::from_seed(derive(seed, purpose, ticker as u64, 0, 0)))
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

    /// Draws an integer from `0..bound` without bias: words beyond the last complete multiple of `bound` are rejected.
    /// `bound` must be positive.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = bound as u64;
        let complete = u64::MAX - u64::MAX % bound;
        loop {
            let word = self.0.next_u64();
            if word < complete {
                return (word % bound) as usize;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_the_moments_of_their_distributions() {
        let mut stream = Stream::of_ticker(1, Purpose::SyntheticBars, 0);
        let count = 20_000;
        let normal: Vec<f64> = (0..count).map(|_| stream.normal()).collect();
        let mean = normal.iter().sum::<f64>() / f64::from(count);
        let variance = normal.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(count);
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.05, "{mean} {variance}");
        let mut seen = [0_i32; 5];
        (0..count).for_each(|_| seen[stream.below(5)] += 1);
        assert!(seen.iter().all(|&n| (n - count / 5).abs() < 300), "{seen:?}");
    }
}
