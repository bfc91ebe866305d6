//! A mixture of product kernels over the whole space.

use super::column::Column;
use crate::search_space::{Domain, Point, Space};
use ::tpe::TpeOptimizerBuilder;
use ::tpe::density_estimation::{BuildDensityEstimator, DensityEstimator};
use ::tpe::range::Range;
use rand::distr::Distribution;
use rand::{Rng, RngExt as _};
use rand_chacha::ChaCha8Rng;
use std::convert::Infallible;

/// The weight of the wide kernel, which represents what is not known yet; a trial's is at most 1.
const WIDE_WEIGHT: f64 = 1.0;
/// Terms are dropped when their logarithm is this far below the largest: `e^-40` is lost in a double's rounding anyway.
const NEGLIGIBLE: f64 = -40.0;

/// A mixture of product kernels: one per trial, and a wide one.
pub(super) struct Mixture {
    weights: Vec<f64>,
    log_weights: Vec<f64>,
    columns: Vec<Column>,
}

impl Mixture {
    /// The mixture of a kernel for each of `points`, with its weight in `weights`, and the wide kernel. `known` is the
    /// number of all trials, good and bad.
    pub(super) fn new(space: &Space, points: &[&Point], weights: &[f64], known: usize) -> Self {
        let mut weights = weights.to_vec();
        weights.push(WIDE_WEIGHT);
        let total: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= total);
        let column = |place: usize, domain: &Domain| {
            Column::new(domain, &points.iter().map(|point| point[place]).collect::<Vec<_>>(), known)
        };
        let columns =
            space.dimensions().iter().enumerate().map(|(place, d)| column(place, &d.domain)).collect();
        let log_weights = weights.iter().map(|&weight| libm::log(weight)).collect();
        Self { weights, log_weights, columns }
    }

    /// Draws a point, one dimension after another. After each, the kernels are reweighted by how well they explain the
    /// number drawn, so that the point comes from the joint density and not from the product of the marginals.
    pub(super) fn draw(&self, space: &Space, rng: &mut ChaCha8Rng) -> Point {
        let mut log_weights = self.log_weights.clone();
        let mut weights = self.weights.clone();
        let mut point = Point::with_capacity(self.columns.len());
        for (place, (dimension, column)) in space.dimensions().iter().zip(&self.columns).enumerate() {
            if !space.is_active(place, &point) {
                point.push(None);
                continue;
            }
            let number = Marginal { domain: &dimension.domain, column, weights: &weights }.ask(rng);
            point.push(Some(number));
            // Nothing is drawn after the last dimension, and a single value has the same density in every kernel.
            if place + 1 < self.columns.len() && !matches!(column, Column::Single) {
                column.add_log_densities(number, &mut log_weights);
                normalise(&log_weights, &mut weights);
            }
        }
        point
    }

    /// The logarithm of the density at each point.
    pub(super) fn log_densities(&self, points: &[Point]) -> Vec<f64> {
        let mut sums: Vec<Vec<f64>> = points.iter().map(|_| self.log_weights.clone()).collect();
        for (place, column) in self.columns.iter().enumerate() {
            column.add_all(points.iter().map(|point| point[place]), &mut sums);
        }
        sums.iter().map(|terms| log_sum_exp(terms)).collect()
    }
}

/// Sets `weights` to the exponentials of `logs` divided by their sum, shifted by the largest to avoid overflow.
fn normalise(logs: &[f64], weights: &mut [f64]) {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for (weight, log) in weights.iter_mut().zip(logs) {
        *weight = if log - largest < NEGLIGIBLE { 0.0 } else { libm::exp(log - largest) };
    }
    let total: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|weight| *weight /= total);
}

/// The logarithm of the sum of the exponentials of `terms`, shifted by the largest to avoid overflow.
fn log_sum_exp(terms: &[f64]) -> f64 {
    let largest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let counted = terms.iter().map(|term| term - largest).filter(|&term| term >= NEGLIGIBLE);
    largest + libm::log(counted.map(libm::exp).sum())
}

/// One dimension of a mixture under the current weights, as an estimator for the `tpe` crate. The kernels are built
/// once per suggestion, not for every number drawn.
#[derive(Clone, Copy)]
struct Marginal<'a> {
    domain: &'a Domain,
    column: &'a Column,
    weights: &'a [f64],
}

impl Marginal<'_> {
    /// Draws one number through the crate.
    fn ask(self, rng: &mut ChaCha8Rng) -> f64 {
        // The crate compares candidates within one dimension; here whole points are compared, so it draws just one. The
        // range is a placeholder that the estimator ignores: the crate refuses the empty range of a single value.
        let range = ::tpe::range(0.0, 1.0).ok();
        let asked = range.and_then(|range| {
            let mut optimizer = TpeOptimizerBuilder::new().candidates(1).build(self, range).ok()?;
            optimizer.ask(rng).ok()
        });
        asked.unwrap_or_else(|| self.sample(rng))
    }
}

impl<'a> BuildDensityEstimator for Marginal<'a> {
    type Estimator = Marginal<'a>;
    type Error = Infallible;

    fn build_density_estimator<I>(&self, _told: I, _range: Range) -> Result<Self::Estimator, Infallible>
    where
        I: Iterator<Item = f64> + Clone,
    {
        Ok(*self)
    }
}

impl Distribution<f64> for Marginal<'_> {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let mut left: f64 = rng.random();
        // Rounding may leave the sum of the weights just below the number drawn: then the last kernel is taken.
        let mut kernel = self.weights.len() - 1;
        for (place, weight) in self.weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                kernel = place;
                break;
            }
        }
        self.column.draw(kernel, self.domain, rng)
    }
}

impl DensityEstimator for Marginal<'_> {
    fn log_pdf(&self, number: f64) -> f64 {
        let mut terms: Vec<f64> = self.weights.iter().map(|&weight| libm::log(weight)).collect();
        self.column.add_log_densities(number, &mut terms);
        log_sum_exp(&terms)
    }
}
