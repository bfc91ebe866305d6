//! Series that all tickers share, each from a CSV file with a column of dates and one of values.

use super::files::read_bytes;
use super::{RawCell, RawColumn, SourceError};
use artifact_core::schema::SourceFile;
use bar_files::DateFormat;
use settings::SeriesSetting;

/// Reads the file of a series, in any of the forms that [`bar_files`] reads; the header of dates may also be
/// `observation_date`. `date_format` is that of the settings.
///
/// # Errors
///
/// [`SourceError::Unreadable`], or [`SourceError::File`] with what is wrong where.
pub fn read(
    series: &SeriesSetting,
    date_format: Option<&str>,
) -> Result<(RawColumn, SourceFile), SourceError> {
    let (bytes, file) = read_bytes(&series.file)?;
    Ok((parse(&bytes, &file.name, series, date_format)?, file))
}

/// Reads a series from bytes, as [`read`]; `origin` names them in messages.
///
/// # Errors
///
/// As [`read`].
pub fn parse(
    bytes: &[u8],
    origin: &str,
    series: &SeriesSetting,
    date_format: Option<&str>,
) -> Result<RawColumn, SourceError> {
    let date_format = date_format.map(str::parse::<DateFormat>).transpose();
    let date_format = date_format
        .map_err(|error| SourceError::Setting { key: "data.date_format", reason: error.to_string() })?;
    let cells = bar_files::read_series(bytes, origin, &series.column, date_format.as_ref())?;
    // The time of day is passed over: a value counts from the close of its day on.
    let cell =
        |cell: bar_files::Cell| RawCell { date: cell.time.date().into(), line: cell.line, value: cell.value };
    let cells = cells.into_iter().map(cell).collect();
    Ok(RawColumn { name: series.name.clone(), ticker: None, origin: origin.to_owned(), cells })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(column: &str) -> SeriesSetting {
        let (name, file) = ("vix".to_owned(), "vix.csv".into());
        SeriesSetting { name, file, column: column.to_owned(), delay: 1, max_forward_fill: 5 }
    }

    #[test]
    fn dates_and_values_are_found_by_their_headers() {
        let text = "\u{feff}observation_date,Vix Cls,x\n2020-01-02,13.5,a\n\n2020-01-03,,b\n";
        let found = parse(text.as_bytes(), "vix.csv", &series("vix_cls"), None).unwrap();
        assert_eq!((found.name.as_str(), found.ticker, found.cells.len()), ("vix", None, 2));
        assert_eq!((found.cells[0].value, found.cells[0].line, found.cells[1].line), (13.5, 2, 4));
        assert!(found.cells[1].value.is_nan());
    }

    #[test]
    fn errors_name_file_column_and_line() {
        let check = |text: &str, expected: &str| {
            let error = parse(text.as_bytes(), "vix.csv", &series("close"), None).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check("date,open\n2020-01-02,1\n", "vix.csv: no column `close`: found date, open");
        check("place,close\nx,1\n", "vix.csv: no column");
        check("date,close\n2020-01-02,1\n2020-01-03,high\n", "vix.csv, line 3: `close` \"high\"");
        check("date,close\n2020-01-02,inf\n", "not a number");
        check("date,close\n", "no rows");
        check("", "empty");
        let error = read(&series("close"), None).unwrap_err().to_string();
        assert!(error.contains("failed to read") && error.contains("vix.csv"), "{error}");
    }
}
