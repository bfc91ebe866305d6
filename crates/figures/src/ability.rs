//! What a test for superior predictive ability says.

use crate::digits::{counted, decimals};
use crate::names::baseline_in_words;
use crate::unit::Unit;
use artifact_core::schema::{BestConfiguration, Measure, SuperiorAbilityTest};

/// The probability below which luck is no longer taken for an explanation.
const LEVEL: f64 = 0.05;

/// The tests of a configuration's candidates against having no model, in a sentence; `None` without one. Those against baselines are
/// in [`ability_rows`] alone: a baseline that fits noise is worse than no model, and better than it is not good.
///
/// A p-value is how often the best of as many candidates looks this good by luck; that is what is said of it.
pub fn ability(best: &BestConfiguration) -> Option<String> {
    sentence(&best.superior_ability, Loss::of(best))
}

/// The loss of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loss {
    Log,
    Squared,
    Pinball,
}

impl Loss {
    fn of(best: &BestConfiguration) -> Self {
        let numbers = best.cv_results.folds.iter().find_map(|fold| fold.evaluation.numbers.as_ref());
        match numbers.map(|numbers| numbers.coverage) {
            None => Self::Log,
            Some(None) => Self::Squared,
            Some(Some(_)) => Self::Pinball,
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::Log => "log loss",
            Self::Squared => "squared error",
            Self::Pinball => "pinball loss",
        }
    }

    fn is_of_numbers(self) -> bool {
        self != Self::Log
    }
}

fn sentence(tests: &[SuperiorAbilityTest], loss: Loss) -> Option<String> {
    let tests = || tests.iter().filter(|test| test.benchmark == SuperiorAbilityTest::NO_MODEL);
    let candidates = match tests().next()?.candidates {
        1 => "the only candidate".to_owned(),
        several => format!("the best of {several} candidates"),
    };
    let parts: Vec<String> = tests().map(|test| against_nothing(test, loss)).collect();
    let unlikely = tests().filter(|test| test.p_value < LEVEL).count();
    let verdict = match unlikely {
        0 => "none of it is more than luck would do",
        all if all == tests().count() => "luck alone would hardly do any of it",
        _ => "only where p is below 0.05 is it more than luck would do",
    };
    Some(format!(
        "How often luck alone would make {candidates} look this good (Hansen's test for superior predictive ability): {}; {verdict}.",
        parts.join("; ")
    ))
}

/// The probability of one test against having no model.
fn against_nothing(test: &SuperiorAbilityTest, loss: Loss) -> String {
    let (by, nothing) = match test.of {
        Measure::Loss if loss.is_of_numbers() => (loss.in_words(), "the prediction 0"),
        Measure::Loss => (loss.in_words(), "the tickers' own frequencies"),
        Measure::Return => ("return after cost", "no position"),
    };
    format!("by {by}, {} against {nothing}", probability(test.p_value))
}

/// A p-value: `p = 0.12`, or `p < 0.001`.
fn probability(p: f64) -> String {
    if p < 0.001 { "p < 0.001".to_owned() } else { format!("p = {}", decimals(p, 3)) }
}

/// All tests as rows of a table: compared by, benchmark, best trial, mean difference, p-value, its bounds, and number of rows.
pub fn ability_rows(best: &BestConfiguration) -> Vec<[String; 7]> {
    let loss = Loss::of(best);
    let row = |test: &SuperiorAbilityTest| {
        let (measure, unit, rows) = match test.of {
            Measure::Loss => (loss.in_words(), Unit::Number { decimals: 4 }, "row"),
            Measure::Return => ("return after cost", Unit::BasisPointsPerBar, "bar"),
        };
        let none = test.benchmark == SuperiorAbilityTest::NO_MODEL;
        [
            measure.to_owned(),
            if none {
                "no model".to_owned()
            } else {
                baseline_in_words(&test.benchmark, loss.is_of_numbers())
            },
            format!("trial {}", test.best_trial),
            unit.write_in_text(test.difference),
            decimals(test.p_value, 3),
            format!("{} to {}", decimals(test.lower, 3), decimals(test.upper, 3)),
            counted(test.rows, rows),
        ]
    };
    best.superior_ability.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(of: Measure, benchmark: &str, p_value: f64) -> SuperiorAbilityTest {
        SuperiorAbilityTest {
            of,
            benchmark: benchmark.to_owned(),
            candidates: 3,
            best_trial: 4,
            rows: 200,
            mean_block: 10.0,
            difference: 0.01,
            p_value,
            lower: 0.0,
            upper: 1.0,
        }
    }

    #[test]
    fn a_sentence_says_what_luck_would_do() {
        let mut tests = vec![test(Measure::Loss, "none", 0.0), test(Measure::Loss, "gbdt", 0.0194)];
        let start = "How often luck alone would make the best of 3 candidates look this good (Hansen's test for superior \
                     predictive ability): by log loss, p < 0.001 against the tickers' own frequencies; ";
        let found = sentence(&tests, Loss::Log).unwrap();
        assert_eq!(found, format!("{start}luck alone would hardly do any of it."));
        tests.push(test(Measure::Return, "none", 0.5));
        let found = sentence(&tests, Loss::Log).unwrap();
        let end = "by return after cost, p = 0.500 against no position; only where p is below 0.05 is it more than luck would do.";
        assert_eq!(found, format!("{start}{end}"));
        let one = SuperiorAbilityTest { candidates: 1, ..test(Measure::Loss, "none", 0.25) };
        assert_eq!(
            sentence(&[one], Loss::Pinball).unwrap(),
            "How often luck alone would make the only candidate look this good (Hansen's test for superior predictive ability): by \
             pinball loss, p = 0.250 against the prediction 0; none of it is more than luck would do."
        );
        assert_eq!(sentence(&tests[1..2], Loss::Log), None, "better than a baseline is not yet good");
    }

    #[test]
    fn probabilities_are_never_0() {
        assert_eq!(
            [0.0, 0.0004, 0.001, 0.25].map(probability),
            ["p < 0.001", "p < 0.001", "p = 0.001", "p = 0.250"]
        );
    }
}
