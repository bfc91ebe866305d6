//! How good a set of predictions is: the figures that every phase reports.

use super::figures::Figures;
use crate::error::{Invalid, ensure, ensure_close};
use serde::{Deserialize, Serialize};

/// The number of classes: `Hold = 0`, `Up = 1`, `Down = 2`.
pub const CLASSES: usize = 3;

/// The classes' names, in the order of their codes.
pub const CLASS_NAMES: [&str; CLASSES] = ["Hold", "Up", "Down"];

/// The figures of one evaluated block, over all valid (sequence, ticker) samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Evaluation {
    /// The number of valid samples.
    pub samples: u64,
    /// Rows are the true class, columns the predicted one.
    pub confusion: [[u64; CLASSES]; CLASSES],
    /// The share of correct predictions, 0 to 1.
    pub accuracy: f64,
    /// The accuracy of always predicting the block's own most frequent class, 0 to 1.
    pub majority_accuracy: f64,
    /// The mean recall over the classes that occur, 0 to 1.
    pub balanced_accuracy: f64,
    /// The multi-class Matthews correlation (Gorodkin 2004), -1 to 1; 0 where it is undefined.
    pub mcc: f64,
    /// The mean F1 over the classes that occur or are predicted, 0 to 1.
    pub macro_f1: f64,
    /// The mean negative log probability of the true class, in nats; 0 where numbers are predicted, which have none.
    pub log_loss: f64,
    /// The figures of predicted numbers; left out where classes are predicted. The classes above are then the signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numbers: Option<NumberFigures>,
    /// The trading figures; absent where no sample has a return.
    pub trading: Option<TradingFigures>,
}

impl Evaluation {
    /// The written names of the figures that are reported for every evaluated block, those of trading included.
    pub const FIGURES: [&str; 14] = [
        "confusion",
        "accuracy",
        "majority_accuracy",
        "balanced_accuracy",
        "mcc",
        "macro_f1",
        "log_loss",
        "trading.cost_bps",
        "trading.mean_return",
        "trading.hit_rate",
        "trading.decisions",
        "trading.sharpe",
        "trading.max_drawdown",
        "trading.turnover",
    ];

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

/// What acting on the predictions would have earned: `+r` on Up, `-r` on Down, 0 on Hold, less the cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TradingFigures {
    /// The cost of one decision to trade, in basis points of the position.
    pub cost_bps: f64,
    /// The mean return per decision after cost, over all samples, Hold included; a fraction, not percent.
    pub mean_return: f64,
    /// The share of Up and Down decisions that earned more than their cost, 0 to 1; 0 without such decisions.
    pub hit_rate: f64,
    /// The number of non-overlapping decision rows behind the figures below.
    pub decisions: u64,
    /// The annualised Sharpe ratio of the equal-weight portfolio on non-overlapping decisions (252 bars a year).
    pub sharpe: f64,
    /// The largest fall of the compounded equity from its peak, a fraction from 0 to 1.
    pub max_drawdown: f64,
    /// The mean absolute change of position per ticker and decision, 0 to 2.
    pub turnover: f64,
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
    /// The lowest minor version, of kinds that contain it, that has all the fields it uses.
    pub(super) fn minor(&self) -> u64 {
        u64::from(self.numbers.is_some())
    }

    /// The mean return per decision after cost; 0 where there are no returns.
    pub fn mean_return(&self) -> f64 {
        self.trading.as_ref().map_or(0.0, |trading| trading.mean_return)
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
            ("mcc", self.mcc, figures.mcc()),
            ("macro_f1", self.macro_f1, figures.macro_f1()),
        ] {
            ensure_close(found, expected, name, "the confusion matrix")?;
        }
        ensure(self.log_loss >= 0.0, "log_loss", self.log_loss, "a number from 0")?;
        self.numbers.as_ref().map_or(Ok(()), NumberFigures::validate)?;
        self.trading.as_ref().map_or(Ok(()), TradingFigures::validate)
    }
}

impl TradingFigures {
    fn validate(&self) -> Result<(), Invalid> {
        for (name, value, high) in [
            ("trading.cost_bps", self.cost_bps, f64::MAX),
            ("trading.hit_rate", self.hit_rate, 1.0),
            ("trading.max_drawdown", self.max_drawdown, 1.0),
            ("trading.turnover", self.turnover, 2.0),
        ] {
            let inside = (0.0..=high).contains(&value);
            let expected = if high == f64::MAX {
                "a number from 0".into()
            } else {
                format!("a number from 0 to {high}")
            };
            ensure(inside, name, value, expected)?;
        }
        ensure(self.decisions > 0, "trading.decisions", self.decisions, "at least 1")
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
