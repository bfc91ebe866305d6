//! Prints results on standard output.

use anyhow::Context as _;
use artifact_core::shown;
use serde_json::Value;
use settings::cli::{document_output, output};
use std::io::Write as _;

/// Prints text with exactly one final newline.
pub(crate) fn text(text: &str) -> anyhow::Result<()> {
    writeln!(output(), "{}", text.trim_end()).context("failed to write to standard output")
}

/// Prints indented JSON.
pub(crate) fn json(value: &Value) -> anyhow::Result<()> {
    let document = serde_json::to_string_pretty(value)?;
    writeln!(document_output(), "{document}").context("failed to write to standard output")
}

/// A count with its noun in the right number: `1 run`, `2 runs`.
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Aligns the columns of rows; the first row is the heading. A cell is one line, whatever its text.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let shown = |row: &Vec<String>| row.iter().map(|cell| shown::line(cell).into_owned()).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(shown).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
        out.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        out.push('\n');
    }
    out
}

/// An error with its causes, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_cannot_break_its_row() {
        let rows = [["run", "done"], ["a\nb\u{1b}[2J", "x"]].map(|row| row.map(String::from).to_vec());
        assert_eq!(table(&rows), "run            done\na\\nb\\u{1b}[2J  x\n");
    }
}
