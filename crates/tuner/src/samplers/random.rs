//! Uniform draws.

use super::first_valid;
use crate::search_space::{Point, Scale, Space};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

/// Draws a valid point uniformly, each dimension on its own scale.
pub(super) fn suggest(space: &Space, rng: &mut ChaCha8Rng) -> Point {
    first_valid(space, rng, |rng| {
        space.dimensions().iter().map(|dimension| draw(&dimension.scale, rng)).collect()
    })
}

/// Draws one value.
pub(super) fn draw(scale: &Scale, rng: &mut ChaCha8Rng) -> f64 {
    match scale {
        Scale::Fixed(value) => *value,
        Scale::Choices(values) => values[rng.random_range(0..values.len())],
        Scale::Range { low, high, log, whole } => Scale::from_unit(*low, *high, *log, *whole, rng.random()),
    }
}
