//! Scalers: fitted on training rows, applied to every row.

use crate::features::FeatureMatrix;
use crate::part::Development;
use artifact_core::schema::{Scaler, ScalerKind, ScalerScope};
use artifact_core::{Digest, IndexSet};
use ndarray::{Array2, ArrayView2};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// Cells that could not be scaled: they are only centred, with a standard deviation of 1.
#[derive(Debug, Clone, PartialEq)]
pub struct ScalerWarning {
    /// The first matrix column concerned.
    pub column: usize,
    /// The number of columns that share the figures.
    pub columns: usize,
    /// The number of cells that have a value.
    pub cells: u64,
}

impl fmt::Display for ScalerWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.cells == 0 { "have no values" } else { "do not vary" };
        let (first, others) = (self.column, self.columns - 1);
        write!(f, "the fitted rows of feature column {first}")?;
        if others > 0 {
            write!(f, " and {others} that share its scale")?;
        }
        write!(f, " {what}: they are centred but not scaled")
    }
}

/// Why a scaler could not be fitted or applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScalerError {
    /// There are no rows to fit on.
    #[error("there are no training rows to fit the scaler on")]
    NoRows,
    /// A row to fit on does not exist.
    #[error("training row {row} does not exist: the feature matrix has {rows} rows")]
    RowOutside {
        /// The row.
        row: usize,
        /// The number of rows.
        rows: usize,
    },
    /// The number of columns is not the number of tickers times the number of features.
    #[error("{columns} feature columns cannot hold {kinds} features per ticker")]
    Shape {
        /// The number of columns.
        columns: usize,
        /// The number of features per ticker.
        kinds: usize,
    },
    /// The scaler was fitted on another number of columns.
    #[error(
        "the scaler was fitted on {fitted} feature columns but is applied to {found}: use the same tickers and features"
    )]
    Columns {
        /// The number of columns it knows.
        fitted: usize,
        /// The number of columns it was given.
        found: usize,
    },
}

/// Fits a standard scaler on `rows` of the development rows' features.
///
/// The standard deviation is the population's (divisor `n`). Cells without a finite value do not count. Sums run in
/// row-major order, in `f64` with Neumaier's compensation (ZAMM 54, 1974), mean first and squared differences from
/// it second, so that the result does not depend on threads.
///
/// # Errors
///
/// No rows, or a row outside the matrix.
pub fn fit_scaler(
    matrix: &FeatureMatrix<Development>,
    per: ScalerScope,
    rows: &IndexSet,
) -> Result<(Scaler, Vec<ScalerWarning>), ScalerError> {
    fit_columns(matrix.values(), matrix.kinds, per, rows)
}

/// Fits on a matrix `(T, K * kinds)`, tickers side by side.
fn fit_columns(
    matrix: ArrayView2<f64>,
    kinds: usize,
    per: ScalerScope,
    rows: &IndexSet,
) -> Result<(Scaler, Vec<ScalerWarning>), ScalerError> {
    let columns = matrix.ncols();
    if kinds == 0 || !columns.is_multiple_of(kinds) {
        return Err(ScalerError::Shape { columns, kinds });
    }
    let last = rows.last().ok_or(ScalerError::NoRows)?;
    if last >= matrix.nrows() {
        return Err(ScalerError::RowOutside { row: last, rows: matrix.nrows() });
    }
    // Column j belongs to group j % groups: a feature's columns are `kinds` apart.
    let groups = match per {
        ScalerScope::Feature => kinds.min(columns),
        ScalerScope::Ticker => columns,
    };
    let figures: Vec<Figures> =
        (0..groups).map(|group| Figures::of(|| finite_cells(matrix, rows, group, groups))).collect();
    let warning = |(group, figures): (usize, &Figures)| {
        figures.std.is_none().then_some(ScalerWarning {
            column: group,
            columns: columns / groups,
            cells: figures.cells,
        })
    };
    let warnings = figures.iter().enumerate().filter_map(warning).collect();
    let scaler = Scaler {
        kind: ScalerKind::Standard,
        per,
        mean: (0..columns).map(|j| figures[j % groups].mean).collect(),
        std: (0..columns).map(|j| figures[j % groups].std.unwrap_or(1.0)).collect(),
        fitted_rows: rows.clone(),
        rows_digest: rows_digest(matrix, rows),
    };
    Ok((scaler, warnings))
}

/// Scales a matrix, `(any rows, K * kinds)`; a cell without a finite value becomes 0, the fitted mean.
///
/// # Errors
///
/// [`ScalerError::Columns`] if it has another number of columns.
pub fn transform(scaler: &Scaler, matrix: ArrayView2<f64>) -> Result<Array2<f32>, ScalerError> {
    if matrix.ncols() != scaler.mean.len() || matrix.ncols() != scaler.std.len() {
        return Err(ScalerError::Columns { fitted: scaler.mean.len(), found: matrix.ncols() });
    }
    Ok(Array2::from_shape_fn(matrix.dim(), |(row, column)| {
        let scaled = ((matrix[[row, column]] - scaler.mean[column]) / scaler.std[column]) as f32;
        if scaled.is_finite() { scaled } else { 0.0 }
    }))
}

/// The digest of some rows of a matrix: SHA-256 of their values as little-endian `f64`, row by row.
///
/// Every NaN counts as the one of [`f64::NAN`], since its other bits differ between processors.
///
/// # Panics
///
/// When a row lies outside the matrix.
pub fn rows_digest(matrix: ArrayView2<f64>, rows: &IndexSet) -> Digest {
    let mut hash = Sha256::new();
    for row in rows.iter() {
        for &value in matrix.row(row) {
            let value = if value.is_nan() { f64::NAN } else { value };
            hash.update(value.to_le_bytes());
        }
    }
    Digest::from_bytes(hash.finalize().into())
}

/// The finite cells of the columns `group`, `group + groups`, ... in some rows, in row-major order.
fn finite_cells(
    matrix: ArrayView2<'_, f64>,
    rows: &IndexSet,
    group: usize,
    groups: usize,
) -> impl Iterator<Item = f64> {
    rows.iter()
        .flat_map(move |row| (group..matrix.ncols()).step_by(groups).map(move |column| (row, column)))
        .map(move |cell| matrix[cell])
        .filter(|value| value.is_finite())
}

/// The figures of one group of cells.
struct Figures {
    cells: u64,
    mean: f64,
    /// None where there is nothing to divide by.
    std: Option<f64>,
}

impl Figures {
    fn of<I: Iterator<Item = f64>>(cells: impl Fn() -> I) -> Self {
        let count = cells().count();
        let Some(first) = cells().next() else {
            return Self { cells: 0, mean: 0.0, std: None };
        };
        // Constant cells are told by comparing them: rounding can leave them a tiny deviation, and dividing by that
        // would blow up the first value that is different.
        if cells().all(|value| value == first) {
            return Self { cells: count as u64, mean: first, std: None };
        }
        let mean = sum(cells()) / count as f64;
        let variance = sum(cells().map(|value| (value - mean).powi(2))) / count as f64;
        Self {
            cells: count as u64,
            mean,
            std: Some(variance.sqrt()).filter(|std| std.is_finite() && *std > 0.0),
        }
    }
}

/// Adds up in the given order, with Neumaier's compensation.
fn sum(values: impl Iterator<Item = f64>) -> f64 {
    let (mut total, mut lost) = (0.0_f64, 0.0);
    for value in values {
        let next = total + value;
        lost += if total.abs() >= value.abs() { (total - next) + value } else { (value - next) + total };
        total = next;
    }
    total + lost
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use proptest::prelude::*;

    fn matrix() -> Array2<f64> {
        // Two tickers with two features each; the last row is not fitted on.
        array![[1.0, 10.0, 3.0, 30.0], [3.0, f64::NAN, 5.0, 20.0], [99.0, 99.0, 99.0, 99.0]]
    }

    fn fit(per: ScalerScope) -> Scaler {
        let (scaler, warnings) = fit_columns(matrix().view(), 2, per, &IndexSet::from_range(0..2)).unwrap();
        assert!(warnings.len() == usize::from(per == ScalerScope::Ticker));
        scaler
    }

    #[test]
    fn per_feature_by_hand() {
        let scaler = fit(ScalerScope::Feature);
        // 1, 3, 3, 5 has mean 3 and variance 2; 10, 30, 20 has mean 20 and variance 200 / 3.
        assert_eq!(scaler.mean, [3.0, 20.0, 3.0, 20.0]);
        let (first, second) = (2.0_f64.sqrt(), (200.0_f64 / 3.0).sqrt());
        assert_eq!(scaler.std, [first, second, first, second]);
    }

    #[test]
    fn per_ticker_by_hand() {
        let scaler = fit(ScalerScope::Ticker);
        assert_eq!(scaler.mean, [2.0, 10.0, 4.0, 25.0]);
        assert_eq!(scaler.std, [1.0, 1.0, 1.0, 5.0]);
        let scaled = transform(&scaler, matrix().view()).unwrap();
        assert_eq!(scaled.row(1).to_vec(), [1.0, 0.0, 1.0, -1.0]);
    }

    #[test]
    fn constant_and_empty_columns_are_named() {
        let values = array![[0.1, f64::NAN], [0.1, f64::NAN], [0.1, f64::NAN]];
        let rows = IndexSet::from_range(0..3);
        let (scaler, warnings) = fit_columns(values.view(), 2, ScalerScope::Feature, &rows).unwrap();
        assert_eq!((scaler.mean, scaler.std), (vec![0.1, 0.0], vec![1.0, 1.0]));
        let texts: Vec<_> = warnings.iter().map(ScalerWarning::to_string).collect();
        assert_eq!(
            texts,
            [
                "the fitted rows of feature column 0 do not vary: they are centred but not scaled",
                "the fitted rows of feature column 1 have no values: they are centred but not scaled"
            ]
        );
    }

    #[test]
    fn digests_are_of_the_fitted_rows_bytes() {
        let values = array![[1.0, 2.0], [3.0, -f64::NAN], [5.0, 6.0]];
        let rows: IndexSet = [0, 2].into_iter().collect();
        let bytes: Vec<u8> = [1.0_f64, 2.0, 5.0, 6.0].iter().flat_map(|v| v.to_le_bytes()).collect();
        assert_eq!(rows_digest(values.view(), &rows), Digest::of(&bytes));
        let nan: Vec<u8> = [3.0_f64, f64::NAN].iter().flat_map(|v| v.to_le_bytes()).collect();
        assert_eq!(rows_digest(values.view(), &IndexSet::from_range(1..2)), Digest::of(&nan));
    }

    #[track_caller]
    fn check_error(kinds: usize, rows: std::ops::Range<usize>, expected: &str) {
        let error = fit_columns(matrix().view(), kinds, ScalerScope::Feature, &IndexSet::from_range(rows))
            .unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }

    #[test]
    fn what_cannot_be_fitted_is_said() {
        check_error(2, 0..0, "no training rows");
        check_error(2, 0..4, "training row 3 does not exist: the feature matrix has 3 rows");
        check_error(3, 0..2, "4 feature columns cannot hold 3 features per ticker");
        check_error(0, 0..2, "cannot hold 0 features");
        let error = transform(&fit(ScalerScope::Feature), array![[1.0]].view()).unwrap_err();
        assert!(error.to_string().contains("fitted on 4 feature columns but is applied to 1"));
    }

    #[test]
    fn compensation_keeps_small_terms() {
        assert_eq!(sum([1e100, 1.0, -1e100].into_iter()), 1.0);
    }

    proptest! {
        #[test]
        fn fitted_rows_come_out_standardised_and_others_do_not_matter(
            values in prop::collection::vec(-100.0_f64..100.0, 12 * 4), other in -1e6_f64..1e6, cut in 2_usize..12,
        ) {
            let values = Array2::from_shape_vec((12, 4), values).unwrap();
            let rows = IndexSet::from_range(0..cut);
            let (scaler, _) = fit_columns(values.view(), 2, ScalerScope::Ticker, &rows).unwrap();
            let scaled = transform(&scaler, values.view()).unwrap();
            for column in 0..4 {
                let cells: Vec<f64> = (0..cut).map(|row| f64::from(scaled[[row, column]])).collect();
                let mean = cells.iter().sum::<f64>() / cut as f64;
                let variance = cells.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / cut as f64;
                prop_assert!(mean.abs() < 1e-4 && (variance - 1.0).abs() < 1e-3, "{} {}", mean, variance);
            }
            let mut changed = values;
            changed.slice_mut(ndarray::s![cut.., ..]).fill(other);
            prop_assert_eq!(fit_columns(changed.view(), 2, ScalerScope::Ticker, &rows).unwrap().0, scaler);
        }
    }
}
