//! What stands above a column.

use super::key::key;

/// What stands above a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heading {
    /// The header as written, for messages.
    pub(crate) written: String,
    /// The ticker that it names, if the layout puts tickers there.
    pub(crate) ticker: Option<String>,
    /// What it says of the column beside the ticker, in the form in which names are compared.
    pub(crate) key: String,
}

impl Heading {
    /// The heading of a column that names no ticker.
    pub(crate) fn plain(written: &str) -> Self {
        Self { written: written.to_owned(), ticker: None, key: key(written) }
    }

    /// The heading of a column of one ticker.
    pub(crate) fn of_ticker(ticker: &str, name: &str) -> Self {
        let key = match key(name) {
            key if key == "adjusted" => "adjclose".to_owned(),
            key => key,
        };
        Self { written: name.to_owned(), ticker: Some(ticker.to_owned()), key }
    }
}
