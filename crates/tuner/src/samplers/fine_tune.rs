//! Small steps around the best trials.

use super::draws::{first_allowed, normal};
use super::random;
use super::told::{Told, ranked};
use crate::search_space::{Domain, Point, Space};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

/// How many of the best trials are starting points.
const ELITE: usize = 3;
/// The standard deviation of a step, as a share of a range.
const STEP: f64 = 0.1;
/// How often a choice moves: to a neighbour where the choices are rising numbers, else to any other.
const MOVE: f64 = 0.2;
/// How often the step is taken by TPE instead, so that the search does not close in too early.
const TPE_SHARE: f64 = 0.25;

/// Suggests a valid point near one of the best few.
pub(super) fn suggest(space: &Space, told: &[Told], rng: &mut ChaCha8Rng) -> Point {
    if rng.random_bool(TPE_SHARE) {
        return super::tpe::suggest(space, told, rng);
    }
    let mut elite = ranked(told);
    elite.truncate(ELITE);
    if elite.is_empty() {
        return random::suggest(space, rng);
    }
    first_allowed(space, rng, |rng| {
        let start = &told[elite[rng.random_range(0..elite.len())]].point;
        let mut point = Point::with_capacity(start.len());
        for (place, dimension) in space.dimensions().iter().enumerate() {
            let domain = &dimension.domain;
            // A step may bring a dimension in that the starting point does not have.
            let known = start[place].filter(|&number| domain.contains(number));
            let stepped = |rng: &mut ChaCha8Rng| match known {
                Some(number) => step(domain, number, rng),
                None => random::draw(domain, rng),
            };
            let active = space.is_active(place, &point);
            point.push(active.then(|| stepped(rng)));
        }
        point
    })
}

fn step(domain: &Domain, number: f64, rng: &mut ChaCha8Rng) -> f64 {
    if let Some(axis) = domain.axis() {
        return axis.value((axis.position(number) + STEP * normal(rng)).clamp(0.0, 1.0));
    }
    let Domain::Categorical(choices) = domain else { return number };
    if choices.len() < 2 || !rng.random_bool(MOVE) {
        return number;
    }
    let last = choices.len() - 1;
    if domain.is_ordered() {
        let up = rng.random_bool(0.5);
        return if up { (number + 1.0).min(last as f64) } else { (number - 1.0).max(0.0) };
    }
    // One of the others, each as likely.
    let other = rng.random_range(0..last);
    (if other < number as usize { other } else { other + 1 }) as f64
}
