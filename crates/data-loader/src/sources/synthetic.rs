//! Synthetic bars with a planted signal, for tests and for trying the tools without real data.
//!
//! Each ticker passes through **regimes** of its own: up, flat and down. A regime lasts 20 to 60 rows (uniform), and
//! the next is one of the other two (uniform). Within a regime the close moves by
//!
//! ```text
//! ln(close[t] / close[t-1]) = drift + 0.003 * z[t]      drift = +0.008, 0 or -0.008, z standard normal
//! ```
//!
//! so the last few returns reveal the regime, and the regime predicts the next few: the signal is causal, visible in
//! the past window of either feature set, and absent only around a regime change, which nothing announces. With the
//! default labels (`first_touch` from the close, 2 %, 5 rows) the three classes are about equally frequent, and a rule as simple as
//! "sign and size of the mean return over 10 rows" reaches a Matthews correlation of about 0.7.
//!
//! Without the signal the close is a geometric random walk with `drift = 0` and a standard deviation of 0.012 per row,
//! which keeps the classes about equally frequent and makes every prediction worthless: a model that scores there has
//! seen the future.
//!
//! Open lies near the previous close, high and low enclose open and close, volumes are positive whole numbers around
//! half a million; none of them carries a signal. Dates are weekdays. Each ticker has its own ChaCha8 stream, so adding
//! tickers or rows leaves the existing bars unchanged.

use super::{RawBar, RawBars, Source, SourceBars, SourceError, SourceRequest};
use crate::random::Stream;
use artifact_core::seed::Purpose;
use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};
use settings::part::{Declaration, Parameter, Part};

/// The drift of the log close per row in the up regime; the down regime's is its negative.
const DRIFT: f64 = 0.008;
/// The standard deviation of the log return per row around the drift.
const NOISE: f64 = 0.003;
/// The standard deviation of the log return per row where there is no signal.
const WALK_NOISE: f64 = 0.012;
/// The shortest and the longest regime, in rows.
const REGIME_ROWS: (usize, usize) = (20, 60);

/// The most bars of all tickers together: they are made in memory.
const MOST_BARS: usize = 20_000_000;

/// The source `synthetic`.
pub(crate) struct Synthetic;

impl Part for Synthetic {
    fn declaration(&self) -> Declaration {
        let most = i64::from(u32::MAX);
        Declaration::new("synthetic", "A generated panel with a planted, causal signal.")
            .parameter(Parameter::int("tickers", "The number of tickers.", 1, most).default(4))
            .parameter(Parameter::int("rows", "The number of bars per ticker.", 2, most).default(1200))
            .parameter(Parameter::flag("signal", "Whether there is a signal to learn.").default(true))
    }
}

impl Source for Synthetic {
    fn read(&self, request: &SourceRequest<'_>) -> Result<SourceBars, SourceError> {
        request.without_files("synthetic")?;
        let defaults = SyntheticSpec::default();
        let spec = SyntheticSpec {
            tickers: request.params.size("tickers").unwrap_or(defaults.tickers),
            rows: request.params.size("rows").unwrap_or(defaults.rows),
            signal: request.params.flag("signal").unwrap_or(defaults.signal),
            ..defaults
        };
        let bars = spec.tickers.saturating_mul(spec.rows);
        if bars > MOST_BARS {
            let (tickers, rows) = (spec.tickers, spec.rows);
            let reason = format!(
                "{tickers} tickers of {rows} rows are more than {MOST_BARS} bars; give fewer tickers or rows"
            );
            return Err(SourceError::Setting { key: "data.source", reason });
        }
        Ok(SourceBars { bars: synthetic(&spec, request.seed), files: Vec::new() })
    }
}

/// What to generate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SyntheticSpec {
    /// The number of tickers (default: 4).
    pub tickers: usize,
    /// The number of bars per ticker (default: 1200).
    pub rows: usize,
    /// The earliest date of a bar (default: 2015-01-01); if it falls on a weekend, the bars start on the next Monday.
    pub start: NaiveDate,
    /// Whether past bars predict future ones (default: true).
    pub signal: bool,
}

impl Default for SyntheticSpec {
    fn default() -> Self {
        Self {
            tickers: 4,
            rows: 1200,
            start: NaiveDate::from_ymd_opt(2015, 1, 1).expect("a valid date"),
            signal: true,
        }
    }
}

/// Generates bars; the tickers are `SYN01`, `SYN02` and so on. The same arguments give the same bits.
///
/// There are fewer rows if [`NaiveDate`] runs out of dates.
pub fn synthetic(spec: &SyntheticSpec, seed: u64) -> Vec<RawBars> {
    let is_weekday = |date: &NaiveDate| !matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
    let dates: Vec<NaiveDate> = spec.start.iter_days().filter(is_weekday).take(spec.rows).collect();
    (0..spec.tickers)
        .map(|number| {
            let stream = Stream::of_ticker(seed, Purpose::SyntheticBars, number);
            let bars = bars_of_ticker(&dates, spec.signal, stream);
            RawBars::new(format!("SYN{:02}", number + 1), "synthetic", bars)
        })
        .collect()
}

fn bars_of_ticker(dates: &[NaiveDate], signal: bool, mut stream: Stream) -> Vec<RawBar> {
    let mut regime = Regime::first(&mut stream);
    let noise = if signal { NOISE } else { WALK_NOISE };
    let mut previous = 50.0 + 100.0 * stream.uniform();
    let mut bars = Vec::with_capacity(dates.len());
    for (row, &date) in dates.iter().enumerate() {
        let drift = if signal { regime.drift() } else { 0.0 };
        let bar = next_bar(date, row, previous, drift, noise, &mut stream);
        previous = bar.close;
        bars.push(bar);
        regime.advance(&mut stream);
    }
    bars
}

/// The bar that follows a close of `previous`. It always draws the same number of words from the stream, so that the
/// streams stay aligned with and without a signal.
fn next_bar(
    date: NaiveDate,
    row: usize,
    previous: f64,
    drift: f64,
    noise: f64,
    stream: &mut Stream,
) -> RawBar {
    let close = previous * libm::exp(drift + noise * stream.normal());
    let open = previous * libm::exp(0.3 * noise * stream.normal());
    let above = libm::exp(0.5 * noise * stream.normal().abs());
    let below = libm::exp(-0.5 * noise * stream.normal().abs());
    RawBar {
        date: date.into(),
        line: row as u64 + 1,
        open,
        high: open.max(close) * above,
        low: open.min(close) * below,
        close,
        volume: libm::exp(13.0 + 0.3 * stream.normal()).round(),
    }
}

/// The regime that a ticker is in (0 flat, 1 up, 2 down), and for how many more rows.
struct Regime {
    state: usize,
    rows_left: usize,
}

impl Regime {
    fn first(stream: &mut Stream) -> Self {
        let state = stream.below(3);
        Self { state, rows_left: Self::length(stream) }
    }

    fn length(stream: &mut Stream) -> usize {
        let (shortest, longest) = REGIME_ROWS;
        shortest + stream.below(longest - shortest + 1)
    }

    fn drift(&self) -> f64 {
        [0.0, DRIFT, -DRIFT][self.state]
    }

    fn advance(&mut self, stream: &mut Stream) {
        self.rows_left -= 1;
        if self.rows_left == 0 {
            // One or two steps around three states: never the same state again.
            self.state = (self.state + 1 + stream.below(2)) % 3;
            self.rows_left = Self::length(stream);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quality::{QualityPolicy, check};
    use crate::targets::{Label, builtin};
    use crate::ticker_bars::TickerBars;
    use ndarray::Array2;

    #[test]
    fn more_bars_than_memory_holds_are_refused() {
        let setting = settings::part::PartSetting::named("synthetic")
            .with("tickers", 1_000_000)
            .with("rows", 1_000_000);
        let chosen = crate::parts::DataParts::builtin().sources.choose(&setting).unwrap();
        let columns = settings::Columns::default();
        let request = SourceRequest {
            params: &chosen.params,
            files: &[],
            columns: &columns,
            date_format: None,
            seed: 1,
        };
        let refused = chosen.part.read(&request).unwrap_err().to_string();
        assert!(refused.contains("1000000 tickers of 1000000 rows are more than 20000000 bars"), "{refused}");
    }

    fn confusion(spec: &SyntheticSpec, seed: u64) -> [[f64; 3]; 3] {
        let (past, future) = (10, 5);
        let mut confusion = [[0.0; 3]; 3];
        for ticker in synthetic(spec, seed) {
            let close: Vec<f64> = ticker.bars.iter().map(|bar| bar.close).collect();
            let close = Array2::from_shape_vec((close.len(), 1), close).unwrap();
            let target = builtin().choose(&"first_touch".into()).unwrap();
            let bars = [close.as_slice().unwrap(); 5];
            let labels = target.part.outcomes(&TickerBars::new(bars).unwrap(), future, &target.params);
            for row in past..close.nrows() - future {
                let mean = (close[[row, 0]] / close[[row - past, 0]]).ln() / past as f64;
                let guess = if mean > 0.4 * DRIFT {
                    1
                } else if mean < -0.4 * DRIFT {
                    2
                } else {
                    0
                };
                let Some(Label::Class(class)) = labels[row].map(|outcome| outcome.label) else {
                    panic!("a class")
                };
                confusion[class.code() as usize][guess] += 1.0;
            }
        }
        confusion
    }

    /// The multi-class Matthews correlation (Gorodkin 2004).
    fn mcc(confusion: [[f64; 3]; 3]) -> f64 {
        let truth = confusion.map(|row| row.iter().sum::<f64>());
        let guess: Vec<f64> = (0..3).map(|c| confusion.iter().map(|row| row[c]).sum()).collect();
        let (all, right) = (truth.iter().sum::<f64>(), (0..3).map(|c| confusion[c][c]).sum::<f64>());
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
        (right * all - dot(&truth, &guess))
            / ((all * all - dot(&guess, &guess)) * (all * all - dot(&truth, &truth))).sqrt()
    }

    #[test]
    fn a_simple_rule_finds_the_signal_and_the_classes_are_balanced() {
        for seed in [0, 1, 42] {
            let confusion = confusion(&SyntheticSpec::default(), seed);
            let mcc = mcc(confusion);
            assert!(mcc > 0.6, "seed {seed}: {mcc}");
            let truth = confusion.map(|row| row.iter().sum::<f64>());
            let all: f64 = truth.iter().sum();
            assert!(truth.iter().all(|n| n / all > 0.2), "seed {seed}: {truth:?}");
        }
    }

    #[test]
    fn without_the_signal_the_rule_finds_nothing() {
        let spec = SyntheticSpec { signal: false, rows: 5000, ..SyntheticSpec::default() };
        let confusion = confusion(&spec, 7);
        assert!(mcc(confusion).abs() < 0.05, "{confusion:?}");
    }

    #[test]
    fn bars_are_sound_and_on_weekdays() {
        let mut all = synthetic(&SyntheticSpec::default(), 3);
        let names: Vec<_> = all.iter().map(|bars| bars.ticker.as_str()).collect();
        assert_eq!(names, ["SYN01", "SYN02", "SYN03", "SYN04"]);
        assert!(all.iter().all(|bars| bars.bars.len() == 1200));
        assert!(all[0].bars.iter().all(|bar| bar.date.date().weekday().number_from_monday() <= 5));
        assert!(all[0].bars.iter().all(|bar| bar.volume >= 1.0));
        assert_eq!(check(&mut all, &QualityPolicy::default()).unwrap().faults, []);
    }

    #[test]
    fn streams_depend_on_seed_and_ticker_only() {
        let spec = |tickers, rows| SyntheticSpec { tickers, rows, ..SyntheticSpec::default() };
        let large = synthetic(&spec(3, 100), 5);
        let small = synthetic(&spec(2, 40), 5);
        for (large, small) in large.iter().zip(&small) {
            assert_eq!(large.bars[..40], small.bars[..]);
        }
        assert_ne!(large[0].bars, large[1].bars);
        assert_ne!(large, synthetic(&spec(3, 100), 6));
    }

    /// A change here changes every synthetic result ever recorded.
    #[test]
    fn the_first_bar_is_pinned() {
        let first = synthetic(&SyntheticSpec::default(), 42)[0].bars[0];
        let pinned = [
            4638755099222917336,
            4638756699040015017,
            4638725430312383401,
            4638726527065597234,
            4688590620497805312,
        ];
        assert_eq!(first.values().map(f64::to_bits), pinned);
    }
}
