//! From answers to bars.

use super::cache::{Kept, encoded};
use super::client::{Answer, Client, NoAnswer};
use super::settings::Settings;
use crate::sources::files::{self, FileOptions};
use crate::sources::{RawBars, SourceBars, SourceError};
use artifact_core::Digest;
use artifact_core::schema::SourceFile;
use chrono::{NaiveDate, NaiveTime, TimeDelta};
use std::time::Duration;

/// The wait after the first failure.
const BACKOFF: Duration = Duration::from_secs(1);

/// Reads the bars of all tickers, in the order of the settings.
pub(super) fn read(settings: &Settings) -> Result<SourceBars, SourceError> {
    let mut client = Client::new(settings.pause, settings.attempts, settings.timeout, BACKOFF);
    let mut all = SourceBars { bars: Vec::new(), files: Vec::new() };
    for ticker in &settings.tickers {
        let kept = Kept::of(settings, ticker);
        let (bars, bytes) = match kept.as_ref().map(Kept::read).transpose()?.flatten() {
            // Nothing but what holds bars is kept, so this one was changed since.
            Some(bytes) => (
                bars_of(&bytes, ticker, settings).map_err(|reason| changed(kept.as_ref(), ticker, reason))?,
                bytes,
            ),
            None => {
                let (bars, bytes) = ask(&mut client, ticker, settings)?;
                kept.iter().try_for_each(|kept| kept.write(&bytes))?;
                (bars, bytes)
            }
        };
        all.files.push(SourceFile { name: format!("{ticker}.json"), sha256: Digest::of(&bytes) });
        all.bars.push(bars);
    }
    Ok(all)
}

/// Asks for the bars of a ticker.
fn ask(client: &mut Client, ticker: &str, settings: &Settings) -> Result<(RawBars, Vec<u8>), SourceError> {
    let service = service(settings);
    let refuse = |reason: String, remedy: &'static str| SourceError::Service {
        what: ticker.to_owned(),
        service: service.to_owned(),
        reason,
        remedy,
    };
    let answer = client.ask(&address(ticker, settings));
    let Answer { status, bytes } = answer.map_err(|NoAnswer { reason, remedy }| refuse(reason, remedy))?;
    match (status, bars_of(&bytes, ticker, settings)) {
        (200, Ok(bars)) => Ok((bars, bytes)),
        (200, Err(reason)) => {
            Err(refuse(reason, "check source.url and the ticker's spelling, or try again later"))
        }
        (404, Err(reason)) => {
            let remedy = "check the ticker's spelling at the service, or take it out of source.tickers";
            Err(refuse(format!("status 404: {reason}"), remedy))
        }
        (401 | 403, _) => {
            Err(refuse(format!("status {status}"), "the service refuses access; check source.url"))
        }
        (_, Err(reason)) => {
            Err(refuse(format!("status {status}: {reason}"), "check the parameters of data.source"))
        }
        (_, Ok(_)) => Err(refuse(format!("status {status}"), "check the parameters of data.source")),
    }
}

/// The host that is asked.
fn service(settings: &Settings) -> &str {
    let url = settings.url.split_once("://").map_or(settings.url.as_str(), |(_, rest)| rest);
    let host = url.split('/').next().unwrap_or(url);
    // A name and a password before the host are not for messages.
    host.rsplit('@').next().unwrap_or(host)
}

/// The address of a ticker's chart. Days are those of the exchange, and the service counts in UTC: a day more on both sides
/// holds them all, in every zone.
fn address(ticker: &str, settings: &Settings) -> String {
    let seconds = |day: NaiveDate, days: i64| {
        let day = day.checked_add_signed(TimeDelta::days(days)).unwrap_or(day);
        day.and_time(NaiveTime::MIN).and_utc().timestamp()
    };
    let (first, end) = (seconds(settings.from, -1), seconds(settings.to, 2));
    format!(
        "{}/{}?period1={first}&period2={end}&interval={}&events=div%2Csplits&includeAdjustedClose=true",
        settings.url,
        encoded(ticker),
        settings.interval
    )
}

/// The bars of an answer within the days that are asked for, or what is wrong with it.
fn bars_of(bytes: &[u8], ticker: &str, settings: &Settings) -> Result<RawBars, String> {
    let read = files::read(bytes, "the answer", Some(ticker), &FileOptions::default());
    let mut read = read.map_err(|error| error.to_string())?;
    let tickers: Vec<&str> = read.bars.iter().map(|bars| bars.ticker.as_str()).collect();
    if tickers != [ticker] {
        return Err(format!("the answer has the bars of {}, expected those of {ticker}", tickers.join(", ")));
    }
    let mut bars = read.bars.swap_remove(0);
    let wanted = settings.from..=settings.to;
    let rows: Vec<usize> =
        (0..bars.bars.len()).filter(|&row| wanted.contains(&bars.bars[row].date.date())).collect();
    if rows.is_empty() {
        return Err(format!("the answer has no bars from {} to {}", settings.from, settings.to));
    }
    bars.take_rows(&rows);
    bars.remarks.retain(|remark| wanted.contains(&remark.date.date()));
    bars.origin = format!("{ticker}.json");
    Ok(bars)
}

fn changed(kept: Option<&Kept>, ticker: &str, reason: String) -> SourceError {
    let service = kept.map_or_else(String::new, |kept| kept.path().display().to_string());
    SourceError::Service {
        what: ticker.to_owned(),
        service,
        reason,
        remedy: "the kept answer was damaged or changed; delete it, and it is asked for again",
    }
}
