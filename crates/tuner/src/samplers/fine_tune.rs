//! Small steps around the best trials.

use super::draws::{first_allowed, normal, uniform};
use super::told::{Told, ranked};
use super::{Sampler, random, tpe};
use crate::search_space::{Domain, Point, Space};
use artifact_core::Params;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use settings::part::{Declaration, Parameter, Part};

/// How many of the best trials are starting points.
const ELITE: usize = 3;
/// The standard deviation of a step, as a share of a range.
const STEP: f64 = 0.1;
/// The probability that a choice changes: to a neighbour where the choices are ascending numbers, else to any other.
const MOVE: f64 = 0.2;
/// The probability that TPE suggests the point instead, so that the search does not narrow too early.
const TPE_SHARE: f64 = 0.25;

/// Takes small steps around the best trials, mixed with TPE.
#[derive(Debug, Clone, Copy)]
pub struct FineTune;

impl Part for FineTune {
    fn declaration(&self) -> Declaration {
        let share = |name, doc, default: f64| Parameter::float(name, doc).range(0.0, 1.0).default(default);
        Declaration::new("fine_tune", "Takes small steps around the best trials, mixed with TPE.")
            .parameter(
                Parameter::size("elite", "How many of the best trials are starting points.").default(ELITE),
            )
            .parameter(share("step", "The standard deviation of a step, as a share of a range.", STEP))
            .parameter(share("tpe_share", "How often TPE suggests instead of a step.", TPE_SHARE))
    }
}

impl Sampler for FineTune {
    fn suggest(&self, space: &Space, told: &[Told], params: &Params, rng: &mut ChaCha8Rng) -> Point {
        let share = |name, default: f64| params.float(name).unwrap_or(default).clamp(0.0, 1.0);
        if rng.random_bool(share("tpe_share", TPE_SHARE)) {
            return tpe::suggest(space, told, rng);
        }
        let mut elite = ranked(told);
        elite.truncate(params.size("elite").unwrap_or(ELITE));
        if elite.is_empty() {
            return random::suggest(space, rng);
        }
        near(&elite, share("step", STEP), space, told, rng)
    }
}

/// Takes a step from one of the `elite` trials, given by their indices in `told`.
fn near(elite: &[usize], size: f64, space: &Space, told: &[Told], rng: &mut ChaCha8Rng) -> Point {
    first_allowed(space, rng, |rng| {
        let start = &told[elite[rng.random_range(0..elite.len())]].point;
        let mut point = Point::with_capacity(start.len());
        for (place, dimension) in space.dimensions().iter().enumerate() {
            let domain = &dimension.domain;
            // A step may activate a dimension that the starting point lacks: there is nothing to step from, so draw it.
            let known = start[place].filter(|&number| domain.contains(number));
            let stepped = |rng: &mut ChaCha8Rng| match known {
                Some(number) => step(domain, number, size, rng),
                None => uniform(domain, rng),
            };
            // Decided by the new point: a step in the parent may have switched this dimension on or off.
            let active = space.is_active(place, &point);
            point.push(active.then(|| stepped(rng)));
        }
        point
    })
}

fn step(domain: &Domain, number: f64, size: f64, rng: &mut ChaCha8Rng) -> f64 {
    if let Some(axis) = domain.axis() {
        return axis.value((axis.position(number) + size * normal(rng)).clamp(0.0, 1.0));
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
    // Uniform over the other choices: indices from the current one on move up by one to skip it.
    let other = rng.random_range(0..last);
    (if other < number as usize { other } else { other + 1 }) as f64
}
