//! `bench tuner`: the samplers against Optuna's default.

use super::runner::{Runner, options};
use super::table::{figure, print};
use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::Value;

/// Options of `cargo xtask bench tuner`.
#[derive(Debug, Args)]
pub(crate) struct TunerArgs {
    /// Number of runs per function on each side
    #[arg(long, default_value_t = 30)]
    seeds: usize,
    /// Seed of the first run
    #[arg(long, default_value_t = 0)]
    first_seed: usize,
    /// Number of trials per run
    #[arg(long, default_value_t = 100)]
    trials: usize,
    /// Number of suggestions to time
    #[arg(long, default_value_t = 10)]
    repeats: usize,
}

/// How many trials the sampler knows when suggestions are timed.
const TOLD: [&str; 3] = ["100", "1000", "10000"];
/// The target for the share of all paired runs that are won.
const WINS: f64 = 0.6;
/// The target for the share of each single function's runs that are won.
const LEAST_WINS: f64 = 0.4;
/// The target for the time per suggestion, as a share of the peer's.
const MOST_TIME: f64 = 0.2;

/// Measures both sides and prints medians and ratios; fails if a target is missed.
pub(super) fn run(bench: &Runner, args: &TunerArgs) -> anyhow::Result<()> {
    let runs = options([("first-seed", args.first_seed), ("seeds", args.seeds), ("trials", args.trials)]);
    let timed: Vec<String> = options([("repeats", args.repeats)])
        .into_iter()
        .chain(["--told".to_owned()])
        .chain(TOLD.map(str::to_owned))
        .collect();
    let own = |what: &str, args: &[String]| {
        let command = ["tuner", what].map(str::to_owned);
        bench.measure_own(&[&command[..], args].concat(), 1)
    };
    let checks = own("checks", &[])?.json.to_string();
    let peer = [&["--checks".to_owned(), checks][..], &runs, &timed].concat();
    let peer = bench.measure_peer("optuna_tuner.py", &peer).map(|figures| figures.json).unwrap_or_default();
    let quality = own("quality", &runs)?.json;
    let speed = own("speed", &timed)?.json;

    let won = print_quality(&quality, &peer["quality"])?;
    let fast = print_speed(&speed, &peer["seconds"])?;
    let reached = won && fast;
    // Without the peer there is nothing to compare with, so no target counts as missed.
    if !peer.is_null() && !reached {
        bail!(
            "a target was missed; the targets are to win at least {:.0} % of all runs and {:.0} % of each function's, \
             and to suggest in at most {MOST_TIME} of the peer's time",
            100.0 * WINS,
            100.0 * LEAST_WINS
        );
    }
    Ok(())
}

/// Prints the medians of the best values and the shares of runs won; returns whether both targets are met.
fn print_quality(ours: &Value, theirs: &Value) -> anyhow::Result<bool> {
    let functions = ours.as_object().context("`bench tuner quality` did not print a JSON object")?;
    let (mut all, mut least, mut rows) = (0.0, f64::INFINITY, Vec::new());
    for (name, values) in functions {
        let (ours, theirs) = (numbers(values), numbers(&theirs[name]));
        let wins = win_rate(&ours, &theirs);
        rows.push(vec![name.clone(), figure(median(&ours)), figure(median(&theirs)), percent(wins)]);
        all += wins / functions.len() as f64;
        least = least.min(wins);
    }
    rows.push(vec!["all paired runs".to_owned(), String::new(), String::new(), percent(all)]);
    print(&["best value, median of the runs", "ours", "Optuna", "won"], &rows);
    Ok(all >= WINS && least >= LEAST_WINS)
}

/// Prints the medians of the times; returns whether all meet the target.
fn print_speed(ours: &Value, theirs: &Value) -> anyhow::Result<bool> {
    let functions = ours.as_object().context("`bench tuner speed` did not print a JSON object")?;
    let (mut fast, mut rows) = (true, Vec::new());
    for (name, by_told) in functions {
        for told in TOLD {
            let (ours, theirs) = (median(&numbers(&by_told[told])), median(&numbers(&theirs[name][told])));
            let row = [
                name.clone(),
                told.to_owned(),
                figure(1e3 * ours),
                figure(1e3 * theirs),
                figure(ours / theirs),
            ];
            rows.push(row.into());
            fast &= ours / theirs <= MOST_TIME;
        }
    }
    print(&["ms per suggestion, median", "trials", "ours", "Optuna", "ratio"], &rows);
    Ok(fast)
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// The numbers of a list; empty if the value is not a list.
fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
}

/// The median; for an even number of values, the mean of the middle two; NaN for none.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match (sorted.len(), sorted.len() / 2) {
        (0, _) => f64::NAN,
        (count, middle) if count % 2 == 0 => (sorted[middle - 1] + sorted[middle]) / 2.0,
        (_, middle) => sorted[middle],
    }
}

/// The share of paired runs in which our best value is lower; ties count half.
fn win_rate(ours: &[f64], theirs: &[f64]) -> f64 {
    let wins = ours.iter().zip(theirs).map(|(ours, theirs)| match ours.total_cmp(theirs) {
        std::cmp::Ordering::Less => 1.0,
        std::cmp::Ordering::Equal => 0.5,
        std::cmp::Ordering::Greater => 0.0,
    });
    wins.sum::<f64>() / ours.len().min(theirs.len()).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wins_are_counted_in_pairs() {
        assert_eq!(win_rate(&[1.0, 2.0, 3.0, 4.0], &[2.0, 2.0, 2.0, 2.0]), 0.375);
        assert_eq!((median(&[3.0, 1.0, 2.0]), median(&[4.0, 1.0])), (2.0, 2.5));
    }
}
