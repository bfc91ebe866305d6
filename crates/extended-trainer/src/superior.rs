//! Whether the best of the candidates is better than the luckiest of several would be.

use crate::out_of_fold::OutOfFold;
use artifact_core::schema::{Measure, SuperiorAbilityTest};
use artifact_core::seed::{Purpose, derive};
use statistics::{Resamples, superior_predictive_ability};
use std::collections::BTreeMap;
use std::ops::Range;

/// The number of resamples.
const RESAMPLES: usize = 1000;
/// The fewest blocks that the rows must make up.
const LEAST_BLOCKS: f64 = 10.0;

/// A configuration of the test.
pub(crate) struct Entrant<'a> {
    /// Its trial's number, or its model's name where it is a baseline.
    pub(crate) trial: u64,
    /// The model of a baseline.
    pub(crate) name: &'a str,
    /// Its label window.
    pub(crate) time_window: usize,
    /// Its results by row.
    pub(crate) rows: &'a OutOfFold,
}

/// The rows that count: those whose labels, and bars whose returns, lie before the rows on which tuning has ranked its trials.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Before {
    /// The first row on which a trial decided in validation.
    pub(crate) row: usize,
}

impl Before {
    /// The decision rows and the bars.
    fn rows(self, time_window: usize) -> [Range<usize>; 2] {
        [0..(self.row + 1).saturating_sub(time_window), 0..self.row + 1]
    }
}

/// Tests the candidates against having no model, by loss and by return, and by loss against each baseline. Only candidates with the
/// label window of the first one take part: losses of other tasks cannot be compared with a baseline's.
///
/// There is no test of returns against a baseline. A fold's model is fitted to all rows but those that it is scored on, so that it
/// leans against their drift, the more the closer it fits: on returns without any signal, a candidate that leans less than the
/// baseline would come out as better in 15 of 100 runs, where 5 would be luck.
///
/// A test that has too few rows to say anything is left out.
pub(crate) fn superior_ability(
    candidates: &[Entrant<'_>],
    baselines: &[Entrant<'_>],
    before: Before,
    seed: u64,
) -> Vec<SuperiorAbilityTest> {
    let Some(time_window) = candidates.first().map(|own| own.time_window) else { return Vec::new() };
    let same_task = |own: &&Entrant<'_>| own.time_window == time_window;
    let candidates: Vec<&Entrant<'_>> = candidates.iter().filter(same_task).collect();
    let [decisions, bars] = before.rows(time_window);
    let mut found = Vec::new();
    // Twice the label window for rows, whose labels overlap, and once for bars, as in the intervals of the test figures.
    for (number, of, rows, block) in [
        (0, Measure::Loss, decisions, 2.0 * time_window as f64),
        (1, Measure::Return, bars, time_window as f64),
    ] {
        let values = |own: &Entrant<'_>| {
            let all = match of {
                Measure::Loss => &own.rows.skills,
                Measure::Return => &own.rows.returns,
            };
            all.range(rows.clone()).map(|(&row, &value)| (row, value)).collect::<BTreeMap<_, _>>()
        };
        let series: Vec<BTreeMap<usize, f64>> = candidates.iter().map(|own| values(own)).collect();
        let none = std::iter::once((SuperiorAbilityTest::NO_MODEL, None));
        let same_task = baselines.iter().filter(|own| of == Measure::Loss && same_task(own));
        for (benchmark, other) in none.chain(same_task.map(|own| (own.name, Some(values(own))))) {
            let differences = differences(&series, other.as_ref());
            let Some(test) = test(&differences, block, derive(seed, Purpose::Intervals, u64::MAX, 0, number))
            else {
                continue;
            };
            let Tested { best, rows, difference, p_value, lower, upper } = test;
            found.push(SuperiorAbilityTest {
                of,
                benchmark: benchmark.to_owned(),
                candidates: candidates.len() as u64,
                best_trial: candidates[best].trial,
                rows,
                mean_block: block,
                difference,
                p_value,
                lower,
                upper,
            });
        }
    }
    found
}

/// Each series less the benchmark, on the rows that all have.
fn differences(series: &[BTreeMap<usize, f64>], benchmark: Option<&BTreeMap<usize, f64>>) -> Vec<Vec<f64>> {
    let Some(first) = series.first() else { return Vec::new() };
    let common = |row: &usize| {
        series.iter().all(|own| own.contains_key(row)) && benchmark.is_none_or(|own| own.contains_key(row))
    };
    let rows: Vec<usize> = first.keys().copied().filter(common).collect();
    let less = |own: &BTreeMap<usize, f64>| {
        rows.iter().map(|row| own[row] - benchmark.map_or(0.0, |benchmark| benchmark[row])).collect()
    };
    series.iter().map(less).collect()
}

struct Tested {
    best: usize,
    rows: u64,
    difference: f64,
    p_value: f64,
    lower: f64,
    upper: f64,
}

fn test(differences: &[Vec<f64>], block: f64, seed: [u8; 32]) -> Option<Tested> {
    let rows = differences.first()?.len();
    if (rows as f64) < LEAST_BLOCKS * block {
        return None;
    }
    let resamples = Resamples::stationary(rows, block, RESAMPLES, seed).ok()?;
    let borrowed: Vec<&[f64]> = differences.iter().map(Vec::as_slice).collect();
    let found = superior_predictive_ability(&borrowed, &resamples, block).ok()?;
    Some(Tested {
        best: found.best,
        rows: rows as u64,
        difference: differences[found.best].iter().sum::<f64>() / rows as f64,
        p_value: found.p_value,
        lower: found.lower,
        upper: found.upper,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of which each is `value`, give or take.
    fn rows(value: f64, rows: Range<usize>) -> BTreeMap<usize, f64> {
        rows.map(|row| (row, value + [0.3, -0.2, 0.1, -0.2][row * 7 % 4] * (row % 3) as f64)).collect()
    }

    fn entrant(name: &str, trial: u64, rows: &'static OutOfFold) -> Entrant<'static> {
        Entrant { trial, name: name.to_owned().leak(), time_window: 2, rows }
    }

    fn leaked(skill: f64, seen: Range<usize>) -> &'static OutOfFold {
        Box::leak(Box::new(OutOfFold { skills: rows(skill, seen.clone()), returns: rows(skill, seen) }))
    }

    #[test]
    fn what_is_better_is_found_and_what_is_lucky_is_not() {
        let candidates = [entrant("gru", 4, leaked(0.001, 0..200)), entrant("gru", 7, leaked(1.0, 5..200))];
        let baselines = [entrant("linear", 4, leaked(0.9999, 0..190))];
        let found = superior_ability(&candidates, &baselines, Before { row: 180 }, 1);
        let names: Vec<_> = found.iter().map(|own| (own.of, own.benchmark.as_str(), own.rows)).collect();
        assert_eq!(
            names,
            [(Measure::Loss, "none", 174), (Measure::Loss, "linear", 174), (Measure::Return, "none", 176)]
        );
        assert!(found.iter().all(|own| own.best_trial == 7 && own.candidates == 2), "{found:?}");
        assert!(found[0].p_value < 0.01 && (found[0].difference - 1.0).abs() < 0.05, "{:?}", found[0]);
    }

    #[test]
    fn too_few_rows_and_other_tasks_say_nothing() {
        let mut candidates = vec![entrant("gru", 4, leaked(1.0, 0..200))];
        let of = |candidates: &[Entrant<'_>], row| superior_ability(candidates, &[], Before { row }, 1);
        let measures =
            |found: Vec<SuperiorAbilityTest>| found.into_iter().map(|own| own.of).collect::<Vec<_>>();
        assert_eq!(measures(of(&candidates, 41)), [Measure::Loss, Measure::Return]);
        assert_eq!(
            measures(of(&candidates, 30)),
            [Measure::Return],
            "30 rows are fewer than ten blocks of 4"
        );
        assert_eq!((of(&candidates, 5), of(&[], 100)), (vec![], vec![]));
        candidates.push(Entrant { time_window: 9, ..entrant("gru", 5, leaked(5.0, 0..200)) });
        assert!(of(&candidates, 100).iter().all(|own| own.candidates == 1 && own.best_trial == 4));
    }
}
