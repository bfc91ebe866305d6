//! Whether a feature reads the volume: found by calling it, so that it holds for everyone's features.

use super::Feature;
use crate::ticker_bars::TickerBars;
use expressions::Lookback;
use settings::part::Chosen;

/// The rows on which a feature is tried, at least, and at most if it reads further back.
const ROWS: usize = 300;
const MOST_ROWS: usize = 20_000;

/// The first of the features that gives other values without a volume; `own` are the columns of one's own.
pub(crate) fn first_reader<'a>(
    features: &'a [Chosen<dyn Feature>],
    own: &[String],
) -> Option<&'a Chosen<dyn Feature>> {
    features.iter().find(|feature| reads_volume(feature, own))
}

fn reads_volume(feature: &Chosen<dyn Feature>, own: &[String]) -> bool {
    let back = match feature.part.lookback(&feature.params) {
        Lookback::Rows(rows) => rows,
        Lookback::Unbounded => 0,
    };
    let rows = (ROWS + back).min(MOST_ROWS);
    // Arithmetic rather than a random generator: prices that move, and no two tickers alike.
    let wave = |ticker: usize, row: usize| ((row * 7919 + ticker * 104_729) % 1000) as f64 / 1000.0;
    let columns = |ticker: usize, with_volume: bool| -> [Vec<f64>; 5] {
        let close = |row: usize| 100.0 + 10.0 * wave(ticker, row);
        let column = |value: &dyn Fn(usize) -> f64| (0..rows).map(value).collect();
        [
            column(&|row| close(row) + wave(ticker + 1, row) - 0.5),
            column(&|row| close(row) + 1.0),
            column(&|row| close(row) - 1.0),
            column(&close),
            column(&|row| if with_volume { 1e6 * (1.0 + wave(ticker + 2, row)) } else { f64::NAN }),
        ]
    };
    let others: Vec<Vec<f64>> =
        (0..own.len()).map(|place| (0..rows).map(|row| wave(place + 7, row)).collect()).collect();
    let values = |with_volume: bool| {
        let columns = [0, 1].map(|ticker| columns(ticker, with_volume));
        let bars: Vec<TickerBars<'_>> = columns
            .iter()
            .filter_map(|columns| {
                TickerBars::new(columns.each_ref().map(Vec::as_slice))?.with_columns(own, &others)
            })
            .collect();
        feature.part.compute_all(&bars, &feature.params)
    };
    let bits = |values: Vec<Vec<Vec<f64>>>| -> Vec<u64> {
        let values = values.into_iter().flatten().flatten();
        values.map(|value| if value.is_nan() { u64::MAX } else { value.to_bits() }).collect()
    };
    bits(values(true)) != bits(values(false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::DataParts;
    use settings::{Config, Preset};

    #[test]
    fn features_that_read_the_volume_are_found_whatever_they_are() {
        let reader = |set: &str| {
            let text = format!("[data]\ncolumns = ['side']\n[features]\nset = {set}\n");
            let config = Config::from_toml(Preset::Empty, &text, "t.toml").unwrap();
            let features = DataParts::builtin().recipe(&config).unwrap().features;
            first_reader(&features, &["side".to_owned()]).map(|feature| feature.component.to_string())
        };
        assert_eq!(reader("'close'"), None);
        assert_eq!(reader("['close', 'ohlcv']").as_deref(), Some("ohlcv"));
        assert_eq!(reader("['close / ref(close, 500) - 1', 'side']"), None);
        assert!(reader("'ts_mean(volume, 400) / volume'").is_some());
    }
}
