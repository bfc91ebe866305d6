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
use artifact_core::schema::{CLASSES, LabelRule, LabelSpec};
use artifact_core::seed::{Purpose, derive};
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
    pub(crate) fn of(bars: &Bars, spec: &LabelSpec, split_row: usize) -> Self {
        let tickers = bars.tickers.len();
        let mut classes = Vec::with_capacity(bars.rows() * tickers);
        for row in 0..bars.rows() {
            for ticker in 0..tickers {
                classes.push(label(bars, ticker, row, spec));
            }
        }
        let mut labels = Self { tickers, classes };
        if let Some(seed) = spec.permutation_seed {
            labels.permute(split_row.saturating_sub(spec.time_window).min(bars.rows()), seed);
        }
        labels
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

fn label(bars: &Bars, ticker: usize, decision: usize, spec: &LabelSpec) -> Option<usize> {
    let last = decision.checked_add(spec.time_window).filter(|&last| last < bars.rows())?;
    let close = |row: usize| bars.value(row, ticker, CLOSE);
    let known = |row: usize| close(row).is_finite() && close(row) > 0.0;
    let now = close(decision);
    let upper = now * (1.0 + spec.threshold);
    let lower = now * (1.0 - spec.threshold);
    let later = decision + 1..=last;
    match spec.rule {
        LabelRule::FirstTouch => {
            if !(decision..=last).all(known) {
                return None;
            }
            for row in later {
                if close(row) >= upper {
                    return Some(UP);
                }
                if close(row) <= lower {
                    return Some(DOWN);
                }
            }
            Some(HOLD)
        }
        LabelRule::Excursion => {
            if !(decision..=last).all(known) {
                return None;
            }
            if later.clone().any(|row| close(row) > upper) {
                return Some(UP);
            }
            if later.clone().any(|row| close(row) < lower) {
                return Some(DOWN);
            }
            Some(HOLD)
        }
        LabelRule::Horizon => {
            if !known(decision) || !known(last) {
                return None;
            }
            let change = close(last) / now - 1.0;
            if change > spec.threshold {
                return Some(UP);
            }
            if change < -spec.threshold {
                return Some(DOWN);
            }
            Some(HOLD)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use LabelRule::{Excursion, FirstTouch, Horizon};

    /// Labels the first of some closes, with barriers of one half and all others as its window.
    #[track_caller]
    fn check(closes: &[f64], rule: LabelRule, expected: Option<usize>) {
        let spec = LabelSpec { rule, threshold: 0.5, time_window: closes.len() - 1, permutation_seed: None };
        let labels = Labels::of(&Bars::of_closes(closes), &spec, closes.len());
        assert_eq!(labels.class(0, 0), expected, "{closes:?} {rule:?}");
    }

    #[test]
    fn rules_by_hand() {
        check(&[8.0, 9.0, 10.0], FirstTouch, Some(HOLD));
        check(&[8.0, 12.0, 4.0], FirstTouch, Some(UP));
        check(&[8.0, 4.0, 12.0], FirstTouch, Some(DOWN));
        check(&[8.0, 4.0, 13.0], Excursion, Some(UP));
        check(&[8.0, 12.0, 4.0], Excursion, Some(HOLD));
        check(&[8.0, 12.0, 3.0], Excursion, Some(DOWN));
        check(&[8.0, 20.0, 8.0], Horizon, Some(HOLD));
        check(&[8.0, 8.0, 12.5], Horizon, Some(UP));
        check(&[8.0, 8.0, 3.5], Horizon, Some(DOWN));
    }

    #[test]
    fn what_is_not_known_has_no_label() {
        check(&[8.0, 20.0, f64::NAN], FirstTouch, None);
        check(&[8.0, 0.0, 20.0], Excursion, None);
        check(&[8.0, f64::NAN, 20.0], Horizon, Some(UP));
        check(&[8.0, 20.0, -1.0], Horizon, None);
        let spec = LabelSpec { rule: Horizon, threshold: 0.1, time_window: 2, permutation_seed: None };
        let labels = Labels::of(&Bars::of_closes(&[1.0, 1.0, 1.0, 1.0]), &spec, 4);
        assert_eq!([0, 1, 2, 3].map(|row| labels.class(row, 0)), [Some(HOLD), Some(HOLD), None, None]);
        assert_eq!(labels.counts(0..4), [2, 0, 0]);
    }
}
