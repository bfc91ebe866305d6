//! Uniform draws.

use super::draws::{first_allowed, uniform};
use super::{Sampler, Told};
use crate::search_space::{Point, Space};
use artifact_core::Params;
use rand_chacha::ChaCha8Rng;
use settings::part::{Declaration, Part};

/// Draws uniformly over the space.
#[derive(Debug, Clone, Copy)]
pub struct Random;

impl Part for Random {
    fn declaration(&self) -> Declaration {
        Declaration::new("random", "Draws uniformly over the search space.")
    }
}

impl Sampler for Random {
    fn suggest(&self, space: &Space, _told: &[Told], _params: &Params, rng: &mut ChaCha8Rng) -> Point {
        suggest(space, rng)
    }
}

/// Draws a valid point uniformly, each dimension along its own axis: logarithmic where its domain is.
pub(super) fn suggest(space: &Space, rng: &mut ChaCha8Rng) -> Point {
    with_first(space, None, rng)
}

/// As [`suggest`], with the number of the first dimension, which is in no list of combinations, given.
pub(crate) fn with_first(space: &Space, first: Option<f64>, rng: &mut ChaCha8Rng) -> Point {
    first_allowed(space, rng, |rng| {
        let mut point = Point::with_capacity(space.dimensions().len());
        for (place, dimension) in space.dimensions().iter().enumerate() {
            let active = space.is_active(place, &point);
            let given = first.filter(|_| place == 0);
            point.push(active.then(|| given.unwrap_or_else(|| uniform(&dimension.domain, rng))));
        }
        point
    })
}
