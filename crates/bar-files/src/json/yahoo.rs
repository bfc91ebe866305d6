//! The JSON of Yahoo's charts: arrays of stamps and values side by side, events apart.

use super::entries::{Entries, Lines, cell, elements};
use super::table::Table;
use crate::error::{Fault, Result};
use chrono::{DateTime, FixedOffset};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// The columns of the table.
const HEADERS: [&str; 10] =
    ["ticker", "timestamp", "open", "high", "low", "close", "volume", "adjclose", "splits", "dividends"];

/// The table of `chart.result`, with stamps in the exchange's own zone.
pub(crate) fn table<'t>(chart: &'t RawValue, lines: &mut Lines<'t>) -> Result<Table<'t>> {
    let chart = Entries::of(chart).ok_or_else(|| fault("`chart` is no object"))?;
    if let Some(error) = chart.get("error").and_then(Entries::of) {
        let said = error.text(&["description", "code"]).unwrap_or_default();
        return Err(fault(&format!("Yahoo reports an error: {}", crate::quoted::cell(&said))));
    }
    let results = chart.get("result").and_then(elements).unwrap_or_default();
    let mut charts = Vec::new();
    for result in results {
        charts.push(Chart::of(result)?);
    }
    // A file says of every ticker whether it has a column, and so it does of no ticker if it does not of one.
    let has = |of: fn(&Chart<'t>) -> bool| charts.iter().all(of);
    let (adjusted, splits, dividends) = (
        has(|chart| chart.adjusted.is_some()),
        has(|chart| chart.splits.is_some()),
        has(|chart| chart.dividends.is_some()),
    );
    let kept = |header: &&&str| match **header {
        "adjclose" => adjusted,
        "splits" => splits,
        "dividends" => dividends,
        _ => true,
    };
    let headers: Vec<&str> = HEADERS.iter().filter(kept).copied().collect();
    let mut table = Table::with(&headers);
    for chart in &charts {
        chart.rows(&mut table, lines, [adjusted, splits, dividends]);
    }
    Ok(table)
}

fn fault(reason: &str) -> crate::error::Located {
    Fault::Json { reason: reason.to_owned() }.into()
}

/// One result.
struct Chart<'t> {
    symbol: String,
    stamps: Vec<(&'t RawValue, DateTime<FixedOffset>)>,
    /// Open, high, low, close, volume.
    quotes: [Vec<&'t RawValue>; 5],
    adjusted: Option<Vec<&'t RawValue>>,
    splits: Option<Vec<String>>,
    dividends: Option<Vec<String>>,
}

impl<'t> Chart<'t> {
    fn of(result: &'t RawValue) -> Result<Self> {
        let result = Entries::of(result).ok_or_else(|| fault("an element of `chart.result` is no object"))?;
        let meta = result.get("meta").and_then(Entries::of);
        let said = |name: &str| meta.as_ref().and_then(|meta| meta.text(&[name])).unwrap_or_default();
        let zone = FixedOffset::east_opt(said("gmtoffset").parse().unwrap_or_default())
            .ok_or_else(|| fault("`gmtoffset` is beyond a day"))?;
        let mut stamps = Vec::new();
        for stamp in result.get("timestamp").and_then(elements).unwrap_or_default() {
            let time = cell(stamp).parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
            let time = time.ok_or_else(|| {
                fault(&format!("{} in `timestamp` is no time", crate::quoted::cell(stamp.get())))
            })?;
            stamps.push((stamp, time.with_timezone(&zone)));
        }
        let indicators = result.get("indicators").and_then(Entries::of);
        let first = |name: &str| {
            let all = indicators.as_ref()?.get(name).and_then(elements)?;
            Entries::of(all.first()?)
        };
        let quote = first("quote").ok_or_else(|| fault("no `indicators.quote`"))?;
        let column = |of: &Entries<'t>, name: &str| -> Result<Vec<&'t RawValue>> {
            let values = of.get(name).and_then(elements).unwrap_or_default();
            if values.len() == stamps.len() {
                return Ok(values);
            }
            Err(fault(&format!("{} values of `{name}` for {} of `timestamp`", values.len(), stamps.len())))
        };
        let quotes = [
            column(&quote, "open")?,
            column(&quote, "high")?,
            column(&quote, "low")?,
            column(&quote, "close")?,
            column(&quote, "volume")?,
        ];
        let adjusted = first("adjclose").map(|of| column(&of, "adjclose")).transpose()?;
        let events = result.get("events").and_then(Entries::of);
        let event = |name: &str, value: fn(&Entries<'t>) -> Option<String>| {
            let all = events.as_ref()?.get(name).and_then(Entries::of)?;
            Some(on_rows(&all, &stamps, value))
        };
        let splits = event("splits", |split| {
            let number = |name: &str| split.text(&[name])?.parse::<f64>().ok();
            Some((number("numerator")? / number("denominator")?).to_string())
        });
        let dividends = event("dividends", |dividend| dividend.text(&["amount"]));
        Ok(Self { symbol: said("symbol"), stamps, quotes, adjusted, splits, dividends })
    }

    fn rows(&self, table: &mut Table<'t>, lines: &mut Lines<'t>, [adjusted, splits, dividends]: [bool; 3]) {
        for (row, (stamp, time)) in self.stamps.iter().enumerate() {
            let mut cells: Vec<Cow<'t, str>> =
                vec![self.symbol.clone().into(), time.format("%Y-%m-%dT%H:%M:%S%:z").to_string().into()];
            cells.extend(self.quotes.iter().map(|column| cell(column[row])));
            let further = [
                adjusted.then(|| self.adjusted.as_ref().map(|column| cell(column[row]))),
                splits.then(|| self.splits.as_ref().map(|column| column[row].clone().into())),
                dividends.then(|| self.dividends.as_ref().map(|column| column[row].clone().into())),
            ];
            cells.extend(further.into_iter().flatten().map(Option::unwrap_or_default));
            table.push(lines.at(stamp), cells);
        }
    }
}

/// Events as a column, 0 where there is none. An event is on the first row of its day or after.
fn on_rows<'t>(
    events: &Entries<'t>,
    stamps: &[(&'t RawValue, DateTime<FixedOffset>)],
    value: fn(&Entries<'t>) -> Option<String>,
) -> Vec<String> {
    let mut column = vec!["0".to_owned(); stamps.len()];
    for (key, event) in &events.0 {
        let Some(event) = Entries::of(event) else { continue };
        let seconds = event.text(&["date"]).unwrap_or_else(|| key.clone());
        let Some(time) = seconds.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0)) else {
            continue;
        };
        let row = stamps
            .iter()
            .position(|(_, stamp)| stamp.date_naive() >= time.with_timezone(stamp.offset()).date_naive());
        if let Some((row, value)) = row.zip(value(&event)) {
            column[row] = value;
        }
    }
    column
}
