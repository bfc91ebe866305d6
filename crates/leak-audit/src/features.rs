//! The pipeline's own features: each must give the same bits when later rows are cut off, and must equal its formula if
//! this crate has one, or its expression as the audit's own walker evaluates it.

use crate::bars::{Bars, TickerColumns};
use crate::feature_matrix::{Formula, Matrix};
use crate::findings::Findings;
use crate::written_features as written;
use artifact_core::schema::{Claim, GivenColumn};
use artifact_core::{Component, IndexSet};
use data_loader::features::{Feature, column_names, ticker_columns};
use data_loader::{DataParts, TickerBars};
use rayon::prelude::*;
use settings::part::Chosen;

/// The values of one list of features on the development rows.
pub(crate) struct KnownFeatures {
    /// The features.
    pub(crate) of: Vec<Component>,
    /// The names of one ticker's columns.
    pub(crate) columns: Vec<String>,
    /// Their values: by formula where there is one, otherwise as the feature itself computes them.
    pub(crate) matrix: Matrix,
}

/// Checks that features are causal: truncated after every single row, they must give bit for bit what they give on all
/// rows, and that must equal the formulas where there are any. `None` if the features cannot be computed.
pub(crate) fn check(
    bars: &Bars,
    given: &[GivenColumn],
    features: &[Component],
    parts: &DataParts,
    findings: &mut Findings,
) -> Option<KnownFeatures> {
    let claim = Claim::FeaturesCausal;
    let subject = subject(features);
    let formulas: Vec<Option<&Formula>> = features.iter().map(Formula::of).collect();
    let chosen: Result<Vec<_>, _> = features.iter().map(|feature| parts.features.find(feature)).collect();
    let chosen = match chosen {
        Ok(chosen) => chosen,
        Err(error) => {
            // A feature that this program lacks says nothing about the run, unlike one that fails to compute below.
            findings.unchecked(claim, &subject, error);
            return by_formulas(bars, features, &formulas);
        }
    };
    let values: Vec<TickerColumns<'_>> = (0..bars.tickers.len()).map(|ticker| bars.ticker(ticker)).collect();
    let tickers: Vec<TickerBars<'_>> = values.iter().filter_map(TickerColumns::bars).collect();
    let full = ticker_columns(&tickers, &chosen);
    let (names, full) = match column_names(&chosen).and_then(|names| Ok((names, full?))) {
        Ok(computed) => computed,
        Err(error) => {
            findings.check(claim, &subject, false, error, "the columns that the features name");
            return by_formulas(bars, features, &formulas);
        }
    };
    let computed = Matrix::of(bars.rows(), &full);
    // The formulas' values replace the given ones in all later checks, so that a wrong feature cannot confirm a scaler
    // that was fitted on its own wrong values.
    let (matrix, recomputed) = recompute(bars, &chosen, &formulas, full);
    if recomputed > 0 {
        let differing = computed.values.iter().zip(&matrix.values).filter(|(a, b)| !same(**a, **b)).count();
        let fits = computed.values.len() == matrix.values.len() && differing == 0;
        let found =
            format!("{differing} of {} cells that are not what the formulas give", computed.values.len());
        findings.check(
            claim,
            &subject,
            fits,
            found,
            format!("{} cells by the formulas", matrix.values.len()),
        );
    }
    let walked = written::check(bars, &chosen, &computed, &subject, findings);
    let cuts = cuts(bars.rows(), matrix.columns);
    let holds = check_cuts(&cuts, &chosen, &tickers, &computed, &subject, findings);
    if holds {
        let cells: usize = cuts.iter().map(|cut| cut * matrix.columns).sum();
        let digest = matrix.digest(&IndexSet::from_range(0..matrix.rows()));
        let counts = [
            ("cuts", cuts.len()),
            ("cells_compared", cells),
            // A feature without a formula here is checked only by calling it.
            ("recomputed_independently", recomputed + walked),
        ];
        findings.evidence_with(claim, &subject, &counts, Some(digest));
        note_columns(bars, given, findings);
    }
    Some(KnownFeatures { of: features.to_vec(), columns: names, matrix })
}

/// Notes what holds for columns of one's own: features compute from their frozen rows, but when the values in these rows
/// were known is the user's word.
fn note_columns(bars: &Bars, given: &[GivenColumn], findings: &mut Findings) {
    for (name, place) in bars.own_columns() {
        let Some(column) = given.iter().find(|column| column.name == name) else { continue };
        let known = (0..bars.rows())
            .flat_map(|row| (0..bars.tickers.len()).map(move |ticker| (row, ticker)))
            .filter(|&(row, ticker)| !bars.value(row, ticker, place).is_nan());
        let counts = [
            ("cells_with_a_value", known.count()),
            ("delay_rows", column.delay),
            ("max_forward_fill_rows", column.max_forward_fill),
        ];
        let subject = format!("column {name}, as given: when its values were known is the user's word");
        findings.evidence(Claim::FeaturesCausal, &subject, &counts);
    }
}

/// The most cells that are computed on prefixes: a minute's work for the slowest built-in features.
const MOST_CELLS: usize = 500_000_000;

/// After how many rows the bars are cut: after every row if that is affordable, else after rows spread evenly.
fn cuts(rows: usize, columns: usize) -> Vec<usize> {
    // A cut computes half of all rows on average.
    let affordable = (2 * MOST_CELLS / (rows * columns).max(1)).max(2);
    let count = rows.min(affordable);
    (1..=count).map(|place| place * rows / count).collect()
}

/// Checks the features on prefixes of the rows against their values on all rows; returns whether they agree.
fn check_cuts(
    cuts: &[usize],
    chosen: &[Chosen<dyn Feature>],
    tickers: &[TickerBars<'_>],
    given: &Matrix,
    subject: &str,
    findings: &mut Findings,
) -> bool {
    // Every prefix where it is affordable: a feature may look ahead in a few rows only, say at the end of a month.
    // `find_map_first` returns the lowest cut, so that the certificate does not depend on thread timing.
    let first = cuts.par_iter().find_map_first(|&cut| {
        let prefix: Vec<TickerBars<'_>> = tickers.iter().map(|ticker| ticker.slice(0..cut)).collect();
        match ticker_columns(&prefix, chosen).map(|cut_off| Matrix::of(cut, &cut_off)) {
            Ok(cut_off) if cut_off.columns == given.columns => {
                let cell = cut_off.values.iter().zip(&given.values).position(|(a, b)| !same(*a, *b))?;
                Some(format!(
                    "a different value in row {} when the rows from {cut} on are cut off",
                    cell / given.columns.max(1)
                ))
            }
            Ok(_) => Some(format!("a different number of columns when the rows from {cut} on are cut off")),
            Err(error) => Some(format!("an error when the rows from {cut} on are cut off: {error}")),
        }
    });
    let (holds, found) = (first.is_none(), first.unwrap_or_default());
    findings.check(Claim::FeaturesCausal, subject, holds, found, "the same bits, whatever comes later")
}

/// The features' values with formulas substituted where there are any, and the number of substituted cells.
fn recompute(
    bars: &Bars,
    chosen: &[Chosen<dyn Feature>],
    formulas: &[Option<&Formula>],
    mut tickers: Vec<Vec<Vec<f64>>>,
) -> (Matrix, usize) {
    let mut recomputed = 0;
    for (ticker, own) in tickers.iter_mut().enumerate() {
        let mut columns = Vec::new();
        let mut given = std::mem::take(own).into_iter();
        for (Chosen { part, params, .. }, formula) in chosen.iter().zip(formulas) {
            let as_given: Vec<_> = given.by_ref().take(part.columns(params).len()).collect();
            match formula {
                Some(formula) => {
                    recomputed += formula.columns.len() * bars.rows();
                    columns.extend(formula.values(bars, ticker));
                }
                None => columns.extend(as_given),
            }
        }
        *own = columns;
    }
    (Matrix::of(bars.rows(), &tickers), recomputed)
}

/// The values by formula alone, if every feature has one.
fn by_formulas(bars: &Bars, features: &[Component], formulas: &[Option<&Formula>]) -> Option<KnownFeatures> {
    let formulas: Vec<&Formula> = formulas.iter().copied().collect::<Option<_>>()?;
    let of_ticker = |ticker| formulas.iter().flat_map(|formula| formula.values(bars, ticker)).collect();
    let tickers: Vec<Vec<Vec<f64>>> = (0..bars.tickers.len()).map(of_ticker).collect();
    let columns =
        formulas.iter().flat_map(|formula| formula.columns).map(|name| (*name).to_owned()).collect();
    Some(KnownFeatures { of: features.to_vec(), columns, matrix: Matrix::of(bars.rows(), &tickers) })
}

/// The subject of findings about a list of features.
fn subject(features: &[Component]) -> String {
    let names: Vec<String> = features.iter().map(ToString::to_string).collect();
    format!("features {}", names.join(", "))
}

/// Whether two values have the same bits; all NaNs are equal, since their payload bits differ between processors.
fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}
