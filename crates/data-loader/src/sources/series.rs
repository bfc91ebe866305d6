//! Series that all tickers share, each from a CSV file with a column of dates and one of values.

use super::csv::lines::Lines;
use super::csv::table::{DATE, Header, Row};
use super::csv::{self, without_mark};
use super::{RawCell, RawColumn, SourceError};
use artifact_core::schema::SourceFile;
use settings::SeriesSetting;

/// Reads the file of a series. Headers are matched like those of bars; the date's may also be `observation_date`.
///
/// # Errors
///
/// [`SourceError::Unreadable`], [`SourceError::MissingColumn`] with the columns that are there, or the first cell that is
/// no date or no number, with its line.
pub fn read(series: &SeriesSetting) -> Result<(RawColumn, SourceFile), SourceError> {
    let (bytes, file) = csv::read_bytes(&series.file)?;
    Ok((parse(&bytes, &file.name, series)?, file))
}

/// Reads a series from CSV text, as [`read`]; `origin` names it in messages.
///
/// # Errors
///
/// As [`read`].
pub fn parse(bytes: &[u8], origin: &str, series: &SeriesSetting) -> Result<RawColumn, SourceError> {
    let malformed = |source| SourceError::Malformed { origin: origin.to_owned(), source };
    let text = without_mark(bytes);
    let mut reader = ::csv::ReaderBuilder::new().trim(::csv::Trim::All).from_reader(text);
    let header = Header::of(reader.headers().map_err(malformed)?, origin)?;
    let date = header.needed(&[DATE, &["observation_date"]].concat())?;
    let value = header.needed(&[&series.column])?;
    let (mut cells, mut lines) = (Vec::new(), Lines::of(text));
    for record in reader.records() {
        let record = record.map_err(malformed)?;
        let start = record.position().map_or(0, |position| position.byte() as usize);
        let row = Row { origin, line: lines.at(start), record: &record };
        cells.push(RawCell { date: row.date(&date)?, line: row.line, value: row.number(&value)? });
    }
    if cells.is_empty() {
        return Err(SourceError::NoRows { origin: origin.to_owned() });
    }
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
        let found = parse(text.as_bytes(), "vix.csv", &series("vix_cls")).unwrap();
        assert_eq!((found.name.as_str(), found.ticker, found.cells.len()), ("vix", None, 2));
        assert_eq!((found.cells[0].value, found.cells[0].line, found.cells[1].line), (13.5, 2, 4));
        assert!(found.cells[1].value.is_nan());
    }

    #[test]
    fn errors_name_file_column_and_line() {
        let check = |text: &str, expected: &str| {
            let error = parse(text.as_bytes(), "vix.csv", &series("close")).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check("date,open\n2020-01-02,1\n", "vix.csv has no column `close`: found date, open");
        check("day,close\n2020-01-02,1\n", "no column `date`");
        check("date,close\n2020-01-02,1\n2020-01-03,high\n", "vix.csv, line 3, column `close`: \"high\"");
        check("date,close\n2020-01-02,inf\n", "not a number");
        check("date,close\n", "no rows");
        check("", "empty");
        let error = read(&series("close")).unwrap_err().to_string();
        assert!(error.contains("failed to read") && error.contains("vix.csv"), "{error}");
    }
}
