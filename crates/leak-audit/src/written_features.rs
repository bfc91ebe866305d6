//! Features written as expressions, compared with what the audit's own walker gives.

use crate::bars::{Bars, CLOSE, HIGH, LOW};
use crate::expressions::{ExpressionError, Panel, Tree, columns, evaluate};
use crate::feature_matrix::Matrix;
use crate::findings::Findings;
use artifact_core::schema::Claim;
use data_loader::features::Feature;
use rayon::prelude::*;
use settings::part::Chosen;

/// The most cells that are walked: some seconds of work.
const MOST_CELLS: usize = 4_000_000;

/// How far a cell may be from the walked one, relative to the larger of the two and 1e-3: sums run in another order.
const TOLERANCE: f64 = 1e-6;

/// The share of cells that may be further away. Comparisons, ranks and places jump where rounding decides.
const MAY_JUMP: f64 = 1e-3;

/// Compares the given values of all features that are written as expressions with the walker's; returns how many cells
/// were compared. On a large panel it walks evenly spread tickers, or, where tickers are compared with each other, the
/// first rows.
pub(crate) fn check(
    bars: &Bars,
    features: &[Chosen<dyn Feature>],
    given: &Matrix,
    subject: &str,
    findings: &mut Findings,
) -> usize {
    let (mut place, mut compared) = (0, 0);
    for Chosen { part, component, params } in features {
        let (start, feature) = (place, component);
        place += part.columns(params).len();
        let Some(trees) = columns(feature) else { continue };
        match trees.and_then(|trees| compare(bars, &trees, given, start)) {
            Ok(Compared { cells, apart, first }) => {
                compared += cells;
                let holds = apart as f64 <= MAY_JUMP * cells as f64;
                let found =
                    format!("{apart} of {cells} cells of {feature} that its expression does not give{first}");
                findings.check(Claim::FeaturesCausal, subject, holds, found, "those of the expression");
            }
            Err(error) => {
                let expected = "an expression that can be evaluated";
                findings.check(Claim::FeaturesCausal, subject, false, error, expected);
            }
        }
    }
    compared
}

struct Compared {
    cells: usize,
    /// How many of them are not near.
    apart: usize,
    /// Where the first of these stands.
    first: String,
}

fn compare(
    bars: &Bars,
    trees: &[(String, Tree)],
    given: &Matrix,
    place: usize,
) -> Result<Compared, ExpressionError> {
    let (rows, tickers) = (bars.rows(), bars.tickers.len());
    let across = trees.iter().any(|(_, tree)| tree.compares_tickers());
    let affordable = (MOST_CELLS / (rows * trees.len()).max(1)).clamp(1, tickers.max(1));
    let (own, rows): (Vec<usize>, usize) = match across {
        true => ((0..tickers).collect(), rows.min((MOST_CELLS / (tickers * trees.len()).max(1)).max(1))),
        false => ((0..affordable).map(|n| n * tickers / affordable).collect(), rows),
    };
    let part = bars.part(rows, &own);
    let mut typical = Vec::with_capacity(rows * own.len());
    for row in 0..rows {
        typical.extend((0..own.len()).map(|ticker| {
            let price = |column| part.value(row, ticker, column);
            (price(HIGH) + price(LOW) + price(CLOSE)) / 3.0
        }));
    }
    let Some(panel) = Panel::of(&part).with("vwap", typical) else {
        return Ok(Compared { cells: 0, apart: 0, first: String::new() });
    };
    let walked: Vec<Vec<f64>> =
        trees.par_iter().map(|(_, tree)| evaluate(tree, &panel)).collect::<Result<_, _>>()?;
    let (mut apart, mut first) = (0, String::new());
    for (column, walked) in walked.iter().enumerate() {
        for (cell, &expected) in walked.iter().enumerate() {
            let (row, ticker) = (cell / own.len(), own[cell % own.len()]);
            let found = given.cell(row, ticker * given.kinds + place + column);
            if !near(found, expected) {
                apart += 1;
                if first.is_empty() {
                    let (name, ticker) = (&trees[column].0, &bars.tickers[ticker]);
                    first = format!(", the first {name} of {ticker} in row {row}: {found}, not {expected}");
                }
            }
        }
    }
    let cells = rows * own.len() * trees.len();
    Ok(Compared { cells, apart, first })
}

fn near(found: f64, expected: f64) -> bool {
    if found.is_nan() || expected.is_nan() || found.is_infinite() || expected.is_infinite() {
        return found.to_bits() == expected.to_bits() || (found.is_nan() && expected.is_nan());
    }
    (found - expected).abs() <= TOLERANCE * found.abs().max(expected.abs()).max(1e-3)
}
