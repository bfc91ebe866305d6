//! Tests of the language as a whole, and what they share.

mod bar_indicators;
mod indicators;
mod named_sets;
mod one_row;
mod reference;
mod syntax;
mod tickers;
mod windows;

use crate::expressions::panel::Panel;
use crate::expressions::parser::parse;
use crate::expressions::walker::evaluate;

const N: f64 = f64::NAN;
const INF: f64 = f64::INFINITY;

/// Evaluates a formula at every row of every ticker.
fn values(formula: &str, panel: &Panel) -> Vec<f64> {
    let tree = parse(formula).unwrap_or_else(|error| panic!("{formula}: {error}"));
    evaluate(&tree, panel).unwrap_or_else(|error| panic!("{formula}: {error}"))
}

/// Checks a formula against its values, to a billionth.
#[track_caller]
fn check(panel: &Panel, formula: &str, expected: &[f64]) {
    let found = values(formula, panel);
    let near = |(a, b): (&f64, &f64)| near(*a, *b);
    assert!(
        found.len() == expected.len() && found.iter().zip(expected).all(near),
        "{formula}: {found:?}, expected {expected:?}"
    );
}

fn near(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-9 * b.abs().max(1.0)
}

/// A panel of one ticker.
fn one(columns: &[(&str, &[f64])]) -> Panel {
    let columns: Vec<(&str, Vec<f64>)> =
        columns.iter().map(|(name, values)| (*name, values.to_vec())).collect();
    Panel::of_columns(1, &columns)
}

/// Sixty rows of three tickers, two of them with gaps.
fn sixty_rows() -> Panel {
    let text = include_str!("../../../tests/expressions/bars.csv");
    let rows: Vec<Vec<f64>> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').skip(2).map(|cell| cell.parse().unwrap()).collect())
        .collect();
    let names = ["open", "high", "low", "close", "volume"];
    let column = |place: usize| rows.iter().map(|row| row[place]).collect::<Vec<f64>>();
    let columns: Vec<(&str, Vec<f64>)> =
        names.iter().enumerate().map(|(place, name)| (*name, column(place))).collect();
    Panel::of_columns(3, &columns)
}
