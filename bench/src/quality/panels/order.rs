//! `order`: the last large jump decides which way the market's smaller ones point.
//!
//! Every row opens with a jump, up or down by the toss of a fair coin: a large one in every one to five rows, each number
//! as likely, and a small one in the others. The close knows nothing of it.
//!
//! ```text
//! r[t+1] = DRIFT * direction of the jump of row t * direction of the last large jump before row t + sd * z[t+1]
//! ```
//!
//! After a large jump up, the next return goes the way of the row's own jump; after one down, it goes against it. Older
//! large jumps do not count: the same jumps in another order mean something else.
//!
//! What does not tell: any lag of any feature, since the direction of each jump is a coin of its own; any sum, mean or
//! standard deviation over the window; or earlier returns, which have no correlation with the next.
//!
//! It is hard for trees on flattened windows because what tells is a product of two features whose second is now one and
//! now five rows back, and only known to be the last by what follows it. A split on either gains nothing, so greedy growth
//! has nowhere to start. A recurrent or attentive model keeps the last large jump, however old it is.

use super::draws::Draws;
use super::law::Law;
use super::panel::Panel;
use super::process::{Process, Step, independent, usual_log_volume};
use super::truth::SD;

/// The most rows from one large jump to the next.
const MOST: usize = 5;
/// The size of the mean of the next return.
const DRIFT: f64 = 0.7 * SD;
/// The size of a small jump, in log price.
const SMALL: f64 = 0.7 * SD;
/// The size of a large jump.
const LARGE: f64 = 2.0 * SD;

/// Generates the panel.
pub(crate) fn order(size: (usize, usize), seed: u64) -> Panel {
    independent(size, (seed, "order"), |_| Order { row: 0, next: 1, last: None })
}

struct Order {
    row: usize,
    /// The row of the next large jump.
    next: usize,
    /// The direction of the last large jump: 1 or -1.
    last: Option<f64>,
}

impl Process for Order {
    fn close(&mut self, _change: f64, draws: &mut Draws) -> Step {
        let (up, rows) = (draws.coin(), 1 + draws.below(MOST));
        let direction = if up { 1.0 } else { -1.0 };
        let law = Law::normal(DRIFT * direction * self.last.unwrap_or(0.0), (SD * SD - DRIFT * DRIFT).sqrt());
        let size = if self.row == self.next { LARGE } else { SMALL };
        if self.row == self.next {
            self.last = Some(direction);
            self.next = self.row + rows;
        }
        self.row += 1;
        Step { log_volume: usual_log_volume(draws), gap: direction * size, law, part: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The truth follows from the bars, and neither a lag nor a sum of jumps or returns has a correlation with the mean.
    #[test]
    fn only_the_jump_and_the_last_large_one_tell_together() {
        let rows = 40_000;
        let panel = order((1, rows), 5);
        let ticker = &panel.tickers[0];
        let [open, _, _, close, _] = ticker.bars.columns();
        // Row `place + 1` opens with this jump, in standard deviations of a return.
        let jumps: Vec<f64> = (1..rows).map(|row| libm::log(open[row] / close[row - 1]) / SD).collect();
        let is_large = |jump: f64| jump.abs() > 1.35;
        let (mut sums, mut large) = ([0.0; 6], 0);
        for row in 40..rows {
            let now = jumps[row - 1];
            let before = jumps[..row - 1].iter().rev().copied().find(|&jump| is_large(jump)).unwrap_or(0.0);
            let mean = ticker.truth[row].mean / DRIFT;
            assert!((mean - now.signum() * before.signum()).abs() < 1e-12, "row {row}: {mean}");
            let window: f64 = jumps[row - 40..row].iter().sum::<f64>() / 8.0;
            let back = |lag: usize| ticker.bars.change(row - lag).unwrap_or(0.0) / SD;
            let looks = [now, before / 2.0, window, back(0), back(1), jumps[row - 2]];
            sums.iter_mut().zip(looks).for_each(|(sum, look)| *sum += mean * look);
            large += usize::from(is_large(now));
        }
        assert!((large as f64 / rows as f64 - 1.0 / 3.0).abs() < 0.01, "{large} large jumps");
        // The standard deviation of a correlation is about 0.005.
        let correlations = sums.map(|sum| sum / rows as f64);
        assert!(correlations.iter().all(|value| value.abs() < 0.025), "{correlations:?}");
    }
}
