//! Finding columns by their headers, and reading the cells of a row.

use crate::sources::SourceError;
use crate::sources::dates::{self, DateCell};

/// The accepted headers of the column of dates.
pub(in crate::sources) const DATE: &[&str] = &["date", "timestamp", "datetime"];

/// A column: its position and its normalised name.
pub(in crate::sources) struct Column {
    position: usize,
    name: String,
}

/// The header line of a file.
pub(in crate::sources) struct Header<'a> {
    origin: &'a str,
    given: &'a ::csv::StringRecord,
    names: Vec<String>,
}

impl<'a> Header<'a> {
    /// # Errors
    ///
    /// [`SourceError::Empty`].
    pub(in crate::sources) fn of(
        given: &'a ::csv::StringRecord,
        origin: &'a str,
    ) -> Result<Self, SourceError> {
        if given.iter().all(str::is_empty) {
            return Err(SourceError::Empty { origin: origin.to_owned() });
        }
        Ok(Self { origin, given, names: given.iter().map(normalised).collect() })
    }

    /// The file.
    pub(in crate::sources) fn origin(&self) -> &'a str {
        self.origin
    }

    /// Finds the first of the `accepted` names that the file has.
    pub(in crate::sources) fn optional(&self, accepted: &[&str]) -> Result<Option<Column>, SourceError> {
        for name in accepted.iter().map(|name| normalised(name)) {
            let mut found = self.names.iter().enumerate().filter(|(_, known)| **known == name);
            match (found.next(), found.next()) {
                (Some((position, _)), None) => return Ok(Some(Column { position, name })),
                (Some(_), Some(_)) => {
                    let origin = self.origin.to_owned();
                    return Err(SourceError::RepeatedColumn { origin, column: name });
                }
                (None, _) => {}
            }
        }
        Ok(None)
    }

    /// As [`Header::optional`], of a column that the file must have.
    pub(in crate::sources) fn needed(&self, accepted: &[&str]) -> Result<Column, SourceError> {
        self.optional(accepted)?.ok_or_else(|| SourceError::MissingColumn {
            origin: self.origin.to_owned(),
            missing: accepted.join("` or `"),
            found: self.given.iter().map(str::to_owned).collect(),
        })
    }
}

/// A column's name in the form in which names are compared.
fn normalised(name: &str) -> String {
    name.trim().to_lowercase().replace(' ', "_")
}

/// One row, with the context that an error message needs.
pub(in crate::sources) struct Row<'a> {
    pub(in crate::sources) origin: &'a str,
    pub(in crate::sources) line: u64,
    pub(in crate::sources) record: &'a ::csv::StringRecord,
}

impl Row<'_> {
    pub(in crate::sources) fn text(&self, column: &Column) -> &str {
        self.record.get(column.position).unwrap_or_default()
    }

    pub(in crate::sources) fn number(&self, column: &Column) -> Result<f64, SourceError> {
        let text = self.text(column);
        let missing = ["", "nan", "na", "n/a", "null", "none"];
        if missing.iter().any(|word| text.eq_ignore_ascii_case(word)) {
            return Ok(f64::NAN);
        }
        // `parse` accepts `inf`, and reads `1e999` as infinity: neither is a price.
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => Err(SourceError::InvalidNumber {
                origin: self.origin.to_owned(),
                line: self.line,
                column: column.name.clone(),
                text: shortened(text),
            }),
        }
    }

    pub(in crate::sources) fn date(&self, column: &Column) -> Result<chrono::NaiveDate, SourceError> {
        let text = self.text(column);
        let (origin, line, column) = (self.origin.to_owned(), self.line, column.name.clone());
        match dates::parse(text) {
            DateCell::Day(date) => Ok(date),
            DateCell::Intraday => Err(SourceError::Intraday { origin, line, column, text: shortened(text) }),
            DateCell::Invalid => {
                Err(SourceError::InvalidDate { origin, line, column, text: shortened(text) })
            }
        }
    }
}

/// A cell's text, truncated for a message.
fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}
