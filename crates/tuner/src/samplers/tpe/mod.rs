//! Joint tree-structured Parzen estimators (Bergstra et al. 2011; the joint form as in Falkner et al. 2018).
//!
//! The best trials give a density `l` over the whole space, all others a density `g`; candidates are drawn from `l`, and
//! the one with the highest `l / g` is suggested. Both are mixtures of product kernels, one kernel per trial and a wide
//! one that stands for what is not known yet. So dependences between dimensions are kept, which one estimator per
//! dimension loses.
//!
//! The densities of single dimensions are estimators of the `tpe` crate (its `BuildDensityEstimator`), and every number
//! is drawn through its `ask`, from the kernels reweighted by the numbers that are already drawn.

mod bandwidth;
mod column;
mod mixture;

use super::draws::first_allowed;
use super::told::{Told, ranked};
use crate::search_space::{Point, Space};
use mixture::Mixture;
use rand_chacha::ChaCha8Rng;

/// How many candidates are drawn and compared.
const CANDIDATES: usize = 24;
/// The share of the scored trials that count as good, and the most that do.
const GOOD_SHARE: f64 = 0.1;
const MOST_GOOD: usize = 25;
/// The newest trials that count in full; older bad ones count less, the oldest next to nothing.
const FULL_WEIGHT: usize = 25;

/// Suggests a valid point.
pub(super) fn suggest(space: &Space, told: &[Told], rng: &mut ChaCha8Rng) -> Point {
    let (good, bad) = split(told);
    let points = |places: &[usize]| places.iter().map(|&place| &told[place].point).collect::<Vec<_>>();
    let mixture = |places: &[usize]| Mixture::new(space, &points(places), &weights(places.len()), told.len());
    let (good, bad) = (mixture(&good), mixture(&bad));
    let mut candidates: Vec<Point> =
        (0..CANDIDATES).map(|_| first_allowed(space, rng, |rng| good.draw(space, rng))).collect();
    let (good, bad) = (good.log_densities(&candidates), bad.log_densities(&candidates));
    let ratios = good.iter().zip(&bad).map(|(good, bad)| good - bad);
    // Of equal candidates the first one.
    let best = ratios.enumerate().reduce(|best, next| if next.1 > best.1 { next } else { best });
    candidates.swap_remove(best.map_or(0, |(place, _)| place))
}

/// The places of the good trials and of all others, each in the order of their numbers.
fn split(told: &[Told]) -> (Vec<usize>, Vec<usize>) {
    let mut good = ranked(told);
    let count = (GOOD_SHARE * good.len() as f64).ceil() as usize;
    good.truncate(count.min(MOST_GOOD));
    good.sort_unstable();
    let bad = (0..told.len()).filter(|place| good.binary_search(place).is_err()).collect();
    (good, bad)
}

/// The weights of `count` trials, the oldest first: from `1 / count` in equal steps up to 1, and then 1 for the newest
/// (Bergstra et al. 2013).
fn weights(count: usize) -> Vec<f64> {
    let old = count.saturating_sub(FULL_WEIGHT);
    let first = 1.0 / count.max(1) as f64;
    let ramp = |place: usize| match old {
        1 => first,
        _ => first + (1.0 - first) * place as f64 / (old - 1) as f64,
    };
    (0..count).map(|place| if place < old { ramp(place) } else { 1.0 }).collect()
}
