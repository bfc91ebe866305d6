//! Scalers: fitted on training rows, applied to every row.
//!
//! A scaler is a [`Part`](settings::part::Part) that computes a centre and a scale from the cells of some columns; every
//! cell of these columns is then scaled as `(x - centre) / scale`. It may also scale each window by the window's own
//! values, when the window is gathered.

mod by_last;
mod scaler;
mod standard;
mod window_zscore;
mod within_window;

pub use scaler::{Affine, Scaler};
pub use within_window::WithinWindow;

use crate::features::FeatureMatrix;
use crate::subset::Development;
use artifact_core::schema::{FittedScaler, ScalerScope, Scope};
use artifact_core::{Digest, IndexSet};
use ndarray::{Array3, ArrayView2};
use settings::part::{Catalog, Chosen};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::sync::Arc;

/// The scalers of this crate.
pub(crate) fn builtin() -> Catalog<dyn Scaler> {
    let mut catalog: Catalog<dyn Scaler> = Catalog::new("scaler");
    catalog.add(Arc::new(standard::Standard));
    catalog.add(Arc::new(by_last::ByLast));
    catalog.add(Arc::new(window_zscore::WindowZscore));
    catalog
}

/// Cells that could not be scaled: they are only centred, with a standard deviation of 1.
#[derive(Debug, Clone, PartialEq)]
pub struct ScalerWarning {
    /// The first matrix column concerned.
    pub column: usize,
    /// The number of columns that share these figures.
    pub columns: usize,
    /// The number of cells that have a value.
    pub cells: u64,
}

impl fmt::Display for ScalerWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The preprocessing stores this text: other words would give the artifact another id.
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
    /// The tickers do not have the same number of columns each.
    #[error("{columns} feature columns cannot be shared evenly among {tickers} tickers")]
    Tickers {
        /// The number of columns.
        columns: usize,
        /// The number of tickers.
        tickers: usize,
    },
    /// A scaler returned figures that no cell can be scaled with.
    #[error(
        "the scaler {scaler} returned {affine} for feature column {column}; expected a finite centre, and a finite \
         scale above 0 or none"
    )]
    Figures {
        /// The scaler.
        scaler: String,
        /// The first matrix column concerned.
        column: usize,
        /// What it returned.
        affine: String,
    },
    /// The scaler's parameters do not suit the feature columns.
    #[error("the scaler {scaler} cannot scale windows: {reason}")]
    Window {
        /// The scaler.
        scaler: String,
        /// Its own words.
        reason: String,
    },
    /// The scaler was fitted on a different number of columns.
    #[error(
        "the scaler was fitted on {fitted} feature columns but is applied to {found}: use the same tickers and features"
    )]
    Columns {
        /// The number of columns it was fitted on.
        fitted: usize,
        /// The number of columns it was given.
        found: usize,
    },
}

/// Fits a scaler on `rows` of the development rows' features. Cells without a finite value do not count.
///
/// `rows` are those that training inputs read: a scaler fitted on evaluated rows as well leaks their mean and spread.
///
/// # Errors
///
/// No rows, a row outside the matrix, or a scaler that returns unusable figures.
pub fn fit_scaler(
    matrix: &FeatureMatrix<Development>,
    scaler: &Chosen<dyn Scaler>,
    per: ScalerScope,
    rows: &IndexSet,
) -> Result<(FittedScaler, Vec<ScalerWarning>), ScalerError> {
    fit_columns(matrix.values(), matrix.kinds, scaler, per, rows)
}

/// Fits on a matrix `(T, K * kinds)`, tickers side by side.
fn fit_columns(
    matrix: ArrayView2<f64>,
    kinds: usize,
    scaler: &Chosen<dyn Scaler>,
    per: ScalerScope,
    rows: &IndexSet,
) -> Result<(FittedScaler, Vec<ScalerWarning>), ScalerError> {
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
    let (mut figures, mut warnings) = (Vec::with_capacity(groups), Vec::new());
    for group in 0..groups {
        let cells: Vec<f64> = finite_cells(matrix, rows, group, groups).collect();
        let affine = fit_cells(scaler, &cells, group)?;
        if affine.scale.is_none() {
            let (columns, cells) = (columns / groups, cells.len() as u64);
            warnings.push(ScalerWarning { column: group, columns, cells });
        }
        figures.push(affine);
    }
    let fitted = FittedScaler {
        kind: scaler.component.clone(),
        per,
        mean: (0..columns).map(|j| figures[j % groups].centre).collect(),
        std: (0..columns).map(|j| figures[j % groups].scale.unwrap_or(1.0)).collect(),
        fitted_rows: rows.clone(),
        rows_digest: rows_digest(matrix, rows),
    };
    Ok((fitted, warnings))
}

/// Fits on the finite cells of one group of columns, the first being `column`. Without any cells the centre is 0 and
/// there is no scale.
///
/// # Errors
///
/// [`ScalerError::Figures`].
pub fn fit_cells(scaler: &Chosen<dyn Scaler>, cells: &[f64], column: usize) -> Result<Affine, ScalerError> {
    if cells.is_empty() {
        return Ok(Affine { centre: 0.0, scale: None });
    }
    let affine = scaler.part.fit(cells, &scaler.params);
    let usable = affine.centre.is_finite() && affine.scale.is_none_or(|s| s.is_finite() && s > 0.0);
    if !usable {
        let (scaler, affine) = (scaler.component.to_string(), format!("{affine:?}"));
        return Err(ScalerError::Figures { scaler, column, affine });
    }
    Ok(affine)
}

/// What the scaler does to windows, where one ticker's feature columns are called `columns`; `None` if nothing.
///
/// # Errors
///
/// [`ScalerError::Window`].
pub fn within_window(
    scaler: &Chosen<dyn Scaler>,
    columns: &[String],
) -> Result<Option<WithinWindow>, ScalerError> {
    let within = scaler.part.within_window(columns, &scaler.params);
    within.map_err(|reason| ScalerError::Window { scaler: scaler.component.to_string(), reason })
}

/// Scales a matrix, `(rows, K * kinds)`, and arranges it as the inputs of models of `scope`: `(blocks, rows, columns)`,
/// one block with all columns for [`Scope::Joint`], one block per ticker for [`Scope::Shared`]. A cell without a finite
/// value becomes 0, the centre; or NaN, if windows are still to be scaled by their own values.
///
/// # Errors
///
/// [`ScalerError::Columns`] if the scaler was fitted on a different number of columns; [`ScalerError::Tickers`] if they
/// are not the same number for each of `tickers` tickers.
pub fn transform(
    scaler: &FittedScaler,
    matrix: ArrayView2<f64>,
    scope: Scope,
    tickers: usize,
    within: Option<&WithinWindow>,
) -> Result<Array3<f32>, ScalerError> {
    let columns = matrix.ncols();
    if columns != scaler.mean.len() || columns != scaler.std.len() {
        return Err(ScalerError::Columns { fitted: scaler.mean.len(), found: columns });
    }
    if tickers == 0 || !columns.is_multiple_of(tickers) {
        return Err(ScalerError::Tickers { columns, tickers });
    }
    let (width, outputs) = scope.shape(columns, tickers);
    let missing = if within.is_some() { f32::NAN } else { 0.0 };
    Ok(Array3::from_shape_fn((tickers / outputs, matrix.nrows(), width), |(block, row, place)| {
        let column = block * width + place;
        let scaled = ((matrix[[row, column]] - scaler.mean[column]) / scaler.std[column]) as f32;
        // Checked after the cast, since a finite f64 can overflow f32, and no model may see an infinity.
        if scaled.is_finite() { scaled } else { missing }
    }))
}

/// The digest of some rows of a matrix: SHA-256 of their values as little-endian `f64`, row by row.
///
/// Every NaN is hashed as [`f64::NAN`], since the other bits of a NaN differ between processors.
///
/// # Panics
///
/// If a row lies outside the matrix.
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

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::Component;
    use artifact_core::Params;
    use ndarray::{Array2, array};
    use proptest::prelude::*;
    use settings::part::Part;

    fn matrix() -> Array2<f64> {
        // Two tickers with two features each; the last row is not fitted on.
        array![[1.0, 10.0, 3.0, 30.0], [3.0, f64::NAN, 5.0, 20.0], [99.0, 99.0, 99.0, 99.0]]
    }

    fn standard() -> Chosen<dyn Scaler> {
        builtin().find(&Component::new("standard", 1)).unwrap()
    }

    fn fit(per: ScalerScope) -> FittedScaler {
        let rows = IndexSet::from_range(0..2);
        let (scaler, warnings) = fit_columns(matrix().view(), 2, &standard(), per, &rows).unwrap();
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
        let scaled = transform(&scaler, matrix().view(), Scope::Joint, 2, None).unwrap();
        assert_eq!(scaled.dim(), (1, 3, 4));
        assert_eq!(scaled.slice(ndarray::s![0, 1, ..]).to_vec(), [1.0, 0.0, 1.0, -1.0]);
    }

    #[test]
    fn a_shared_scope_has_one_block_per_ticker() {
        let scaler = fit(ScalerScope::Ticker);
        let joint = transform(&scaler, matrix().view(), Scope::Joint, 2, None).unwrap();
        let shared = transform(&scaler, matrix().view(), Scope::Shared, 2, None).unwrap();
        assert_eq!(shared.dim(), (2, 3, 2));
        for ((ticker, row, place), value) in shared.indexed_iter() {
            assert_eq!(value.to_bits(), joint[[0, row, 2 * ticker + place]].to_bits());
        }
        let uneven = transform(&scaler, matrix().view(), Scope::Shared, 3, None).unwrap_err();
        assert!(uneven.to_string().contains("4 feature columns cannot be shared evenly among 3"));
    }

    #[test]
    fn constant_and_empty_columns_are_reported() {
        let values = array![[0.1, f64::NAN], [0.1, f64::NAN], [0.1, f64::NAN]];
        let rows = IndexSet::from_range(0..3);
        let (scaler, warnings) =
            fit_columns(values.view(), 2, &standard(), ScalerScope::Feature, &rows).unwrap();
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
    fn digests_cover_the_bytes_of_the_fitted_rows() {
        let values = array![[1.0, 2.0], [3.0, -f64::NAN], [5.0, 6.0]];
        let rows: IndexSet = [0, 2].into_iter().collect();
        let bytes: Vec<u8> = [1.0_f64, 2.0, 5.0, 6.0].iter().flat_map(|v| v.to_le_bytes()).collect();
        assert_eq!(rows_digest(values.view(), &rows), Digest::of(&bytes));
        let nan: Vec<u8> = [3.0_f64, f64::NAN].iter().flat_map(|v| v.to_le_bytes()).collect();
        assert_eq!(rows_digest(values.view(), &IndexSet::from_range(1..2)), Digest::of(&nan));
    }

    #[track_caller]
    fn check_error(kinds: usize, rows: std::ops::Range<usize>, expected: &str) {
        let (scaler, rows) = (standard(), IndexSet::from_range(rows));
        let error = fit_columns(matrix().view(), kinds, &scaler, ScalerScope::Feature, &rows).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }

    #[test]
    fn impossible_fits_are_explained() {
        check_error(2, 0..0, "no training rows");
        check_error(2, 0..4, "training row 3 does not exist: the feature matrix has 3 rows");
        check_error(3, 0..2, "4 feature columns cannot hold 3 features per ticker");
        check_error(0, 0..2, "cannot hold 0 features");
        let error =
            transform(&fit(ScalerScope::Feature), array![[1.0]].view(), Scope::Joint, 1, None).unwrap_err();
        assert!(error.to_string().contains("fitted on 4 feature columns but is applied to 1"));
    }

    /// Returns a scale that nothing can be divided by.
    struct Zero;

    impl Part for Zero {
        fn declaration(&self) -> settings::part::Declaration {
            settings::part::Declaration::new("zero", "Divides by zero.")
        }
    }

    impl Scaler for Zero {
        fn fit(&self, _cells: &[f64], _params: &Params) -> Affine {
            Affine { centre: 1.0, scale: Some(0.0) }
        }
    }

    #[test]
    fn unusable_figures_are_an_error() {
        let mut catalog = builtin();
        catalog.add(Arc::new(Zero));
        let (zero, rows) = (catalog.find(&Component::new("zero", 1)).unwrap(), IndexSet::from_range(0..2));
        let error = fit_columns(matrix().view(), 2, &zero, ScalerScope::Ticker, &rows).unwrap_err();
        assert!(error.to_string().contains("the scaler zero returned"), "{error}");
    }

    proptest! {
        #[test]
        fn fitted_rows_come_out_standardised_and_others_do_not_matter(
            values in prop::collection::vec(-100.0_f64..100.0, 12 * 4), other in -1e6_f64..1e6, cut in 2_usize..12,
        ) {
            let values = Array2::from_shape_vec((12, 4), values).unwrap();
            let rows = IndexSet::from_range(0..cut);
            let (scaler, _) = fit_columns(values.view(), 2, &standard(), ScalerScope::Ticker, &rows).unwrap();
            let scaled = transform(&scaler, values.view(), Scope::Joint, 2, None).unwrap();
            for column in 0..4 {
                let cells: Vec<f64> = (0..cut).map(|row| f64::from(scaled[[0, row, column]])).collect();
                let mean = cells.iter().sum::<f64>() / cut as f64;
                let variance = cells.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / cut as f64;
                prop_assert!(mean.abs() < 1e-4 && (variance - 1.0).abs() < 1e-3, "{} {}", mean, variance);
            }
            let mut changed = values;
            changed.slice_mut(ndarray::s![cut.., ..]).fill(other);
            prop_assert_eq!(fit_columns(changed.view(), 2, &standard(), ScalerScope::Ticker, &rows).unwrap().0, scaler);
        }
    }
}
