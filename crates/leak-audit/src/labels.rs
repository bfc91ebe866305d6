//! Labels: recomputed by the reimplemented rules, or as the target itself gives them.

use crate::answer::Answer;
use crate::bars::{Bars, TickerColumns};
use crate::label_rules::{LabelRule, reimplemented};
use artifact_core::schema::{CLASSES, LabelSpec};
use artifact_core::seed::{Purpose, derive};
use data_loader::{DataParts, TickerBars};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use settings::part::Chosen;
use std::ops::Range;

/// The labels by decision row and ticker; `None` where there is none.
pub(crate) struct Labels {
    tickers: usize,
    answers: Vec<Option<Answer>>,
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
        let mut answers = Vec::with_capacity(bars.rows() * tickers);
        for row in 0..bars.rows() {
            for ticker in 0..tickers {
                answers.push(label(bars, ticker, row, spec));
            }
        }
        Self { tickers, answers }
    }

    /// The labels that the target itself gives, before any permutation; `None` if it is not registered or does not give
    /// one label per row.
    pub(crate) fn called(bars: &Bars, spec: &LabelSpec, parts: &DataParts) -> Option<Self> {
        let target = parts.targets.find(&spec.rule).ok()?;
        Called::new(bars).labels(&target, spec.time_window, 0..bars.rows())
    }

    /// The first row and ticker where two sets of labels differ.
    pub(crate) fn difference(&self, other: &Self) -> Option<(usize, usize)> {
        let place = self.answers.iter().zip(&other.answers).position(|(a, b)| a != b)?;
        Some((place / self.tickers, place % self.tickers))
    }

    /// The label of a ticker at a decision row.
    pub(crate) fn answer(&self, row: usize, ticker: usize) -> Option<Answer> {
        self.answers.get(row * self.tickers + ticker).copied().flatten()
    }

    /// The class of a ticker at a decision row.
    pub(crate) fn class(&self, row: usize, ticker: usize) -> Option<usize> {
        self.answer(row, ticker).map(Answer::class)
    }

    /// What numbers are divided by: their standard deviation (divisor n) at the given decision rows, with plain sums over
    /// rows and, within a row, over tickers; 1 where they do not differ. `None` where classes are predicted.
    pub(crate) fn scale(&self, decision_rows: impl Iterator<Item = usize>) -> Option<f64> {
        let mut numbers = Vec::new();
        for row in decision_rows {
            for ticker in 0..self.tickers {
                match self.answer(row, ticker) {
                    Some(Answer::Number(number)) => numbers.push(f64::from(number)),
                    Some(Answer::Class(_)) => return None,
                    None => {}
                }
            }
        }
        if !self.answers.iter().flatten().any(|answer| matches!(answer, Answer::Number(_))) {
            return None;
        }
        let count = numbers.len().max(1) as f64;
        let mean = numbers.iter().sum::<f64>() / count;
        let deviation = (numbers.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count).sqrt();
        Some(if deviation.is_finite() && deviation > 0.0 { deviation } else { 1.0 })
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
                (0..rows).map(place).filter(|&place| self.answers[place].is_some()).collect();
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
                self.answers.swap(known[last], known[(word % choices) as usize]);
            }
        }
    }
}

/// Bars in the form that targets take, to call them.
pub(crate) struct Called<'a> {
    columns: Vec<TickerColumns<'a>>,
}

impl<'a> Called<'a> {
    pub(crate) fn new(bars: &'a Bars) -> Self {
        Self { columns: (0..bars.tickers.len()).map(|ticker| bars.ticker(ticker)).collect() }
    }

    /// The labels that a target gives some rows when it sees no others; `None` if it does not give one per row and ticker.
    pub(crate) fn labels(
        &self,
        target: &Chosen<dyn data_loader::Target>,
        time_window: usize,
        rows: Range<usize>,
    ) -> Option<Labels> {
        let mut bars: Vec<TickerBars<'_>> = Vec::with_capacity(self.columns.len());
        for columns in &self.columns {
            bars.push(columns.bars()?.slice(rows.clone()));
        }
        let outcomes = target.part.outcomes_of_all(&bars, time_window, &target.params);
        let tickers = bars.len();
        if outcomes.len() != tickers || outcomes.iter().any(|own| own.len() != rows.len()) {
            return None;
        }
        let mut answers = vec![None; rows.len() * tickers];
        for (ticker, outcomes) in outcomes.into_iter().enumerate() {
            for (row, outcome) in outcomes.into_iter().enumerate() {
                answers[row * tickers + ticker] = outcome.map(Answer::from);
            }
        }
        Some(Labels { tickers, answers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label_rules::{DOWN, HOLD, UP};
    use artifact_core::Component;

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
