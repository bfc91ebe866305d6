//! Draws shared by several samplers.

use crate::search_space::{Domain, Point, Space};
use rand::{Rng, RngExt as _};
use rand_chacha::ChaCha8Rng;

/// Draws points until one is allowed, and repairs the last one if none is.
pub(super) fn first_allowed(
    space: &Space,
    rng: &mut ChaCha8Rng,
    mut draw: impl FnMut(&mut ChaCha8Rng) -> Point,
) -> Point {
    const ATTEMPTS: usize = 50;
    let mut point = draw(rng);
    for _ in 1..ATTEMPTS {
        if space.is_allowed(&point) {
            return point;
        }
        point = draw(rng);
    }
    // Redrawing keeps the sampler's own distribution over the allowed points; repairing does not, so it comes last.
    let mut point = space.repair(point, rng);
    // Conditions may depend on a repaired number: what became inactive loses its number, what became active gets one.
    for (place, dimension) in space.dimensions().iter().enumerate() {
        let active = space.is_active(place, &point);
        if active != point[place].is_some() {
            point[place] = active.then(|| uniform(&dimension.domain, rng));
        }
    }
    point
}

/// Draws one number of a domain uniformly along its axis.
pub(super) fn uniform<R: Rng + ?Sized>(domain: &Domain, rng: &mut R) -> f64 {
    if let Some(single) = domain.single() {
        return single;
    }
    match (domain, domain.axis()) {
        (_, Some(axis)) => axis.value(rng.random()),
        (Domain::Categorical(choices), None) => rng.random_range(0..choices.len()) as f64,
        // Not reached: every other valid domain without an axis has a single value.
        _ => 0.0,
    }
}

/// A standard normal draw, by the method of Box and Muller (1958).
pub(super) fn normal(rng: &mut ChaCha8Rng) -> f64 {
    normal_from(rng)
}

/// As [`normal`], from any generator.
pub(super) fn normal_from<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    // 1 - u lies in (0, 1], where the logarithm is finite. The second normal of the pair is dropped: keeping it for the
    // next call would be state, and suggestions must depend on their arguments only.
    let (radius, angle): (f64, f64) = (1.0 - rng.random::<f64>(), rng.random());
    // libm rather than std, whose logarithm and cosine may differ between platforms.
    (-2.0 * libm::log(radius)).sqrt() * libm::cos(std::f64::consts::TAU * angle)
}
