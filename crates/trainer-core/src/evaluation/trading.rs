//! The returns of acting on the predictions.

use crate::loss::class_of;
use artifact_core::schema::TradingFigures;
use data_loader::{SequenceSet, Subset};

/// The trading days of a year, by convention.
const BARS_PER_YEAR: f64 = 252.0;

/// The position taken for a class: 0 for Hold, 1 for Up, -1 for Down.
fn position_of(class: usize) -> f64 {
    [0.0, 1.0, -1.0][class]
}

/// One position taken for one ticker.
pub(super) struct Trade {
    pub(super) ticker: usize,
    pub(super) position: f64,
    /// The return after cost.
    earned: f64,
}

/// Computes the figures of the classes predicted by (position in `set`, ticker); `None` where no sample has a return.
pub(super) fn figures<P: Subset>(
    predict: &dyn Fn(usize, usize) -> usize,
    set: &SequenceSet<'_, P>,
    cost_bps: f64,
) -> Option<TradingFigures> {
    let trades = |position| trades(predict, set, position, cost_bps / 1e4);
    let all: Vec<Trade> = (0..set.len()).flat_map(trades).collect();
    if all.is_empty() {
        return None;
    }
    let taken = all.iter().filter(|trade| trade.position != 0.0);
    let (hits, decided) =
        taken.fold((0u64, 0u64), |(hits, n), trade| (hits + u64::from(trade.earned > 0.0), n + 1));

    // One decision per holding period: returns of overlapping periods share rows, and their correlation would distort
    // the Sharpe ratio. A row without trades starts no period.
    let mut portfolio = Portfolio::new(set.ticker_count());
    let mut next_row = 0;
    for position in 0..set.len() {
        let row = set.decision_row(position);
        if row >= next_row && portfolio.decide(trades(position)) {
            next_row = row + set.windows.time_window;
        }
    }
    Some(TradingFigures {
        cost_bps,
        mean_return: mean_earned(&all),
        hit_rate: if decided == 0 { 0.0 } else { hits as f64 / decided as f64 },
        decisions: portfolio.returns.len() as u64,
        sharpe: sharpe(&portfolio.returns, set.windows.time_window),
        max_drawdown: max_drawdown(&portfolio.returns),
        turnover: portfolio.turnover / portfolio.positions_taken as f64,
    })
}

/// The trades of one decision: one per ticker whose label is valid and whose return is finite.
pub(super) fn trades<P: Subset>(
    predict: &dyn Fn(usize, usize) -> usize,
    set: &SequenceSet<'_, P>,
    position: usize,
    cost: f64,
) -> Vec<Trade> {
    let samples = set.labels_of(position).into_iter().zip(set.returns_of(position)).enumerate();
    samples
        .filter(|(_, (label, earned))| class_of(**label).is_some() && earned.is_finite())
        .map(|(ticker, (_, &change))| {
            let side = position_of(predict(position, ticker));
            Trade { ticker, position: side, earned: side * f64::from(change) - side.abs() * cost }
        })
        .collect()
}

/// The equal-weight portfolio over decisions whose holding periods do not overlap.
struct Portfolio {
    /// The last position of each ticker; initially flat.
    held: Vec<f64>,
    /// The mean return over tickers, one per decision.
    returns: Vec<f64>,
    /// The summed absolute changes of position.
    turnover: f64,
    /// The number of trades behind the turnover.
    positions_taken: usize,
}

impl Portfolio {
    fn new(tickers: usize) -> Self {
        Self { held: vec![0.0; tickers], returns: Vec::new(), turnover: 0.0, positions_taken: 0 }
    }

    /// Takes the trades of one decision; returns whether there were any. A ticker without a trade keeps its position.
    fn decide(&mut self, trades: Vec<Trade>) -> bool {
        if trades.is_empty() {
            return false;
        }
        for trade in &trades {
            self.turnover += (trade.position - self.held[trade.ticker]).abs();
            self.held[trade.ticker] = trade.position;
        }
        self.positions_taken += trades.len();
        self.returns.push(mean_earned(&trades));
        true
    }
}

fn mean_earned(trades: &[Trade]) -> f64 {
    trades.iter().map(|trade| trade.earned).sum::<f64>() / trades.len() as f64
}

/// The mean divided by the sample standard deviation, annualised (Sharpe 1994, without a risk-free rate).
///
/// 0 where it is undefined: with fewer than two returns, or when all are equal.
fn sharpe(returns: &[f64], time_window: usize) -> f64 {
    let Some(first) = returns.first() else { return 0.0 };
    // In floating point the mean of equal returns may differ from them, and their deviation would be rounding noise.
    if returns.iter().all(|r| r == first) {
        return 0.0;
    }
    let count = returns.len() as f64;
    let mean = returns.iter().sum::<f64>() / count;
    let variance = returns.iter().map(|r| (r - mean) * (r - mean)).sum::<f64>() / (count - 1.0);
    let ratio = mean / variance.sqrt() * (BARS_PER_YEAR / time_window.max(1) as f64).sqrt();
    if ratio.is_finite() { ratio } else { 0.0 }
}

/// The largest relative fall of the compounded equity, starting at 1, below its peak so far; 1 once nothing is left.
fn max_drawdown(returns: &[f64]) -> f64 {
    // Tracks the equity as a share of its peak, which unlike the equity itself cannot overflow.
    let (mut share, mut deepest) = (1.0f64, 0.0f64);
    for change in returns {
        share = (share * (1.0 + change)).min(1.0);
        if share <= 0.0 {
            return 1.0;
        }
        deepest = deepest.max(1.0 - share);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::IndexSet;
    use data_loader::Windows;
    use ndarray::{Array2, array};

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "found {found}, expected {expected}");
    }

    /// Sequences of length 1 over all rows.
    fn with_set<T>(
        labels: &Array2<i8>,
        returns: &Array2<f32>,
        time_window: usize,
        check: impl FnOnce(&SequenceSet<'_>) -> T,
    ) -> T {
        let features = Array2::zeros((labels.nrows(), 1));
        let indices = IndexSet::from_range(0..labels.nrows());
        check(&SequenceSet::new(
            features.view(),
            labels.view(),
            returns.view(),
            &indices,
            Windows { seq_length: 1, time_window },
        ))
    }

    #[test]
    fn figures_of_a_worked_example() {
        // Two tickers, five rows, decisions at rows 0, 2 and 4. Classes: 0 Hold, 1 Up, 2 Down.
        let classes = [[1, 2], [1, 1], [1, 0], [0, 0], [2, 1]];
        let labels = array![[1, 2], [0, -1], [1, 0], [0, 0], [2, 1]];
        let returns = array![[0.5, -0.25], [-0.5, 9.0], [-0.25, 0.125], [0.5, 0.5], [0.25, f32::NAN]];
        let found = with_set(&labels, &returns, 2, |set| figures(&|p, t| classes[p][t], set, 100.0)).unwrap();
        // After 1 % cost per trade: 0.49, 0.24; -0.51; -0.26, 0; 0, 0; -0.26. The masked and the NaN sample drop out.
        close(found.mean_return, (0.49 + 0.24 - 0.51 - 0.26 + 0.0 + 0.0 + 0.0 - 0.26) / 8.0);
        close(found.hit_rate, 2.0 / 5.0);
        assert_eq!(found.decisions, 3);
        let portfolio = [0.365, -0.13, -0.26];
        let mean = portfolio.iter().sum::<f64>() / 3.0;
        let std = (portfolio.iter().map(|r| (r - mean) * (r - mean)).sum::<f64>() / 2.0).sqrt();
        close(found.sharpe, mean / std * 126.0f64.sqrt());
        close(found.max_drawdown, 1.0 - 0.87 * 0.74);
        // Changes: |1-0| + |-1-0|; |1-1| + |0-(-1)|; |-1-1| for the one ticker with a return.
        close(found.turnover, (2.0 + 1.0 + 2.0) / 5.0);
    }

    #[test]
    fn decision_rows_do_not_overlap_and_skip_rows_without_trades() {
        let labels = Array2::from_elem((9, 1), 1);
        let mut returns = Array2::from_elem((9, 1), 0.5);
        returns[[3, 0]] = f32::NAN;
        // Rows 0, then 4 as row 3 has no return, then 7.
        let found = with_set(&labels, &returns, 3, |set| figures(&|_, _| 1, set, 0.0)).unwrap();
        assert_eq!(found.decisions, 3);
        assert_eq!(found.sharpe, 0.0, "equal returns have no deviation");
        close(found.turnover, 1.0 / 3.0);
    }

    #[test]
    fn without_any_return_there_are_no_figures() {
        let (labels, returns) = (Array2::from_elem((3, 2), 1), Array2::from_elem((3, 2), f32::NAN));
        assert_eq!(with_set(&labels, &returns, 1, |set| figures(&|_, _| 1, set, 0.0)), None);
    }

    #[test]
    fn ruin_is_a_full_drawdown() {
        close(max_drawdown(&[0.5, -1.0, 3.0]), 1.0);
        close(max_drawdown(&[0.5, -2.0]), 1.0);
        close(max_drawdown(&[]), 0.0);
        close(max_drawdown(&[1e300, 1e300, -0.5]), 0.5);
        close(max_drawdown(&[-0.5, 0.5, 1.0]), 0.5);
    }

    #[test]
    fn few_or_equal_returns_have_no_sharpe() {
        for returns in [vec![], vec![0.3], vec![0.1; 10]] {
            assert_eq!(sharpe(&returns, 5), 0.0);
        }
    }
}
