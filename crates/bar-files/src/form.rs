//! How a file of bars is written.

use crate::field::Field;
use std::collections::BTreeMap;
use std::fmt;

/// What was recognised of how a file is written. Its display is one short line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Form {
    /// How the file is packed.
    pub compression: Compression,
    /// How many files it packs; 1 unless it is an archive. The other members are those of the first file, except that
    /// `clock` and `zone` are true if they are of any file, and `volume` only if it is of all.
    pub files: usize,
    /// How characters are written.
    pub encoding: Encoding,
    /// What kind of file holds the columns.
    pub container: Container,
    /// How the columns are laid out.
    pub layout: Layout,
    /// What separates cells; `None` for JSON and for files of typed columns.
    pub separator: Option<char>,
    /// What separates the whole from the fraction of a number.
    pub decimal_mark: DecimalMark,
    /// How dates are written, such as `YYYY-MM-DD`.
    pub dates: String,
    /// Whether some stamp has a time of day other than midnight.
    pub clock: bool,
    /// Whether stamps have a zone as an offset from UTC.
    pub zone: bool,
    /// The name of the zone after the first stamp, such as `EST`. Names are not interpreted.
    pub zone_name: Option<String>,
    /// Whether the file has a column of volumes. Without one, every volume is NaN.
    pub volume: bool,
    /// The header, as written, of the column that each field was read from.
    pub headers: BTreeMap<Field, String>,
    /// The lines that were left out as notes: text in a single cell.
    pub notes: Vec<u64>,
}

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// With gzip.
    Gzip,
    /// With Zstandard.
    Zstd,
    /// In a zip archive, in which each entry is a file of bars.
    Zip,
}

/// What kind of file holds the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Container {
    /// Text of any layout, JSON included.
    #[default]
    Text,
    /// Parquet.
    Parquet,
    /// An Arrow IPC file, which a Feather file of version 2 is.
    Arrow,
}

/// How characters are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// UTF-8, of which ASCII is a part.
    #[default]
    Utf8,
    /// UTF-16, the low byte first.
    Utf16Le,
    /// UTF-16, the high byte first.
    Utf16Be,
    /// Windows-1252, of which the printable part of Latin-1 is a part.
    Windows1252,
}

/// How the columns are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// One header line, one row a bar.
    #[default]
    Plain,
    /// No header line: the caller listed the columns.
    Headerless,
    /// Headers in angle brackets: MetaTrader, Stooq, Finam.
    Bracketed,
    /// Two or three header lines, one with fields and one with tickers, as yfinance and pandas write them.
    Stacked,
    /// Headers that hold both ticker and field, such as `AAPL.Open`.
    Prefixed,
    /// A JSON array of objects, one a bar.
    JsonObjects,
    /// A JSON array of arrays, one a bar.
    JsonArrays,
    /// One JSON object or array a line.
    JsonLines,
    /// A JSON object of arrays, one a column.
    JsonColumns,
    /// The JSON of Alpha Vantage.
    AlphaVantage,
    /// The JSON of Yahoo's charts.
    YahooChart,
}

/// What separates the whole from the fraction of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DecimalMark {
    /// `1.5`
    #[default]
    Point,
    /// `1,5`
    Comma,
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "no compression",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Zip => "zip",
        })
    }
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Parquet => "Parquet",
            Self::Arrow => "Arrow",
        })
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16 LE",
            Self::Utf16Be => "UTF-16 BE",
            Self::Windows1252 => "Windows-1252",
        })
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "plain",
            Self::Headerless => "no header line",
            Self::Bracketed => "MetaTrader",
            Self::Stacked => "yfinance",
            Self::Prefixed => "tickers in headers",
            Self::JsonObjects => "JSON objects",
            Self::JsonArrays => "JSON arrays",
            Self::JsonLines => "JSON lines",
            Self::JsonColumns => "JSON columns",
            Self::AlphaVantage => "Alpha Vantage JSON",
            Self::YahooChart => "Yahoo chart JSON",
        })
    }
}

impl fmt::Display for Form {
    /// The layout and the dates, then only what is out of the ordinary.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.container, self.layout) {
            (Container::Text, layout) => write!(f, "{layout}")?,
            (container, Layout::Plain) => write!(f, "{container}")?,
            (container, layout) => write!(f, "{container}, {layout}")?,
        }
        if let Some(separator) = self.separator {
            write!(f, ", separator {separator:?}")?;
        }
        if self.decimal_mark == DecimalMark::Comma {
            f.write_str(", decimal comma")?;
        }
        write!(f, ", dates {}", self.dates)?;
        if self.clock {
            f.write_str(" with a time of day")?;
        }
        match &self.zone_name {
            Some(name) => write!(f, " in zone {}", name.escape_debug())?,
            None if self.zone => f.write_str(" with a zone")?,
            None => {}
        }
        if self.encoding != Encoding::Utf8 {
            write!(f, ", {}", self.encoding)?;
        }
        if self.compression != Compression::None {
            write!(f, ", {}", self.compression)?;
        }
        if self.files > 1 {
            write!(f, " of {} files", self.files)?;
        }
        if !self.volume {
            f.write_str(", no volume column")?;
        }
        if !self.notes.is_empty() {
            write!(f, ", notes left out: {}", self.notes.len())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_display_names_what_is_out_of_the_ordinary() {
        let plain = Form {
            separator: Some(','),
            dates: "YYYY-MM-DD".to_owned(),
            volume: true,
            files: 1,
            ..Form::default()
        };
        assert_eq!(plain.to_string(), "plain, separator ',', dates YYYY-MM-DD");
        let odd = Form {
            compression: Compression::Zip,
            files: 3,
            encoding: Encoding::Utf16Le,
            decimal_mark: DecimalMark::Comma,
            separator: Some('\t'),
            clock: true,
            zone: true,
            volume: false,
            notes: vec![9],
            ..plain
        };
        assert_eq!(
            odd.to_string(),
            "plain, separator '\\t', decimal comma, dates YYYY-MM-DD with a time of day with a zone, UTF-16 LE, zip of \
             3 files, no volume column, notes left out: 1"
        );
    }
}
