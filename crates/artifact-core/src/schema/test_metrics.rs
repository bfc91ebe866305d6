//! The figures on the test set, and how far chance moves them.

use super::slippage;
use super::strategy::StrategyFigures;
use super::{CLASS_NAMES, CLASSES, Evaluation, TrainingSettings};
use crate::error::{Invalid, ensure};
use crate::parents::agree;
use serde::{Deserialize, Serialize};

/// The figures on the test set, of the model and of what it is compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TestMetrics {
    /// The final model.
    pub model: Evaluation,
    /// What it is compared with, on the same samples.
    pub baselines: Vec<BaselineFigures>,
    /// What an equal part of the capital in every ticker would have earned, bought at the close before the first bar of the
    /// model's strategy and sold at the close of its last one. Null where there are no returns, and in results of earlier
    /// versions.
    pub buy_and_hold: Option<StrategyFigures>,
    /// How far chance moves the figures. Null in results of earlier versions.
    pub inference: Option<Inference>,
    /// The model's figures by ticker, in column order. Empty in results of earlier versions.
    pub tickers: Vec<TickerFigures>,
    /// How often what the model holds probable happens. Null where numbers are predicted, and in results of earlier versions.
    pub calibration: Option<Calibration>,
    /// What the model's strategy earns at other costs per side, ascending. Empty where there are no returns, and in results of
    /// earlier versions.
    pub costs: Vec<CostPoint>,
}

/// The figures of what the model is compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BaselineFigures {
    /// `majority`: always the class that is most frequent in training, or 0; `ticker_majority`: the class that is most frequent
    /// among the ticker's own training labels, or their mean or quantiles; otherwise the name of a model.
    pub name: String,
    /// Its figures.
    pub evaluation: Evaluation,
}

/// Intervals from resampled test rows: the stationary bootstrap of Politis and Romano (1994), studentised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Inference {
    /// The probability with which an interval holds the true value, between 0 and 1.
    pub level: f64,
    /// The number of resamples.
    pub resamples: u64,
    /// The mean length of a resampled block, in rows: twice the label window, since labels that overlap depend on each other. Of
    /// returns, which do not overlap, half as long.
    pub block_rows: f64,
    /// The model's figures.
    pub model: Vec<FigureInterval>,
    /// The model's figures less those of what it is compared with, row by row on the same resamples.
    pub differences: Vec<Difference>,
    /// The probability that the true Sharpe ratio of the model's strategy is above 0, 0 to 1: the probabilistic Sharpe ratio of
    /// Bailey and Lopez de Prado (2012), which takes returns as independent. Null where it is undefined.
    pub probabilistic_sharpe: Option<f64>,
    /// The bars that a Sharpe ratio as high as the model's takes to be above 0 with a probability of 95 %: the minimum track
    /// record length (ibid.). Null where it is undefined, or no number is enough.
    pub minimum_track_record: Option<f64>,
}

/// The interval of a figure. A figure that is undefined, or whose interval is, has none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FigureInterval {
    /// The figure's written name in an evaluation, such as `mcc` or `strategy.sharpe`.
    pub figure: String,
    /// The figure, or the difference of two.
    pub value: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
}

/// How far the model's figures differ from those of something it is compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Difference {
    /// The name of a baseline, or `buy_and_hold`.
    pub from: String,
    /// The differences; a positive one means that the model's figure is higher.
    pub figures: Vec<FigureInterval>,
}

/// The model's figures for one ticker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TickerFigures {
    /// The ticker.
    pub ticker: String,
    /// The number of its samples.
    pub samples: u64,
    /// The number of its samples whose label windows do not overlap.
    pub independent_rows: u64,
    /// Rows are the true class, columns the predicted one.
    pub confusion: [[u64; CLASSES]; CLASSES],
    /// Its Matthews correlation, -1 to 1. Null where only one class is true.
    pub mcc: Option<f64>,
    /// Its log loss against that of its training labels' frequencies, as in an evaluation. Null where numbers are predicted.
    pub log_loss_skill: Option<f64>,
    /// The correlation of predicted and true numbers over its rows, -1 to 1. Null where classes are predicted, or undefined.
    pub correlation: Option<f64>,
    /// What its positions earned after cost over all bars, as a fraction of the whole capital: these add up to the strategy's.
    /// Null without returns.
    pub earned: Option<f64>,
    /// The number of decisions for Up or Down.
    pub trades: u64,
}

/// How often what a model holds probable happens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Calibration {
    /// The expected calibration error, 0 to 1: the mean distance of a bin's frequency from its mean probability, weighted by
    /// the bins' samples and averaged over classes.
    pub expected_error: f64,
    /// The bins that hold samples, by class and ascending: ten of equal width for each class.
    pub bins: Vec<CalibrationBin>,
}

/// The samples to which a class was held about equally probable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CalibrationBin {
    /// The code of the class.
    pub class: usize,
    /// The lowest probability of the bin; it ends a tenth above.
    pub from: f64,
    /// The number of samples.
    pub samples: u64,
    /// The mean predicted probability of the class, 0 to 1.
    pub probability: f64,
    /// How often the class was true, 0 to 1.
    pub frequency: f64,
}

/// What the strategy earns at a cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CostPoint {
    /// The cost per side, in basis points.
    pub cost_bps: f64,
    /// The mean return per bar after this cost.
    pub mean_return: f64,
    /// The annualised Sharpe ratio after this cost. Null where returns do not vary.
    pub sharpe: Option<f64>,
}

impl TestMetrics {
    /// The name of the baseline that always predicts the most frequent class.
    pub const MAJORITY: &str = "majority";
    /// The name of the baseline that always predicts a ticker's most frequent class.
    pub const TICKER_MAJORITY: &str = "ticker_majority";
    /// The name of the equal-weight portfolio that never trades.
    pub const BUY_AND_HOLD: &str = "buy_and_hold";

    /// The figures of a baseline.
    pub fn baseline(&self, name: &str) -> Option<&Evaluation> {
        self.baselines.iter().find(|own| own.name == name).map(|own| &own.evaluation)
    }

    /// The model and every baseline, with their names.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Evaluation)> {
        let baselines = self.baselines.iter().map(|own| (own.name.as_str(), &own.evaluation));
        std::iter::once(("model", &self.model)).chain(baselines)
    }

    /// Checks that all are judged on the same samples, and that figures are in range.
    pub(super) fn validate(&self) -> Result<(), Invalid> {
        for (name, evaluation) in self.all() {
            let field = if name == "model" { "model".to_owned() } else { format!("baselines[{name}]") };
            evaluation.validate(&field)?;
            let (found, expected) = (evaluation.true_counts(), self.model.true_counts());
            let field = format!("{field}.confusion");
            ensure(found == expected, &field, format!("true counts {found:?}"), format!("{expected:?}"))?;
        }
        let constant = self.baseline(Self::MAJORITY).is_none_or(|own| own.only_prediction().is_some());
        ensure(
            constant,
            "baselines[majority].confusion",
            "several predicted classes",
            "always the same class",
        )?;
        let hold = self.buy_and_hold.as_ref().map_or(Ok(()), StrategyFigures::validate);
        hold.map_err(|invalid| invalid.within("buy_and_hold"))?;
        for (place, BaselineFigures { name, .. }) in self.baselines.iter().enumerate() {
            let taken = self.baselines[..place].iter().any(|own| own.name == *name);
            let free = !taken && !["model", Self::BUY_AND_HOLD].contains(&name.as_str());
            ensure(free, &format!("baselines[{place}].name"), name, "a name of its own")?;
        }
        self.inference
            .as_ref()
            .map_or(Ok(()), |own| own.validate().map_err(|invalid| invalid.within("inference")))?;
        if !self.tickers.is_empty() {
            let samples = self.tickers.iter().map(|own| own.samples).sum::<u64>();
            agree("tickers[].samples", samples, self.model.samples, "the model's")?;
        }
        for own in &self.tickers {
            let (field, samples) = (format!("tickers[{}]", own.ticker), own.confusion.iter().flatten().sum());
            agree(&format!("{field}.samples"), own.samples, samples, "its confusion matrix")?;
            let independent = own.independent_rows;
            let expected = format!("at most the {samples} samples");
            ensure(independent <= samples, &format!("{field}.independent_rows"), independent, expected)?;
        }
        for bin in self.calibration.iter().flat_map(|own| &own.bins) {
            let known = bin.class < CLASSES && bin.samples > 0;
            ensure(known, "calibration.bins", bin.class, "the code of a class, with samples")?;
            let shares = [bin.from, bin.probability, bin.frequency];
            let inside = shares.iter().all(|share| (0.0..=1.0).contains(share));
            ensure(inside, "calibration.bins", format!("{shares:?}"), "shares from 0 to 1")?;
        }
        let ascending = self.costs.windows(2).all(|pair| pair[0].cost_bps < pair[1].cost_bps);
        ensure(ascending, "costs", "out of order", "ascending costs")
    }

    /// The minor version of what holds it: 1 with figures of slippage.
    pub(super) fn minor(&self) -> u64 {
        let held = self.buy_and_hold.as_ref().is_some_and(StrategyFigures::has_slippage);
        let minor = self.all().map(|(_, own)| own.minor()).max().unwrap_or(0);
        minor.max(if held { slippage::MINOR } else { 0 })
    }

    /// Checks that the majority baseline predicts the class that is most frequent in training, and that costs are those of
    /// `training`.
    pub(super) fn verify(&self, counts: [u64; CLASSES], training: &TrainingSettings) -> Result<(), Invalid> {
        // Ties go to the lowest code: `max_by_key` keeps the last maximum, hence `rev`.
        let most = counts.iter().enumerate().rev().max_by_key(|(_, count)| **count).map(|(class, _)| class);
        let always =
            |class: Option<usize>| class.and_then(|c| CLASS_NAMES.get(c)).map_or("no class", |name| *name);
        if let Some(majority) = self.baseline(Self::MAJORITY) {
            let found = majority.only_prediction();
            // Where numbers are predicted it predicts 0, whose sign is that of Hold; earlier versions took the most frequent sign.
            let holds =
                majority.samples == 0 || found == most || (majority.numbers.is_some() && found == Some(0));
            ensure(
                holds,
                "baselines[majority].confusion",
                always(found),
                format!("always {}", always(most)),
            )?;
        }
        for (name, evaluation) in self.all() {
            let field = if name == "model" { "model".to_owned() } else { format!("baselines[{name}]") };
            if let Some(cost) = evaluation.cost_bps() {
                agree(
                    &format!("{field}.strategy.cost_bps"),
                    cost,
                    training.cost_bps,
                    "the best configuration",
                )?;
            }
            if let Some(strategy) = &evaluation.strategy {
                let charged = |present: bool| if present { "charged" } else { "not charged" };
                for (figure, found, expected) in [
                    ("slippage", strategy.slippage.is_some(), training.has_slippage()),
                    ("participation", strategy.participation.is_some(), training.impact.is_some()),
                ] {
                    let field = format!("{field}.strategy.{figure}");
                    agree(&field, charged(found), charged(expected), "the best configuration")?;
                }
            }
        }
        Ok(())
    }
}

impl Inference {
    /// The interval of one of the model's figures.
    pub fn of(&self, figure: &str) -> Option<&FigureInterval> {
        self.model.iter().find(|own| own.figure == figure)
    }

    /// The interval of the difference of a figure from that of something the model is compared with.
    pub fn difference(&self, from: &str, figure: &str) -> Option<&FigureInterval> {
        let difference = self.differences.iter().find(|own| own.from == from)?;
        difference.figures.iter().find(|own| own.figure == figure)
    }

    fn validate(&self) -> Result<(), Invalid> {
        let inside = self.level > 0.0 && self.level < 1.0;
        ensure(inside, "level", self.level, "a number between 0 and 1")?;
        ensure(self.block_rows >= 1.0, "block_rows", self.block_rows, "a number from 1")?;
        let probability = self.probabilistic_sharpe.unwrap_or_default();
        ensure(
            (0.0..=1.0).contains(&probability),
            "probabilistic_sharpe",
            probability,
            "a number from 0 to 1",
        )?;
        let all = self.differences.iter().flat_map(|own| &own.figures).chain(&self.model);
        for FigureInterval { figure, low, high, .. } in all {
            ensure(low <= high, figure, format!("{low} to {high}"), "an interval")?;
        }
        Ok(())
    }
}

impl FigureInterval {
    /// Whether 0 is outside.
    pub fn excludes_zero(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}
