//! Files of every dialect, read as a whole.

use crate::bars::FileBars;
use crate::reading::Reading;

/// Reads a text of the ticker `A`.
pub(crate) fn read_text(text: &str) -> Result<FileBars, String> {
    read_bytes(text.as_bytes())
}

/// Reads bytes of the ticker `A`.
pub(crate) fn read_bytes(bytes: &[u8]) -> Result<FileBars, String> {
    let reading = Reading { ticker: Some("A".to_owned()), ..Reading::default() };
    crate::read(bytes, "A.csv", &reading).map_err(|error| error.to_string())
}

/// The tickers and the bars of a file in one line each: time, values, line.
pub(crate) fn lines(file: &FileBars) -> Vec<String> {
    let mut lines = Vec::new();
    for rows in &file.tickers {
        for bar in &rows.bars {
            let values = [bar.open, bar.high, bar.low, bar.close, bar.volume].map(|value| value.to_string());
            lines.push(format!("{} {} {} @{}", rows.ticker, bar.time, values.join(" "), bar.line));
        }
    }
    lines
}

/// Checks that a text reads as the given lines.
#[track_caller]
pub(crate) fn check(text: &str, expected: &[&str]) -> FileBars {
    let file = read_text(text).unwrap();
    assert_eq!(lines(&file), expected, "{text:?}");
    file
}

/// Checks that a text is refused with exactly this message.
#[track_caller]
pub(crate) fn check_error(text: &str, expected: &str) {
    assert_eq!(read_text(text).map(|file| lines(&file)).unwrap_err(), expected, "{text:?}");
}

mod bytes;
#[cfg(feature = "parquet")]
mod columnar;
mod dialects;
mod json;
mod layouts;
mod plain;
mod properties;
mod series;
