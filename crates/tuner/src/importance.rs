//! How much each parameter matters: PED-ANOVA.
//!
//! A parameter matters when the best trials are distributed differently along it than all trials are. The measure is
//! the Pearson divergence of two densities over a grid, of the best tenth and of all (Watanabe, Bansal and Hutter,
//! "PED-ANOVA", IJCAI 2023); a conditional parameter is weighted by how often it is active, among the best and among
//! all. Grid, bandwidths and weights are those of Optuna 5's default evaluator, so that both programs give the same
//! figures for the same study.

mod density;

use crate::samplers::{Told, TrialOutcome};
use crate::search_space::Space;
use density::{Grid, density};

/// The share of the trials that count as the best.
const BEST_SHARE: f64 = 0.1;
/// Added to every density, so that none is 0 where it is a divisor.
const FLOOR: f64 = 1e-12;

/// Each searched parameter with its share of the importance, the most important first; of equal ones the earlier
/// dimension first.
///
/// Only complete trials with a finite value count. The shares sum to 1; with fewer than two such trials, or when
/// nothing distinguishes the best from the others, they are equal.
pub fn importances(space: &Space, told: &[Told]) -> Vec<(String, f64)> {
    let complete: Vec<(&Told, f64)> = told
        .iter()
        .filter_map(|told| match told.outcome {
            TrialOutcome::Complete(value) if value.is_finite() => Some((told, value)),
            _ => None,
        })
        .collect();
    let bar = bar(complete.iter().map(|(_, value)| *value).collect());
    let mut shares: Vec<(String, f64)> = Vec::new();
    for (place, dimension) in space.dimensions().iter().enumerate() {
        let Some(grid) = Grid::new(&dimension.domain) else { continue };
        let cells = |least: f64| -> Vec<usize> {
            let counted = complete.iter().filter(|(_, value)| *value >= least);
            counted.filter_map(|(told, _)| told.point[place].map(|number| grid.cell(number))).collect()
        };
        let all = Part { cells: cells(f64::NEG_INFINITY), of: complete.len() };
        let best = Part { cells: cells(bar), of: complete.iter().filter(|(_, value)| *value >= bar).count() };
        shares.push((dimension.name.clone(), importance(&grid, &best, &all)));
    }
    normalise(&mut shares);
    // A stable sort: equal ones stay in the order of their dimensions.
    shares.sort_by(|left, right| right.1.total_cmp(&left.1));
    shares
}

/// Some trials along one dimension.
struct Part {
    /// The cells of the trials for which the dimension is active.
    cells: Vec<usize>,
    /// The number of trials, including those for which it is inactive.
    of: usize,
}

impl Part {
    fn share(&self) -> f64 {
        self.cells.len() as f64 / self.of as f64
    }
}

/// The Pearson divergence of the density of the best trials from that of all, weighted by the shares of trials for
/// which the dimension is active; both shares are 1 for an unconditional one.
fn importance(grid: &Grid, best: &Part, all: &Part) -> f64 {
    // A single trial has no spread to set a bandwidth by.
    if all.cells.len() < 2 || best.cells.is_empty() {
        return 0.0;
    }
    let [best_density, all_density] = [best, all].map(|part| density(grid, &part.cells));
    let divergence: f64 = best_density
        .iter()
        .zip(all_density)
        .map(|(best, all)| {
            let (best, all) = (best + FLOOR, all + FLOOR);
            all * (best / all - 1.0).powi(2)
        })
        .sum();
    best.share().powi(2) / all.share() * divergence
}

/// The value that a trial must reach to be among the best: ties are all included. Infinite if there are no trials.
fn bar(mut values: Vec<f64>) -> f64 {
    values.sort_by(|left, right| right.total_cmp(left));
    let best = (BEST_SHARE * values.len() as f64).ceil() as usize;
    best.checked_sub(1).map_or(f64::INFINITY, |last| values[last])
}

fn normalise(shares: &mut [(String, f64)]) {
    let total: f64 = shares.iter().map(|(_, share)| share).sum();
    let equal = 1.0 / shares.len().max(1) as f64;
    for (_, share) in shares {
        *share = if total > 0.0 { *share / total } else { equal };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search_space::Point;
    use serde_json::json;

    fn space() -> Space {
        let choices = [json!("a"), json!("b")];
        Space::builder()
            .float("x", 0.0, 1.0)
            .float("idle", 0.0, 1.0)
            .categorical("c", choices)
            .fixed("f", json!(1))
            .build()
            .unwrap()
    }

    fn told(count: u32, value: fn(f64) -> f64) -> Vec<Told> {
        (0..count)
            .map(|n| {
                let x = f64::from(n * 37 % 100) / 100.0;
                let point: Point =
                    vec![Some(x), Some(f64::from(n * 61 % 100) / 100.0), Some(f64::from(n % 2)), Some(1.0)];
                Told { point, outcome: TrialOutcome::Complete(value(x)) }
            })
            .collect()
    }

    #[test]
    fn the_parameter_that_decides_is_found() {
        let shares = importances(&space(), &told(100, |x| -(x - 0.5).abs()));
        assert_eq!(shares.iter().map(|(name, _)| name.as_str()).next(), Some("x"));
        assert_eq!(shares.len(), 3, "a fixed parameter has no importance");
        assert!(shares[0].1 > 0.8, "{shares:?}");
        assert!((shares.iter().map(|(_, share)| share).sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn without_a_difference_all_are_equal() {
        let third = 1.0 / 3.0;
        for told in [vec![], told(1, |x| x), told(50, |_| 1.0)] {
            assert!(importances(&space(), &told).iter().all(|(_, share)| (share - third).abs() < 1e-12));
        }
    }

    #[test]
    fn trials_that_are_not_complete_do_not_count() {
        let complete = told(60, |x| x);
        let mut all = complete.clone();
        let odd = complete[3].point.clone();
        for outcome in [
            TrialOutcome::Failed,
            TrialOutcome::Pending,
            TrialOutcome::Pruned { epochs: 3, value: 9.0 },
            TrialOutcome::Complete(f64::INFINITY),
        ] {
            all.push(Told { point: odd.clone(), outcome });
        }
        assert_eq!(importances(&space(), &all), importances(&space(), &complete));
    }
}
