//! Joint tree-structured Parzen estimators (Bergstra et al. 2011; the joint form as in Falkner et al. 2018).
//!
//! The best trials define a density `l` over the whole space, and all others a density `g`. Candidates are drawn from
//! `l`, and the one with the highest `l / g` is suggested. Both densities are mixtures of product kernels: one kernel
//! per trial, and a wide one that represents what is not known yet. This preserves dependencies between dimensions,
//! which one estimator per dimension loses.
//!
//! The densities of single dimensions implement `BuildDensityEstimator` of the `tpe` crate. Every number is drawn
//! through that crate's `ask`, from the kernels reweighted by the numbers drawn before it.

mod bandwidth;
mod column;
mod mixture;

use super::Sampler;
use super::draws::first_allowed;
use super::told::{Told, ranked};
use crate::search_space::{Point, Space};
use artifact_core::Params;
use mixture::Mixture;
use rand_chacha::ChaCha8Rng;
use settings::part::{Declaration, Parameter, Part};

/// How many candidates are drawn and compared.
const CANDIDATES: usize = 24;
/// The share of the scored trials that count as good.
const GOOD_SHARE: f64 = 0.1;
/// The largest number of trials that count as good.
const MOST_GOOD: usize = 25;
/// How many of the newest trials of a side have full weight. Only the bad side can have older ones; they count less,
/// the oldest next to nothing.
const FULL_WEIGHT: usize = 25;

/// Suggests by joint tree-structured Parzen estimators.
#[derive(Debug, Clone, Copy)]
pub struct Tpe;

impl Part for Tpe {
    fn declaration(&self) -> Declaration {
        Declaration::new("tpe", "Suggests by joint tree-structured Parzen estimators.")
            .parameter(
                Parameter::size("candidates", "How many candidates are drawn and compared.")
                    .default(CANDIDATES),
            )
            .parameter(
                Parameter::float(
                    "good_share",
                    "The share of the scored trials that count as good; at most 25 do.",
                )
                .range(0.0, 1.0)
                .default(GOOD_SHARE),
            )
    }
}

impl Sampler for Tpe {
    fn suggest(&self, space: &Space, told: &[Told], params: &Params, rng: &mut ChaCha8Rng) -> Point {
        let candidates = params.size("candidates").unwrap_or(CANDIDATES);
        let good_share = params.float("good_share").unwrap_or(GOOD_SHARE);
        suggest_among(candidates, good_share, space, told, rng)
    }
}

/// Suggests a valid point, with the defaults.
pub(super) fn suggest(space: &Space, told: &[Told], rng: &mut ChaCha8Rng) -> Point {
    suggest_among(CANDIDATES, GOOD_SHARE, space, told, rng)
}

fn suggest_among(
    candidates: usize,
    good_share: f64,
    space: &Space,
    told: &[Told],
    rng: &mut ChaCha8Rng,
) -> Point {
    let (good, bad) = split(told, good_share);
    // Both sides get the number of all trials: it bounds the kernel widths from below, see `bandwidths`.
    let points = |places: &[usize]| places.iter().map(|&place| &told[place].point).collect::<Vec<_>>();
    let mixture = |places: &[usize]| Mixture::new(space, &points(places), &weights(places.len()), told.len());
    let (good, bad) = (mixture(&good), mixture(&bad));
    let mut candidates: Vec<Point> =
        (0..candidates.max(1)).map(|_| first_allowed(space, rng, |rng| good.draw(space, rng))).collect();
    let (good, bad) = (good.log_densities(&candidates), bad.log_densities(&candidates));
    let ratios = good.iter().zip(&bad).map(|(good, bad)| good - bad);
    // The first of equal candidates.
    let best = ratios.enumerate().reduce(|best, next| if next.1 > best.1 { next } else { best });
    candidates.swap_remove(best.map_or(0, |(place, _)| place))
}

/// The indices of the good trials and of all others, both in the order of their numbers.
fn split(told: &[Told], good_share: f64) -> (Vec<usize>, Vec<usize>) {
    let mut good = ranked(told);
    let count = (good_share * good.len() as f64).ceil() as usize;
    good.truncate(count.min(MOST_GOOD));
    // Ascending for the binary search, and because `weights` takes the oldest trial first.
    good.sort_unstable();
    let bad = (0..told.len()).filter(|place| good.binary_search(place).is_err()).collect();
    (good, bad)
}

/// The weights of `count` trials, the oldest first: from `1 / count` in equal steps up to 1, then 1 for the newest
/// [`FULL_WEIGHT`] (Bergstra et al. 2013).
fn weights(count: usize) -> Vec<f64> {
    let old = count.saturating_sub(FULL_WEIGHT);
    let first = 1.0 / count.max(1) as f64;
    let ramp = |place: usize| match old {
        // A ramp of a single trial has no steps: the formula below would divide by 0.
        1 => first,
        _ => first + (1.0 - first) * place as f64 / (old - 1) as f64,
    };
    (0..count).map(|place| if place < old { ramp(place) } else { 1.0 }).collect()
}
