//! The result in a sentence or two.

use crate::format::{decimals, signed};
use crate::gather::RunData;
use artifact_core::schema::TestMetrics;

/// States in one or two sentences whether the final model beats its baselines on the test rows.
///
/// The comparison uses the Matthews correlation coefficient. A winning margin smaller than one standard deviation
/// across folds is pointed out as possible chance.
pub fn verdict(run: &RunData) -> String {
    let Some(last) = &run.final_fit else {
        return "No verdict yet: the final model has not been fitted, and the test rows have not been scored.".to_owned();
    };
    let name = run.cross_validation.as_ref().map(|cv| match &cv.best.model.name {
        name if *name == cv.baseline.model.name => format!("{name} model (the chosen one)"),
        name => name.clone(),
    });
    // Only a deviation of the same metric can be compared with a margin in MCC.
    let deviation = run
        .cross_validation
        .as_ref()
        .filter(|cv| cv.best.objective.name == "mcc")
        .map(|cv| cv.best.cv_results.summary.std_objective);
    sentence(name.as_deref(), &last.bundle.test, deviation)
}

fn sentence(name: Option<&str>, test: &TestMetrics, deviation: Option<f64>) -> String {
    let name = name.unwrap_or("final model");
    let (model, linear, majority) = (test.model.mcc, test.linear.mcc, test.majority.mcc);
    let claim = match (model > linear, model > majority) {
        (true, true) => "beats both baselines",
        (true, false) => "beats the linear baseline but does not beat the majority class",
        (false, true) => "beats the majority class but does not beat the linear baseline",
        (false, false) => "does not beat either baseline",
    };
    let mut text = format!(
        "On the test rows the {name} {claim}: MCC {} against {} for the linear model and {} for the majority class.",
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
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::schema::Evaluation;

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
        check(0.2, 0.1, 0.05, "beats both baselines", false);
        check(0.2, 0.1, 0.15, "beats both baselines", true);
        check(0.05, 0.1, 0.15, "does not beat the linear baseline", true);
        check(0.05, 0.1, 0.01, "does not beat the linear baseline", false);
        check(-0.05, -0.1, 0.0, "does not beat the majority class", false);
        check(0.0, 0.0, 0.1, "does not beat either", false);
    }
}
