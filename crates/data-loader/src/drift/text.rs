//! A drift as text: first what changed, then where, and never more than fits on a screen.

use super::{Drift, Extension, Rescaling, Shift};
use crate::compare::ValueDifference;
use artifact_core::Moment;
use artifact_core::schema::COLUMNS;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The most items of a list to name.
const NAMED: usize = 10;

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "snapshot {} would now be {}", self.frozen.short(), self.present.short())?;
        self.lines().into_iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

impl Drift {
    fn lines(&self) -> Vec<String> {
        let difference = &self.difference;
        let mut lines = Vec::new();
        let named = |what: &str, tickers: &[String]| {
            (!tickers.is_empty()).then(|| format!("{what}: {}", list(tickers, NAMED)))
        };
        lines.extend(named("tickers that are gone", &difference.tickers_only_left));
        lines.extend(named("tickers that are new", &difference.tickers_only_right));
        lines.extend(named("columns that are gone", &difference.columns_only_left));
        lines.extend(named("columns that are new", &difference.columns_only_right));
        if difference.reordered {
            lines.push("the tickers are in a different order".to_owned());
        }
        lines.extend(self.shifts.iter().map(Shift::to_string));
        lines.extend(self.rescalings.iter().map(Rescaling::to_string));
        if let Some(extension) = &self.extension {
            lines.push(extension.to_string());
        } else {
            lines.extend(dates("rows that are gone", &difference.only_left));
            lines.extend(dates("rows that are new", &difference.only_right));
        }
        // One sentence says all about a rescaled ticker's bars; its columns of one's own are not rescaled.
        let rescaled = |value: &&ValueDifference| {
            COLUMNS.contains(&value.column.as_str())
                && self.rescalings.iter().any(|rescaling| rescaling.ticker == value.ticker)
        };
        let values: Vec<&ValueDifference> =
            difference.values.iter().filter(|value| !rescaled(value)).collect();
        lines.extend(changed(&values));
        if self.compared_rows < self.frozen_rows {
            lines.push(format!(
                "only {} of the {} frozen rows are left to compare; for the others, only the fingerprint shows a \
                 difference",
                self.compared_rows, self.frozen_rows
            ));
        }
        lines
    }
}

impl fmt::Display for Shift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shift { ticker, rows, days, seconds, bars } = self;
        let way = if *days > 0 || *seconds > 0 { "later" } else { "earlier" };
        let (bars, are) = (counted(*bars, "bar"), if *bars == 1 { "is" } else { "are" });
        let parts = [(*days, "day"), (seconds / 60, "minute"), (seconds % 60, "second")];
        let parts = parts.into_iter().filter(|(count, _)| *count != 0);
        let by: Vec<String> =
            parts.map(|(count, unit)| counted(count.unsigned_abs() as usize, unit)).collect();
        write!(f, "{ticker}: {bars} {are} {} {way} than when frozen", by.join(", "))?;
        if *rows != 0 { write!(f, " ({})", counted(rows.unsigned_abs() as usize, "row")) } else { Ok(()) }
    }
}

impl fmt::Display for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Extension { rows, after, until, left_behind } = self;
        write!(f, "{} after {after}, up to {until}; ", counted(*rows, "new row"))?;
        match left_behind {
            0 => f.write_str("all frozen rows are unchanged"),
            old => write!(
                f,
                "the frozen rows are unchanged, but for {} that the period has left behind",
                counted(*old, "row")
            ),
        }
    }
}

impl fmt::Display for Rescaling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rescaling { ticker, factor, bars } = self;
        write!(
            f,
            "{ticker}: the prices of all {} are {factor:.6} times the frozen ones, as adjusted prices are after a new \
             dividend",
            counted(*bars, "bar")
        )
    }
}

/// Dates as a count with the first and the last one.
fn dates(what: &str, dates: &[Moment]) -> Option<String> {
    let (first, last) = (dates.first()?, dates.last()?);
    Some(format!("{what}: {} ({})", dates.len(), span(*first, *last)))
}

/// A range of dates, or the only one.
fn span(first: Moment, last: Moment) -> String {
    if first == last { first.to_string() } else { format!("{first} to {last}") }
}

/// A count with its noun in the right number: `1 row`, `2 rows`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// The changed values: per ticker how many rows and values, then the first ones.
fn changed(values: &[&ValueDifference]) -> Vec<String> {
    let mut tickers: BTreeMap<&str, (BTreeSet<Moment>, usize)> = BTreeMap::new();
    for value in values {
        let (rows, count) = tickers.entry(&value.ticker).or_default();
        rows.insert(value.date);
        *count += 1;
    }
    let count = |(ticker, (rows, count)): (&&str, &(BTreeSet<Moment>, usize))| {
        let (values, in_rows) = (counted(*count, "value"), counted(rows.len(), "row"));
        let when = rows.first().zip(rows.last()).map(|(first, last)| format!(" ({})", span(*first, *last)));
        format!("{ticker}: {values} changed in {in_rows}{}", when.unwrap_or_default())
    };
    let mut lines: Vec<String> = tickers.iter().take(NAMED).map(count).collect();
    if let Some(more @ 1..) = tickers.len().checked_sub(NAMED) {
        lines.push(format!("and {}", counted(more, "more ticker")));
    }
    let value = |value: &&ValueDifference| {
        let ValueDifference { date, ticker, column, left, right } = *value;
        format!("{date} {ticker} {column}: {left} -> {right}")
    };
    lines.extend(values.iter().take(NAMED).map(value));
    if let Some(more @ 1..) = values.len().checked_sub(NAMED) {
        lines.push(format!("and {}", counted(more, "more value")));
    }
    lines
}

fn list(names: &[String], most: usize) -> String {
    let shown = names.iter().take(most).cloned().collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(most) {
        Some(more @ 1..) => format!("{shown} and {more} more"),
        _ => shown,
    }
}
