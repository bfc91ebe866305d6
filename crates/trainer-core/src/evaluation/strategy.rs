//! What acting on the predictions would have earned, bar by bar.

use super::costs::{Costs, Slippage};
use crate::loss::class_of;
use artifact_core::schema::{CostPoint, DailyReturns, PathReturns, StrategyFigures};
use data_loader::{Entry, Market, SequenceSet, Subset};
use std::collections::BTreeMap;
use std::ops::Range;

/// The costs per side, in basis points, whose effect is stated.
const COSTS: [f64; 6] = [0.0, 1.0, 2.0, 5.0, 10.0, 20.0];

/// The strategy that follows predicted classes: what its trades earn before cost, and what it buys and sells, bar by bar.
///
/// The capital is cut into `K W` equal parts, `W` (the label window) for each of the `K` tickers: overlapping portfolios,
/// after Jegadeesh and Titman (1993). Each decision for Up or Down invests one part in the target's trade, for `W` rows or
/// until a barrier is touched, and every row `t` earns
///
/// `1 / (K W) * sum of side(d, k) * (price[t, k] - price[t - 1, k]) / entry[d, k]`
///
/// over the tickers `k` and the decisions `d` that are held at `t`; `side` is +1 for Up, -1 for Down and 0 for Hold, and
/// the other way round for a short trade. Prices are closes, but for the entry and the exit.
///
/// **What is bought and sold** is the change of a ticker's net position. A part that leaves at a close while a new one of
/// the same side enters at that close or at the next open is kept: nobody sells what they buy back in the morning. It then
/// costs nothing, and earns the night between. Parts that leave at a barrier's price during a row are sold there.
#[derive(Debug, Clone, PartialEq)]
pub struct Strategy {
    /// The rows in which a decision can be invested, ascending.
    rows: Vec<usize>,
    /// What they earn before cost, as fractions of the capital.
    gross: Vec<f64>,
    /// What is bought and sold in them, as fractions of the capital.
    traded: Vec<f64>,
    /// What spread and market impact cost in them, as fractions of the capital.
    slippage: Vec<f64>,
    /// The largest share of its mean traded value that is traded of a ticker in a row.
    participation: f64,
    /// By ticker.
    tickers: Vec<TickerStrategy>,
    bars_per_year: f64,
    costs: Costs,
}

/// A ticker's part in a strategy, over all rows.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct TickerStrategy {
    /// What its trades earn before cost, as a fraction of the whole capital.
    pub gross: f64,
    /// What of it is bought and sold, as a fraction of the whole capital.
    pub traded: f64,
    /// What spread and market impact cost, as a fraction of the whole capital.
    pub slippage: f64,
    /// The decisions for Up or Down.
    pub trades: u64,
    /// Those that earn something before cost.
    pub hits: u64,
}

/// Returns of one row after another that are counted from some row on.
struct ByRow {
    first: usize,
    values: Vec<f64>,
}

impl ByRow {
    fn zeros(rows: &Range<usize>) -> Self {
        Self { first: rows.start, values: vec![0.0; rows.len()] }
    }

    fn add(&mut self, row: usize, value: f64) {
        if let Some(own) = row.checked_sub(self.first).and_then(|place| self.values.get_mut(place)) {
            *own += value;
        }
    }

    fn at(&self, row: usize) -> f64 {
        row.checked_sub(self.first).and_then(|place| self.values.get(place)).copied().unwrap_or(0.0)
    }
}

/// The parts of one ticker that enter and leave, by row, with their signs.
struct Changes {
    /// Those whose first held row it is.
    entering: ByRow,
    /// Those that leave at its close.
    leaving: ByRow,
    /// Those that leave during the row, at a price of their own.
    stopped: ByRow,
}

impl Strategy {
    /// The strategy that follows the classes predicted by (position in `set`, ticker), and pays `costs`.
    ///
    /// A decision counts where its label is valid and its return is finite. `None` if no decision does, or if the set has no
    /// prices ([`SequenceSet::priced`]). After an unknown close, the next known one carries the whole change.
    pub fn of<P: Subset>(
        predict: &dyn Fn(usize, usize) -> usize,
        set: &SequenceSet<'_, P>,
        costs: &Costs,
    ) -> Option<Self> {
        let market = set.market()?;
        let decided: Vec<usize> =
            (0..set.len()).filter(|&position| trades(set, position).next().is_some()).collect();
        let (&first, &last) = (decided.first()?, decided.last()?);
        let window = set.windows.time_window;
        let all =
            set.decision_row(first) + 1..(set.decision_row(last) + window + 1).min(market.close.nrows());
        let mut totals = Totals::zeros(&all);
        let part = 1.0 / (set.ticker_count() * window) as f64;
        let slippage = Slippage::of(costs, market);
        let tickers = (0..set.ticker_count())
            .map(|ticker| {
                let of_ticker =
                    OfTicker { set, market, slippage: slippage.as_ref(), ticker, part, decided: &decided };
                of_ticker.follow(predict, &all, &mut totals)
            })
            .collect();
        // Rows between blocks, in which nothing can be invested, are not part of the series.
        let mut held = vec![false; all.len()];
        for &position in &decided {
            let start = set.decision_row(position) + 1 - all.start;
            let end = (start + window).min(held.len());
            held[start..end].fill(true);
        }
        let rows: Vec<usize> = all.clone().filter(|row| held[row - all.start]).collect();
        Some(Self {
            gross: rows.iter().map(|&row| totals.gross.at(row)).collect(),
            traded: rows.iter().map(|&row| totals.traded.at(row)).collect(),
            slippage: rows.iter().map(|&row| totals.slippage.at(row)).collect(),
            participation: totals.participation,
            rows,
            tickers,
            bars_per_year: market.bars_per_year,
            costs: costs.clone(),
        })
    }

    /// The rows of its returns, ascending.
    pub fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// The rows of a year.
    pub fn bars_per_year(&self) -> f64 {
        self.bars_per_year
    }

    /// The tickers' parts, in column order.
    pub fn tickers(&self) -> &[TickerStrategy] {
        &self.tickers
    }

    /// The returns after costs, one per row.
    pub fn returns(&self) -> Vec<f64> {
        self.returns_at(self.costs.counted_bps())
    }

    /// As [`Strategy::returns`], at another cost per side in basis points; spread and market impact are the same.
    fn returns_at(&self, per_side_bps: f64) -> Vec<f64> {
        let traded = self.traded.iter().zip(&self.slippage);
        let cost = |(gross, (traded, slippage)): (&f64, (&f64, &f64))| {
            gross - traded * per_side_bps / 1e4 - slippage
        };
        self.gross.iter().zip(traded).map(cost).collect()
    }

    /// What is bought and sold, one fraction of the capital per row.
    pub fn traded(&self) -> &[f64] {
        &self.traded
    }

    /// What spread and market impact cost, one fraction of the capital per row; 0 where neither is charged.
    pub fn slippage(&self) -> &[f64] {
        &self.slippage
    }

    /// What the positions of a ticker earn after costs over all rows, as a fraction of the whole capital.
    ///
    /// # Panics
    ///
    /// If there is no such ticker.
    pub fn earned(&self, ticker: usize) -> f64 {
        let TickerStrategy { gross, traded, slippage, .. } = self.tickers[ticker];
        gross - traded * self.costs.counted_bps() / 1e4 - slippage
    }

    /// The returns on other rows, such as those that several strategies share: 0 where this one invests nothing.
    pub fn returns_on(&self, rows: Range<usize>) -> DailyReturns {
        let own: BTreeMap<usize, f64> = self.rows.iter().copied().zip(self.returns()).collect();
        DailyReturns { values: rows.map(|row| own.get(&row).copied().unwrap_or(0.0)).collect() }
    }

    /// The figures after costs.
    pub fn figures(&self) -> StrategyFigures {
        let series = Series::of(&self.returns(), self.bars_per_year);
        let (trades, hits) =
            self.tickers.iter().fold((0, 0), |(trades, hits), own| (trades + own.trades, hits + own.hits));
        let (slippage, participation) = slippage_figures(&self.costs, &self.slippage, self.participation);
        StrategyFigures {
            cost_bps: self.costs.counted_bps(),
            turnover: mean(&self.traded),
            trades,
            hit_rate: (trades > 0).then(|| hits as f64 / trades as f64),
            slippage,
            participation,
            ..series.figures()
        }
    }

    /// What other costs per side would leave, after the same spread and market impact.
    pub fn costs(&self) -> Vec<CostPoint> {
        let point = |cost_bps| {
            let Series { mean_return, sharpe, .. } =
                Series::of(&self.returns_at(cost_bps), self.bars_per_year);
            CostPoint { cost_bps, mean_return, sharpe }
        };
        COSTS.map(point).to_vec()
    }
}

/// The mean of what slippage costs per row and the largest share of the traded value, each where it is charged.
fn slippage_figures(costs: &Costs, slippage: &[f64], participation: f64) -> (Option<f64>, Option<f64>) {
    (costs.has_slippage().then(|| mean(slippage)), costs.impact.map(|_| participation))
}

/// What all tickers of a strategy together earn and trade, by row.
struct Totals {
    gross: ByRow,
    traded: ByRow,
    slippage: ByRow,
    participation: f64,
}

impl Totals {
    fn zeros(rows: &Range<usize>) -> Self {
        let zeros = || ByRow::zeros(rows);
        Self { gross: zeros(), traded: zeros(), slippage: zeros(), participation: 0.0 }
    }
}

/// One ticker of a strategy.
struct OfTicker<'a, 'd, P: Subset> {
    set: &'a SequenceSet<'d, P>,
    market: &'a Market<'d>,
    /// What is charged besides the cost per side, if anything.
    slippage: Option<&'a Slippage<'a, 'd>>,
    ticker: usize,
    /// The share of the capital that a decision invests.
    part: f64,
    /// The positions with a decision that counts.
    decided: &'a [usize],
}

impl<P: Subset> OfTicker<'_, '_, P> {
    /// Adds what the ticker's trades earn and what is bought and sold for them.
    fn follow(
        &self,
        predict: &dyn Fn(usize, usize) -> usize,
        rows: &Range<usize>,
        totals: &mut Totals,
    ) -> TickerStrategy {
        let mut own = TickerStrategy::default();
        let mut changes = Changes {
            entering: ByRow::zeros(rows),
            leaving: ByRow::zeros(rows),
            stopped: ByRow::zeros(rows),
        };
        let mut earn = |row: usize, value: f64| {
            totals.gross.add(row, value);
            own.gross += value;
        };
        for &position in self.decided {
            if !counts(self.set, position, self.ticker) {
                continue;
            }
            let side = side_of(predict(position, self.ticker));
            if side != 0.0 {
                own.trades += 1;
                let earned = side * f64::from(self.set.returns_of(position)[self.ticker]);
                own.hits += u64::from(earned > 0.0);
                self.trade(position, side, &mut changes, &mut earn);
            }
        }
        let mut dealt = ByRow::zeros(rows);
        let mut deal = |row: usize, value: f64| {
            totals.traded.add(row, value);
            dealt.add(row, value);
            own.traded += value;
        };
        for row in rows.start.saturating_sub(1)..rows.end {
            deal(row, changes.stopped.at(row).abs());
            let (out, into) = (changes.leaving.at(row), changes.entering.at(row + 1));
            // What leaves and enters again on the same side stays.
            let kept = if out * into > 0.0 { out.abs().min(into.abs()) * out.signum() } else { 0.0 };
            deal(row, (out - kept).abs());
            deal(row + 1, (into - kept).abs());
            if kept != 0.0 && self.set.entry() == Entry::NextOpen {
                let night =
                    self.market.open[[row + 1, self.ticker]] / self.market.close[[row, self.ticker]] - 1.0;
                if night.is_finite() {
                    earn(row + 1, kept * night);
                }
            }
        }
        if let Some(slippage) = self.slippage {
            for row in rows.clone() {
                let charge = slippage.charge(row, self.ticker, dealt.at(row));
                totals.slippage.add(row, charge.cost);
                totals.participation = totals.participation.max(charge.participation);
                own.slippage += charge.cost;
            }
        }
        own
    }

    /// Marks one trade to market.
    fn trade(&self, position: usize, side: f64, changes: &mut Changes, earn: &mut dyn FnMut(usize, f64)) {
        let Self { set, market, ticker, part, .. } = self;
        let (decided, held) = (set.decision_row(position), set.held(position, *ticker));
        let (first, end) = (set.entry().first_row(decided), decided + held.rows as usize);
        let entry = match set.entry() {
            Entry::Close => market.close[[decided, *ticker]],
            Entry::NextOpen => market.open[[decided + 1, *ticker]],
            Entry::NextClose => market.close[[decided + 1, *ticker]],
        };
        let invested = side * f64::from(held.side) * part;
        let change = f64::from(set.returns_of(position)[*ticker] * f32::from(held.side));
        let exit = set.has_exits().then_some(entry * (1.0 + change));
        let mut last = entry;
        for row in first..(end + 1).min(market.close.nrows()) {
            let now = exit.filter(|_| row == end).unwrap_or(market.close[[row, *ticker]]);
            // An unknown close leaves `last` alone, so the differences still add up to the whole change.
            if now.is_finite() && now > 0.0 {
                earn(row, invested * (now - last) / entry);
                last = now;
            }
        }
        changes.entering.add(first, invested);
        // Returns are stored with 24 bits: an exit at the close is only nearly its price.
        let at_close = exit.is_none_or(|exit| (exit / market.close[[end, *ticker]] - 1.0).abs() < 1e-6);
        let leaves = if at_close { &mut changes.leaving } else { &mut changes.stopped };
        leaves.add(end, invested);
    }
}

/// The tickers with a decision that counts.
fn trades<'a, P: Subset>(set: &'a SequenceSet<'_, P>, position: usize) -> impl Iterator<Item = usize> + 'a {
    (0..set.ticker_count()).filter(move |&ticker| counts(set, position, ticker))
}

/// Whether a decision counts: its label is valid and its return is finite.
fn counts<P: Subset>(set: &SequenceSet<'_, P>, position: usize, ticker: usize) -> bool {
    class_of(set.labels_of(position)[ticker]).is_some() && set.returns_of(position)[ticker].is_finite()
}

/// The side taken for a class: 0 for Hold, 1 for Up, -1 for Down.
fn side_of(class: usize) -> f64 {
    [0.0, 1.0, -1.0][class]
}

/// An equal part of the capital in every ticker, bought at the close before the first of `rows` and sold at the close of the
/// last one: its returns on these rows after costs, and their figures.
///
/// A ticker without a price at first is bought at the close of its first row with one; until then its part is idle. Parts are
/// not balanced again. `None` without a row, or if no ticker has a price.
pub fn buy_and_hold(
    market: &Market<'_>,
    rows: &[usize],
    costs: &Costs,
) -> Option<(Vec<f64>, StrategyFigures)> {
    let (&first, &last) = (rows.first()?, rows.last()?);
    let start = first.checked_sub(1)?;
    let tickers = market.close.ncols();
    let part = 1.0 / tickers as f64;
    let mut growth = vec![(f64::NAN, 1.0); tickers];
    let (mut returns, mut traded, mut value) = (Vec::new(), Vec::new(), 1.0);
    let mut bought = 0;
    // What is bought and sold, by the row that pays for it and by ticker.
    let mut orders: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    for row in start..=last {
        let (mut now, mut dealt) = (0.0, 0.0);
        for (ticker, (price, grown)) in growth.iter_mut().enumerate() {
            let close = market.close[[row, ticker]];
            if close.is_finite() && close > 0.0 {
                if price.is_nan() {
                    bought += 1;
                    dealt += part;
                    *orders.entry((row.max(first), ticker)).or_default() += part;
                } else {
                    *grown *= close / *price;
                }
                *price = close;
            }
            now += *grown * part;
        }
        if row == last {
            let held = growth.iter().enumerate().filter(|(_, (price, _))| !price.is_nan());
            for (ticker, (_, grown)) in held {
                *orders.entry((row, ticker)).or_default() += grown * part;
            }
            dealt += growth
                .iter()
                .filter(|(price, _)| !price.is_nan())
                .map(|(_, grown)| grown * part)
                .sum::<f64>();
        }
        // What is dealt at the close before the first row is paid for in it.
        if row > start {
            returns.push(now / value - 1.0);
            traded.push(std::mem::take(&mut dealt));
        }
        if row == start {
            traded.push(dealt);
        }
        value = now;
    }
    if bought == 0 {
        return None;
    }
    let before = traded.remove(0);
    if let Some(own) = traded.first_mut() {
        *own += before;
    }
    let (mut slippage, mut participation) = (vec![0.0; traded.len()], 0.0f64);
    if let Some(charged) = Slippage::of(costs, market) {
        for ((row, ticker), value) in orders {
            let charge = charged.charge(row, ticker, value);
            slippage[row - first] += charge.cost;
            participation = participation.max(charge.participation);
        }
    }
    let cost_bps = costs.counted_bps();
    let paid = traded.iter().zip(&slippage).map(|(traded, slippage)| (traded * cost_bps / 1e4, slippage));
    let returns: Vec<f64> =
        returns.iter().zip(paid).map(|(gross, (cost, slippage))| gross - cost - slippage).collect();
    let (slippage, participation) = slippage_figures(costs, &slippage, participation);
    let figures = StrategyFigures {
        cost_bps,
        slippage,
        participation,
        turnover: mean(&traded),
        trades: bought,
        hit_rate: Some(growth.iter().filter(|(_, grown)| *grown > 1.0).count() as f64 / bought as f64),
        ..Series::of(&returns, market.bars_per_year).figures()
    };
    Some((returns, figures))
}

/// The figures of returns after cost that follow each other bar by bar; `None` without any.
pub fn path_returns(returns: &[f64], bars_per_year: f64) -> Option<PathReturns> {
    let Series { bars, mean_return, sharpe, max_drawdown, .. } = Series::of(returns, bars_per_year);
    (bars > 0).then_some(PathReturns { bars: bars as u64, bars_per_year, mean_return, sharpe, max_drawdown })
}

/// The figures of a series of returns.
struct Series {
    bars: usize,
    bars_per_year: f64,
    mean_return: f64,
    volatility: f64,
    sharpe: Option<f64>,
    max_drawdown: f64,
}

impl Series {
    fn of(returns: &[f64], bars_per_year: f64) -> Self {
        let count = returns.len() as f64;
        let mean_return = mean(returns);
        // In floating point the mean of equal returns may differ from them, and their deviation would be rounding noise.
        let varies = returns.iter().any(|own| *own != returns[0]);
        let squares: f64 = returns.iter().map(|own| (own - mean_return) * (own - mean_return)).sum();
        let volatility = if varies { (squares / (count - 1.0)).sqrt() } else { 0.0 };
        let sharpe = mean_return / volatility * bars_per_year.sqrt();
        Self {
            bars: returns.len(),
            bars_per_year,
            mean_return,
            volatility,
            sharpe: Some(sharpe).filter(|ratio| volatility > 0.0 && ratio.is_finite()),
            max_drawdown: max_drawdown(returns),
        }
    }

    /// The figures without cost or trades.
    fn figures(self) -> StrategyFigures {
        StrategyFigures {
            cost_bps: 0.0,
            bars: self.bars as u64,
            bars_per_year: self.bars_per_year,
            mean_return: self.mean_return,
            volatility: self.volatility,
            sharpe: self.sharpe,
            max_drawdown: self.max_drawdown,
            turnover: 0.0,
            trades: 0,
            hit_rate: None,
            slippage: None,
            participation: None,
        }
    }
}

/// The mean; 0 without values.
fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
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
mod tests;
