//! One dimension of all kernels of a mixture.

use super::bandwidth::bandwidths;
use crate::samplers::draws::{normal_from, uniform};
use crate::search_space::{Axis, Domain};
use rand::{Rng, RngExt as _};
use std::collections::BTreeMap;

/// One dimension of all kernels; the last kernel is the wide one.
///
/// A trial for which the dimension is inactive carries no information about it: its kernel is as wide as the last one.
pub(super) enum Column {
    /// A single value: nothing is searched, and all kernels agree.
    Single,
    /// Truncated normal densities over a continuous axis.
    Continuous { axis: Axis, normals: Vec<Normal> },
    /// Truncated normal distributions, integrated over the cells of a grid. Equal kernels share one entry of `shapes`:
    /// trials often lie on the same grid value, and each integral costs two `erfc`.
    Grid { axis: Axis, shapes: Vec<Normal>, shape_of: Vec<usize> },
    /// Probabilities of choices. A kernel prefers its trial's choice, given by index; `count` means that it has none
    /// and is uniform.
    Choices { count: usize, preferred: Vec<usize>, log_preferred: f64, log_other: f64, log_uniform: f64 },
}

/// A normal distribution, truncated to the axis from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Normal {
    mean: f64,
    deviation: f64,
    inverse: f64,
    /// The logarithm of the factor that makes the density integrate to 1 over the axis.
    log_scale: f64,
    /// The mass of the untruncated distribution on the axis.
    mass: f64,
}

impl Normal {
    fn new(mean: f64, deviation: f64) -> Self {
        let inverse = 1.0 / deviation;
        let mass = cumulative((1.0 - mean) * inverse) - cumulative(-mean * inverse);
        let log_scale = -libm::log(deviation * mass * (std::f64::consts::TAU).sqrt());
        Self { mean, deviation, inverse, log_scale, mass }
    }

    /// The kernel that carries no information beyond the range.
    fn wide() -> Self {
        Self::new(0.5, 1.0)
    }

    fn log_density(&self, position: f64) -> f64 {
        let z = (position - self.mean) * self.inverse;
        self.log_scale - 0.5 * z * z
    }

    fn log_mass(&self, (left, right): (f64, f64)) -> f64 {
        let [left, right] = [left, right].map(|end| cumulative((end - self.mean) * self.inverse));
        // May be -inf for a cell far out in a narrow kernel's tail. The wide kernel's mass never is, so sums over all
        // kernels stay finite.
        libm::log((right - left) / self.mass)
    }

    /// Draws a position by rejection. At least a third of all attempts fall on the axis, since means lie on it and
    /// deviations do not exceed its length.
    fn draw<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        loop {
            let position = self.mean + self.deviation * normal_from(rng);
            if (0.0..=1.0).contains(&position) {
                return position;
            }
        }
    }
}

/// The standard normal cumulative distribution function.
fn cumulative(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

impl Column {
    /// The kernels of one dimension: one per trial, and the wide one. `known` is the number of all trials, good and
    /// bad.
    pub(super) fn new(domain: &Domain, numbers: &[Option<f64>], known: usize) -> Self {
        // A number outside the domain carries no information about it.
        let numbers: Vec<Option<f64>> =
            numbers.iter().map(|number| number.filter(|&number| domain.contains(number))).collect();
        match (domain, domain.axis()) {
            _ if domain.single().is_some() => Column::Single,
            (_, Some(axis)) if axis.is_grid() => {
                let (shapes, shape_of) = distinct(&normals(axis, &numbers, known));
                Column::Grid { axis, shapes, shape_of }
            }
            (_, Some(axis)) => Column::Continuous { axis, normals: normals(axis, &numbers, known) },
            (Domain::Categorical(choices), None) => Column::choices(choices.len(), &numbers),
            _ => Column::Single,
        }
    }

    fn choices(count: usize, numbers: &[Option<f64>]) -> Self {
        let preferred: Vec<usize> =
            numbers.iter().chain([&None]).map(|number| number.map_or(count, |n| n as usize)).collect();
        // Each of K kernels gives its own choice weight 1, and every choice another 1 / K: no choice has probability 0,
        // and the smoothing fades as trials accumulate.
        let smoothing = 1.0 / preferred.len() as f64;
        let all = 1.0 + smoothing * count as f64;
        Column::Choices {
            count,
            preferred,
            log_preferred: libm::log((1.0 + smoothing) / all),
            log_other: libm::log(smoothing / all),
            log_uniform: -libm::log(count as f64),
        }
    }

    /// Adds each kernel's log density at `number` to `sums`.
    pub(super) fn add_log_densities(&self, number: f64, sums: &mut [f64]) {
        match self {
            Column::Single => {}
            Column::Continuous { axis, normals } => {
                let position = axis.position(number);
                for (sum, normal) in sums.iter_mut().zip(normals) {
                    *sum += normal.log_density(position);
                }
            }
            Column::Grid { axis, shapes, shape_of } => {
                let cell = axis.cell(number);
                let masses: Vec<f64> = shapes.iter().map(|shape| shape.log_mass(cell)).collect();
                for (sum, &shape) in sums.iter_mut().zip(shape_of) {
                    *sum += masses[shape];
                }
            }
            Column::Choices { count, preferred, log_preferred, log_other, log_uniform } => {
                let choice = number as usize;
                for (sum, &preferred) in sums.iter_mut().zip(preferred) {
                    *sum += if preferred == choice {
                        *log_preferred
                    } else if preferred == *count {
                        *log_uniform
                    } else {
                        *log_other
                    };
                }
            }
        }
    }

    /// As [`Column::add_log_densities`], for several numbers, each with its own sums. `None` adds nothing.
    pub(super) fn add_all(&self, numbers: impl Iterator<Item = Option<f64>>, sums: &mut [Vec<f64>]) {
        let Column::Grid { axis, shapes, shape_of } = self else {
            for (number, sums) in numbers.zip(sums) {
                if let Some(number) = number {
                    self.add_log_densities(number, sums);
                }
            }
            return;
        };
        // The masses of a cell are computed once for all numbers in it.
        let mut masses: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
        for (number, sums) in numbers.zip(sums) {
            let Some(number) = number else { continue };
            let cell = || shapes.iter().map(|shape| shape.log_mass(axis.cell(number))).collect();
            let masses = masses.entry(number.to_bits()).or_insert_with(cell);
            for (sum, &shape) in sums.iter_mut().zip(shape_of) {
                *sum += masses[shape];
            }
        }
    }

    /// Draws a number from one kernel.
    pub(super) fn draw<R: Rng + ?Sized>(&self, kernel: usize, domain: &Domain, rng: &mut R) -> f64 {
        match self {
            Column::Single => uniform(domain, rng),
            Column::Continuous { axis, normals } => axis.value(normals[kernel].draw(rng)),
            Column::Grid { axis, shapes, shape_of } => axis.value(shapes[shape_of[kernel]].draw(rng)),
            Column::Choices { count, preferred, log_preferred, log_other, .. } => {
                let preferred = preferred[kernel];
                // A kernel is a mixture: its preferred choice with the excess over `log_other`, else a uniform choice.
                let own = libm::exp(*log_preferred) - libm::exp(*log_other);
                if preferred < *count && rng.random::<f64>() < own {
                    preferred as f64
                } else {
                    rng.random_range(0..*count) as f64
                }
            }
        }
    }
}

fn normals(axis: Axis, numbers: &[Option<f64>], known: usize) -> Vec<Normal> {
    let positions: Vec<f64> = numbers.iter().flatten().map(|&number| axis.position(number)).collect();
    // One kernel per active number, in order; the iterator below takes the next at each of them.
    let mut known = positions
        .iter()
        .zip(bandwidths(&positions, known))
        .map(|(&mean, deviation)| Normal::new(mean, deviation));
    let mut normal = |number: &Option<f64>| number.and_then(|_| known.next()).unwrap_or_else(Normal::wide);
    numbers.iter().chain([&None]).map(&mut normal).collect()
}

/// The distinct kernels, and for each kernel its index among them.
fn distinct(normals: &[Normal]) -> (Vec<Normal>, Vec<usize>) {
    let mut places = BTreeMap::new();
    let mut shapes = Vec::new();
    let mut place = |normal: &Normal| {
        *places.entry((normal.mean.to_bits(), normal.deviation.to_bits())).or_insert_with(|| {
            shapes.push(*normal);
            shapes.len() - 1
        })
    };
    let shape_of = normals.iter().map(&mut place).collect();
    (shapes, shape_of)
}
