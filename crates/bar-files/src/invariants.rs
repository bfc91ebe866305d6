//! What holds for every reading of any bytes.

use crate::bars::{Cell, FileBars};
use crate::error::ReadError;
use crate::reading::{Names, Reading};
use crate::{read, read_series};

/// Reads bytes in several ways and checks what must hold of each: for fuzzing.
///
/// Every value is finite or NaN, columns are as long as the bars, tickers are in order and have rows, lines do not descend
/// within a ticker, and a message is one line without control characters.
///
/// # Errors
///
/// What does not hold.
pub fn check_bytes(bytes: &[u8]) -> Result<(), String> {
    let names = ["date", "open", "high", "low", "close", "volume", "ticker"].map(str::to_owned).to_vec();
    let readings = [
        Reading { ticker: Some("A".to_owned()), own: vec!["volume".to_owned()], ..Reading::default() },
        Reading { ticker: Some("A".to_owned()), date_format: "D/M/YYYY".parse().ok(), ..Reading::default() },
        Reading { names: Names::Listed(names), ..Reading::default() },
    ];
    for reading in &readings {
        match read(bytes, "fuzz", reading) {
            Ok(file) => check_file(&file, reading.own.len())?,
            Err(error) => check_message(&error)?,
        }
    }
    match read_series(bytes, "fuzz", "close", None) {
        Ok(cells) => check_cells(&cells),
        Err(error) => check_message(&error),
    }
}

fn check_file(file: &FileBars, own: usize) -> Result<(), String> {
    if file.tickers.is_empty() {
        return Err("a file without tickers".to_owned());
    }
    if file.tickers.windows(2).any(|pair| pair[0].ticker >= pair[1].ticker) {
        return Err("tickers are out of order".to_owned());
    }
    if file.form.to_string().chars().any(char::is_control) {
        return Err(format!("{:?} has control characters", file.form.to_string()));
    }
    for rows in &file.tickers {
        let fault = |what: &str| Err(format!("{}: {what}", rows.ticker));
        let count = rows.bars.len();
        let optional = [&rows.adjusted, &rows.splits, &rows.dividends];
        let columns = || optional.into_iter().flatten().chain(&rows.own);
        if count == 0 {
            return fault("no rows");
        }
        if rows.own.len() != own
            || columns().any(|column| column.len() != count)
            || rows.offsets.as_ref().is_some_and(|offsets| offsets.len() != count)
        {
            return fault("columns of other lengths than the bars");
        }
        if rows.bars.windows(2).any(|pair| pair[0].line > pair[1].line) {
            return fault("lines descend");
        }
        let bars = rows.bars.iter().flat_map(|bar| [bar.open, bar.high, bar.low, bar.close, bar.volume]);
        if bars.chain(columns().flatten().copied()).any(f64::is_infinite) {
            return fault("an infinite value");
        }
    }
    Ok(())
}

fn check_cells(cells: &[Cell]) -> Result<(), String> {
    let descends = cells.windows(2).any(|pair| pair[0].line > pair[1].line);
    if descends || cells.is_empty() || cells.iter().any(|cell| cell.value.is_infinite()) {
        return Err("a series with an infinite value, descending lines or no cells".to_owned());
    }
    Ok(())
}

fn check_message(error: &ReadError) -> Result<(), String> {
    let message = error.to_string();
    match message.chars().any(char::is_control) {
        true => Err(format!("a message with control characters: {message:?}")),
        false => Ok(()),
    }
}
