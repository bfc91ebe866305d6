//! When a figure may be shown.

use crate::digits::counted;
use crate::figure::{Figure, Needs};
use artifact_core::schema::{CrossValidation, Evaluation, StrategyFigures, TestMetrics};

/// The fewest independent rows from which a figure is shown. With fewer, any value at all is likely.
pub const LEAST_ROWS: u64 = 10;

/// The fewest independent rows, over all folds, from which the figures of a cross-validation are shown: more than for those of a
/// test, since they have no intervals to say how little they mean.
pub const LEAST_ROWS_OF_FOLDS: u64 = 30;

/// The fewest bars from which a figure of the strategy's returns is shown.
pub const LEAST_BARS: u64 = 60;

/// What may be printed of a figure.
#[derive(Debug, Clone, PartialEq)]
pub enum Shown {
    /// Its value, in the figure's unit as stored.
    Value(f64),
    /// Nothing, for a reason: a clause such as "5 samples of 1 independent row; at least 10 independent rows are needed".
    NotShown(String),
}

impl Shown {
    /// The value, if it may be printed.
    pub fn value(&self) -> Option<f64> {
        match self {
            Shown::Value(value) => Some(*value),
            Shown::NotShown(_) => None,
        }
    }

    /// Why there is none.
    pub fn why_not(&self) -> Option<&str> {
        match self {
            Shown::Value(_) => None,
            Shown::NotShown(reason) => Some(reason),
        }
    }

    /// A value, or the reason for which there is none.
    pub(crate) fn or_reason(value: Option<f64>, reason: impl FnOnce() -> String) -> Self {
        let finite = value.filter(|value| value.is_finite());
        finite.map_or_else(|| Shown::NotShown(reason()), Shown::Value)
    }
}

impl Figure {
    /// What may be printed of this figure of an evaluation.
    ///
    /// Figures of predictions need [`LEAST_ROWS`] independent rows; results that do not say how many they have need as many
    /// samples. Figures of returns need [`LEAST_BARS`] bars besides. The numbers of trades, the turnover and slippage
    /// are facts, which need neither.
    pub fn shown(&self, evaluation: &Evaluation) -> Shown {
        self.reason(evaluation).map_or_else(
            || Shown::or_reason(self.value(evaluation), || self.missing(evaluation)),
            Shown::NotShown,
        )
    }

    /// What may be printed of this figure of buying and holding; it depends on the same rows as the model's.
    pub fn shown_of_buy_and_hold(&self, test: &TestMetrics) -> Shown {
        if !self.is_of_strategy() {
            return Shown::NotShown("buying and holding predicts nothing".to_owned());
        }
        let Some(strategy) = &test.buy_and_hold else {
            return Shown::NotShown(without_strategy(&test.model).to_owned());
        };
        if let Some(reason) = self.too_few(&test.model, strategy) {
            return Shown::NotShown(reason);
        }
        Shown::or_reason(self.value_of_strategy(strategy), || self.missing_of_strategy().to_owned())
    }

    /// Why a value is not shown even if there is one.
    fn reason(&self, evaluation: &Evaluation) -> Option<String> {
        if !self.applies_to(evaluation) {
            let reason = match self.needs {
                Needs::Numbers => "classes are predicted",
                Needs::Slippage => "no such cost is charged",
                Needs::Classes | Needs::Anything => "numbers are predicted",
            };
            return Some(reason.to_owned());
        }
        if !self.is_of_strategy() {
            return too_few_rows(evaluation);
        }
        match &evaluation.strategy {
            None => Some(without_strategy(evaluation).to_owned()),
            Some(strategy) => self.too_few(evaluation, strategy),
        }
    }

    /// Why a strategy's figure is not shown, if there are too few rows or bars for it.
    fn too_few(&self, evaluation: &Evaluation, strategy: &StrategyFigures) -> Option<String> {
        if self.needs == Needs::Slippage || matches!(self.name, "strategy.turnover" | "strategy.trades") {
            return None;
        }
        too_few_rows(evaluation).or_else(|| too_few_bars(strategy))
    }

    /// Why there is no value, where figures are shown.
    fn missing(&self, evaluation: &Evaluation) -> String {
        let reason = match self.name {
            "mcc" | "log_loss_skill" if evaluation.is_earlier() => "not computed by earlier versions",
            "mcc" => "only one class is true for every ticker",
            "log_loss_skill" => "the training frequencies leave no loss to improve on",
            "numbers.rank_ic" | "numbers.ic" => "no date has several tickers whose numbers differ",
            "numbers.rank_icir" | "numbers.icir" => {
                "fewer than two dates have several tickers whose numbers differ"
            }
            "numbers.coverage" => "no quantiles are predicted",
            _ => self.missing_of_strategy(),
        };
        reason.to_owned()
    }

    fn missing_of_strategy(&self) -> &'static str {
        match self.name {
            "strategy.sharpe" => "returns do not vary",
            "strategy.hit_rate" => "there is no trade",
            _ => "the value is not a finite number",
        }
    }
}

/// Why the figures of a cross-validation are not shown, if all its folds together have fewer than [`LEAST_ROWS_OF_FOLDS`]
/// independent rows; `None` if they may be shown.
pub fn too_few_in_folds(cv: &CrossValidation) -> Option<String> {
    let samples = cv.folds.iter().map(|fold| fold.evaluation.samples).sum();
    let rows = cv.folds.iter().map(|fold| fold.evaluation.independent_rows).sum();
    fewer_than(LEAST_ROWS_OF_FOLDS, samples, rows)
}

/// Why figures of predictions are not shown, if there are too few rows for it.
pub(crate) fn too_few_rows(evaluation: &Evaluation) -> Option<String> {
    too_few_of(evaluation.samples, evaluation.independent_rows)
}

/// As [`too_few_rows`], for the samples and independent rows of a part.
pub(crate) fn too_few_of(samples: u64, independent_rows: Option<u64>) -> Option<String> {
    fewer_than(LEAST_ROWS, samples, independent_rows)
}

/// A reason where there are fewer than `least` independent rows, or samples where these are not known.
fn fewer_than(least: u64, samples: u64, independent_rows: Option<u64>) -> Option<String> {
    let found = counted(samples, "sample");
    match independent_rows {
        Some(rows) => (rows < least).then(|| {
            let rows = counted(rows, "independent row");
            format!("{found} of {rows}; at least {least} independent rows are needed")
        }),
        None => (samples < least).then(|| format!("{found}; at least {least} are needed")),
    }
}

/// Why figures of returns are not shown, if there are too few bars for it.
pub(crate) fn too_few_bars(strategy: &StrategyFigures) -> Option<String> {
    let found = || counted(strategy.bars, "bar");
    (strategy.bars < LEAST_BARS).then(|| format!("{}; at least {LEAST_BARS} are needed", found()))
}

/// Why an evaluation has no strategy.
fn without_strategy(evaluation: &Evaluation) -> &'static str {
    match &evaluation.trading {
        Some(_) => "computed another way by an earlier version",
        None => "no sample has a return",
    }
}
