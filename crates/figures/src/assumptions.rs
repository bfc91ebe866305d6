//! What the figures take for granted.

use crate::digits::{count, decimals, shortest};
use artifact_core::schema::{Impact, Spread, TestMetrics, TrainingSettings};

/// What the figures of a test take for granted, in sentences: prices, costs, what a decision invests, and what intervals do not
/// know. `training` says what is charged, `target` is the target whose trade a decision stands for, such as `barrier`, and
/// `time_window` its label window in bars.
pub fn assumptions(
    test: &TestMetrics,
    training: &TrainingSettings,
    target: &str,
    time_window: usize,
) -> Vec<String> {
    let mut sentences = Vec::new();
    if let Some(strategy) = &test.model.strategy {
        let tickers = match test.tickers.len() {
            0 => "of every ticker".to_owned(),
            1 => "of the ticker".to_owned(),
            count => format!("of each of the {count} tickers"),
        };
        sentences.push(format!(
            "Each decision {tickers} for Up or Down invests one of {time_window} equal parts of \
             the ticker's share, in the trade of the target {target}: long for Up, short for Down, at the bars' own prices. Parts overlap, \
             and are marked to market at every close."
        ));
        sentences.push(format!(
            "What is bought or sold costs {} bps per side, on changes of a ticker's net position: what a new decision continues \
             is neither sold nor bought. {}There is no other slippage, {}no fee for borrowing stock, and no \
             interest on idle capital; profits are not invested again.",
            decimals(strategy.cost_bps, 1),
            charged(training, test),
            if training.impact.is_some() { "" } else { "no market impact, " }
        ));
        sentences.push(format!(
            "A year has {} bars by the dates of the data. Prices are those of the files: where they are not adjusted for \
             splits and dividends, neither are the returns. Tickers that were chosen because they still exist make returns \
             too high.",
            decimals(strategy.bars_per_year, 1)
        ));
    }
    if let Some(inference) = &test.inference {
        sentences.push(format!(
            "Intervals hold the true figure with {} % probability. They resample the test rows in blocks of {} rows on \
             average, and know nothing of how many configurations were tried or of a market that changes.",
            decimals(inference.level * 1e2, 0),
            decimals(inference.block_rows, 0)
        ));
    }
    sentences
}

/// What is charged besides the cost per side, in sentences that end with a space; empty if nothing.
fn charged(training: &TrainingSettings, test: &TestMetrics) -> String {
    let tickers: Vec<&str> = test.tickers.iter().map(|own| own.ticker.as_str()).collect();
    let spread = spread(&training.spread_bps, &tickers);
    let impact = training.impact.as_ref().map(impact);
    spread.into_iter().chain(impact).map(|sentence| format!("{sentence} ")).collect()
}

/// What a side pays of the spread, with its median and its range over the tickers; `None` without a spread.
fn spread(spread: &Spread, tickers: &[&str]) -> Option<String> {
    if spread.is_none() {
        return None;
    }
    let mut values: Vec<f64> = tickers.iter().filter_map(|ticker| spread.of(ticker)).collect();
    if values.is_empty() {
        values = spread.entries().map(|(_, value)| value).collect();
    }
    values.sort_by(f64::total_cmp);
    let (low, high) = (*values.first()?, *values.last()?);
    let middle = values.len() / 2;
    let median = if values.len().is_multiple_of(2) {
        (values[middle - 1] + values[middle]) / 2.0
    } else {
        values[middle]
    };
    let size = if low == high {
        format!("{} bps for every ticker", shortest(low))
    } else {
        format!(
            "{} bps in the median over tickers, {} to {} bps",
            shortest(median),
            shortest(low),
            shortest(high)
        )
    };
    Some(format!("A side also pays half the quoted bid-ask spread, which is {size}."))
}

/// What market impact adds.
fn impact(impact: &Impact) -> String {
    let Impact { coefficient, capital, days } = *impact;
    // Cents of a capital say nothing.
    let capital = if capital < 1e15 { count(capital.round() as u64) } else { format!("{capital:e}") };
    format!(
        "Market impact follows the square-root law: what is bought or sold of a ticker within one bar costs {} times the \
         standard deviation of its returns times the root of its share of the ticker's mean traded value, both over the {} \
         bars before; the capital is {capital} in the currency of the prices, and shares above 100 % cost as much as 100 %.",
        shortest(coefficient),
        count(days as u64)
    )
}
