//! Two or three header lines, one with fields and one with tickers, as yfinance and pandas write them.

use super::heading::Heading;
use super::key::key;
use super::vocabulary::value_field;
use crate::dates::shape;
use crate::row::Row;

/// What stands before the fields or the tickers of a header line.
const CORNERS: [&str; 10] =
    ["", "price", "prices", "ticker", "tickers", "symbol", "symbols", "attributes", "date", "datetime"];

/// Columns that yfinance writes beside the fields of a bar.
const OTHERS: [&str; 2] = ["capitalgains", "repaired"];

/// The headings of stacked header lines, and how many lines they are.
pub(crate) fn headings(rows: &[Row<'_>]) -> Option<(Vec<Heading>, usize)> {
    let [first, second, rest @ ..] = rows else { return None };
    let same_width = first.cells.len() == second.cells.len() && first.cells.len() >= 2;
    let is_corner = |row: &Row<'_>| CORNERS.contains(&key(row.cell(0)).as_str());
    if !same_width || !is_corner(first) || !is_corner(second) {
        return None;
    }
    let is_field = |cell: &str| value_field(&key(cell)).is_some() || OTHERS.contains(&key(cell).as_str());
    let all_fields = |row: &Row<'_>| row.cells.iter().skip(1).all(|cell| is_field(cell));
    let (fields, tickers) = match (all_fields(first), all_fields(second)) {
        (true, false) => (first, second),
        (false, true) => (second, first),
        _ => return None,
    };
    if tickers.cells.iter().skip(1).any(|cell| cell.is_empty()) {
        return None;
    }
    let columns = fields.cells.iter().zip(&tickers.cells).skip(1);
    let mut headings: Vec<Heading> =
        columns.map(|(field, ticker)| Heading::of_ticker(ticker, field)).collect();
    // The third line names the index; pandas leaves it out if the index has no name.
    let names_index = |row: &&Row<'_>| {
        let alone = row.cells.iter().skip(1).all(|cell| cell.is_empty());
        alone && shape::parse(row.cell(0)).is_err()
    };
    let index = rest.first().filter(names_index);
    let written = index.map_or("Date", |row| row.cell(0)).to_owned();
    headings.insert(0, Heading { written, ticker: None, key: "date".to_owned() });
    Some((headings, 2 + usize::from(index.is_some())))
}
