//! `interaction`: the sign of the last five rows' return carries on if volume is high, and turns if it is low.
//!
//! ```text
//! r[t+1] = DRIFT * s[t] * v[t] + sd * z[t+1]
//! s = sign(close[t] / close[t-5] - 1)
//! v = 1 if ln(volume[t]) is above the mean of ln(volume) over the last 20 rows, row t included, else -1
//! ```
//!
//! Log volumes are independent and symmetric, so that `v` is a fair coin: neither `s` nor `v` alone tells anything, and
//! no linear model does better than chance: successive values of `v` share most of their mean, which leaves a correlation
//! below 0.01 between returns. A tree cannot sum lags: on windows alone it finds nothing, with the two quantities as
//! features it does. In the first rows, the returns and volumes that there are count.

use super::draws::Draws;
use super::law::Law;
use super::panel::Panel;
use super::process::{LOG_VOLUME, Process, Step, independent};
use super::truth::SD;

/// The rows of the return.
const RETURN_ROWS: usize = 5;
/// The rows of the mean volume.
const VOLUME_ROWS: usize = 20;
/// The mean return where volume confirms a rise.
const DRIFT: f64 = 0.7 * SD;

/// Generates the panel.
pub(crate) fn interaction(size: (usize, usize), seed: u64) -> Panel {
    independent(size, (seed, "interaction"), |_| Interaction::default())
}

#[derive(Default)]
struct Interaction {
    /// The logarithm of the close relative to row 0's, per row.
    log_price: Vec<f64>,
    log_volume: Vec<f64>,
}

impl Process for Interaction {
    fn close(&mut self, change: f64, draws: &mut Draws) -> Step {
        let price = self.log_price.last().unwrap_or(&0.0) + libm::log1p(change);
        // What can be seen is a whole number.
        let log_volume = libm::log(libm::exp(LOG_VOLUME + 0.5 * draws.normal()).round());
        self.log_price.push(price);
        self.log_volume.push(log_volume);
        let before = self.log_price[self.log_price.len().saturating_sub(RETURN_ROWS + 1)];
        let volumes = &self.log_volume[self.log_volume.len().saturating_sub(VOLUME_ROWS)..];
        let mean = volumes.iter().sum::<f64>() / volumes.len() as f64;
        let sign = sign(price - before) * sign(log_volume - mean);
        let law = Law::normal(DRIFT * sign, (SD * SD - DRIFT * DRIFT).sqrt());
        Step { log_volume, gap: 0.0, law, part: 0 }
    }
}

/// 1, -1, or 0 for 0.
fn sign(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x.signum() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_the_product_of_two_signs() {
        let panel = interaction((2, 300), 3);
        for ticker in &panel.tickers {
            let [.., close, volume] = ticker.bars.columns();
            for row in VOLUME_ROWS..300 {
                let logs: Vec<f64> = (0..VOLUME_ROWS).map(|lag| libm::log(volume[row - lag])).collect();
                let high = logs[0] > logs.iter().sum::<f64>() / VOLUME_ROWS as f64;
                let rises = close[row] > close[row - RETURN_ROWS];
                let expected = if high == rises { DRIFT } else { -DRIFT };
                assert_eq!(ticker.truth[row].mean, expected, "row {row}");
            }
        }
    }

    #[test]
    fn returns_hardly_depend_on_earlier_ones() {
        let panel = interaction((1, 60_000), 3);
        let bars = &panel.tickers[0].bars;
        for lag in 1..=6 {
            let products =
                (lag + 1..60_000).filter_map(|row| Some(bars.change(row)? * bars.change(row - lag)?));
            let correlation = products.sum::<f64>() / (60_000.0 * SD * SD);
            assert!(correlation.abs() < 0.025, "lag {lag}: {correlation}");
        }
    }
}
