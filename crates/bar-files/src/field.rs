//! What a column of a file of bars can hold.

use std::fmt;
use std::str::FromStr;

/// What a column of a file of bars can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The name of the instrument.
    Ticker,
    /// The day, or the day and the time of day.
    Date,
    /// The time of day, beside a column of days.
    Time,
    /// The first price.
    Open,
    /// The highest price.
    High,
    /// The lowest price.
    Low,
    /// The last price.
    Close,
    /// What was traded, in units of the instrument.
    Volume,
    /// The last price, adjusted for splits and dividends.
    AdjustedClose,
    /// The ratio of a split on that day.
    Split,
    /// The dividend per share on that day.
    Dividend,
}

impl Field {
    /// Every field, in the order of its declaration.
    pub const ALL: [Self; 11] = [
        Self::Ticker,
        Self::Date,
        Self::Time,
        Self::Open,
        Self::High,
        Self::Low,
        Self::Close,
        Self::Volume,
        Self::AdjustedClose,
        Self::Split,
        Self::Dividend,
    ];

    /// The name as settings write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ticker => "ticker",
            Self::Date => "date",
            Self::Time => "time",
            Self::Open => "open",
            Self::High => "high",
            Self::Low => "low",
            Self::Close => "close",
            Self::Volume => "volume",
            Self::AdjustedClose => "adjusted_close",
            Self::Split => "split",
            Self::Dividend => "dividend",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is none of the fields'.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is not a field of a bar: expected one of {}", Field::ALL.map(Field::name).join(", "))]
pub struct UnknownField {
    /// The name.
    pub name: String,
}

impl FromStr for Field {
    type Err = UnknownField;

    fn from_str(text: &str) -> Result<Self, UnknownField> {
        let named = Self::ALL.into_iter().find(|field| field.name() == text);
        named.ok_or_else(|| UnknownField { name: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for field in Field::ALL {
            assert_eq!(field.to_string().parse(), Ok(field));
        }
        let error = "colour".parse::<Field>().unwrap_err().to_string();
        assert!(
            error.starts_with("\"colour\" is not a field of a bar: expected one of ticker, date"),
            "{error}"
        );
    }
}
