//! `order`: whether the last two jumps went the same way.
//!
//! Every one to five rows, each number as likely, the market opens with a jump: by the toss of a fair coin, up or down
//! by two standard deviations of a return. The close knows nothing of it.
//!
//! ```text
//! r[t+1] = DRIFT * s[t] + sd * z[t+1]
//! s = direction of the jump of row t * direction of the jump before it, if row t has a jump and there is one before it
//! s = 1 or -1 by the toss of a coin that cannot be seen, otherwise
//! ```
//!
//! Two ups or two downs in a row pull the next return up, a change of direction pulls it down, and older jumps do not
//! count: the same jumps in another order mean something else.
//!
//! What does not tell: any lag of any feature, since a jump is up or down with equal odds whatever the jump before it;
//! any sum, mean or standard deviation over the window; whether there is a jump at all, since the next return of the
//! other rows has the same distribution; and earlier returns, since no two returns depend on the same pair of jumps.
//!
//! It is hard for trees on flattened windows because what tells is a product of two features whose second is now one and
//! now five rows back. A split on either gains nothing, so greedy growth has nowhere to start, and each distance must be
//! learnt by itself from a fifteenth of the windows. A recurrent or attentive model keeps the last jump, however old it
//! is.

use super::draws::Draws;
use super::law::Law;
use super::panel::Panel;
use super::process::{Process, Step, independent, usual_log_volume};
use super::truth::SD;

/// The most rows from one jump to the next.
const MOST: usize = 5;
/// The size of the mean of the next return.
const DRIFT: f64 = 0.75 * SD;
/// The size of a jump, in log price.
const JUMP: f64 = 2.0 * SD;

/// Generates the panel.
pub(crate) fn order(size: (usize, usize), seed: u64) -> Panel {
    independent(size, (seed, "order"), |_| Order { row: 0, next: 1, last: None })
}

struct Order {
    row: usize,
    /// The row of the next jump.
    next: usize,
    /// Whether the last jump went up.
    last: Option<bool>,
}

impl Process for Order {
    fn close(&mut self, _change: f64, draws: &mut Draws) -> Step {
        let (up, rows, unseen) = (draws.coin(), 1 + draws.below(MOST), draws.coin());
        let jump = (self.row == self.next).then_some(up);
        let same = jump.and_then(|up| Some(up == self.last?));
        if jump.is_some() {
            self.last = jump;
            self.next = self.row + rows;
        }
        self.row += 1;
        let law = Law {
            weight: same.map_or(0.5, |same| if same { 1.0 } else { 0.0 }),
            means: [DRIFT, -DRIFT],
            sd: (SD * SD - DRIFT * DRIFT).sqrt(),
        };
        let part = usize::from(!same.unwrap_or(unseen));
        let gap = jump.map_or(0.0, |up| if up { JUMP } else { -JUMP });
        Step { log_volume: usual_log_volume(draws), gap, law, part }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The truth follows from the bars, and neither a lag nor a sum of the jumps has a correlation with the mean.
    #[test]
    fn only_the_product_of_the_last_two_jumps_tells() {
        let rows = 40_000;
        let panel = order((1, rows), 5);
        let ticker = &panel.tickers[0];
        let [open, _, _, close, _] = ticker.bars.columns();
        let jumps: Vec<f64> =
            (1..rows).map(|row| (libm::log(open[row] / close[row - 1]) / JUMP).round()).collect();
        let (mut sums, mut active) = ([0.0; 4], 0.0);
        for row in 40..rows {
            let before =
                (0..row - 1).rev().map(|place| jumps[place]).find(|&jump| jump != 0.0).unwrap_or(0.0);
            let [now, mean] = [jumps[row - 1], ticker.truth[row].mean / DRIFT];
            assert!((mean - now * before).abs() < 1e-12, "row {row}: {mean} after {before} and {now}");
            let window: f64 = jumps[row - 40..row].iter().sum();
            let looks = [now, before, window / 3.6, ticker.bars.change(row).unwrap_or(0.0) / SD];
            sums.iter_mut().zip(looks).for_each(|(sum, look)| *sum += mean * look);
            active += mean * mean;
        }
        assert!((active / rows as f64 - 1.0 / 3.0).abs() < 0.01, "a jump every three rows: {active}");
        // The standard deviation of a correlation is about 0.005.
        let correlations = sums.map(|sum| sum / (active * rows as f64).sqrt());
        assert!(correlations.iter().all(|value| value.abs() < 0.025), "{correlations:?}");
    }
}
