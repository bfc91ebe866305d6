//! The rules of labels, reimplemented from their definition.
//!
//! The label of decision row `d` looks at rows up to `d + W`. A trade enters at `e`: the close of `d`, or the open or the
//! close of `d + 1`, as the parameter `entry` says; it is in the market from the row `f` on, `d + 2` if it enters at a close
//! after `d`, else `d + 1`. The barriers are `upper = e (1 + theta)` and `lower = e (1 - theta)`.
//!
//! - `first_touch` (always from the close of `d`): Up or Down by the first later close at or above `upper` or at or below
//!   `lower`; else Hold.
//! - `excursion`: Up if any close from `f` on is above `upper`, else Down if any is below `lower`, else Hold.
//! - `horizon`: with `r = close[d + W] / e - 1`, Up if `r > theta`, Down if `r < -theta`, else Hold.
//! - `barrier`: as `first_touch` from `e` on. `theta` may be a multiple of the volatility instead. With `touch = high_low`
//!   rows are followed by open, high and low: an open at or beyond a barrier decides, then a high at or above `upper` or a
//!   low at or below `lower`, and where a row has both, the barrier that is not further from its open than the other.
//! - `meta`: where the column named by `side` is neither 0 nor missing in row `d`, Up if the trade that ends as one of
//!   `barrier` does (at the price that decides, else at the last close) earns on that side, else Hold.
//! - `forward_return` and `quantiles`: the number `r`; in the form `excess` less the mean of `r` over the tickers that have
//!   one in row `d`, with no label if it is the only one; in the form `zscore` this divided by the standard deviation
//!   (divisor `n`) of these `r`, with no label if it is 0; in the form `volatility` divided by the volatility.
//!
//! The volatility is `sqrt(W)` times the sample standard deviation (divisor `n - 1`) of the last `n` returns from close to
//! close up to row `d`; there is none, and no label, if a close is missing or the deviation is 0.
//!
//! There is no label if row `d + W` does not exist, or if one of the prices that the rule looks at is not a positive finite
//! number: the close of `d`, without which there is nothing to decide on, the entry and, for `horizon` and the numbers, the
//! last close; else every later price of the kinds it follows.

use crate::answer::Answer;
use crate::bars::{Bars, CLOSE, HIGH, LOW, OPEN};
use artifact_core::Component;
use artifact_core::schema::LabelSpec;

pub(crate) const HOLD: usize = 0;
pub(crate) const UP: usize = 1;
pub(crate) const DOWN: usize = 2;

/// Computes the label of a ticker (third argument: decision row); `None` if there is none.
pub(crate) type LabelRule = fn(&Bars, usize, usize, &LabelSpec) -> Option<Answer>;

/// The rule of the named target, if it is reimplemented here.
pub(crate) fn reimplemented(target: &Component) -> Option<LabelRule> {
    match (target.name.as_str(), target.version) {
        ("first_touch", 1) => Some(first_touch),
        ("excursion", 1) => Some(excursion),
        ("horizon", 1) => Some(horizon),
        ("barrier", 1) => Some(barrier),
        ("meta", 1) => Some(meta),
        ("forward_return" | "quantiles", 1) => Some(forward_return),
        _ => None,
    }
}

/// The numbers or logits that a model has for each ticker, if the target is reimplemented here.
pub(crate) fn width(target: &Component) -> Option<usize> {
    match (target.name.as_str(), target.version) {
        ("forward_return", 1) => Some(1),
        (_, 1) => reimplemented(target).map(|_| 3),
        _ => None,
    }
}

/// A number, or its default where it is absent; `None` if it is not a number.
fn number(spec: &LabelSpec, name: &str, default: f64) -> Option<f64> {
    match spec.rule.params.get(name) {
        None => Some(default),
        Some(_) => spec.rule.params.float(name),
    }
}

fn text<'a>(spec: &'a LabelSpec, name: &str, default: &'a str) -> &'a str {
    spec.rule.params.text(name).unwrap_or(default)
}

fn price(bars: &Bars, row: usize, ticker: usize, column: usize) -> Option<f64> {
    if row >= bars.rows() {
        return None;
    }
    let price = bars.value(row, ticker, column);
    (price.is_finite() && price > 0.0).then_some(price)
}

/// A trade: its entry price, and the rows in which it is in the market.
struct Trade {
    entry: f64,
    first: usize,
    last: usize,
}

/// The trade of a decision; `default` is where the rule enters if nothing is said.
fn trade(bars: &Bars, ticker: usize, decision: usize, spec: &LabelSpec, default: &str) -> Option<Trade> {
    let last = decision.checked_add(spec.time_window).filter(|&last| last < bars.rows())?;
    price(bars, decision, ticker, CLOSE)?;
    let (entry, first) = match text(spec, "entry", default) {
        "close" => (price(bars, decision, ticker, CLOSE)?, decision + 1),
        "next_open" => (price(bars, decision + 1, ticker, OPEN)?, decision + 1),
        "next_close" => (price(bars, decision + 1, ticker, CLOSE)?, decision + 2),
        _ => return None,
    };
    (first <= last).then_some(Trade { entry, first, last })
}

/// The closes from the first row in the market to the last, all of them prices.
fn closes(bars: &Bars, ticker: usize, trade: &Trade) -> Option<Vec<f64>> {
    (trade.first..=trade.last).map(|row| price(bars, row, ticker, CLOSE)).collect()
}

fn first_touch(bars: &Bars, ticker: usize, decision: usize, spec: &LabelSpec) -> Option<Answer> {
    let trade = trade(bars, ticker, decision, spec, "close")?;
    let found = by_close(&closes(bars, ticker, &trade)?, trade.entry, number(spec, "threshold", 0.02)?);
    Some(Answer::Class(found.0))
}

/// The barrier that a close reaches first, and the price at which the trade ends.
fn by_close(closes: &[f64], entry: f64, theta: f64) -> (usize, f64) {
    let (upper, lower) = (entry * (1.0 + theta), entry * (1.0 - theta));
    for &close in closes {
        if close >= upper {
            return (UP, close);
        }
        if close <= lower {
            return (DOWN, close);
        }
    }
    (HOLD, closes.last().copied().unwrap_or(entry))
}

fn excursion(bars: &Bars, ticker: usize, decision: usize, spec: &LabelSpec) -> Option<Answer> {
    let trade = trade(bars, ticker, decision, spec, "close")?;
    let (closes, theta) = (closes(bars, ticker, &trade)?, number(spec, "threshold", 0.02)?);
    let (upper, lower) = (trade.entry * (1.0 + theta), trade.entry * (1.0 - theta));
    let class = if closes.iter().any(|&close| close > upper) {
        UP
    } else if closes.iter().any(|&close| close < lower) {
        DOWN
    } else {
        HOLD
    };
    Some(Answer::Class(class))
}

fn horizon(bars: &Bars, ticker: usize, decision: usize, spec: &LabelSpec) -> Option<Answer> {
    let trade = trade(bars, ticker, decision, spec, "close")?;
    let theta = number(spec, "threshold", 0.02)?;
    let change = price(bars, trade.last, ticker, CLOSE)? / trade.entry - 1.0;
    let class = if change > theta {
        UP
    } else if change < -theta {
        DOWN
    } else {
        HOLD
    };
    Some(Answer::Class(class))
}

fn barrier(bars: &Bars, ticker: usize, decision: usize, spec: &LabelSpec) -> Option<Answer> {
    let trade = trade(bars, ticker, decision, spec, "next_open")?;
    Some(Answer::Class(decided(bars, ticker, decision, spec, &trade)?.0))
}

fn meta(bars: &Bars, ticker: usize, decision: usize, spec: &LabelSpec) -> Option<Answer> {
    let name = spec.rule.params.text("side")?;
    let (_, column) = bars.own_columns().find(|(own, _)| *own == name)?;
    let side = bars.value(decision, ticker, column);
    if !side.is_finite() || side == 0.0 {
        return None;
    }
    let trade = trade(bars, ticker, decision, spec, "next_open")?;
    let (_, end) = decided(bars, ticker, decision, spec, &trade)?;
    let earns = if side > 0.0 { end > trade.entry } else { end < trade.entry };
    Some(Answer::Class(if earns { UP } else { HOLD }))
}

/// The barrier that is touched first, and the price at which the trade ends.
fn decided(
    bars: &Bars,
    ticker: usize,
    decision: usize,
    spec: &LabelSpec,
    trade: &Trade,
) -> Option<(usize, f64)> {
    let multiple = number(spec, "volatility_multiple", 0.0)?;
    let theta = if multiple > 0.0 {
        multiple * volatility(bars, ticker, decision, spec)?
    } else {
        number(spec, "threshold", 0.02)?
    };
    let closes = closes(bars, ticker, trade)?;
    if text(spec, "touch", "close") == "close" {
        return Some(by_close(&closes, trade.entry, theta));
    }
    let (upper, lower) = (trade.entry * (1.0 + theta), trade.entry * (1.0 - theta));
    let (mut class, mut end) = (HOLD, *closes.last()?);
    for row in trade.first..=trade.last {
        let [open, high, low] = [OPEN, HIGH, LOW].map(|column| price(bars, row, ticker, column));
        let (open, high, low) = (open?, high?, low?);
        // Later rows are read all the same: one that is unknown leaves no label.
        if class != HOLD {
            continue;
        }
        (class, end) = if open >= upper {
            (UP, open)
        } else if open <= lower {
            (DOWN, open)
        } else {
            match (high >= upper, low <= lower) {
                (true, true) if upper - open > open - lower => (DOWN, lower),
                (true, _) => (UP, upper),
                (false, true) => (DOWN, lower),
                (false, false) => (HOLD, end),
            }
        };
    }
    Some((class, end))
}

fn forward_return(bars: &Bars, ticker: usize, decision: usize, spec: &LabelSpec) -> Option<Answer> {
    let change = |ticker: usize| {
        let trade = trade(bars, ticker, decision, spec, "next_open")?;
        Some(price(bars, trade.last, ticker, CLOSE)? / trade.entry - 1.0)
    };
    let own = change(ticker)?;
    let number = match text(spec, "form", "raw") {
        "raw" => own,
        form @ ("excess" | "zscore") => {
            let others: Vec<f64> = (0..bars.tickers.len()).filter_map(change).collect();
            let count = others.len() as f64;
            let mean = others.iter().sum::<f64>() / count;
            if form == "excess" {
                if others.len() < 2 { return None } else { own - mean }
            } else {
                let squares: f64 = others.iter().map(|x| (x - mean) * (x - mean)).sum();
                let deviation = (squares / count).sqrt();
                if deviation > 0.0 { (own - mean) / deviation } else { return None }
            }
        }
        "volatility" => own / volatility(bars, ticker, decision, spec)?,
        _ => return None,
    };
    Some(Answer::Number(number as f32))
}

fn volatility(bars: &Bars, ticker: usize, decision: usize, spec: &LabelSpec) -> Option<f64> {
    let rows = match spec.rule.params.get("volatility_rows") {
        None => 20,
        Some(_) => spec.rule.params.size("volatility_rows")?,
    };
    let mut returns = Vec::with_capacity(rows);
    for row in decision.checked_sub(rows)?..decision {
        returns.push(price(bars, row + 1, ticker, CLOSE)? / price(bars, row, ticker, CLOSE)? - 1.0);
    }
    let mean = returns.iter().sum::<f64>() / rows as f64;
    let squares: f64 = returns.iter().map(|x| (x - mean) * (x - mean)).sum();
    let deviation = (squares / (rows as f64 - 1.0)).sqrt() * (spec.time_window as f64).sqrt();
    (deviation.is_finite() && deviation > 0.0).then_some(deviation)
}
