//! `bench objectives`: which validation metric picks the epochs and trials that are best on test.
//!
//! A study draws trials at random, so that none is favoured. Every epoch of every trial is then judged twice: on validation
//! by all metrics, as a study judges it, and on test by the expected scores of panels whose truth is known. A metric's
//! score is the test score of the epoch that it likes best.

use super::super::runner::Runner;
use super::super::table::print;
use super::cache::{digests, files_of, kept};
use super::classes::{of_panel, panels};
use super::ours;
use super::statistics::{difference, mean};
use anyhow::Context as _;
use artifact_core::files;
use clap::Args;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Options of `cargo xtask bench objectives`.
#[derive(Debug, Args)]
pub(crate) struct ObjectivesArgs {
    /// Panels [default: those whose best score is known]
    #[arg(long, num_args = 1.., value_name = "NAME")]
    panels: Vec<String>,
    /// Number of panels of each kind, with the seeds 1, 2, ...
    #[arg(long, default_value_t = 3)]
    seeds: u64,
    /// The preset whose models and search space are used
    #[arg(long, default_value = "default")]
    preset: String,
    /// Number of trials
    #[arg(long, default_value_t = 24)]
    trials: usize,
    /// Number of epochs of each trial
    #[arg(long, default_value_t = 15)]
    epochs: usize,
    /// Folder that keeps what was measured, by the digest of what it depends on, so that it is not measured again
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Number of threads
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// File for all figures
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// What a metric chose on one panel: the expected MCC and log loss on test.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Chosen {
    mcc: f64,
    log_loss: f64,
}

/// What each metric chose on one panel; `best` is what a judge who knows the test scores chooses.
type Choices = BTreeMap<String, Chosen>;

/// The choice that no metric makes.
const BEST: &str = "(best on test)";

pub(in super::super) fn run(bench: &Runner, args: &ObjectivesArgs) -> anyhow::Result<()> {
    let panels = match args.panels.as_slice() {
        [] => panels(bench)?,
        panels => panels.to_vec(),
    };
    let directory = tempfile::tempdir().context("failed to create a temporary directory")?;
    let (mut all, mut by_panel) = (Vec::new(), Vec::new());
    for panel in &panels {
        let mut by_seed = Vec::new();
        for seed in 1..=args.seeds {
            let place = directory.path().join(format!("{panel}-{seed}"));
            let choices = choices(&trials(bench, args, (panel, seed), &place)?)
                .with_context(|| format!("{panel}, seed {seed}"))?;
            std::fs::remove_dir_all(&place).ok();
            let shown: BTreeMap<_, _> =
                choices.iter().map(|(name, chosen)| (name, [chosen.mcc, chosen.log_loss])).collect();
            all.push(json!({ "panel": panel, "seed": seed, "mcc_and_log_loss": shown }));
            by_seed.push(choices);
        }
        by_panel.push((panel.as_str(), by_seed));
        if let Some(path) = &args.json {
            files::write_atomically(path, format!("{:#}\n", Value::Array(all.clone())).as_bytes())?;
        }
    }
    report(&by_panel);
    Ok(())
}

/// Draws the trials of a panel and judges their epochs.
fn trials(
    bench: &Runner,
    args: &ObjectivesArgs,
    (panel, seed): (&str, u64),
    place: &Path,
) -> anyhow::Result<Value> {
    let quality = |command: &str, more: &[(&str, &str)]| {
        let seed = seed.to_string();
        let options = [("panel", panel), ("seed", &seed)].into_iter().chain(more.iter().copied());
        let options = options.flat_map(|(name, value)| [format!("--{name}"), value.to_owned()]);
        let options: Vec<String> =
            ["quality", command].map(str::to_owned).into_iter().chain(options).collect();
        anyhow::Ok(bench.measure_own(&options, args.threads)?.json)
    };
    let csv = place.join("csv").display().to_string();
    let written = quality("csv", &[("out", &csv)])?;
    let settings = format!(
        "{}tuner.stages = [{{ sampler = \"random\", trials = {}, epochs = 1 }}]\nextended.top_n = 1\n\
         extended.epochs = 1\nextended.folds = 2\n",
        of_panel(&written)?,
        args.trials
    );
    let run = || {
        let (config, workspace) = (place.join("run.toml"), place.join("workspace"));
        std::fs::write(&config, format!("data.files = {}\n{settings}", written["files"]))?;
        ours::pipeline(bench, (&args.preset, &config), &workspace, args.threads)
            .with_context(|| format!("the trials on {panel}"))?;
        let (workspace, epochs) = (workspace.display().to_string(), args.epochs.to_string());
        quality("epochs", &[("csv", &csv), ("workspace", &workspace), ("epochs", &epochs)])
    };
    let inputs = json!([
        digests(&files_of(Path::new(&csv))?)?,
        ours::program(bench, "holdfast")?,
        ours::program(bench, "bench")?,
        args.preset,
        settings,
        args.epochs,
        args.threads
    ]);
    kept(args.cache.as_deref(), &inputs, run)
}

/// For each metric the test scores of the epoch, of all trials, for which it is highest on validation; the first of equals.
fn choices(judged: &Value) -> anyhow::Result<Choices> {
    let trials = judged["trials"].as_array().context("no trials")?;
    let epochs: Vec<&Value> =
        trials.iter().filter_map(|trial| trial["epochs"].as_array()).flatten().collect();
    let test = |epoch: &Value| Chosen {
        mcc: epoch["test"]["expected_mcc"].as_f64().unwrap_or(f64::NAN),
        log_loss: epoch["test"]["expected_log_loss"].as_f64().unwrap_or(f64::NAN),
    };
    let first = epochs.first().context("no epochs")?;
    let names = first["validation"].as_object().context("no metrics")?.keys();
    let highest = |value: &dyn Fn(&Value) -> f64| {
        let better = |best: &'_ Value, next: &'_ Value| value(next) > value(best);
        epochs.iter().copied().fold(*first, |best, next| if better(best, next) { next } else { best })
    };
    let mut choices: Choices = names
        .map(|name| {
            let value = |epoch: &Value| epoch["validation"][name].as_f64().unwrap_or(f64::NEG_INFINITY);
            (name.clone(), test(highest(&value)))
        })
        .collect();
    choices.insert(BEST.to_owned(), test(highest(&|epoch| test(epoch).mcc)));
    Ok(choices)
}

/// Prints the expected test MCC and log loss of what each metric chose, best metric first, each with the difference to the
/// metric that is best by it, over all panels.
fn report(by_panel: &[(&str, Vec<Choices>)]) {
    let all = || by_panel.iter().flat_map(|(_, by_seed)| by_seed);
    let Some(first) = all().next() else { return };
    let of = |name: &str| -> Vec<Chosen> { all().filter_map(|choices| choices.get(name)).copied().collect() };
    let mccs = |name: &str| -> Vec<f64> { of(name).iter().map(|chosen| chosen.mcc).collect() };
    let losses = |name: &str| -> Vec<f64> { of(name).iter().map(|chosen| chosen.log_loss).collect() };
    let mut names: Vec<&String> = first.keys().collect();
    names.sort_by(|a, b| mean(&mccs(b)).total_cmp(&mean(&mccs(a))));
    let metrics = || names.iter().filter(|name| name.as_str() != BEST);
    let Some(winner) = metrics().next() else { return };
    let calibrated = metrics().min_by(|a, b| mean(&losses(a)).total_cmp(&mean(&losses(b)))).unwrap_or(winner);
    let (highest, least) = (mccs(winner), losses(calibrated));
    let rows: Vec<Vec<String>> = names
        .iter()
        .map(|name| {
            let (mccs, losses) = (mccs(name), losses(name));
            let mut row = vec![
                (*name).clone(),
                format!("{:.4}", mean(&mccs)),
                difference(&mccs, &highest),
                format!("{:.4}", mean(&losses)),
                difference(&losses, &least),
            ];
            row.extend(by_panel.iter().map(|(_, by_seed)| {
                let own = by_seed.iter().filter_map(|choices| choices.get(*name));
                format!("{:.3}", mean(&own.map(|chosen| chosen.mcc).collect::<Vec<f64>>()))
            }));
            row
        })
        .collect();
    let mut head = vec!["objective", "test mcc", "less the best", "log loss", "less the least"];
    head.extend(by_panel.iter().map(|(panel, _)| *panel));
    print(&head, &rows);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_chooses_the_epoch_that_it_likes_best() {
        let epoch = |a: f64, b: f64, mcc: f64| {
            json!({ "validation": { "a": a, "b": b },
            "test": { "expected_mcc": mcc, "expected_log_loss": -mcc } })
        };
        let judged = json!({ "trials": [
            { "epochs": [epoch(0.1, 0.9, 0.3), epoch(0.2, 0.8, 0.4)] },
            { "epochs": [epoch(0.2, 0.7, 0.5)] },
        ] });
        let choices = choices(&judged).unwrap();
        let chosen = |mcc: f64| Chosen { mcc, log_loss: -mcc };
        assert_eq!((choices["a"], choices["b"], choices[BEST]), (chosen(0.4), chosen(0.3), chosen(0.5)));
        assert!(super::choices(&json!({ "trials": [] })).is_err());
    }
}
