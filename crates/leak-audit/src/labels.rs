//! Labels, reimplemented from their definition.
//!
//! The label of decision row `d` looks at the closes of the rows `d` to `d + W`. The barriers are
//! `upper = close[d] * (1 + theta)` and `lower = close[d] * (1 - theta)`.
//!
//! - `first_touch`: Up or Down by the first later close at or above `upper` or at or below `lower`; else Hold.
//! - `excursion`: Up if any later close is above `upper`, else Down if any is below `lower`, else Hold.
//! - `horizon`: with `r = close[d + W] / close[d] - 1`, Up if `r > theta`, Down if `r < -theta`, else Hold.
//!
//! There is no label if row `d + W` does not exist, or if one of the closes that the rule looks at (for `horizon`, the
//! first and the last) is not a positive finite number.

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

/// The classes by decision row and ticker; `None` where there is no label.
pub(crate) struct Labels {
    tickers: usize,
    classes: Vec<Option<usize>>,
}

impl Labels {
    /// Labels every row as a decision row. For the negative control, the labels known before the test rows are permuted
    /// among themselves.
    ///
    /// A target that is not reimplemented here is called instead; `None` if it is not registered either.
    pub(crate) fn of(bars: &Bars, spec: &LabelSpec, split_row: usize, parts: &DataParts) -> Option<Self> {
        let mut labels = match reimplemented(&spec.rule) {
            Some(label) => Self::recomputed(bars, spec, label),
            None => Self::called(bars, spec, parts)?,
        };
        if let Some(seed) = spec.permutation_seed {
            // A label of a later row reads test rows; it stays in place, so that no test close moves into development.
            labels.permute(split_row.saturating_sub(spec.time_window).min(bars.rows()), seed);
        }
        Some(labels)
    }

    /// Labels by a reimplemented rule, before any permutation.
    pub(crate) fn recomputed(bars: &Bars, spec: &LabelSpec, label: LabelRule) -> Self {
        let tickers = bars.tickers.len();
        let mut classes = Vec::with_capacity(bars.rows() * tickers);
        for row in 0..bars.rows() {
            for ticker in 0..tickers {
                classes.push(label(bars, ticker, row, spec));
            }
        }
        Self { tickers, classes }
    }

    /// The labels that the target itself gives, before any permutation; `None` if it is not registered or does not give
    /// one label per row.
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

    /// The first row and ticker where two sets of labels differ.
    pub(crate) fn difference(&self, other: &Self) -> Option<(usize, usize)> {
        let place = self.classes.iter().zip(&other.classes).position(|(a, b)| a != b)?;
        Some((place / self.tickers, place % self.tickers))
    }

    /// The class of a ticker at a decision row.
    pub(crate) fn class(&self, row: usize, ticker: usize) -> Option<usize> {
        self.classes.get(row * self.tickers + ticker).copied().flatten()
    }

    /// How often each class occurs at the given decision rows, over all tickers.
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

    /// Shuffles each ticker's known labels among the first `rows` rows (Fisher-Yates, from the last position down).
    fn permute(&mut self, rows: usize, seed: u64) {
        for ticker in 0..self.tickers {
            let key = derive(seed, Purpose::LabelPermutation, ticker as u64, 0, 0);
            let mut generator = ChaCha8Rng::from_seed(key);
            let place = |row: usize| row * self.tickers + ticker;
            let known: Vec<usize> =
                (0..rows).map(place).filter(|&place| self.classes[place].is_some()).collect();
            for last in (1..known.len()).rev() {
                let choices = last as u64 + 1;
                // Rejection sampling: words from the incomplete last multiple of `choices` would bias the draw.
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

/// Computes the label of a ticker (third argument: decision row); `None` if there is none.
pub(crate) type LabelRule = fn(&Bars, usize, usize, &LabelSpec) -> Option<usize>;

/// The rule of the named target, if it is reimplemented here.
pub(crate) fn reimplemented(target: &Component) -> Option<LabelRule> {
    match (target.name.as_str(), target.version) {
        ("first_touch", 1) => Some(first_touch),
        ("excursion", 1) => Some(excursion),
        ("horizon", 1) => Some(horizon),
        _ => None,
    }
}

/// The closes from a decision row to the last row that its label reads; `None` if that row does not exist.
fn closes(bars: &Bars, ticker: usize, decision: usize, spec: &LabelSpec) -> Option<Vec<f64>> {
    let last = decision.checked_add(spec.time_window).filter(|&last| last < bars.rows())?;
    Some((decision..=last).map(|row| bars.value(row, ticker, CLOSE)).collect())
}

/// The threshold, 0.02 by default; `None` if it is not a number.
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

    /// Checks the label of the first close, with a threshold of 0.5 and all later closes as its window.
    #[track_caller]
    fn check(closes: &[f64], rule: &str, expected: Option<usize>) {
        let bars = Bars::of_closes(closes);
        let labels = of(&bars, &spec(rule, 0.5, closes.len() - 1), closes.len());
        assert_eq!(labels.class(0, 0), expected, "{closes:?} {rule:?}");
    }

    #[test]
    fn rules_match_hand_computed_labels() {
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
    fn an_unknown_close_gives_no_label() {
        check(&[8.0, 20.0, f64::NAN], "first_touch", None);
        check(&[8.0, 0.0, 20.0], "excursion", None);
        check(&[8.0, f64::NAN, 20.0], "horizon", Some(UP));
        check(&[8.0, 20.0, -1.0], "horizon", None);
        let labels = of(&Bars::of_closes(&[1.0, 1.0, 1.0, 1.0]), &spec("horizon", 0.1, 2), 4);
        assert_eq!([0, 1, 2, 3].map(|row| labels.class(row, 0)), [Some(HOLD), Some(HOLD), None, None]);
        assert_eq!(labels.counts(0..4), [2, 0, 0]);
    }
}
