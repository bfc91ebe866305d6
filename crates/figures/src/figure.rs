//! The catalogue of figures.

use crate::unit::Unit;
use artifact_core::schema::{Evaluation, NumberFigures, StrategyFigures};
use serde::Serialize;

/// Which values of a figure are better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// Higher ones.
    Higher,
    /// Lower ones.
    Lower,
    /// None: the figure describes, and does not rate.
    Neither,
}

/// What has to be predicted for a figure to mean anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Classes with probabilities.
    Classes,
    /// Numbers.
    Numbers,
    /// Either; the classes of predicted numbers are their signs.
    Anything,
    /// Either, and costs besides that per side: the figure is of what spread or market impact are charged.
    Slippage,
}

/// A figure of an evaluation.
#[derive(Debug, Clone, Copy)]
pub struct Figure {
    /// Its written name, as it is stored: `mcc`, `strategy.sharpe`.
    pub name: &'static str,
    /// Its title for people, with unit and horizon where it has them.
    pub title: &'static str,
    /// A short title, for terminals and narrow columns.
    pub short: &'static str,
    /// Its name in running text, after "in": `rank IC`.
    pub words: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// Which of its values are better.
    pub better: Better,
    /// What has to be predicted.
    pub needs: Needs,
    value: fn(&Evaluation) -> Option<f64>,
}

impl Figure {
    /// The figures in the order in which they are presented.
    pub const ALL: &'static [Figure] = &CATALOGUE;

    /// The figure of a written name.
    pub fn named(name: &str) -> Option<&'static Figure> {
        CATALOGUE.iter().find(|figure| figure.name == name)
    }

    /// The figures that mean something for an evaluation, in the order in which they are presented.
    pub fn of(evaluation: &Evaluation) -> impl Iterator<Item = &'static Figure> {
        CATALOGUE.iter().filter(|figure| figure.applies_to(evaluation))
    }

    /// Whether the figure means something for an evaluation: figures of numbers do not where classes are predicted, nor
    /// those of probabilities where numbers are, nor those of slippage where none is charged.
    pub fn applies_to(&self, evaluation: &Evaluation) -> bool {
        match self.needs {
            Needs::Anything => true,
            Needs::Classes => evaluation.numbers.is_none(),
            Needs::Numbers => evaluation.numbers.is_some(),
            Needs::Slippage => (self.value)(evaluation).is_some(),
        }
    }

    /// Whether it is a figure of what acting on the predictions would have earned.
    pub fn is_of_strategy(&self) -> bool {
        self.name.starts_with("strategy.")
    }

    /// What it is of, for readers of the stored value: its title without the unit in which people read it.
    pub fn subject(&self) -> &'static str {
        let without = |unit: &str| self.title.strip_suffix(unit);
        without(", bps").or_else(|| without(", nats")).unwrap_or(self.title)
    }

    /// How many bars ahead each row behind it looks, for labels of `time_window` bars: that many for predictions and trades, 1
    /// for what the strategy earns and trades bar by bar.
    pub fn horizon_bars(&self, time_window: usize) -> u64 {
        let of_trades = matches!(self.name, "strategy.hit_rate" | "strategy.trades");
        if self.is_of_strategy() && !of_trades { 1 } else { time_window as u64 }
    }

    /// The value as it is stored, whether or not it [may be shown](crate::Shown). None where it is undefined, where a
    /// stored 0 only stands for that, and in results of earlier versions that did not compute it.
    pub fn value(&self, evaluation: &Evaluation) -> Option<f64> {
        if self.applies_to(evaluation) {
            (self.value)(evaluation).filter(|value| value.is_finite())
        } else {
            None
        }
    }

    /// The value for a strategy alone, such as buying and holding. None for figures of predictions.
    pub fn value_of_strategy(&self, strategy: &StrategyFigures) -> Option<f64> {
        let value = match self.name {
            "strategy.mean_return" => Some(strategy.mean_return),
            "strategy.sharpe" => strategy.sharpe,
            "strategy.max_drawdown" => Some(strategy.max_drawdown),
            "strategy.turnover" => Some(strategy.turnover),
            "strategy.hit_rate" => strategy.hit_rate,
            "strategy.trades" => Some(strategy.trades as f64),
            "strategy.slippage" => strategy.slippage,
            "strategy.participation" => strategy.participation,
            _ => None,
        };
        value.filter(|value| value.is_finite())
    }

    const fn rated(self, better: Better) -> Self {
        Self { better, ..self }
    }

    const fn needing(self, needs: Needs) -> Self {
        Self { needs, ..self }
    }
}

/// A figure that any predictions have, and of which higher values are better.
const fn figure(
    name: &'static str,
    [title, short, words]: [&'static str; 3],
    unit: Unit,
    value: fn(&Evaluation) -> Option<f64>,
) -> Figure {
    Figure { name, title, short, words, unit, better: Better::Higher, needs: Needs::Anything, value }
}

fn number(evaluation: &Evaluation, figure: fn(&NumberFigures) -> f64) -> Option<f64> {
    evaluation.numbers.as_ref().map(figure)
}

/// A figure of ICs over dates. Without enough dates a 0 is stored, which says nothing.
fn over_dates(evaluation: &Evaluation, least: u64, figure: fn(&NumberFigures) -> f64) -> Option<f64> {
    evaluation.numbers.as_ref().filter(|numbers| numbers.dates >= least).map(figure)
}

fn strategy(evaluation: &Evaluation, figure: fn(&StrategyFigures) -> f64) -> Option<f64> {
    evaluation.strategy.as_ref().map(figure)
}

const NUMBER: Unit = Unit::Number { decimals: 3 };
/// For skills, which are small: a thousandth of the loss is worth seeing.
const SKILL: Unit = Unit::Number { decimals: 4 };
const SAMPLES: Unit = Unit::Percent { of: "share of samples" };

static CATALOGUE: [Figure; 24] = [
    figure(
        "mcc",
        ["Matthews correlation within tickers, mean", "mcc", "Matthews correlation within tickers"],
        NUMBER,
        |e| e.mcc,
    ),
    figure(
        "mcc_pooled",
        ["Matthews correlation over all samples", "pooled mcc", "Matthews correlation over all samples"],
        NUMBER,
        |e| Some(e.mcc_pooled),
    ),
    figure(
        "log_loss_skill",
        ["Log loss skill against training frequencies", "log loss skill", "log loss skill"],
        SKILL,
        |e| e.log_loss_skill,
    )
    .needing(Needs::Classes),
    figure("log_loss", ["Log loss, nats", "log loss (nats)", "log loss"], Unit::Nats, |e| Some(e.log_loss))
        .rated(Better::Lower)
        .needing(Needs::Classes),
    figure("accuracy", ["Accuracy", "accuracy", "accuracy"], SAMPLES, |e| Some(e.accuracy)),
    figure(
        "majority_accuracy",
        ["Accuracy of these rows' most frequent class", "majority accuracy", "majority accuracy"],
        SAMPLES,
        |e| Some(e.majority_accuracy),
    )
    .rated(Better::Neither),
    figure(
        "balanced_accuracy",
        ["Balanced accuracy, mean over classes", "balanced accuracy", "balanced accuracy"],
        Unit::Percent { of: "share of samples, mean over classes" },
        |e| Some(e.balanced_accuracy),
    ),
    figure("macro_f1", ["F1, mean over classes", "macro F1", "macro F1"], NUMBER, |e| Some(e.macro_f1)),
    figure("numbers.rank_ic", ["Rank IC, mean over dates", "rank IC", "rank IC"], NUMBER, |e| {
        over_dates(e, 1, |n| n.rank_ic)
    })
    .needing(Needs::Numbers),
    figure(
        "numbers.rank_icir",
        ["Rank ICIR, per date, not annualised", "rank ICIR", "rank ICIR"],
        Unit::PerDate,
        |e| over_dates(e, 2, |n| n.rank_icir),
    )
    .needing(Needs::Numbers),
    figure("numbers.ic", ["IC, mean over dates", "IC", "IC"], NUMBER, |e| over_dates(e, 1, |n| n.ic))
        .needing(Needs::Numbers),
    figure("numbers.icir", ["ICIR, per date, not annualised", "ICIR", "ICIR"], Unit::PerDate, |e| {
        over_dates(e, 2, |n| n.icir)
    })
    .needing(Needs::Numbers),
    figure(
        "numbers.correlation",
        ["Correlation over all samples", "correlation", "correlation over all samples"],
        NUMBER,
        |e| number(e, |n| n.correlation),
    )
    .needing(Needs::Numbers),
    figure(
        "numbers.skill",
        ["Skill against always predicting 0", "skill", "skill against always predicting 0"],
        SKILL,
        |e| number(e, |n| n.skill),
    )
    .needing(Needs::Numbers),
    figure("numbers.loss", ["Loss of standardised labels", "loss", "loss"], SKILL, |e| number(e, |n| n.loss))
        .rated(Better::Lower)
        .needing(Needs::Numbers),
    figure(
        "numbers.coverage",
        ["True numbers between the outer quantiles", "coverage", "coverage"],
        SAMPLES,
        |e| e.numbers.as_ref()?.coverage,
    )
    .rated(Better::Neither)
    .needing(Needs::Numbers),
    figure(
        "strategy.mean_return",
        ["Mean return per bar after cost, bps", "mean return (bps)", "mean return per bar"],
        Unit::BasisPointsPerBar,
        |e| strategy(e, |s| s.mean_return),
    ),
    figure("strategy.sharpe", ["Sharpe ratio, annualised", "sharpe", "Sharpe ratio"], Unit::PerYear, |e| {
        e.strategy.as_ref()?.sharpe
    }),
    figure(
        "strategy.max_drawdown",
        ["Maximum drawdown after cost", "drawdown", "maximum drawdown"],
        Unit::Percent { of: "fraction of peak" },
        |e| strategy(e, |s| s.max_drawdown),
    )
    .rated(Better::Lower),
    figure(
        "strategy.turnover",
        ["Bought and sold per bar", "turnover per bar", "turnover per bar"],
        Unit::PercentPerBar,
        |e| strategy(e, |s| s.turnover),
    )
    .rated(Better::Neither),
    figure(
        "strategy.hit_rate",
        ["Trades that gained before cost", "hit rate", "hit rate"],
        Unit::Percent { of: "share of trades" },
        |e| e.strategy.as_ref()?.hit_rate,
    ),
    figure(
        "strategy.trades",
        ["Trades (decisions for Up or Down)", "trades", "number of trades"],
        Unit::Count,
        |e| strategy(e, |s| s.trades as f64),
    )
    .rated(Better::Neither),
    figure(
        "strategy.slippage",
        ["Slippage (spread, market impact) per bar, bps", "slippage (bps)", "slippage per bar"],
        Unit::BasisPointsPerBar,
        |e| e.strategy.as_ref()?.slippage,
    )
    .rated(Better::Neither)
    .needing(Needs::Slippage),
    figure(
        "strategy.participation",
        [
            "Largest trade, of the mean traded value",
            "participation",
            "largest share of the mean traded value",
        ],
        Unit::Percent { of: "share of mean traded value" },
        |e| e.strategy.as_ref()?.participation,
    )
    .rated(Better::Neither)
    .needing(Needs::Slippage),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn subjects_name_no_unit_of_pages() {
        let subject = |name: &str| Figure::named(name).unwrap().subject();
        assert_eq!(subject("strategy.mean_return"), "Mean return per bar after cost");
        assert_eq!(subject("log_loss"), "Log loss");
        assert!(Figure::ALL.iter().all(|figure| !figure.subject().contains("bps")));
    }

    #[test]
    fn figures_look_ahead_by_a_window_or_by_a_bar() {
        let horizon = |name: &str| Figure::named(name).unwrap().horizon_bars(7);
        assert_eq!(["mcc", "numbers.skill", "strategy.hit_rate"].map(horizon), [7; 3]);
        assert_eq!(["strategy.mean_return", "strategy.sharpe", "strategy.turnover"].map(horizon), [1; 3]);
    }

    #[test]
    fn every_figure_is_a_stored_one_and_has_names_of_its_own() {
        let all = Evaluation::FIGURES.iter().chain(&Evaluation::NUMBER_FIGURES);
        let stored: BTreeSet<&str> = all.chain(&Evaluation::SLIPPAGE_FIGURES).copied().collect();
        for names in [|f: &Figure| f.name, |f: &Figure| f.title, |f: &Figure| f.short, |f: &Figure| f.words] {
            let all: BTreeSet<&str> = Figure::ALL.iter().map(names).collect();
            assert_eq!(all.len(), Figure::ALL.len());
        }
        for figure in Figure::ALL {
            assert!(stored.contains(figure.name), "{}", figure.name);
            assert_eq!(Figure::named(figure.name).map(|own| own.title), Some(figure.title));
        }
        assert!(Figure::named("sharpe").is_none());
    }

    #[test]
    fn figures_of_numbers_are_those_that_need_numbers() {
        for figure in Figure::ALL {
            assert_eq!(figure.name.starts_with("numbers."), figure.needs == Needs::Numbers);
            assert_eq!(figure.name.starts_with("log_loss"), figure.needs == Needs::Classes);
        }
    }
}
