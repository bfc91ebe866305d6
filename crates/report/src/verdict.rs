//! The result in a sentence or two.

use crate::format::{decimals, signed};
use crate::gather::RunData;
use artifact_core::schema::{Evaluation, TestMetrics};

/// States in a few sentences whether the final model does better than its baselines on the test rows.
///
/// The comparison uses the Matthews correlation coefficient or, where numbers are predicted, the rank IC. A winning
/// margin smaller than one standard deviation across folds is pointed out as possible chance, and the other main figures
/// by which a beaten baseline does better are named.
pub fn verdict(run: &RunData) -> String {
    let Some(last) = &run.final_fit else {
        return "No verdict yet: the final model has not been fitted, and the test rows have not been scored.".to_owned();
    };
    let name = run.cross_validation.as_ref().map(|cv| match &cv.best.model.name {
        name if *name == cv.baseline.model.name => format!("{name} model (the chosen one)"),
        name => name.clone(),
    });
    // Only a deviation of the same metric can be compared with a margin.
    let compared = if last.bundle.test.model.numbers.is_some() { "rank_ic" } else { "mcc" };
    let deviation = run
        .cross_validation
        .as_ref()
        .filter(|cv| cv.best.objective.name == compared)
        .map(|cv| cv.best.cv_results.summary.std_objective);
    sentence(name.as_deref(), &last.bundle.test, deviation)
}

fn sentence(name: Option<&str>, test: &TestMetrics, deviation: Option<f64>) -> String {
    let name = name.unwrap_or("final model");
    let [model, linear, majority] = [&test.model, &test.linear, &test.majority].map(compared);
    let figure = if test.model.numbers.is_some() { "rank IC" } else { "MCC" };
    let claim = match (model > linear, model > majority) {
        (true, true) => format!("has a higher {figure} than both baselines"),
        (true, false) => {
            format!("has a higher {figure} than the linear model, but not than the majority class")
        }
        (false, true) => {
            format!("has a higher {figure} than the majority class, but not than the linear model")
        }
        (false, false) => format!("does not have a higher {figure} than either baseline"),
    };
    let mut text = format!(
        "On the test rows the {name} {claim}: {} against {} for the linear model and {} for the majority class.",
        decimals(model, 4),
        decimals(linear, 4),
        decimals(majority, 4)
    );
    // Only margins that were won can be chance; of two, the smaller one decides.
    let won = [model - linear, model - majority].into_iter().filter(|margin| *margin > 0.0);
    if let (Some(margin), Some(deviation)) = (won.reduce(f64::min), deviation)
        && margin < deviation
    {
        text.push_str(&format!(
            " The margin of {} is smaller than one standard deviation across folds ({}), so it may well be chance.",
            signed(margin, 4),
            decimals(deviation, 4)
        ));
    }
    for (baseline, evaluation) in [("linear model", &test.linear), ("majority class", &test.majority)] {
        if model > compared(evaluation)
            && let Some(figures) = joined(&worse(&test.model, evaluation))
        {
            text.push_str(&format!(" By {figures}, however, the {baseline} does better."));
        }
    }
    text
}

/// The figure that decides.
fn compared(evaluation: &Evaluation) -> f64 {
    evaluation.numbers.as_ref().map_or(evaluation.mcc, |numbers| numbers.rank_ic)
}

/// The main figures by which the model does worse than a baseline.
fn worse(model: &Evaluation, baseline: &Evaluation) -> Vec<&'static str> {
    let sharpe = |evaluation: &Evaluation| evaluation.trading.as_ref().map(|trading| trading.sharpe);
    let lower_sharpe = sharpe(model).zip(sharpe(baseline)).is_some_and(|(model, baseline)| model < baseline);
    let figures = [
        ("accuracy", model.accuracy < baseline.accuracy),
        ("log loss", model.log_loss > baseline.log_loss),
        ("Sharpe ratio", lower_sharpe),
    ];
    figures.into_iter().filter(|(_, worse)| *worse).map(|(name, _)| name).collect()
}

/// A list in words: `a`, `a and b`, `a, b and c`.
fn joined(names: &[&str]) -> Option<String> {
    let (last, others) = names.split_last()?;
    Some(if others.is_empty() { (*last).to_owned() } else { format!("{} and {last}", others.join(", ")) })
}

#[cfg(test)]
mod tests {
    use super::*;
    fn with_mcc(mcc: f64) -> Evaluation {
        Evaluation {
            samples: 0,
            confusion: [[0; 3]; 3],
            accuracy: 0.0,
            majority_accuracy: 0.0,
            balanced_accuracy: 0.0,
            mcc,
            macro_f1: 0.0,
            log_loss: 0.0,
            numbers: None,
            trading: None,
        }
    }

    fn check(model: f64, linear: f64, deviation: f64, expected: &str, chance: bool) {
        let test = TestMetrics { model: with_mcc(model), linear: with_mcc(linear), majority: with_mcc(0.0) };
        let text = sentence(Some("transformer"), &test, Some(deviation));
        assert!(text.contains(expected), "{text}");
        assert_eq!(text.contains("chance"), chance, "{text}");
    }

    #[test]
    fn the_claim_follows_the_figures() {
        check(0.2, 0.1, 0.05, "has a higher MCC than both baselines: 0.2000 against 0.1000", false);
        check(0.2, 0.1, 0.15, "has a higher MCC than both baselines", true);
        check(0.05, 0.1, 0.15, "but not than the linear model", true);
        check(0.05, 0.1, 0.01, "but not than the linear model", false);
        check(-0.05, -0.1, 0.0, "but not than the majority class", false);
        check(0.0, 0.0, 0.1, "does not have a higher MCC than either", false);
    }

    #[test]
    fn figures_by_which_a_beaten_baseline_does_better_are_named() {
        let text = |accuracy: f64, log_loss: f64, majority: f64| {
            let model = Evaluation { accuracy, log_loss, ..with_mcc(0.2) };
            let test = TestMetrics { model, linear: with_mcc(0.3), majority: with_mcc(majority) };
            sentence(None, &test, None)
        };
        let better = "By accuracy and log loss, however, the majority class does better.";
        assert!(text(-0.1, 0.1, 0.0).ends_with(better), "{}", text(-0.1, 0.1, 0.0));
        assert!(text(0.1, 0.1, 0.0).ends_with("By log loss, however, the majority class does better."));
        assert!(!text(0.1, -0.1, 0.0).contains("however"));
        assert!(!text(-0.1, 0.1, 0.4).contains("however"), "neither baseline is beaten");
        let all = joined(&["accuracy", "log loss", "Sharpe ratio"]);
        assert_eq!(all.as_deref(), Some("accuracy, log loss and Sharpe ratio"));
    }
}
