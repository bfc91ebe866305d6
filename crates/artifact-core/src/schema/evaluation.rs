//! How good a set of predictions is: the figures that every phase reports.

use super::figures::Figures;
use super::slippage;
use super::strategy::{StrategyFigures, TradingFigures};
use crate::error::{Invalid, ensure, ensure_close};
use serde::{Deserialize, Serialize};

/// The number of classes: `Hold = 0`, `Up = 1`, `Down = 2`.
pub const CLASSES: usize = 3;

/// The classes' names, in the order of their codes.
pub const CLASS_NAMES: [&str; CLASSES] = ["Hold", "Up", "Down"];

/// The figures of one evaluated block, over all valid (sequence, ticker) samples.
///
/// Figures whose names say nothing else count all samples alike. Those that knowing which ticker a sample is of would raise
/// have a form within tickers, which such knowledge does not raise: [`mcc`](Self::mcc) and
/// [`log_loss_skill`](Self::log_loss_skill).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Evaluation {
    /// The number of valid samples.
    pub samples: u64,
    /// The number of decision rows with a valid sample whose label windows do not overlap: how many independent
    /// observations there are at least. Null in results of earlier versions that had no returns.
    pub independent_rows: Option<u64>,
    /// Rows are the true class, columns the predicted one.
    pub confusion: [[u64; CLASSES]; CLASSES],
    /// The share of correct predictions, 0 to 1.
    pub accuracy: f64,
    /// The accuracy of always predicting the block's own most frequent class, 0 to 1.
    pub majority_accuracy: f64,
    /// The mean recall over the classes that occur, 0 to 1.
    pub balanced_accuracy: f64,
    /// The multi-class Matthews correlation (Gorodkin 2004) within tickers, -1 to 1: its mean over the tickers of which more
    /// than one class is true; a ticker of which only one class is predicted has 0. Null without such a ticker, and in results
    /// of earlier versions.
    pub mcc: Option<f64>,
    /// The multi-class Matthews correlation over the samples of all tickers, -1 to 1; 0 where it is undefined. Knowing which
    /// ticker a sample is of raises it.
    pub mcc_pooled: f64,
    /// The mean F1 over the classes that occur or are predicted, 0 to 1.
    pub macro_f1: f64,
    /// The mean negative log probability of the true class, in nats; 0 where numbers are predicted, which have none.
    pub log_loss: f64,
    /// One less the log loss's share of that of always predicting how often each class occurs among the ticker's own training
    /// labels; up to 1. Null where numbers are predicted, and in results of earlier versions.
    pub log_loss_skill: Option<f64>,
    /// The figures of predicted numbers; left out where classes are predicted. The classes above are then the signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numbers: Option<NumberFigures>,
    /// What acting on the predictions would have earned; null where no sample has a return, and in results of earlier versions.
    pub strategy: Option<StrategyFigures>,
    /// What earlier versions computed instead of `strategy`; left out since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trading: Option<TradingFigures>,
}

impl Evaluation {
    /// The written names of the figures that are reported for every evaluated block, those of the strategy included.
    pub const FIGURES: [&str; 20] = [
        "confusion",
        "accuracy",
        "majority_accuracy",
        "balanced_accuracy",
        "mcc",
        "mcc_pooled",
        "macro_f1",
        "log_loss",
        "log_loss_skill",
        "independent_rows",
        "strategy.cost_bps",
        "strategy.bars",
        "strategy.bars_per_year",
        "strategy.mean_return",
        "strategy.volatility",
        "strategy.sharpe",
        "strategy.max_drawdown",
        "strategy.turnover",
        "strategy.trades",
        "strategy.hit_rate",
    ];

    /// The written names of the figures of slippage, which are reported besides where any is charged.
    pub const SLIPPAGE_FIGURES: [&str; 2] = ["strategy.slippage", "strategy.participation"];

    /// The written names of the figures of predicted numbers, which are reported besides where a target is one.
    pub const NUMBER_FIGURES: [&str; 9] = [
        "numbers.ic",
        "numbers.icir",
        "numbers.rank_ic",
        "numbers.rank_icir",
        "numbers.dates",
        "numbers.correlation",
        "numbers.loss",
        "numbers.skill",
        "numbers.coverage",
    ];
}

/// How good predicted numbers are: values, or quantiles, of which the middle one counts where one number is needed.
///
/// The information coefficient (IC) of a date is the Pearson correlation, over tickers, of predicted and true numbers;
/// the rank IC is the Spearman correlation, with mean ranks for ties. Dates with fewer than two tickers, or without any
/// difference between the predicted or between the true numbers, have none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NumberFigures {
    /// The mean IC, -1 to 1; 0 without a date that has one.
    pub ic: f64,
    /// The mean IC over its sample standard deviation (n - 1), per date and not annualised; 0 where it is undefined.
    pub icir: f64,
    /// The mean rank IC, -1 to 1; 0 without a date that has one.
    pub rank_ic: f64,
    /// The mean rank IC over its sample standard deviation (n - 1), as `icir`.
    pub rank_icir: f64,
    /// The number of dates that have an IC.
    pub dates: u64,
    /// The Pearson correlation over all samples, -1 to 1; 0 where it is undefined. For a single ticker, which has no IC.
    pub correlation: f64,
    /// The mean loss: the squared error of values, or the pinball loss of quantiles averaged over the levels, of numbers
    /// in units of the training labels' standard deviation.
    pub loss: f64,
    /// One less the loss's share of the loss of always predicting 0; for values, the out-of-sample R squared against 0.
    pub skill: f64,
    /// The share of true numbers from the lowest to the highest quantile, 0 to 1; left out for values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<f64>,
}

/// One epoch of a fit, as kept for learning curves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EpochRecord {
    /// The epoch, from 1.
    pub epoch: u64,
    /// The learning rate at the epoch's last step.
    pub learning_rate: f64,
    /// The mean training loss over the epoch's steps.
    pub train_loss: f64,
    /// The loss on the evaluated block, without dropout.
    pub validation_loss: Option<f64>,
    /// The objective on the evaluated block.
    pub objective: Option<f64>,
}

impl NumberFigures {
    pub(super) const CHANGE: &str = "The figures of predicted numbers, where a target is one.";

    fn validate(&self) -> Result<(), Invalid> {
        for (name, value) in [("ic", self.ic), ("rank_ic", self.rank_ic), ("correlation", self.correlation)] {
            let name = format!("numbers.{name}");
            ensure((-1.0..=1.0).contains(&value), &name, value, "a number from -1 to 1")?;
        }
        ensure(self.loss >= 0.0, "numbers.loss", self.loss, "a number from 0")?;
        ensure(self.skill <= 1.0, "numbers.skill", self.skill, "a number up to 1")?;
        let coverage = self.coverage.unwrap_or_default();
        ensure((0.0..=1.0).contains(&coverage), "numbers.coverage", coverage, "a number from 0 to 1")
    }
}

impl Evaluation {
    pub(super) const CHANGE: &str = "The Matthews correlation and the log loss within tickers; the figures of a strategy in \
        overlapping parts, bar by bar, whose cost is that of changes of the net position.";

    /// The mean return after cost: of the strategy per bar, or per decision in results of earlier versions. 0 where there are
    /// no returns.
    pub fn mean_return(&self) -> f64 {
        let earlier = self.trading.as_ref().map(|trading| trading.mean_return);
        self.strategy.as_ref().map(|strategy| strategy.mean_return).or(earlier).unwrap_or(0.0)
    }

    /// The cost in basis points that its figures are after: per side, or per decision in results of earlier versions.
    pub fn cost_bps(&self) -> Option<f64> {
        let earlier = self.trading.as_ref().map(|trading| trading.cost_bps);
        self.strategy.as_ref().map(|strategy| strategy.cost_bps).or(earlier)
    }

    /// The minor version of what holds it: 1 with figures of slippage.
    pub(super) fn minor(&self) -> u64 {
        let slippage = self.strategy.as_ref().is_some_and(StrategyFigures::has_slippage);
        if slippage { slippage::MINOR } else { 0 }
    }

    /// The Matthews correlation within tickers or, in results of earlier versions, over all samples. 0 where it is undefined.
    pub fn skill_of_classes(&self) -> f64 {
        self.mcc.unwrap_or(if self.is_earlier() { self.mcc_pooled } else { 0.0 })
    }

    /// Whether a version without strategies wrote it: it had other figures of returns, or without returns did not count
    /// independent rows.
    pub fn is_earlier(&self) -> bool {
        self.strategy.is_none() && (self.trading.is_some() || self.independent_rows.is_none())
    }

    /// How often each class is true.
    pub(crate) fn true_counts(&self) -> [u64; CLASSES] {
        Figures(&self.confusion).truths()
    }

    /// The only class that is predicted, if there is just one.
    pub(crate) fn only_prediction(&self) -> Option<usize> {
        Figures(&self.confusion).predictions().iter().position(|&count| count == self.samples)
    }

    /// Checks that the figures follow from the confusion matrix and are in range; `field` is the path of this value.
    pub(crate) fn validate(&self, field: &str) -> Result<(), Invalid> {
        self.figures().map_err(|invalid| invalid.within(field))
    }

    fn figures(&self) -> Result<(), Invalid> {
        let figures = Figures(&self.confusion);
        ensure(figures.samples() == self.samples, "samples", self.samples, figures.samples())?;
        for (name, found, expected) in [
            ("accuracy", self.accuracy, figures.accuracy()),
            ("majority_accuracy", self.majority_accuracy, figures.majority_accuracy()),
            ("balanced_accuracy", self.balanced_accuracy, figures.balanced_accuracy()),
            ("mcc_pooled", self.mcc_pooled, figures.mcc()),
            ("macro_f1", self.macro_f1, figures.macro_f1()),
        ] {
            ensure_close(found, expected, name, "the confusion matrix")?;
        }
        let mcc = self.mcc.unwrap_or_default();
        ensure((-1.0..=1.0).contains(&mcc), "mcc", mcc, "a number from -1 to 1")?;
        ensure(self.log_loss >= 0.0, "log_loss", self.log_loss, "a number from 0")?;
        let skill = self.log_loss_skill.unwrap_or_default();
        ensure(skill <= 1.0, "log_loss_skill", skill, "a number up to 1")?;
        let independent = self.independent_rows.unwrap_or_default();
        let expected = format!("at most the {} samples", self.samples);
        ensure(independent <= self.samples, "independent_rows", independent, expected)?;
        self.numbers.as_ref().map_or(Ok(()), NumberFigures::validate)?;
        self.strategy.as_ref().map_or(Ok(()), StrategyFigures::validate)?;
        self.trading.as_ref().map_or(Ok(()), TradingFigures::validate)
    }
}

impl EpochRecord {
    /// Checks a learning curve: epochs counted from 1, and losses of the evaluated block exactly when there was one;
    /// `field` is the curve's place.
    pub(crate) fn validate_curve(history: &[Self], evaluated: bool, field: &str) -> Result<(), Invalid> {
        let presence = |present: bool| if present { "present" } else { "absent" };
        for (place, record) in history.iter().enumerate() {
            let at = |name: &str| format!("{field}[{place}].{name}");
            let epoch = place as u64 + 1;
            ensure(record.epoch == epoch, &at("epoch"), record.epoch, epoch)?;
            let rate = record.learning_rate;
            ensure(rate >= 0.0, &at("learning_rate"), rate, "a number from 0")?;
            for (name, present) in [
                ("validation_loss", record.validation_loss.is_some()),
                ("objective", record.objective.is_some()),
            ] {
                ensure(present == evaluated, &at(name), presence(present), presence(evaluated))?;
            }
        }
        Ok(())
    }
}
