//! Finding the columns of fields among headings.

use super::columns::{Columns, Group};
use super::heading::Heading;
use super::key::key;
use super::vocabulary::{TICK_VOLUMES, currency_volume, keys};
use crate::error::{Fault, Result};
use crate::field::Field;
use crate::quoted;
use crate::reading::{Names, Reading};
use std::collections::{BTreeMap, BTreeSet};

/// Finds the columns. `context` says with which separator or encoding the headings were read, where that may be why one is
/// missing.
pub(crate) fn find(headings: &[Heading], reading: &Reading, context: &str) -> Result<Columns> {
    let mut finder = Finder::of(headings, reading, context);
    let date = finder.field(None, Field::Date)?;
    let tickers: BTreeSet<&str> = headings.iter().filter_map(|heading| heading.ticker.as_deref()).collect();
    let groups = match tickers.len() {
        0 => vec![finder.group(None)?],
        _ => tickers.into_iter().map(|ticker| finder.group(Some(ticker))).collect::<Result<_>>()?,
    };
    let date = date.ok_or_else(|| finder.missing(None, &["date"]))?;
    // A column `time` beside one of days is the time of day; alone, it is the date.
    let time = finder.field(None, Field::Time)?.filter(|&time| time != date);
    let time = time.filter(|_| headings.get(date).is_some_and(|heading| heading.key != "datetime"));
    let ticker = finder.field(None, Field::Ticker)?;
    let headers = headings.iter().map(|heading| heading.written.clone()).collect();
    let mut twins = finder.twins;
    twins.sort_unstable();
    twins.dedup();
    Ok(Columns { date, time, ticker, groups, twins, headers })
}

/// Finds the columns of a series: dates, and the values under a header.
pub(crate) fn find_series(headings: &[Heading], column: &str, context: &str) -> Result<(usize, usize)> {
    let reading = Reading::default();
    let mut finder = Finder::of(headings, &reading, context);
    let date = finder.field(None, Field::Date)?.ok_or_else(|| finder.missing(None, &["date"]))?;
    let value = finder.named(None, column).ok_or_else(|| finder.missing(None, &[column]))?;
    match finder.twins.first() {
        Some(&(first, second)) => Err(repeated(headings, first, second).into()),
        None => Ok((date, value)),
    }
}

/// The fault of two columns of one name.
pub(crate) fn repeated(headings: &[Heading], first: usize, second: usize) -> Fault {
    let written = headings.get(first).map_or("", |heading| heading.written.as_str());
    Fault::RepeatedColumn {
        header: format!("`{}`", quoted::bare(written)),
        first: first + 1,
        second: second + 1,
    }
}

struct Finder<'a> {
    headings: &'a [Heading],
    /// The positions of each ticker's columns; a wide file has many tickers.
    positions: BTreeMap<Option<&'a str>, Vec<usize>>,
    reading: &'a Reading,
    context: &'a str,
    twins: Vec<(usize, usize)>,
}

impl<'a> Finder<'a> {
    fn of(headings: &'a [Heading], reading: &'a Reading, context: &'a str) -> Self {
        let mut positions: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
        for (position, heading) in headings.iter().enumerate() {
            positions.entry(heading.ticker.as_deref()).or_default().push(position);
        }
        Self { headings, positions, reading, context, twins: Vec::new() }
    }

    /// The columns of a ticker, or those of none.
    fn columns(&self, ticker: Option<&str>) -> Vec<(usize, &'a Heading)> {
        let positions = self.positions.get(&ticker).map_or(&[][..], Vec::as_slice);
        positions.iter().filter_map(|&position| Some((position, self.headings.get(position)?))).collect()
    }

    /// The group of a ticker; of all columns if it is `None`.
    fn group(&mut self, ticker: Option<&str>) -> Result<Group> {
        const PRICES: [Field; 4] = [Field::Open, Field::High, Field::Low, Field::Close];
        let (mut prices, mut missing) = ([0; 4], Vec::new());
        for (price, field) in prices.iter_mut().zip(PRICES) {
            match self.field(ticker, field)? {
                Some(position) => *price = position,
                None => missing.push(field.name()),
            }
        }
        if let Some(fault) = self.not_bars(ticker, &missing) {
            return Err(fault.into());
        }
        if !missing.is_empty() {
            return Err(self.missing(ticker, &missing));
        }
        let volume = self.volume(ticker)?;
        let tick_volume =
            TICK_VOLUMES.iter().find_map(|name| self.with_key(ticker, name)).filter(|_| volume.is_some());
        let mut own = Vec::with_capacity(self.reading.own.len());
        for name in &self.reading.own {
            let found = self.named(ticker, name).or_else(|| self.named(None, name));
            own.push(found.ok_or_else(|| self.missing(ticker, &[name]))?);
        }
        Ok(Group {
            ticker: ticker.map(str::to_owned),
            prices,
            volume,
            tick_volume: tick_volume.filter(|&position| Some(position) != volume),
            adjusted: self.field(ticker, Field::AdjustedClose)?,
            split: self.field(ticker, Field::Split)?,
            dividend: self.field(ticker, Field::Dividend)?,
            own,
        })
    }

    /// The column of a field: by the caller's header, or else by the vocabulary.
    fn field(&mut self, ticker: Option<&str>, field: Field) -> Result<Option<usize>> {
        if let Names::Mapped(mapped) = &self.reading.names
            && let Some(name) = mapped.get(&field)
        {
            return match self.named(ticker, name).or_else(|| self.named(None, name)) {
                Some(position) => Ok(Some(position)),
                None => Err(self.missing(ticker, &[name])),
            };
        }
        Ok(keys(field).iter().find_map(|name| self.with_key(ticker, name)))
    }

    /// The volume: a column of that name, or the first in a currency that is not one in which prices are quoted.
    fn volume(&mut self, ticker: Option<&str>) -> Result<Option<usize>> {
        if let Some(position) = self.field(ticker, Field::Volume)? {
            return Ok(Some(position));
        }
        let columns = self.columns(ticker).into_iter();
        let ranked =
            columns.filter_map(|(position, heading)| Some((currency_volume(&heading.key)?, position)));
        Ok(ranked.min().map(|(_, position)| position))
    }

    /// The first column with a key; further ones are noted as twins.
    fn with_key(&mut self, ticker: Option<&str>, name: &str) -> Option<usize> {
        self.first(ticker, |heading| heading.key == name)
    }

    /// The column under a header that the caller wrote: as it is, or else in the form in which names are compared.
    fn named(&mut self, ticker: Option<&str>, name: &str) -> Option<usize> {
        let exact = self.first(ticker, |heading| heading.written == name);
        let wanted = key(name);
        exact.or_else(|| self.first(ticker, |heading| !wanted.is_empty() && heading.key == wanted))
    }

    fn first(&mut self, ticker: Option<&str>, same: impl Fn(&Heading) -> bool) -> Option<usize> {
        let columns = self.columns(ticker).into_iter();
        let mut all = columns.filter(|(_, heading)| same(heading)).map(|(position, _)| position);
        let first = all.next()?;
        self.twins.extend(all.map(|twin| (first, twin)));
        Some(first)
    }

    fn missing(&self, ticker: Option<&str>, names: &[&str]) -> crate::error::Located {
        let names: Vec<String> = names.iter().map(|name| quoted::bare(name)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let of = ticker.map_or_else(String::new, |ticker| format!(" of {}", quoted::bare(ticker)));
        Fault::MissingColumn {
            missing: format!("{}{of}", quoted::Names(&names)),
            found: self.found(),
            context: self.context.to_owned(),
        }
        .into()
    }

    fn found(&self) -> String {
        let written: Vec<&str> = self.headings.iter().map(|heading| heading.written.as_str()).collect();
        quoted::headers(&written)
    }

    /// What the file holds instead of bars, if its headers tell.
    fn not_bars(&self, ticker: Option<&str>, missing: &[&str]) -> Option<Fault> {
        let has = |part: &str| self.headings.iter().any(|heading| heading.key.starts_with(part));
        let only_prices = ["open", "high", "low"].iter().all(|name| missing.contains(name));
        if !only_prices {
            return None;
        }
        let book = has("level")
            || has("bids")
            || has("bidprice1")
            || has("bidsize1")
            || has("bid1")
            || has("askprice1");
        let seen = if book {
            "an order book"
        } else if has("bid") && has("ask") {
            "quotes of bid and ask"
        } else if has("price")
            && (has("qty") || has("quantity") || has("size") || has("amount") || has("tradeid"))
        {
            "single trades"
        } else if ticker.is_none() && (self.headings.len() == 2 || has("nav") || has("value")) {
            "a series of one value"
        } else {
            return None;
        };
        Some(Fault::NotBars { seen, found: self.found() })
    }
}
