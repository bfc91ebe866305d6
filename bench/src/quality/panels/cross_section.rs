//! `cross_section`: the third of the tickers that did best over five rows tends up, the worst third down.
//!
//! ```text
//! r[i, t+1] = market[t+1] + DRIFT * s[i, t] + sd * z[i, t+1]
//! s = 1, 0 or -1: the third of ticker i by close[t] / close[t-5] among all tickers; 0 before row 5
//! ```
//!
//! The market's return is normal, independent from row to row, and common to all tickers: it hides the rank from a model
//! that sees one ticker alone, and nothing of the next one is known.

use super::dates::weekdays;
use super::draws::Draws;
use super::law::Law;
use super::panel::{Panel, Ticker};
use super::process::usual_log_volume;
use super::truth::SD;

/// The rows over which tickers are compared.
const ROWS: usize = 5;
/// The mean return of the upper third.
const DRIFT: f64 = 0.55 * SD;
/// The standard deviation of the market's return.
const MARKET: f64 = 0.35 * SD;

/// Generates the panel. More rows leave the earlier ones as they are; more tickers do not.
pub(crate) fn cross_section((tickers, rows): (usize, usize), seed: u64) -> Panel {
    let mut market = Draws::new(seed, "cross_section market", 0);
    let mut streams: Vec<_> = (0..tickers).map(|number| Draws::new(seed, "cross_section", number)).collect();
    let mut panel: Vec<_> = (0..tickers).map(Ticker::new).collect();
    let mut changes = vec![0.0; tickers];
    // A third of the tickers each have a drift of plus and minus DRIFT: a variance of 2/3 DRIFT^2.
    let own = (SD * SD - MARKET * MARKET - DRIFT * DRIFT * 2.0 / 3.0).sqrt();
    for _ in 0..rows {
        for ((ticker, draws), &change) in panel.iter_mut().zip(&mut streams).zip(&changes) {
            let log_volume = usual_log_volume(draws);
            ticker.bars.push(change, 0.0, log_volume, draws);
        }
        let common = MARKET * market.normal();
        let thirds = thirds(&panel);
        for (number, third) in thirds.into_iter().enumerate() {
            let mean = DRIFT * third;
            let law = Law::normal(mean, (own * own + MARKET * MARKET).sqrt());
            panel[number].truth.push(law.truth());
            changes[number] = mean + common + own * streams[number].normal();
        }
    }
    Panel { dates: weekdays(rows), tickers: panel }
}

/// 1 for the upper third of the tickers by their last return over [`ROWS`] rows, -1 for the lower third, else 0.
fn thirds(panel: &[Ticker]) -> Vec<f64> {
    let gain = |ticker: &Ticker| {
        let close = &ticker.bars.close;
        let last = close.len().checked_sub(1)?;
        Some(close[last] / close[last.checked_sub(ROWS)?])
    };
    let Some(gains) = panel.iter().map(gain).collect::<Option<Vec<f64>>>() else {
        return vec![0.0; panel.len()];
    };
    let mut order: Vec<usize> = (0..gains.len()).collect();
    order.sort_by(|&a, &b| gains[a].total_cmp(&gains[b]).then(a.cmp(&b)));
    let mut thirds = vec![0.0; gains.len()];
    let size = gains.len() / 3;
    order[..size].iter().for_each(|&ticker| thirds[ticker] = -1.0);
    order[gains.len() - size..].iter().for_each(|&ticker| thirds[ticker] = 1.0);
    thirds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_third_of_the_tickers_tends_up_and_another_down() {
        let panel = cross_section((9, 50), 1);
        for row in 0..50 {
            let count = |class| {
                let tends = |ticker: &&Ticker| ticker.truth[row].probabilities[class] > 0.4;
                panel.tickers.iter().filter(tends).count()
            };
            let expected = if row < ROWS { 0 } else { 3 };
            assert_eq!([count(1), count(2)], [expected; 2], "row {row}");
        }
    }
}
