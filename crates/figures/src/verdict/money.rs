//! What the model's strategy earned, and how that compares.

use super::compare::{Comparison, Rival, best_of, compare};
use super::judgement::Judgement;
use super::outcome::Outcome;
use super::rivals::Rivals;
use crate::digits::{capitalised, counted, decimals, shortest};
use crate::figure::Figure;
use crate::interval::Interval;
use crate::names::baseline_in_words;
use crate::shown::{too_few_bars, too_few_rows};
use crate::unit::Unit;
use artifact_core::schema::{StrategyFigures, TestMetrics};

const MEAN_RETURN: &str = "strategy.mean_return";
const SHARPE: &str = "strategy.sharpe";
const NEVER_TRADES: &str = "It never trades.";

pub(super) fn judge(test: &TestMetrics, rivals: &Rivals<'_>) -> Judgement {
    let Some(strategy) = &test.model.strategy else {
        let sentence = match &test.model.trading {
            Some(_) => {
                "What it would have earned was computed another way by an earlier version, and is not shown."
            }
            None => "There are no returns, so nothing can be said about money.",
        };
        return Judgement::without_comparison(Outcome::NoInterval, vec![sentence.to_owned()]);
    };
    let mut sentences = Vec::new();
    if strategy.trades == 0 {
        sentences.push(NEVER_TRADES.to_owned());
    }
    if too_few_rows(&test.model).is_some() {
        // That there are too few is said already.
        return Judgement::without_comparison(Outcome::TooFew, sentences);
    }
    if too_few_bars(strategy).is_some() {
        let bars = counted(strategy.bars, "bar");
        sentences.push(format!(
            "Its strategy has returns of {bars}; nothing can be said about money from so few."
        ));
        return Judgement::without_comparison(Outcome::TooFew, sentences);
    }
    if strategy.trades > 0 {
        sentences.push(earned(test, strategy));
    }
    let others = others(test, rivals, strategy.bars_per_year);
    let Some(comparison) = compare(&others, false) else {
        return Judgement::without_comparison(Outcome::NoInterval, sentences);
    };
    sentences.extend(compared(&comparison, &others, strategy.trades == 0));
    Judgement {
        outcome: comparison.outcome,
        best: Some(comparison.best.name.clone()),
        about: Some(comparison.about.words.clone()),
        sentences,
    }
}

/// What the strategy earned, with its Sharpe ratio.
fn earned(test: &TestMetrics, strategy: &StrategyFigures) -> String {
    let sharpe = match (
        strategy.sharpe.filter(|own| own.is_finite()),
        Interval::of(test.inference.as_ref(), SHARPE),
    ) {
        (None, _) => "; its Sharpe ratio is undefined, since its returns do not vary".to_owned(),
        (Some(value), None) => format!(", with a Sharpe ratio of {}", Unit::PerYear.write(value)),
        (Some(value), Some(own)) => {
            format!(", with a Sharpe ratio of {}", Unit::PerYear.write_estimate(value, own.ends(), own.level))
        }
    };
    let annual = annual(strategy.mean_return, strategy.bars_per_year);
    let slippage = strategy
        .slippage
        .map(|own| format!(" and {} of slippage per bar", Unit::BasisPointsPerBar.write_in_text(own)));
    let slippage = slippage.unwrap_or_default();
    format!("After {} bps per side{slippage} it {annual}{sharpe}.", shortest(strategy.cost_bps))
}

/// Everything that could have been done with the same money. Differences are per year.
fn others(test: &TestMetrics, rivals: &Rivals<'_>, bars_per_year: f64) -> Vec<Rival> {
    let rival = |name: &str, words: String, strategy: &StrategyFigures| {
        let difference = Interval::of_difference(test.inference.as_ref(), name, MEAN_RETURN);
        Figure::named(MEAN_RETURN).and_then(|figure| figure.value_of_strategy(strategy)).map(|mean| Rival {
            name: name.to_owned(),
            words,
            value: mean * strategy.bars_per_year,
            difference: difference.map(|own| own.scaled(bars_per_year)),
        })
    };
    let baselines = rivals.baselines.iter().filter_map(|(name, words, evaluation)| {
        evaluation.strategy.as_ref().and_then(|strategy| rival(name, words.clone(), strategy))
    });
    let hold = test.buy_and_hold.as_ref().and_then(|strategy| {
        rival(TestMetrics::BUY_AND_HOLD, baseline_in_words(TestMetrics::BUY_AND_HOLD, false), strategy)
    });
    baselines.chain(hold).collect()
}

/// The sentences that follow what the strategy earned.
fn compared(comparison: &Comparison<'_>, others: &[Rival], never_trades: bool) -> Vec<String> {
    let Comparison { outcome, about, best } = comparison;
    let subject = if never_trades { "Earning nothing" } else { "That" };
    let rival = format!("{}{}", about.words, comparison.apposition(others, "alternatives"));
    // After an apposition the comma is there.
    let comma = if rival.ends_with(',') { "" } else { "," };
    let earned = annual(about.value, 1.0);
    let mut sentences = match (outcome, about.difference) {
        (Outcome::Beats, Some(own)) => vec![format!(
            "{subject} beats {rival}{comma} which {earned}: the difference is {}.",
            per_year(own)
        )],
        (Outcome::Worse, Some(own)) => vec![format!(
            "{subject} is worse than {rival}{comma} which {earned}: the difference is {}.",
            per_year(own)
        )],
        (_, Some(own)) => vec![format!(
            "{subject} is not shown to differ from {rival}{comma} which {earned}: the difference of {} is no more than \
             chance alone explains.",
            per_year(own)
        )],
        (_, None) => {
            vec![format!("{} {earned}; how far chance moves the two is unknown.", capitalised(&rival))]
        }
    };
    if !comparison.is_about_best()
        && let Some(own) = best.difference
    {
        let best_of = best_of(others, "alternatives");
        sentences.push(format!("Against {}, {best_of}, the difference is {}.", best.words, per_year(own)));
    }
    sentences
}

/// What a mean return per bar comes to in a year: `earned 12.3 % per year`.
fn annual(mean_return: f64, bars_per_year: f64) -> String {
    let verb = if mean_return < 0.0 { "lost" } else { "earned" };
    format!("{verb} {} % per year", decimals((mean_return * bars_per_year * 1e2).abs(), 1))
}

fn per_year(own: Interval) -> String {
    let share = Unit::Percent { of: "fraction of capital per year" };
    share.write_difference(own.value, own.ends(), own.level).replacen("points", "points per year", 1)
}
