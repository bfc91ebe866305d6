//! `bench noise`: whole runs on bars without any signal, where every true skill is known to be 0.

use super::process::measure;
use super::runner::Runner;
use super::table::print;
use anyhow::Context as _;
use clap::Args;
use serde_json::Value;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Options of `cargo xtask bench noise`.
#[derive(Debug, Args)]
pub(crate) struct NoiseArgs {
    /// The number of runs, each on bars of its own
    #[arg(long, default_value_t = 100)]
    runs: usize,
    /// How many of them to run at once
    #[arg(long, default_value_t = 1)]
    jobs: usize,
    /// The metric that is maximised
    #[arg(long, default_value = "mcc")]
    objective: String,
}

/// What one run found. Its true values are 0.
#[derive(Debug, Clone)]
struct Found {
    /// The cross-validated objective of the chosen configuration, and the same corrected for the choice.
    cross_validated: f64,
    corrected: Option<f64>,
    /// The mean objective of the trials, and what is left of it without the bias of stopping.
    trials: Option<[f64; 2]>,
    /// The p-values of tests for superior ability, by what they compare.
    luck: Vec<(String, f64)>,
    /// The final model's Matthews correlation within tickers on the test rows.
    tested: Option<f64>,
    /// Whether intervals hold 0, by what they are of.
    held: Vec<(String, bool)>,
    /// The verdicts' outcomes: in the objective, and in money.
    outcomes: [String; 2],
}

pub(super) fn run(bench: &Runner, args: &NoiseArgs) -> anyhow::Result<()> {
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || -> anyhow::Result<()> {
        loop {
            let run = next.fetch_add(1, Ordering::Relaxed);
            if run >= args.runs {
                return Ok(());
            }
            let own = one(bench, run, &args.objective).with_context(|| format!("run {run} failed"))?;
            let mut found = found.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            found.push(own);
            eprintln!("{} of {} runs", found.len(), args.runs);
        }
    };
    std::thread::scope(|scope| {
        let jobs: Vec<_> = (0..args.jobs.max(1)).map(|_| scope.spawn(work)).collect();
        jobs.into_iter().try_for_each(|job| job.join().unwrap_or_else(|_| anyhow::bail!("a run panicked")))
    })?;
    let found = found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    report(&found, &args.objective);
    Ok(())
}

/// The four phases on one set of bars. Trading costs nothing, so that a strategy's true return is 0 too.
fn one(bench: &Runner, run: usize, objective: &str) -> anyhow::Result<Found> {
    let directory = tempfile::tempdir().context("failed to create a temporary directory")?;
    let config = format!(
        "name = 'noise'\nseed = {run}\n[data]\nsource = 'synthetic'\n\
         synthetic = {{ tickers = 3, rows = 900, signal = false }}\n[labels]\ntime_window = 5\n\
         [training]\nmodel = ['linear', {{ name = 'gbdt', rounds_per_epoch = 10 }}]\nobjective = '{objective}'\n\
         cost_bps = 0\n[tuner]\nstartup_trials = 4\nstages = [{{ sampler = 'tpe', trials = 12, epochs = 8 }}]\n\
         [tuner.search_space]\nseq_length = {{ choices = [5, 10] }}\n\
         [extended]\ntop_n = 3\nfolds = 5\nepochs = 8\n"
    );
    let file = directory.path().join("noise.toml");
    std::fs::write(&file, config).with_context(|| format!("failed to write {}", file.display()))?;
    let workspace = directory.path().join("workspace");
    let phase = |name: &str, command: &str| {
        let mut process = bench.own(name);
        process.args([command, "--quiet", "--json", "--preset", "none", "--workspace"]).arg(&workspace);
        process.env("RAYON_NUM_THREADS", "1");
        measure(process.arg("--config").arg(&file)).map(|figures| figures.json)
    };
    for (name, command) in [("data-loader", "freeze"), ("tuner", "run"), ("extended-trainer", "run")] {
        phase(name, command)?;
    }
    let tested = phase("final-trainer", "run")?;
    let best = view(&workspace, "extended_training_results/best_configuration_artifacts.json")?;
    let trials = view(&workspace, "hyperparameter_tuning_results/trial_results.json")?;
    Ok(found(&best, &trials, &tested))
}

/// A view of the workspace's only run.
fn view(workspace: &Path, name: &str) -> anyhow::Result<Value> {
    let runs = workspace.join("runs");
    let run = std::fs::read_dir(&runs)?.next().context("there is no run")??;
    let path = run.path().join(name);
    let bytes = std::fs::read(&path).with_context(|| format!("failed to read {}", path.display()))?;
    Ok(serde_json::from_slice(&bytes)?)
}

/// The mean objective of the trials whose bias of stopping is known, and the same less these.
fn of_trials(trials: &Value) -> Option<[f64; 2]> {
    let known: Vec<[f64; 2]> = trials["trials"]
        .as_array()?
        .iter()
        .filter_map(|trial| {
            let metrics = &trial["metrics"];
            let objective = metrics["objective_value"].as_f64()?;
            Some([objective, objective - metrics["stopping_bias"].as_f64()?])
        })
        .collect();
    let mean = |place: usize| known.iter().map(|own| own[place]).sum::<f64>() / known.len() as f64;
    (!known.is_empty()).then(|| [mean(0), mean(1)])
}

fn found(best: &Value, trials: &Value, tested: &Value) -> Found {
    let payload = &best["payload"];
    let figures = |list: &Value| list.as_array().cloned().unwrap_or_default();
    let holds = |figure: &Value| Some(figure["low"].as_f64()? <= 0.0 && figure["high"].as_f64()? >= 0.0);
    let mut held = Vec::new();
    let mut interval = |of: &str, figure: &Value| {
        let name = figure["figure"].as_str().unwrap_or_default();
        // Figures whose true value on noise is 0: not the loss, which depends on the model.
        if ["mcc", "mcc_pooled", "strategy.mean_return", "strategy.sharpe"].contains(&name) {
            held.extend(holds(figure).map(|holds| (format!("{of}{name}"), holds)));
        }
    };
    for figure in figures(&tested["figures"]["model"]) {
        interval("", &figure);
    }
    for difference in figures(&tested["figures"]["differences"]) {
        let name = difference["name"].as_str().unwrap_or_default();
        for figure in figures(&difference["figures"]) {
            interval(&format!("difference from {name}: "), &figure);
        }
    }
    let model = figures(&tested["figures"]["model"]);
    let tested_mcc =
        model.iter().find(|figure| figure["figure"] == "mcc").and_then(|figure| figure["value"].as_f64());
    let outcome = |name: &str| tested["verdict"][name].as_str().unwrap_or_default().to_owned();
    let luck = figures(&payload["superior_ability"]).into_iter().filter_map(|test| {
        let (of, benchmark) = (test["of"].as_str()?, test["benchmark"].as_str()?);
        Some((format!("{of} against {benchmark}"), test["p_value"].as_f64()?))
    });
    Found {
        trials: of_trials(trials),
        luck: luck.collect(),
        cross_validated: payload["cv_results"]["summary"]["avg_objective"].as_f64().unwrap_or(f64::NAN),
        corrected: payload["corrected_objective"].as_f64(),
        tested: tested_mcc,
        held,
        outcomes: [outcome("outcome"), outcome("money")],
    }
}

fn report(found: &[Found], objective: &str) {
    let row = |name: String, values: Vec<f64>| {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        let error = (squares / (count - 1.0)).sqrt() / count.sqrt();
        let above = values.iter().filter(|value| **value > 0.0).count();
        vec![
            name,
            format!("{mean:+.4}"),
            format!("{error:.4}"),
            format!("{:+.1}", mean / error),
            format!("{above} of {}", values.len()),
        ]
    };
    let of_trials = |place: usize| found.iter().filter_map(|own| Some(own.trials?[place])).collect();
    let rows = [
        row(format!("{objective} of trials, mean over a study"), of_trials(0)),
        row("the same, less the bias of stopping".to_owned(), of_trials(1)),
        row(
            format!("cross-validated {objective}, as reported"),
            found.iter().map(|own| own.cross_validated).collect(),
        ),
        row(
            "the same, corrected for the choice".to_owned(),
            found.iter().filter_map(|own| own.corrected).collect(),
        ),
        row("test mcc".to_owned(), found.iter().filter_map(|own| own.tested).collect()),
    ];
    print(&["true value 0", "mean", "s.e.", "in s.e.", "above 0"], &rows);

    let held: Vec<(&str, bool)> =
        found.iter().flat_map(|own| &own.held).map(|(name, holds)| (name.as_str(), *holds)).collect();
    print(&["95 % interval of", "holds 0", "share"], &shares(&held));
    let lucky: Vec<(&str, bool)> =
        found.iter().flat_map(|own| &own.luck).map(|(name, p)| (name.as_str(), *p < 0.05)).collect();
    print(&["test for superior ability by", "p < .05", "share"], &shares(&lucky));

    let outcomes = ["beats", "worse", "not_shown", "too_few", "no_interval"];
    let rows: Vec<Vec<String>> = ["in the objective", "in money"]
        .into_iter()
        .enumerate()
        .map(|(place, name)| {
            let count = |outcome: &&str| found.iter().filter(|own| own.outcomes[place] == **outcome).count();
            std::iter::once(name.to_owned())
                .chain(outcomes.iter().map(|own| count(own).to_string()))
                .collect()
        })
        .collect();
    print(&["the verdict says", "beats", "worse", "not shown", "too few", "no interval"], &rows);
    let either = found.iter().filter(|own| own.outcomes.iter().any(|outcome| outcome == "beats")).count();
    println!("\"beats\" in either: {either} of {} runs", found.len());
}

/// How often what is named is true.
fn shares(all: &[(&str, bool)]) -> Vec<Vec<String>> {
    let mut names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    let share = |name: &str| {
        let own = all.iter().filter(|(own, _)| *own == name);
        let (yes, count) = own.fold((0, 0), |(yes, count), (_, own)| (yes + usize::from(*own), count + 1));
        vec![
            name.to_owned(),
            format!("{yes} of {count}"),
            format!("{:.0} %", 1e2 * yes as f64 / count as f64),
        ]
    };
    names.into_iter().map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn figures_with_a_true_value_of_0_are_counted() {
        let figure = |name: &str, low: f64| json!({ "figure": name, "value": 0.1, "low": low, "high": 0.2 });
        let tested = json!({
            "verdict": { "outcome": "beats", "money": "worse" },
            "figures": {
                "model": [figure("mcc", 0.05), figure("log_loss", 0.1)],
                "differences": [{ "name": "linear", "figures": [figure("mcc", -0.1)] }],
            },
        });
        let best = json!({ "payload": { "cv_results": { "summary": { "avg_objective": 0.3 } }, "corrected_objective": 0.1,
            "superior_ability": [{ "of": "loss", "benchmark": "none", "p_value": 0.04 }] } });
        let trials = json!({ "trials": [
            { "metrics": { "objective_value": 0.3, "stopping_bias": 0.1 } },
            { "metrics": { "objective_value": 0.1, "stopping_bias": 0.2 } },
            { "metrics": { "objective_value": 0.9 } },
            { "metrics": null },
        ] });
        let own = found(&best, &trials, &tested);
        let [mean, without] = own.trials.unwrap();
        assert!((mean - 0.2).abs() < 1e-15 && (without - 0.05).abs() < 1e-15, "{mean} and {without}");
        assert_eq!(own.luck, [("loss against none".to_owned(), 0.04)]);
        assert_eq!(
            shares(&[("b", true), ("a", true), ("b", false)]),
            [["a", "1 of 1", "100 %"], ["b", "1 of 2", "50 %"]]
        );
        let held = [("mcc".to_owned(), false), ("difference from linear: mcc".to_owned(), true)];
        assert_eq!((own.cross_validated, own.corrected, own.tested), (0.3, Some(0.1), Some(0.1)));
        assert_eq!((own.held, own.outcomes), (held.to_vec(), ["beats", "worse"].map(str::to_owned)));
    }
}
