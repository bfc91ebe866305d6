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

/// The weight of the kernel that stands for what is not known.
const WIDE_WEIGHT: f64 = 1.0;
/// Terms that are this much smaller than the largest one, as logarithms, are lost in a double anyway.
const NEGLIGIBLE: f64 = -40.0;

/// A mixture of product kernels: one per trial, and a wide one.
pub(super) struct Mixture {
    weights: Vec<f64>,
    log_weights: Vec<f64>,
    columns: Vec<Column>,
}

impl Mixture {
    /// The kernels of some of `known` trials, with their weights.
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

    /// Draws a point, one dimension after the other. After each, the kernels are reweighted by how well they explain
    /// what is drawn; so the point comes from the joint density.
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

/// `exp(log - log of the sum)`, without overflow.
fn normalise(logs: &[f64], weights: &mut [f64]) {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for (weight, log) in weights.iter_mut().zip(logs) {
        *weight = if log - largest < NEGLIGIBLE { 0.0 } else { libm::exp(log - largest) };
    }
    let total: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|weight| *weight /= total);
}

fn log_sum_exp(terms: &[f64]) -> f64 {
    let largest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let counted = terms.iter().map(|term| term - largest).filter(|&term| term >= NEGLIGIBLE);
    largest + libm::log(counted.map(libm::exp).sum())
}

/// One dimension of a mixture under the present weights: an estimator for the `tpe` crate, whose kernels are built once
/// per suggestion, not for every number drawn.
#[derive(Clone, Copy)]
struct Marginal<'a> {
    domain: &'a Domain,
    column: &'a Column,
    weights: &'a [f64],
}

impl Marginal<'_> {
    /// Draws one number through the crate.
    fn ask(self, rng: &mut ChaCha8Rng) -> f64 {
        // The crate compares candidates of one dimension; ours are compared as whole points, so it draws just one. It
        // cannot have a range without length, which is a fixed value here.
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
        // Rounding may leave a little behind the last kernel.
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
