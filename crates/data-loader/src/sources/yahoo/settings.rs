//! What is asked for, and how.

use crate::sources::SourceError;
use artifact_core::Params;
use chrono::NaiveDate;
use std::path::PathBuf;
use std::time::Duration;

/// What is asked for, and how.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// In upper case, without duplicates.
    pub(super) tickers: Vec<String>,
    pub(super) from: NaiveDate,
    pub(super) to: NaiveDate,
    pub(super) interval: String,
    pub(super) cache: Option<PathBuf>,
    pub(super) url: String,
    /// From one request to the next.
    pub(super) pause: Duration,
    pub(super) attempts: usize,
    pub(super) timeout: Duration,
}

impl Settings {
    /// The settings of checked and complete parameters.
    pub(super) fn of(params: &Params) -> Result<Self, SourceError> {
        let refuse = |reason: String| SourceError::Setting { key: "data.source", reason };
        let text = |name: &str| params.text(name).unwrap_or_default().to_owned();
        let date = |name: &str| {
            let written = text(name);
            written.parse::<NaiveDate>().map_err(|_| {
                refuse(format!("{name} of yahoo is {written:?}, expected a day of the form YYYY-MM-DD"))
            })
        };
        let (from, to) = (date("from")?, date("to")?);
        if from > to {
            return Err(refuse(format!("from of yahoo is {from}, after to, {to}: expected an earlier day")));
        }
        let url = text("url").trim_end_matches('/').to_owned();
        if !url.starts_with("https://") && !url.starts_with("http://") {
            return Err(refuse(format!(
                "url of yahoo is {url:?}, expected an address that begins with https://"
            )));
        }
        Ok(Self {
            tickers: tickers(params).map_err(refuse)?,
            from,
            to,
            interval: text("interval"),
            cache: params.text("cache").map(PathBuf::from),
            url,
            pause: Duration::from_secs_f64(
                1.0 / params.float("requests_per_second").unwrap_or(1.0).max(0.01),
            ),
            attempts: params.size("attempts").unwrap_or(1),
            timeout: Duration::from_secs(params.size("timeout").unwrap_or(30) as u64),
        })
    }
}

fn tickers(params: &Params) -> Result<Vec<String>, String> {
    let mut tickers = Vec::new();
    let given = params.get("tickers").and_then(|given| given.as_array());
    for given in given.into_iter().flatten().filter_map(|ticker| ticker.as_str()) {
        let ticker = given.trim().to_uppercase();
        if ticker.is_empty() || ticker.chars().any(char::is_control) {
            return Err(format!("tickers of yahoo has {given:?}, expected one such as \"AAPL\""));
        }
        if tickers.contains(&ticker) {
            return Err(format!("tickers of yahoo has {ticker} twice: remove one of them"));
        }
        tickers.push(ticker);
    }
    Ok(tickers)
}
