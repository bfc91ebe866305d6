//! A custom source: bars that a program generates, here a sine with noise; a data vendor's client would look the same.
//!
//! `cargo run --example source -- pipeline --config crates/holdfast/examples/source.toml`

use holdfast::prelude::*;

/// Weekday bars of waves: every ticker swings with its own period.
struct Waves;

impl Part for Waves {
    fn declaration(&self) -> Declaration {
        Declaration::new("waves", "Prices that swing, each ticker with its own period.")
            .parameter(Parameter::size("rows", "Bars of each ticker.").default(600))
            .parameter(Parameter::size("tickers", "Number of tickers.").default(2))
    }
}

impl Source for Waves {
    fn read(&self, request: &SourceRequest<'_>) -> Result<SourceBars, SourceError> {
        let size = |name: &str| request.params.size(name).unwrap_or(1);
        let first = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap_or_default();
        let bars = |ticker: usize| {
            let price = |row: usize| {
                let swing = (row as f64 / (7.0 + 3.0 * ticker as f64)).sin();
                // Arithmetic rather than a random generator: the same noise in every run.
                let noise = ((row * 7919 + ticker * 104_729) % 1000) as f64 / 1e5;
                100.0 * (1.0 + 0.05 * swing + noise)
            };
            let bar = |(row, date): (usize, NaiveDate)| {
                let (open, close) = (price(row), price(row + 1));
                let (high, low) = (open.max(close) * 1.002, open.min(close) * 0.998);
                RawBar { date: date.into(), line: row as u64 + 1, open, high, low, close, volume: 1e6 }
            };
            let weekdays = first.iter_days().filter(|date| date.weekday().num_days_from_monday() < 5);
            let bars = weekdays.take(size("rows")).enumerate().map(bar).collect();
            RawBars::new(format!("WAVE{ticker}"), "waves", bars)
        };
        Ok(SourceBars { bars: (0..size("tickers")).map(bars).collect(), files: Vec::new() })
    }
}

fn main() -> ExitCode {
    holdfast::main(Registry::builtin().with_source(Waves))
}
