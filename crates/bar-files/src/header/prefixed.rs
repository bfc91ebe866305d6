//! Headers that hold both ticker and field.

use super::heading::Heading;
use super::key::key;
use super::vocabulary::value_field;
use crate::field::Field;
use std::collections::{BTreeMap, BTreeSet};

/// Words beside a field that are no tickers.
const NOT_TICKERS: [&str; 25] = [
    "adj",
    "adjusted",
    "unadjusted",
    "raw",
    "bid",
    "ask",
    "mid",
    "prev",
    "previous",
    "pre",
    "post",
    "day",
    "daily",
    "avg",
    "average",
    "split",
    "total",
    "quote",
    "tick",
    "number",
    "change",
    "stock",
    "interest",
    "time",
    "date",
];

/// The most bytes of a header that may name a ticker and a field.
const LONGEST: usize = 200;

/// Splits headers such as `AAPL.Open`, `Open_AAPL` or `('Open', 'AAPL')`. Headers that do not split stay plain, and so do
/// those of a ticker without open, high and low, such as `VIX_Close` beside a ticker's columns. `None` if no ticker has
/// all four prices.
pub(crate) fn headings(headers: &[String]) -> Option<Vec<Heading>> {
    let parts: Vec<Option<(&str, &str)>> = headers.iter().map(|header| split(header)).collect();
    let mut fields: BTreeMap<&str, BTreeSet<Field>> = BTreeMap::new();
    for (ticker, name) in parts.iter().flatten() {
        fields.entry(ticker).or_default().extend(value_field(&key(name)));
    }
    let prices = [Field::Open, Field::High, Field::Low, Field::Close];
    if !fields.values().any(|fields| prices.iter().all(|price| fields.contains(price))) {
        return None;
    }
    let is_bar = |ticker: &str| {
        fields.get(ticker).is_some_and(|fields| prices[..3].iter().any(|one| fields.contains(one)))
    };
    let heading = |(header, parts): (&String, &Option<(&str, &str)>)| match parts {
        Some((ticker, name)) if is_bar(ticker) => {
            Heading { written: header.clone(), ..Heading::of_ticker(ticker, name) }
        }
        _ => Heading::plain(header),
    };
    Some(headers.iter().zip(&parts).map(heading).collect())
}

/// The ticker and the field of a header.
pub(crate) fn split(header: &str) -> Option<(&str, &str)> {
    if header.len() > LONGEST {
        return None;
    }
    if let Some(inside) = header.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        let (first, second) = inside.split_once(',')?;
        let bare = |text: &'_ str| -> Option<(usize, usize)> {
            let start = text.find(|c: char| !matches!(c, ' ' | '\'' | '"'))?;
            let end = text.rfind(|c: char| !matches!(c, ' ' | '\'' | '"'))?;
            Some((start, end + text.get(end..)?.chars().next()?.len_utf8()))
        };
        let (from, to) = bare(first)?;
        let first = first.get(from..to)?;
        let (from, to) = bare(second)?;
        let second = second.get(from..to)?;
        return assign(first, second).or_else(|| assign(second, first));
    }
    let separators =
        || header.char_indices().filter(|(_, c)| matches!(c, '.' | '_' | '-' | ' ' | '/' | ':' | '|'));
    // The longest field wins: `AAPL_Adj Close` is an adjusted close, and `BRK.B.Open` is of `BRK.B`.
    let behind = separators().find_map(|(at, _)| assign(header.get(..at)?, header.get(at + 1..)?));
    behind.or_else(|| {
        let mut before: Vec<usize> = separators().map(|(at, _)| at).collect();
        before.reverse();
        before.into_iter().find_map(|at| assign(header.get(at + 1..)?, header.get(..at)?))
    })
}

/// The two, if the second is a field and the first may be a ticker.
fn assign<'h>(ticker: &'h str, field: &'h str) -> Option<(&'h str, &'h str)> {
    let ticker = ticker.trim();
    let word = key(ticker);
    let may_be = !word.is_empty() && !NOT_TICKERS.contains(&word.as_str());
    value_field(&key(field)).filter(|_| may_be).map(|_| (ticker, field))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_split_into_ticker_and_field() {
        for (header, expected) in [
            ("AAPL.Open", Some(("AAPL", "Open"))),
            ("AAPL.Adjusted", Some(("AAPL", "Adjusted"))),
            ("AAPL_Adj Close", Some(("AAPL", "Adj Close"))),
            ("BRK.B.Open", Some(("BRK.B", "Open"))),
            ("Open_BTC-USD", Some(("BTC-USD", "Open"))),
            ("Adj Close_AAPL", Some(("AAPL", "Adj Close"))),
            ("('Open', 'AAPL')", Some(("AAPL", "Open"))),
            ("('AAPL', 'Open')", Some(("AAPL", "Open"))),
            ("Adj. Open", None),
            ("bid_open", None),
            ("Open", None),
            ("Open_", None),
            ("(é)", None),
        ] {
            assert_eq!(split(header), expected, "{header:?}");
        }
    }
}
