//! Small steps around the best trials.

use super::{Outcome, first_valid};
use crate::search_space::{Point, Scale, Space};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

/// How many of the best trials are starting points.
const ELITE: usize = 3;
/// The standard deviation of a step, as a share of a range.
const STEP: f64 = 0.1;
/// How often a choice moves to a neighbour in its list.
const MOVE: f64 = 0.2;
/// How often the step is taken by TPE instead, so that the search does not close in too early.
const TPE_SHARE: f64 = 0.25;

/// Suggests a valid point near one of the best few.
pub(super) fn suggest(space: &Space, outcomes: &[Outcome], rng: &mut ChaCha8Rng) -> Point {
    if rng.random_bool(TPE_SHARE) {
        return super::tpe::suggest(space, outcomes, rng);
    }
    let mut ranked: Vec<(f64, &Point)> = outcomes
        .iter()
        .filter_map(|outcome| outcome.objective.map(|value| (value, &outcome.point)))
        .collect();
    // Stable: of equal trials the earlier one comes first.
    ranked.sort_by(|left, right| right.0.total_cmp(&left.0));
    ranked.truncate(ELITE);
    first_valid(space, rng, |rng| {
        let start = ranked[rng.random_range(0..ranked.len())].1;
        start.iter().zip(space.dimensions()).map(|(&value, d)| step(&d.scale, value, rng)).collect()
    })
}

fn step(scale: &Scale, value: f64, rng: &mut ChaCha8Rng) -> f64 {
    match scale {
        Scale::Fixed(fixed) => *fixed,
        Scale::Choices(values) => {
            let place = values.iter().position(|choice| *choice == value).unwrap_or(0);
            if !rng.random_bool(MOVE) {
                return values[place];
            }
            let up = rng.random_bool(0.5);
            values[if up { (place + 1).min(values.len() - 1) } else { place.saturating_sub(1) }]
        }
        Scale::Range { low, high, log, whole } => {
            let unit = Scale::to_unit(*low, *high, *log, *whole, value) + STEP * normal(rng);
            Scale::from_unit(*low, *high, *log, *whole, unit)
        }
    }
}

/// A standard normal draw, by Box and Muller (1958).
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    // 1 - u lies in (0, 1], where the logarithm is finite.
    let (radius, angle): (f64, f64) = (1.0 - rng.random::<f64>(), rng.random());
    (-2.0 * libm::log(radius)).sqrt() * libm::cos(std::f64::consts::TAU * angle)
}
