//! Panels as CSV files.

use super::panel::{Panel, Ticker};
use anyhow::Context as _;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

/// Writes one file per ticker, `TICKER.csv` with the columns `date,open,high,low,close,volume`, into a folder, which is
/// made if need be. Numbers are written so that they are read back exactly. Returns the paths in order of ticker.
///
/// # Errors
///
/// If the folder cannot be made or a file cannot be written.
pub(crate) fn write(panel: &Panel, folder: &Path) -> io::Result<Vec<PathBuf>> {
    std::fs::create_dir_all(folder)?;
    let write = |ticker: &Ticker| {
        let path = folder.join(format!("{}.csv", ticker.name));
        std::fs::write(&path, text(&panel.dates, ticker))?;
        Ok(path)
    };
    panel.tickers.iter().map(write).collect()
}

/// The CSV files of a folder, by name.
pub(crate) fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let unreadable = || format!("cannot read {}", folder.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv")) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The contents of a ticker's file.
fn text(dates: &[String], ticker: &Ticker) -> String {
    let bars = &ticker.bars;
    let mut text = "date,open,high,low,close,volume\n".to_owned();
    for (row, date) in dates.iter().enumerate() {
        let [open, high, low, close, volume] = bars.columns().map(|column| column[row]);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{date},{open},{high},{low},{close},{volume}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::*;

    #[test]
    fn numbers_are_read_back_exactly() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let panel = Kind::Regime.generate((2, 30), 1);
        let paths = write(&panel, &folder.path().join("new"))?;
        assert_eq!(paths.len(), 2);
        for (path, ticker) in paths.iter().zip(&panel.tickers) {
            assert_eq!(path.file_stem().and_then(|name| name.to_str()), Some(ticker.name.as_str()));
            let text = std::fs::read_to_string(path)?;
            let mut lines = text.lines();
            assert_eq!(lines.next(), Some("date,open,high,low,close,volume"));
            for (row, line) in lines.enumerate() {
                let (date, numbers) = line.split_once(',').ok_or("no comma")?;
                let numbers = numbers.split(',').map(str::parse).collect::<Result<Vec<f64>, _>>()?;
                assert_eq!(date, panel.dates[row]);
                assert_eq!(numbers, ticker.bars.columns().map(|column| column[row]));
            }
            assert_eq!(text.lines().count(), 31);
        }
        Ok(())
    }
}
