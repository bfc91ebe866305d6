//! What holds for every reading of any bytes.

use crate::bars::{Cell, FileBars};
use crate::error::ReadError;
use crate::form::Compression;
use crate::reading::{Names, Reading};
use crate::{read, read_series};
use std::io::{self, Write as _};

/// Reads bytes in several ways and checks what must hold of each, as [`check_reading`] does: for tests.
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
    readings.iter().try_for_each(|reading| check_reading(bytes, reading))
}

/// Reads bytes as bars, as they are and packed, and as a series of the first of one's own columns or of the closes; and
/// checks what must hold of any reading: for fuzzing.
///
/// Every value is finite or NaN, columns are as long as the bars, tickers are in order and have rows, lines do not descend
/// within a ticker, a message is one line without control characters, and packing changes nothing.
///
/// # Errors
///
/// What does not hold.
pub fn check_reading(bytes: &[u8], reading: &Reading) -> Result<(), String> {
    match read(bytes, "fuzz", reading) {
        Ok(file) => {
            check_file(&file, reading.own.len())?;
            check_packed(bytes, reading, &file)?;
        }
        Err(error) => check_message(&error)?,
    }
    let column = reading.own.first().map_or("close", String::as_str);
    match read_series(bytes, "fuzz", column, reading.date_format.as_ref()) {
        Ok(cells) => check_cells(&cells),
        Err(error) => check_message(&error),
    }
}

/// What was read from bytes that are not packed is read from the same bytes packed.
fn check_packed(bytes: &[u8], reading: &Reading, expected: &FileBars) -> Result<(), String> {
    if expected.form.compression != Compression::None {
        return Ok(());
    }
    let failed = |error: io::Error| format!("packing failed: {error}");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).map_err(failed)?;
    let packed = [
        (Compression::Gzip, gzip.finish().map_err(failed)?),
        (Compression::Zstd, zstd::encode_all(bytes, 1).map_err(failed)?),
    ];
    for (compression, packed) in packed {
        let mut found = read(&packed, "fuzz", reading).map_err(|error| format!("{compression}: {error}"))?;
        if found.form.compression != compression {
            return Err(format!("{compression} is taken for {}", found.form.compression));
        }
        found.form.compression = Compression::None;
        // The debug form, since a missing value equals nothing.
        if format!("{found:?}") != format!("{expected:?}") {
            return Err(format!("{compression} changes what is read"));
        }
    }
    Ok(())
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
