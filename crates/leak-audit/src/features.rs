//! The pipeline's own feature code: it gives what the formulas give, and the same bits when later rows are cut off.

use crate::bars::Bars;
use crate::feature_matrix::Matrix;
use crate::findings::Findings;
use artifact_core::IndexSet;
use artifact_core::schema::{Claim, FeatureSet};
use chrono::NaiveDate;
use data_loader::Panel;
use ndarray::{Array2, Array3};
use rayon::prelude::*;

/// Feature code that is tested: a panel's features, `(T, K * kinds)`, tickers side by side.
pub type FeatureCode = fn(&Panel, FeatureSet) -> Array2<f64>;

/// The feature code of this pipeline.
pub fn pipeline_features(panel: &Panel, set: FeatureSet) -> Array2<f64> {
    data_loader::features::compute(panel, set).values().to_owned()
}

/// Tests feature code: cut off after every single row it must give, bit for bit, what it gives on all rows, and that
/// must be what the formulas give.
pub(crate) fn check(
    bars: &Bars,
    set: FeatureSet,
    matrix: &Matrix,
    code: FeatureCode,
    findings: &mut Findings,
) {
    let claim = Claim::FeaturesCausal;
    let subject = format!("feature set {}", set.kinds().join(", "));
    let Some(panel) = panel(bars) else {
        findings.unchecked(claim, &subject, "dates do not ascend, so the feature code cannot be called");
        return;
    };
    let full = code(&panel, set);
    let given: Vec<f64> = full.iter().copied().collect();
    let differing = given.iter().zip(&matrix.values).filter(|(a, b)| !same(**a, **b)).count();
    let fits = given.len() == matrix.values.len() && differing == 0;
    let found = format!("{differing} of {} cells that are not what the formulas give", given.len());
    findings.check(claim, &subject, fits, found, format!("{} cells by the formulas", matrix.values.len()));

    let first = (1..=bars.rows()).into_par_iter().find_map_first(|cut| {
        let cut_off = code(&panel.slice_rows(0..cut), set);
        let cell = cut_off.iter().zip(&given).position(|(a, b)| !same(*a, *b))?;
        Some((cut, cell / matrix.columns.max(1)))
    });
    let holds = first.is_none();
    let (cut, row) = first.unwrap_or_default();
    let found = format!("another value in row {row} when the rows from {cut} on are cut off");
    findings.check(claim, &subject, holds, found, "the same bits, whatever comes later");
    if holds {
        let cells: usize = (1..=bars.rows()).map(|cut| cut * matrix.columns).sum();
        let digest = matrix.digest(&IndexSet::from_range(0..matrix.rows()));
        let counts = [("cuts", bars.rows()), ("cells_compared", cells)];
        findings.evidence_with(claim, &subject, &counts, Some(digest));
    }
}

/// The same bits; NaN is one value, since its other bits differ between processors.
fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

fn panel(bars: &Bars) -> Option<Panel> {
    let dates: Option<Vec<NaiveDate>> = bars.dates.iter().copied().collect();
    let shape = (bars.rows(), bars.tickers.len(), 5);
    let values = Array3::from_shape_vec(shape, bars.values().to_vec()).ok()?;
    Panel::new(bars.tickers.clone(), dates?, values).ok()
}
