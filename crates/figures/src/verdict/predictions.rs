//! How the model compares with its baselines in a figure of its predictions.

use super::compare::{Comparison, Rival, best_of, compare};
use super::judgement::Judgement;
use super::outcome::Outcome;
use super::rivals::Rivals;
use crate::digits::{capitalised, counted};
use crate::figure::{Better, Figure};
use crate::interval::Interval;
use crate::shown::{Shown, too_few_bars, too_few_rows};
use artifact_core::schema::{Evaluation, TestMetrics};

pub(super) fn judge(test: &TestMetrics, figure: &Figure, rivals: &Rivals<'_>, window: usize) -> Judgement {
    let model = capitalised(&rivals.model);
    if too_few_rows(&test.model).is_some() {
        let found = observations(&test.model, window);
        let sentence = format!("{model} was tested on {found}; nothing can be said from so few.");
        return Judgement::without_comparison(Outcome::TooFew, vec![sentence]);
    }
    let value = match figure.shown(&test.model) {
        Shown::Value(value) => value,
        Shown::NotShown(reason) => {
            let too_few = figure.is_of_strategy()
                && test.model.strategy.as_ref().is_some_and(|own| too_few_bars(own).is_some());
            let outcome = if too_few { Outcome::TooFew } else { Outcome::NoInterval };
            let sentence = format!("{model} cannot be compared in {}: {reason}.", figure.words);
            return Judgement::without_comparison(outcome, vec![sentence]);
        }
    };
    let inference = test.inference.as_ref();
    let mut comparable = Vec::new();
    let mut undefined = Vec::new();
    for (name, words, evaluation) in &rivals.baselines {
        match figure.value(evaluation) {
            Some(value) => comparable.push(Rival {
                name: (*name).to_owned(),
                words: words.clone(),
                value,
                difference: Interval::of_difference(inference, name, figure.name),
            }),
            None => {
                let reason = figure.shown(evaluation).why_not().unwrap_or("the value is missing").to_owned();
                undefined.push(format!("For {words} it is undefined: {reason}."));
            }
        }
    }
    let Some(comparison) = compare(&comparable, figure.better == Better::Lower) else {
        let written = match Interval::of(inference, figure.name) {
            Some(own) => figure.unit.write_estimate(value, own.ends(), own.level),
            None => figure.unit.write_in_text(value),
        };
        let words = named(figure);
        let sentence =
            format!("In {words} {} has {written}; there is nothing to compare it with.", rivals.model);
        let mut judgement = Judgement::without_comparison(Outcome::NoInterval, vec![sentence]);
        judgement.sentences.extend(undefined);
        return judgement;
    };
    let others = if undefined.is_empty() { "baselines" } else { "comparable baselines" };
    let mut sentences = sentences(figure, (&rivals.model, value), &comparison, &comparable, others);
    sentences.extend(undefined);
    Judgement {
        outcome: comparison.outcome,
        best: Some(comparison.best.name.clone()),
        about: Some(comparison.about.words.clone()),
        sentences,
    }
}

/// The sentences on a comparison; `others` is what the rivals are called together.
fn sentences(
    figure: &Figure,
    (model, value): (&str, f64),
    comparison: &Comparison<'_>,
    rivals: &[Rival],
    others: &str,
) -> Vec<String> {
    let Comparison { outcome, about, best } = comparison;
    let subject = capitalised(model);
    let words = named(figure);
    let write = |value| figure.unit.write_in_text(value);
    let difference = |own: Interval| figure.unit.write_difference(own.value, own.ends(), own.level);
    let pair = format!("{} against {}", write(value), write(about.value));
    let rival = format!("{}{}", about.words, comparison.apposition(rivals, others));
    let mut sentences = match (outcome, about.difference) {
        (Outcome::Beats, Some(own)) => {
            let first = match rivals.len() {
                1 => format!("{subject} beats {rival} in {words}: {pair}."),
                2 => format!(
                    "{subject} beats both {others} in {words}: {pair} for the better one, {}.",
                    about.words
                ),
                n => format!(
                    "{subject} beats all {n} {others} in {words}: {pair} for the best one, {}.",
                    about.words
                ),
            };
            vec![first, format!("The difference is {}.", difference(own))]
        }
        (Outcome::Worse, Some(own)) => vec![
            format!("{subject} is worse than {rival} in {words}: {pair}."),
            format!("The difference is {}.", difference(own)),
        ],
        (_, Some(own)) => vec![
            format!("{subject} is not shown to differ from {rival} in {words}: {pair}."),
            format!("The difference of {} is no more than chance alone explains.", difference(own)),
        ],
        (_, None) => vec![format!(
            "In {words} {model} has {} and {rival} {}; how far chance moves them is unknown.",
            write(value),
            write(about.value)
        )],
    };
    if !comparison.is_about_best()
        && let Some(own) = best.difference
    {
        let best_of = best_of(rivals, others);
        sentences.push(format!("Against {}, {best_of}, the difference is {}.", best.words, difference(own)));
    }
    sentences
}

/// The figure in running text, with what a reader has to know to read it the right way round.
fn named(figure: &Figure) -> String {
    let hint = if figure.better == Better::Lower { " (lower is better)" } else { "" };
    format!("{}{hint}", figure.words)
}

/// What there is, in words.
fn observations(evaluation: &Evaluation, window: usize) -> String {
    let samples = counted(evaluation.samples, "sample");
    match evaluation.independent_rows {
        None => samples,
        Some(rows) if rows == evaluation.samples => counted(rows, "independent row"),
        Some(rows) => {
            let overlap = if window > 1 {
                format!(" whose label windows of {window} bars overlap")
            } else {
                String::new()
            };
            format!("{} ({samples}{overlap})", counted(rows, "independent row"))
        }
    }
}
