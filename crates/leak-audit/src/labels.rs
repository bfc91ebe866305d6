//! Labels, written anew from their definition.
//!
//! The label of decision row `d` looks at the closes of the rows `d` to `d + W`. The barriers are
//! `upper = close[d] * (1 + theta)` and `lower = close[d] * (1 - theta)`.
//!
//! - `first_touch`: the first later close at or above `upper` makes Up, at or below `lower` makes Down; else Hold.
//! - `excursion`: Up if any later close is above `upper`, else Down if any is below `lower`, else Hold.
//! - `horizon`: with `r = close[d + W] / close[d] - 1`, Up if `r > theta`, Down if `r < -theta`, else Hold.
//!
//! There is no label where one of the closes that the rule looks at (`horizon`: the first and the last one) is not a
//! positive finite number, or where row `d + W` does not exist.

use crate::bars::{Bars, CLOSE};
use artifact_core::Component;
use artifact_core::schema::{CLASSES, LabelSpec};
use artifact_core::seed::{Purpose, derive};
use data_loader::{DataParts, TickerBars};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

const HOLD: usize = 0;
const UP: usize = 1;
const DOWN: usize = 2;

/// The classes by decision row and ticker; none where there is no label.
pub(crate) struct Labels {
    tickers: usize,
    classes: Vec<Option<usize>>,
}

impl Labels {
    /// Labels every row as a decision row. Permuted labels, the negative control, are permuted among the rows that
    /// are known before the test rows.
    ///
    /// Where the target is not written anew here, the target itself is called; none where it is not there either.
    pub(crate) fn of(bars: &Bars, spec: &LabelSpec, split_row: usize, parts: &DataParts) -> Option<Self> {
        let mut labels = match anew(&spec.rule) {
            Some(label) => Self::anew(bars, spec, label),
            None => Self::called(bars, spec, parts)?,
        };
        if let Some(seed) = spec.permutation_seed {
            labels.permute(split_row.saturating_sub(spec.time_window).min(bars.rows()), seed);
        }
        Some(labels)
    }

    /// The labels of a target that is written anew, before any permutation.
    pub(crate) fn anew(bars: &Bars, spec: &LabelSpec, label: LabelAnew) -> Self {
        let tickers = bars.tickers.len();
        let mut classes = Vec::with_capacity(bars.rows() * tickers);
        for row in 0..bars.rows() {
            for ticker in 0..tickers {
                classes.push(label(bars, ticker, row, spec));
            }
        }
        Self { tickers, classes }
    }

    /// The labels that the target itself gives, before any permutation; none when it is not there or gives another number.
    pub(crate) fn called(bars: &Bars, spec: &LabelSpec, parts: &DataParts) -> Option<Self> {
        let target = parts.targets.find(&spec.rule).ok()?;
        let tickers = bars.tickers.len();
        let mut classes = vec![None; bars.rows() * tickers];
        for ticker in 0..tickers {
            let columns = bars.columns(ticker);
            let own = TickerBars::new(columns.each_ref().map(Vec::as_slice))?;
            let labels = target.part.labels(&own, spec.time_window, &target.params);
            if labels.len() != bars.rows() {
                return None;
            }
            for (row, class) in labels.into_iter().enumerate() {
                classes[row * tickers + ticker] = class.map(|class| class.code() as usize);
            }
        }
        Some(Self { tickers, classes })
    }

    /// The first place where other labels differ: row and ticker.
    pub(crate) fn difference(&self, other: &Self) -> Option<(usize, usize)> {
        let place = self.classes.iter().zip(&other.classes).position(|(a, b)| a != b)?;
        Some((place / self.tickers, place % self.tickers))
    }

    /// The class of a ticker at a decision row.
    pub(crate) fn class(&self, row: usize, ticker: usize) -> Option<usize> {
        self.classes.get(row * self.tickers + ticker).copied().flatten()
    }

    /// How often each class occurs at some decision rows, over all tickers.
    pub(crate) fn counts(&self, decision_rows: impl Iterator<Item = usize>) -> [u64; CLASSES] {
        let mut counts = [0; CLASSES];
        for row in decision_rows {
            for ticker in 0..self.tickers {
                if let Some(class) = self.class(row, ticker) {
                    counts[class] += 1;
                }
            }
        }
        counts
    }

    /// Fisher and Yates' shuffle of each ticker's known labels, from the last place to the first.
    fn permute(&mut self, rows: usize, seed: u64) {
        for ticker in 0..self.tickers {
            let key = derive(seed, Purpose::LabelPermutation, ticker as u64, 0, 0);
            let mut generator = ChaCha8Rng::from_seed(key);
            let place = |row: usize| row * self.tickers + ticker;
            let known: Vec<usize> =
                (0..rows).map(place).filter(|&place| self.classes[place].is_some()).collect();
            for last in (1..known.len()).rev() {
                let choices = last as u64 + 1;
                // Words in the incomplete last multiple of `choices` are thrown away.
                let limit = u64::MAX - u64::MAX % choices;
                let word = loop {
                    let word = generator.next_u64();
                    if word < limit {
                        break word;
                    }
                };
                self.classes.swap(known[last], known[(word % choices) as usize]);
            }
        }
    }
}

/// The label of a ticker at a decision row.
pub(crate) type LabelAnew = fn(&Bars, usize, usize, &LabelSpec) -> Option<usize>;

/// The target that a reference names, if it is written anew here.
pub(crate) fn anew(target: &Component) -> Option<LabelAnew> {
    match (target.name.as_str(), target.version) {
        ("first_touch", 1) => Some(first_touch),
        ("excursion", 1) => Some(excursion),
        ("horizon", 1) => Some(horizon),
        _ => None,
    }
}

/// The closes from a decision row to the last row that its label reads, where that row exists.
fn closes(bars: &Bars, ticker: usize, decision: usize, spec: &LabelSpec) -> Option<Vec<f64>> {
    let last = decision.checked_add(spec.time_window).filter(|&last| last < bars.rows())?;
    Some((decision..=last).map(|row| bars.value(row, ticker, CLOSE)).collect())
}

/// The threshold; 0.02 where nothing is said.
fn threshold(spec: &LabelSpec) -> Option<f64> {
    match spec.rule.params.get("threshold") {
        None => Some(0.02),
        Some(_) => spec.rule.params.float("threshold"),
    }
}

fn known(close: f64) -> bool {
    close.is_finite() && close > 0.0
}

fn first_touch(bars: &Bars, ticker: usize, decision: usize, spec: &LabelSpec) -> Option<usize> {
    let (closes, threshold) = (closes(bars, ticker, decision, spec)?, threshold(spec)?);
    if !closes.iter().all(|&close| known(close)) {
        return None;
    }
    let upper = closes[0] * (1.0 + threshold);
    let lower = closes[0] * (1.0 - threshold);
    for &close in &closes[1..] {
        if close >= upper {
            return Some(UP);
        }
        if close <= lower {
            return Some(DOWN);
        }
    }
    Some(HOLD)
}

fn excursion(bars: &Bars, ticker: usize, decision: usize, spec: &LabelSpec) -> Option<usize> {
    let (closes, threshold) = (closes(bars, ticker, decision, spec)?, threshold(spec)?);
    if !closes.iter().all(|&close| known(close)) {
        return None;
    }
    let upper = closes[0] * (1.0 + threshold);
    let lower = closes[0] * (1.0 - threshold);
    if closes[1..].iter().any(|&close| close > upper) {
        return Some(UP);
    }
    if closes[1..].iter().any(|&close| close < lower) {
        return Some(DOWN);
    }
    Some(HOLD)
}

fn horizon(bars: &Bars, ticker: usize, decision: usize, spec: &LabelSpec) -> Option<usize> {
    let (closes, threshold) = (closes(bars, ticker, decision, spec)?, threshold(spec)?);
    let (now, last) = (closes[0], closes[closes.len() - 1]);
    if !known(now) || !known(last) {
        return None;
    }
    let change = last / now - 1.0;
    if change > threshold {
        return Some(UP);
    }
    if change < -threshold {
        return Some(DOWN);
    }
    Some(HOLD)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(name: &str, threshold: f64, time_window: usize) -> LabelSpec {
        let rule = Component::new(name, 1).with("threshold", threshold);
        LabelSpec { rule, time_window, permutation_seed: None }
    }

    fn of(bars: &Bars, spec: &LabelSpec, rows: usize) -> Labels {
        Labels::of(bars, spec, rows, &DataParts::builtin()).unwrap()
    }

    /// Labels the first of some closes, with barriers of one half and all others as its window.
    #[track_caller]
    fn check(closes: &[f64], rule: &str, expected: Option<usize>) {
        let bars = Bars::of_closes(closes);
        let labels = of(&bars, &spec(rule, 0.5, closes.len() - 1), closes.len());
        assert_eq!(labels.class(0, 0), expected, "{closes:?} {rule:?}");
    }

    #[test]
    fn rules_by_hand() {
        check(&[8.0, 9.0, 10.0], "first_touch", Some(HOLD));
        check(&[8.0, 12.0, 4.0], "first_touch", Some(UP));
        check(&[8.0, 4.0, 12.0], "first_touch", Some(DOWN));
        check(&[8.0, 4.0, 13.0], "excursion", Some(UP));
        check(&[8.0, 12.0, 4.0], "excursion", Some(HOLD));
        check(&[8.0, 12.0, 3.0], "excursion", Some(DOWN));
        check(&[8.0, 20.0, 8.0], "horizon", Some(HOLD));
        check(&[8.0, 8.0, 12.5], "horizon", Some(UP));
        check(&[8.0, 8.0, 3.5], "horizon", Some(DOWN));
    }

    #[test]
    fn what_is_not_known_has_no_label() {
        check(&[8.0, 20.0, f64::NAN], "first_touch", None);
        check(&[8.0, 0.0, 20.0], "excursion", None);
        check(&[8.0, f64::NAN, 20.0], "horizon", Some(UP));
        check(&[8.0, 20.0, -1.0], "horizon", None);
        let labels = of(&Bars::of_closes(&[1.0, 1.0, 1.0, 1.0]), &spec("horizon", 0.1, 2), 4);
        assert_eq!([0, 1, 2, 3].map(|row| labels.class(row, 0)), [Some(HOLD), Some(HOLD), None, None]);
        assert_eq!(labels.counts(0..4), [2, 0, 0]);
    }
}
