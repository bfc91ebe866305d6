//! Values without any relation, for tests.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// Independent values between -0.5 and 0.5.
pub(crate) fn noise(count: usize, seed: u8) -> Vec<f64> {
    let mut generator = ChaCha8Rng::from_seed([seed; 32]);
    (0..count).map(|_| f64::from(generator.next_u32()) / f64::from(u32::MAX) - 0.5).collect()
}
