//! What a test for superior predictive ability says.

use crate::digits::{counted, decimals};
use crate::names::baseline_in_words;
use crate::unit::Unit;
use artifact_core::schema::{BestConfiguration, Measure, SuperiorAbilityTest};

/// The probability below which luck is no longer taken for an explanation.
const LEVEL: f64 = 0.05;

/// The tests of a configuration's candidates in a sentence or two, the strongest claim first; `None` without a test.
///
/// A p-value is the probability with which the best of as many candidates looks this good by luck; that is what is said of it.
pub fn ability(best: &BestConfiguration) -> Option<String> {
    let tests = &best.superior_ability;
    let (first, numbers) = (tests.first()?, of_numbers(best));
    let candidates = match first.candidates {
        1 => "Whether the candidate is better than luck explains".to_owned(),
        several => {
            format!("Whether the best of {several} candidates is better than luck among that many explains")
        }
    };
    let of = |measure: Measure, what: &str| {
        let all: Vec<String> =
            tests.iter().filter(|own| own.of == measure).map(|own| against(own, numbers)).collect();
        (!all.is_empty()).then(|| format!("by {what}, {}", all.join(", ")))
    };
    let parts: Vec<String> =
        [of(Measure::Loss, "loss"), of(Measure::Return, "return")].into_iter().flatten().collect();
    let sure = tests.iter().all(|own| own.p_value < LEVEL);
    let none = tests.iter().all(|own| own.p_value >= LEVEL);
    let verdict = match (none, sure) {
        (true, _) => "nothing of it is more than luck would do",
        (_, true) => "luck alone would hardly do any of it",
        _ => "only where p is below 0.05 is it more than luck would do",
    };
    Some(format!(
        "How often luck alone would make {candidates} look this good (Hansen's test for superior predictive ability): {}; {verdict}.",
        parts.join("; ")
    ))
}

/// Whether numbers are predicted.
fn of_numbers(best: &BestConfiguration) -> bool {
    best.cv_results.folds.iter().any(|fold| fold.evaluation.numbers.is_some())
}

/// The probability of one test, with what it is against.
fn against(test: &SuperiorAbilityTest, numbers: bool) -> String {
    let than = match (test.benchmark.as_str(), test.of) {
        (SuperiorAbilityTest::NO_MODEL, Measure::Loss) if numbers => "the prediction 0".to_owned(),
        (SuperiorAbilityTest::NO_MODEL, Measure::Loss) => "the tickers' own frequencies".to_owned(),
        (SuperiorAbilityTest::NO_MODEL, Measure::Return) => "no position".to_owned(),
        (baseline, _) => baseline_in_words(baseline, numbers),
    };
    format!("{} against {than}", probability(test.p_value))
}

/// A p-value: `p = 0.12`, or `p < 0.001`.
fn probability(p: f64) -> String {
    if p < 0.001 { "p < 0.001".to_owned() } else { format!("p = {}", decimals(p, 3)) }
}

/// The head of a table of tests, and its rows: compared by, benchmark, best trial, mean difference, p-value, its bounds, rows.
pub fn ability_rows(best: &BestConfiguration) -> Vec<[String; 7]> {
    let numbers = of_numbers(best);
    let row = |test: &SuperiorAbilityTest| {
        let (measure, unit, rows) = match test.of {
            Measure::Loss => ("loss per row", Unit::Number { decimals: 4 }, "row"),
            Measure::Return => ("return per bar", Unit::BasisPointsPerBar, "bar"),
        };
        let none = test.benchmark == SuperiorAbilityTest::NO_MODEL;
        [
            measure.to_owned(),
            if none { "no model".to_owned() } else { baseline_in_words(&test.benchmark, numbers) },
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

    #[test]
    fn probabilities_are_never_0() {
        assert_eq!(
            [0.0, 0.0004, 0.001, 0.25].map(probability),
            ["p < 0.001", "p < 0.001", "p = 0.001", "p = 0.250"]
        );
    }
}
