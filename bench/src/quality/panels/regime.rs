//! `regime`: a hidden Markov chain decides whether the last return carries on or turns.
//!
//! ```text
//! r[t+1] = +PHI * r[t] + sd * z[t+1]    in the first state (momentum)
//! r[t+1] = -PHI * r[t] + sd * z[t+1]    in the second (reversal)
//! ```
//!
//! The state of the next row is that of this row with probability [`STAY`]. It cannot be seen; the truth is the mixture
//! of both, weighted by the state's probability given all returns so far (the forward filter of a hidden Markov model,
//! Hamilton 1989, with the true parameters). Row 0 starts from even odds. The last return alone
//! predicts nothing, since the states cancel out; the one before it has a correlation of PHI^2 (2 STAY - 1) = 0.35 with
//! the next, since either state carries its sign over two rows. The rest takes the products of many successive returns.

use super::draws::Draws;
use super::law::Law;
use super::panel::Panel;
use super::process::{Process, Step, independent, usual_log_volume};
use super::truth::SD;

/// How much of the last return carries on or turns.
const PHI: f64 = 0.6;
/// The probability that a state lasts another row.
const STAY: f64 = 0.98;

/// Generates the panel.
pub(crate) fn regime(size: (usize, usize), seed: u64) -> Panel {
    independent(size, (seed, "regime"), |draws| Regime { state: usize::from(draws.coin()), law: None })
}

struct Regime {
    /// The true state of the next row: 0 momentum, 1 reversal.
    state: usize,
    /// What was expected of the row that closes now; `None` in row 0.
    law: Option<Law>,
}

impl Process for Regime {
    fn close(&mut self, change: f64, draws: &mut Draws) -> Step {
        let now = self.law.map_or(0.5, |law| {
            let [first, second] =
                [law.weight * law.likelihood(0, change), { (1.0 - law.weight) * law.likelihood(1, change) }];
            // Both underflow only for a return that no part can have produced.
            if first + second > 0.0 { first / (first + second) } else { 0.5 }
        });
        let leaves = draws.uniform() >= STAY;
        if self.law.is_some() && leaves {
            self.state = 1 - self.state;
        }
        let sd = SD * (1.0 - PHI * PHI).sqrt();
        let weight = now * STAY + (1.0 - now) * (1.0 - STAY);
        let law = Law { weight, means: [PHI * change, -PHI * change], sd };
        self.law = Some(law);
        Step { log_volume: usual_log_volume(draws), gap: 0.0, law, part: self.state }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mean of the next return by summing over every path of states through the first rows.
    fn mean_by_paths(changes: &[f64]) -> f64 {
        let rows = changes.len();
        let sd = SD * (1.0 - PHI * PHI).sqrt();
        let (mut total, mut mean) = (0.0, 0.0);
        // Bit `row` of a path is the state that the return of `row + 1` comes from.
        for path in 0..1_u32 << rows {
            let drift = |row: usize| changes[row] * if path >> row & 1 == 0 { PHI } else { -PHI };
            let mut probability = 0.5;
            for (row, &change) in changes.iter().enumerate().skip(1) {
                let z = (change - drift(row - 1)) / sd;
                let stays = (path >> row & 1) == (path >> (row - 1) & 1);
                probability *= libm::exp(-0.5 * z * z) * if stays { STAY } else { 1.0 - STAY };
            }
            total += probability;
            mean += probability * drift(rows - 1);
        }
        mean / total
    }

    #[test]
    fn the_filter_agrees_with_the_sum_over_all_paths() {
        let panel = regime((3, 12), 4);
        for ticker in &panel.tickers {
            let changes: Vec<f64> = (0..12).map(|row| ticker.bars.change(row).unwrap_or(0.0)).collect();
            for rows in 1..=12 {
                let (own, paths) = (ticker.truth[rows - 1].mean, mean_by_paths(&changes[..rows]));
                assert!((own - paths).abs() < 1e-12, "{rows} rows: {own} {paths}");
            }
        }
    }
}
