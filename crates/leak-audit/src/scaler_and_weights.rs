//! Scaler and class weights, refitted in the documented order of summation.
//!
//! Sums are Neumaier's (ZAMM 54, 1974) and run over the finite cells of the fitted rows, row by row and, within a row,
//! column by column; the mean is `sum / n`; the deviation is the square root of `sum((x - mean)^2) / n`. Columns that
//! share statistics (all tickers of one feature, with `per = "feature"`) are summed together. If all cells are equal,
//! the mean is their value and the deviation 1; without any cells, the mean is 0 and the deviation 1. Weights are
//! `(1 / (n_c + 1e-6)) / sum(1 / (n_k + 1e-6))`, summed from class 0 to class 2 over the classes that occur.

use crate::feature_matrix::Matrix;
use artifact_core::IndexSet;
use artifact_core::schema::{CLASSES, ScalerScope};
use data_loader::ScalerError;

/// A scaler's mean and deviation for each column.
pub(crate) struct Scale {
    pub(crate) mean: Vec<f64>,
    pub(crate) std: Vec<f64>,
}

/// Computes centre and scale of the cells that share statistics.
type FitCells<'a> = &'a dyn Fn(&[f64]) -> Result<(f64, f64), ScalerError>;

/// Fits a scaler on some rows, all of which must exist; `fit` computes centre and scale of the cells that share
/// statistics.
///
/// # Errors
///
/// Those of `fit`.
pub(crate) fn scale(
    matrix: &Matrix,
    per: ScalerScope,
    rows: &IndexSet,
    fit: FitCells<'_>,
) -> Result<Scale, ScalerError> {
    let columns = matrix.columns;
    let mut scale = Scale { mean: vec![0.0; columns], std: vec![1.0; columns] };
    for first in 0..columns {
        // The columns that share statistics with this one, itself included.
        let shared: Vec<usize> = match per {
            ScalerScope::Ticker => vec![first],
            ScalerScope::Feature if first >= matrix.kinds => {
                scale.mean[first] = scale.mean[first - matrix.kinds];
                scale.std[first] = scale.std[first - matrix.kinds];
                continue;
            }
            ScalerScope::Feature => (first..columns).step_by(matrix.kinds).collect(),
        };
        let mut cells = Vec::new();
        for row in rows.iter() {
            for &column in &shared {
                let cell = matrix.cell(row, column);
                if cell.is_finite() {
                    cells.push(cell);
                }
            }
        }
        (scale.mean[first], scale.std[first]) = fit(&cells)?;
    }
    Ok(scale)
}

/// Mean and deviation as `standard` fits them.
pub(crate) fn mean_and_deviation(cells: &[f64]) -> (f64, f64) {
    let Some(&first) = cells.first() else {
        return (0.0, 1.0);
    };
    // Compared before any arithmetic: rounding in the mean could leave constant cells a tiny deviation, and dividing by
    // it would blow up later values.
    if cells.iter().all(|&cell| cell == first) {
        return (first, 1.0);
    }
    let n = cells.len() as f64;
    let mean = neumaier(cells.iter().copied()) / n;
    let variance = neumaier(cells.iter().map(|cell| (cell - mean) * (cell - mean))) / n;
    let deviation = variance.sqrt();
    (mean, if deviation.is_finite() && deviation > 0.0 { deviation } else { 1.0 })
}

/// Neumaier's compensated sum: carries what each addition loses to rounding.
fn neumaier(values: impl Iterator<Item = f64>) -> f64 {
    let mut sum = 0.0_f64;
    let mut lost = 0.0_f64;
    for value in values {
        let next = sum + value;
        // The low-order bits are lost from the smaller operand, so it is the one to recover.
        if sum.abs() >= value.abs() {
            lost += (sum - next) + value;
        } else {
            lost += (value - next) + sum;
        }
        sum = next;
    }
    sum + lost
}

/// The weight of each class in the loss.
pub(crate) fn class_weights(counts: [u64; CLASSES]) -> [f64; CLASSES] {
    let mut inverse = [0.0; CLASSES];
    let mut sum = 0.0;
    for (weight, &count) in inverse.iter_mut().zip(&counts) {
        if count > 0 {
            *weight = 1.0 / (count as f64 + 1e-6);
        }
        sum += *weight;
    }
    inverse.map(|weight| if sum > 0.0 { weight / sum } else { 0.0 })
}

/// Whether two numbers are equal bit for bit once stored: canonical JSON knows only one zero.
pub(crate) fn same_bits(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a == 0.0 && b == 0.0)
}

/// The distance between two numbers in units in the last place, for display.
pub(crate) fn ulps(a: f64, b: f64) -> u64 {
    let place = |x: f64| {
        let bits = x.to_bits() as i64;
        // Negative floats order backwards by their bits; this maps all floats to integers in numeric order.
        if bits < 0 { i64::MIN - bits } else { bits }
    };
    place(a).abs_diff(place(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_deviation_match_hand_computed_values() {
        // Two tickers with two features each; the last row is not fitted on.
        let values = vec![1.0, 10.0, 3.0, 30.0, 3.0, f64::NAN, 5.0, 20.0, 99.0, 99.0, 99.0, 99.0];
        let matrix = Matrix { columns: 4, kinds: 2, values };
        let rows = IndexSet::from_range(0..2);
        let standard: &dyn Fn(&[f64]) -> _ = &|cells| Ok(mean_and_deviation(cells));
        let pooled = scale(&matrix, ScalerScope::Feature, &rows, standard).unwrap();
        assert_eq!(pooled.mean, [3.0, 20.0, 3.0, 20.0]);
        let (first, second) = (2.0_f64.sqrt(), (200.0_f64 / 3.0).sqrt());
        assert_eq!(pooled.std, [first, second, first, second]);
        let single = scale(&matrix, ScalerScope::Ticker, &rows, standard).unwrap();
        assert_eq!(single.mean, [2.0, 10.0, 4.0, 25.0]);
        assert_eq!(single.std, [1.0, 1.0, 1.0, 5.0]);
    }

    #[test]
    fn sums_recover_rounding_losses() {
        assert_eq!(neumaier([1e100, 1.0, -1e100].into_iter()), 1.0);
    }

    #[test]
    fn weights_match_hand_computed_values() {
        let weights = class_weights([3, 1, 0]);
        assert!((weights[0] - 0.25).abs() < 1e-6 && (weights[1] - 0.75).abs() < 1e-6);
        assert_eq!(weights[2], 0.0);
        assert_eq!(class_weights([0; 3]), [0.0; 3]);
    }

    #[test]
    fn adjacent_floats_are_one_ulp_apart() {
        assert_eq!(ulps(1.0, 1.0_f64.next_up()), 1);
        assert_eq!(ulps(0.0_f64.next_down(), 0.0_f64.next_up()), 2);
        assert!(same_bits(0.0, -0.0) && !same_bits(1.0, 1.0_f64.next_up()));
    }
}
