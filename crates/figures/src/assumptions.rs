//! What the figures take for granted.

use crate::digits::decimals;
use artifact_core::schema::TestMetrics;

/// What the figures of a test take for granted, in sentences: prices, costs, what a decision invests, and what intervals do not
/// know. `target` is the target whose trade a decision stands for, such as `barrier`, and `time_window` its label window in bars.
pub fn assumptions(test: &TestMetrics, target: &str, time_window: usize) -> Vec<String> {
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
             is neither sold nor bought. There is no other slippage, no market impact, no fee for borrowing stock, and no \
             interest on idle capital; profits are not invested again.",
            decimals(strategy.cost_bps, 1)
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
