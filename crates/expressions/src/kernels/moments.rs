//! Variances, covariances and straight lines of windows.
//!
//! The sums of squares and products are about the mean of the values gathered so far, and two such states merge without
//! cancellation: Welford, "Note on a method for calculating corrected sums of squares and products" (1962), and Chan,
//! Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances" (1979).

use super::Output;
use super::slide::{Gathered, slide};
use crate::operation::{Line, Operation, Pair};

#[derive(Debug, Clone, Copy)]
struct Moments {
    count: usize,
    mean: f64,
    squares: f64,
}

impl Gathered for Moments {
    const EMPTY: Self = Self { count: 0, mean: 0.0, squares: 0.0 };

    fn merge(&self, later: &Self, inverse: &[f64]) -> Self {
        let count = self.count + later.count;
        let apart = later.mean - self.mean;
        let share = later.count as f64 * inverse[count];
        Self {
            count,
            mean: self.mean + apart * share,
            squares: self.squares + later.squares + apart * apart * (self.count as f64 * share),
        }
    }
}

/// Writes the sample variance of each window.
pub(super) fn variance(x: &[f64], window: usize, out: &mut [f64]) {
    let push = |state: &mut Moments, row: usize, _: usize, inverse: &[f64]| {
        let value = x[row];
        if value.is_finite() {
            state.count += 1;
            let before = value - state.mean;
            state.mean += before * inverse[state.count];
            state.squares += before * (value - state.mean);
        }
    };
    slide(x.len(), window, push, |row, _, state| {
        out[row] = if state.count < 2 { f64::NAN } else { state.squares / (state.count - 1) as f64 };
    });
}

/// Counts, means and centred sums of the rows on which both values are there.
#[derive(Debug, Clone, Copy)]
struct Joint {
    count: usize,
    mean: [f64; 2],
    /// Of `x` and `x`, `x` and `y`, `y` and `y`.
    products: [f64; 3],
}

impl Joint {
    fn push(&mut self, x: f64, y: f64, inverse: &[f64]) {
        self.count += 1;
        let before = [x - self.mean[0], y - self.mean[1]];
        self.mean[0] += before[0] * inverse[self.count];
        self.mean[1] += before[1] * inverse[self.count];
        let after = [x - self.mean[0], y - self.mean[1]];
        self.products[0] += before[0] * after[0];
        self.products[1] += before[0] * after[1];
        self.products[2] += before[1] * after[1];
    }
}

impl Gathered for Joint {
    const EMPTY: Self = Self { count: 0, mean: [0.0; 2], products: [0.0; 3] };

    fn merge(&self, later: &Self, inverse: &[f64]) -> Self {
        let count = self.count + later.count;
        let apart = [later.mean[0] - self.mean[0], later.mean[1] - self.mean[1]];
        let share = later.count as f64 * inverse[count];
        let weight = self.count as f64 * share;
        Self {
            count,
            mean: [self.mean[0] + apart[0] * share, self.mean[1] + apart[1] * share],
            products: [
                self.products[0] + later.products[0] + apart[0] * apart[0] * weight,
                self.products[1] + later.products[1] + apart[0] * apart[1] * weight,
                self.products[2] + later.products[2] + apart[1] * apart[1] * weight,
            ],
        }
    }
}

/// Writes covariances and correlations of two series.
pub(super) fn pair(x: &[f64], y: &[f64], window: usize, outputs: &mut [Output<'_>]) {
    let push = |state: &mut Joint, row: usize, _: usize, inverse: &[f64]| {
        if x[row].is_finite() && y[row].is_finite() {
            state.push(x[row], y[row], inverse);
        }
    };
    slide(x.len(), window, push, |row, _, state| {
        let [xx, xy, yy] = state.products;
        for (operation, out) in outputs.iter_mut() {
            out[row] = match operation {
                _ if state.count < 2 => f64::NAN,
                Operation::Pair(Pair::Cov, _) => xy / (state.count - 1) as f64,
                _ if xx == 0.0 || yy == 0.0 => f64::NAN,
                _ => (xy / (xx.sqrt() * yy.sqrt())).clamp(-1.0, 1.0),
            };
        }
    });
}

/// Writes slopes, squared correlations and residuals of a series against its rows.
pub(super) fn line(x: &[f64], window: usize, outputs: &mut [Output<'_>]) {
    // Rows are counted from the block's start: numbers no larger than the window keep their differences exact.
    let place = |row: usize, start: usize| row as f64 - start as f64;
    let push = |state: &mut Joint, row: usize, start: usize, inverse: &[f64]| {
        if x[row].is_finite() {
            state.push(place(row, start), x[row], inverse);
        }
    };
    slide(x.len(), window, push, |row, start, state| {
        let [pp, px, xx] = state.products;
        let slope = px / pp;
        for (operation, out) in outputs.iter_mut() {
            out[row] = match operation {
                _ if state.count < 2 => f64::NAN,
                Operation::Line(Line::Slope, _) => slope,
                Operation::Line(Line::Rsquare, _) if xx == 0.0 => f64::NAN,
                Operation::Line(Line::Rsquare, _) => (slope * (px / xx)).min(1.0),
                _ if !x[row].is_finite() => f64::NAN,
                _ => x[row] - (state.mean[1] + slope * (place(row, start) - state.mean[0])),
            };
        }
    });
}
