//! `momentum`: the mean of the last ten returns predicts the next one.
//!
//! ```text
//! r[t+1] = a * mean(r[t], ..., r[t-9]) + sd * z[t+1]        r[t] = 0 before row 1, z standard normal
//! ```
//!
//! An autoregression of order 10, so a linear model of ten lags is enough. `sd` makes the standard deviation of the
//! returns what [`SD`] says. At a strength of 0.4 trends feed on themselves: prices move by orders of magnitude.

use super::draws::Draws;
use super::law::Law;
use super::panel::Panel;
use super::process::{Process, Step, independent, usual_log_volume};
use super::truth::SD;

/// The number of returns in the mean.
const LAGS: usize = 10;

/// The coefficients `a` of the five strengths, named after the highest MCC that a classifier can reach,
/// in hundredths.
pub(crate) const STRENGTHS: [(u32, f64); 5] = [(2, 0.12), (5, 0.28), (10, 0.48), (20, 0.725), (40, 0.927)];

/// Generates the panel with coefficient `a`, from 0 to below 1.
pub(crate) fn momentum(size: (usize, usize), seed: u64, a: f64) -> Panel {
    let sd = SD / power(a).sqrt();
    independent(size, (seed, "momentum"), |_| Momentum { a, sd, last: [0.0; LAGS], rows: 0 })
}

/// The variance of the returns if that of the noise is 1: the sum of the squared impulse response.
fn power(a: f64) -> f64 {
    let mut last = [0.0; LAGS];
    let mut sum = 0.0;
    for step in 0..20_000 {
        let response = if step == 0 { 1.0 } else { a * mean(&last) };
        last[step % LAGS] = response;
        sum += response * response;
    }
    sum
}

fn mean(last: &[f64; LAGS]) -> f64 {
    last.iter().sum::<f64>() / LAGS as f64
}

struct Momentum {
    a: f64,
    sd: f64,
    /// The last returns; row `r` is at `r % LAGS`.
    last: [f64; LAGS],
    rows: usize,
}

impl Process for Momentum {
    fn close(&mut self, change: f64, draws: &mut Draws) -> Step {
        self.last[self.rows % LAGS] = change;
        self.rows += 1;
        let law = Law::normal(self.a * mean(&self.last), self.sd);
        Step { log_volume: usual_log_volume(draws), gap: 0.0, law, part: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_that_of_the_last_ten_returns() {
        let panel = momentum((2, 60), 3, 0.5);
        for ticker in &panel.tickers {
            for row in 0..60_usize {
                let last = (0..LAGS).filter_map(|lag| ticker.bars.change(row.checked_sub(lag)?));
                let expected = 0.5 * last.sum::<f64>() / LAGS as f64;
                assert!((ticker.truth[row].mean - expected).abs() < 1e-14, "row {row}");
            }
        }
    }
}
