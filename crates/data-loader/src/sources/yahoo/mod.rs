//! Bars from Yahoo's charts over HTTP.
//!
//! One request a ticker, each bounded in time, size and number of attempts. An answer that holds bars can be kept in a
//! folder and is used again from there, so that a run can be repeated without a network and from the same bytes.

mod cache;
mod client;
mod read;
mod settings;
#[cfg(test)]
mod tests;

use super::{Source, SourceBars, SourceError, SourceRequest};
use ::settings::part::{Declaration, Parameter, Part};

/// Yahoo's address of charts.
const ADDRESS: &str = "https://query1.finance.yahoo.com/v8/finance/chart";

/// The intervals from one bar to the next that can be asked for.
const INTERVALS: [&str; 3] = ["1d", "1wk", "1mo"];

/// The source `yahoo`.
pub(crate) struct Yahoo;

impl Part for Yahoo {
    fn declaration(&self) -> Declaration {
        Declaration::new("yahoo", "Bars from Yahoo's charts over HTTP, with splits and dividends.")
            .parameter(Parameter::texts("tickers", "The tickers as Yahoo writes them."))
            .parameter(Parameter::text("from", "The first day, such as 2015-01-01."))
            .parameter(Parameter::text("to", "The last day, such as 2020-12-31."))
            .parameter(Parameter::choice("interval", "From one bar to the next.", &INTERVALS).default("1d"))
            .parameter(
                Parameter::text("cache", "The folder in which answers are kept and found again.").optional(),
            )
            .parameter(Parameter::text("url", "The address before the ticker.").default(ADDRESS))
            .parameter(
                Parameter::float("requests_per_second", "The most requests a second.")
                    .range(0.01, 100.0)
                    .default(1.0),
            )
            .parameter(Parameter::int("attempts", "The most attempts for each ticker.", 1, 20).default(5))
            .parameter(
                Parameter::int("timeout", "The seconds after which an attempt fails.", 1, 600).default(30),
            )
    }
}

impl Source for Yahoo {
    fn read(&self, request: &SourceRequest<'_>) -> Result<SourceBars, SourceError> {
        request.without_files("yahoo")?;
        read::read(&settings::Settings::of(request.params)?)
    }

    fn reads_seed(&self) -> bool {
        false
    }
}
