//! `bench quality`: how much of what can be predicted the models find, ours and the usual alternatives.
//!
//! Every panel has the labels, the split and the test cases in common; `bench/peers/quality.py` says what the peers see,
//! and `bench/src/quality` how all of them are scored. Ours is `holdfast pipeline` with a preset, as a user gets it.
//! The task is the class of the next return, `TASK`.

use super::process::measure;
use super::runner::Runner;
use super::table::print;
use crate::command::root;
use anyhow::{Context as _, bail};
use artifact_core::{Digest, files};
use clap::Args;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is predicted, as `bench quality` and the peers call it.
const TASK: &str = "classes";
/// The peers that `bench/peers/quality.py` knows.
const PEERS: [&str; 5] = ["linear", "lightgbm", "lightgbm_tuned", "gru", "transformer"];
/// How far below the best peer the expected MCC of the preset may be.
const MARGIN: f64 = 0.01;

/// Options of `cargo xtask bench quality`.
#[derive(Debug, Args)]
pub(crate) struct QualityArgs {
    /// Panels, also planted, sample and bars [default: those whose best score is known]
    #[arg(long, num_args = 1.., value_name = "NAME")]
    panels: Vec<String>,
    /// Number of panels of each kind, with the seeds 1, 2, ...
    #[arg(long, default_value_t = 3)]
    seeds: u64,
    /// The preset that is measured
    #[arg(long, default_value = "default")]
    preset: String,
    /// Models that are tuned alone too
    #[arg(long, num_args = 0.., value_name = "NAME", default_values = ["gbdt"])]
    models: Vec<String>,
    /// Further settings to measure: a name, and a file over the preset without the sections data, labels and split
    #[arg(long, num_args = 1.., value_name = "NAME=FILE")]
    ours: Vec<String>,
    /// Peers
    #[arg(long, num_args = 0.., value_name = "NAME", default_values = PEERS)]
    peers: Vec<String>,
    /// Folder that keeps what was measured, by the digest of what it depends on, so that it is not measured again
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Folder of CSV files for the panel bars
    #[arg(long, value_name = "DIR")]
    bars: Option<PathBuf>,
    /// Number of tickers of the panel bars [default: all]
    #[arg(long)]
    tickers: Option<usize>,
    /// Number of threads
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// File for all figures
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// One of ours.
struct Variant {
    name: String,
    /// Settings over the preset, after those of the panel.
    settings: String,
}

/// The scores of one predictor on one panel.
struct Scored {
    name: String,
    scores: Value,
    seconds: Option<f64>,
}

impl Scored {
    /// A score: its expectation where that is known, else the realised one.
    fn score(&self, name: &str) -> f64 {
        let expected = self.scores[format!("expected_{name}")].as_f64();
        expected.or(self.scores[name].as_f64()).unwrap_or(f64::NAN)
    }
}

pub(super) fn run(bench: &Runner, args: &QualityArgs) -> anyhow::Result<()> {
    let panels = match args.panels.as_slice() {
        [] => {
            let known = bench.measure_own(&["quality".into(), "panels".into()], 1)?.json;
            known
                .as_object()
                .context("`bench quality panels` did not print an object")?
                .keys()
                .cloned()
                .collect()
        }
        panels => panels.to_vec(),
    };
    let variants = variants(args)?;
    let directory = tempfile::tempdir().context("failed to create a temporary directory")?;
    let (mut all, mut missed) = (Vec::new(), Vec::new());
    for panel in &panels {
        // Real bars are the same whatever the seed.
        let seeds = if ["sample", "bars"].contains(&panel.as_str()) { 1 } else { args.seeds };
        let mut by_seed = Vec::new();
        for seed in 1..=seeds {
            let place = directory.path().join(format!("{panel}-{seed}"));
            let scored = score(bench, args, (panel, seed), &variants, &place)?;
            std::fs::remove_dir_all(&place).ok();
            for Scored { name, scores, seconds } in &scored {
                all.push(json!({ "panel": panel, "seed": seed, "name": name, "seconds": seconds, "scores": scores }));
            }
            if let Some(path) = &args.json {
                files::write_atomically(path, format!("{:#}\n", Value::Array(all.clone())).as_bytes())?;
            }
            by_seed.push(scored);
        }
        if !report(panel, &by_seed) {
            missed.push(panel.clone());
        }
    }
    if !missed.is_empty() {
        bail!("the preset is more than {MARGIN} below the best peer on {}", missed.join(", "));
    }
    Ok(())
}

/// The preset, its models alone, and the settings that were given.
fn variants(args: &QualityArgs) -> anyhow::Result<Vec<Variant>> {
    let mut variants = vec![Variant { name: format!("ours, {}", args.preset), settings: String::new() }];
    for model in &args.models {
        let settings = format!("training.model = {model:?}\n");
        variants.push(Variant { name: format!("our {model}"), settings });
    }
    for given in &args.ours {
        let (name, path) = given.split_once('=').with_context(|| format!("{given:?} is not NAME=FILE"))?;
        let settings = std::fs::read_to_string(path).with_context(|| format!("failed to read {path}"))?;
        variants.push(Variant { name: name.to_owned(), settings });
    }
    Ok(variants)
}

/// Scores everything on one panel, in a folder that is made for it. The best possible classifier comes first, where it
/// is known, then ours, then the peers.
fn score(
    bench: &Runner,
    args: &QualityArgs,
    (panel, seed): (&str, u64),
    variants: &[Variant],
    place: &Path,
) -> anyhow::Result<Vec<Scored>> {
    let quality = |command: &str, more: &[(&str, &Path)]| {
        let mut options: Vec<String> = ["quality", command, "--panel", panel].map(str::to_owned).into();
        options.extend(["--seed".to_owned(), seed.to_string()]);
        if let ("bars", Some(tickers)) = (panel, args.tickers) {
            options.extend(["--tickers".to_owned(), tickers.to_string()]);
        }
        let bars = args.bars.as_deref().filter(|_| panel == "bars").map(|bars| ("bars", bars));
        for (name, path) in more.iter().copied().chain(bars) {
            options.extend([format!("--{name}"), path.display().to_string()]);
        }
        anyhow::Ok(bench.measure_own(&options, args.threads)?.json)
    };
    let task = Path::new(TASK);
    let csv = place.join("csv");
    let written = quality("csv", &[("out", &csv)])?;
    let settings = of_panel(&written)?;
    let data = digests(&csv)?;
    let program = Digest::of(&std::fs::read(bench.own("holdfast").get_program())?);
    let mut scored = Vec::new();
    let bayes = quality("bayes", &[("task", task)])?;
    if let Some(highest) = bayes["highest_mcc"].as_f64() {
        let mut scores = bayes["scores"].clone();
        scores["expected_mcc"] = highest.into();
        scored.push(Scored { name: "best possible".to_owned(), scores, seconds: None });
    }
    for (number, variant) in variants.iter().enumerate() {
        let settings = format!("{settings}{}", variant.settings);
        let run = || {
            let (config, workspace) = (place.join("run.toml"), place.join(format!("workspace-{number}")));
            std::fs::write(&config, format!("data.files = {}\n{settings}", written["files"]))?;
            let mut pipeline = bench.own("holdfast");
            pipeline.args(["pipeline", "--preset", &args.preset, "--config"]).arg(&config);
            pipeline.arg("--workspace").arg(&workspace);
            let seconds = measure(pipeline.env("RAYON_NUM_THREADS", args.threads.to_string()))
                .with_context(|| format!("{} on {panel}", variant.name))?
                .wall_seconds;
            let own = quality("ours", &[("csv", &csv), ("workspace", &workspace)])?;
            Ok(json!({ "seconds": seconds, "own": own }))
        };
        let inputs = json!([data, program, args.preset, settings, args.threads]);
        let measured = kept(args.cache.as_deref(), &inputs, run)?;
        let (own, seconds) = (&measured["own"], measured["seconds"].as_f64());
        let mut scores = own["model"].clone();
        scores["run"] = json!({ "chosen": own["chosen"], "params": own["params"], "epochs": own["epochs"], "decision_balance": own["decision_balance"],
            "cross_validation": own["cross_validation"], "validation": own["validation"] });
        scored.push(Scored { name: variant.name.clone(), scores, seconds });
        if number == 0 {
            let scores = own["linear"].clone();
            scored.push(Scored { name: "our linear".to_owned(), scores, seconds: None });
        }
    }
    if bench.python.is_some() && !args.peers.is_empty() {
        let folder = place.join("exchange");
        quality("exchange", &[("task", task), ("out", &folder)])?;
        let script = Digest::of(&std::fs::read(root().join("bench/peers/quality.py"))?);
        let inputs = (digests(&folder)?, script, args.threads);
        for peer in &args.peers {
            let run = || {
                let options =
                    [&folder.display().to_string(), "--threads", &args.threads.to_string(), "--peers", peer];
                if bench.measure_peer("quality.py", &options.map(str::to_owned)).is_none() {
                    return Ok(Value::Null);
                }
                let result = std::fs::read(folder.join(format!("result_{peer}_1.json")))?;
                let result: Value = serde_json::from_slice(&result)?;
                let predictions = folder.join(format!("predictions_{peer}_1.npy"));
                let scores = quality("score", &[("task", task), ("predictions", &predictions)])?;
                Ok(json!({ "seconds": result["fit_seconds"], "scores": scores }))
            };
            let measured = kept(args.cache.as_deref(), &json!([inputs, peer]), run)?;
            if !measured.is_null() {
                let (scores, seconds) = (measured["scores"].clone(), measured["seconds"].as_f64());
                scored.push(Scored { name: peer.clone(), scores, seconds });
            }
        }
    }
    Ok(scored)
}

/// The settings of a run on a panel but for its files, as keys that come before all sections.
pub(super) fn of_panel(written: &Value) -> anyhow::Result<String> {
    let settings = &written["settings"];
    let number = |name: &str| {
        settings[name].as_f64().with_context(|| format!("`bench quality csv` printed no {name}"))
    };
    Ok(format!(
        "name = \"quality\"\ndata.source = \"csv\"\ndata.period = \"max\"\nlabels.rule = \"horizon\"\n\
         labels.entry = \"close\"\nlabels.threshold = {}\nlabels.time_window = 1\nsplit.train_test_split_ratio = {}\nsplit.validation_ratio = {}\n",
        number("threshold")?,
        number("train_test_split_ratio")?,
        number("validation_ratio")?
    ))
}

/// The digest of each file of a folder, by name.
pub(super) fn digests(folder: &Path) -> anyhow::Result<BTreeMap<String, Digest>> {
    let mut digests = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        digests.insert(name, Digest::of(&std::fs::read(&path)?));
    }
    Ok(digests)
}

/// What was measured of these inputs before, if the cache has it, else what is measured now. `inputs` name everything
/// that the figures depend on but for the packages of Python and the machine. A null is not kept.
pub(super) fn kept(
    cache: Option<&Path>,
    inputs: &Value,
    measured: impl FnOnce() -> anyhow::Result<Value>,
) -> anyhow::Result<Value> {
    let Some(cache) = cache else { return measured() };
    let path = cache.join(format!("{}.json", Digest::of(&artifact_core::canonical_json(inputs)?).short()));
    if let Ok(known) = std::fs::read(&path) {
        return serde_json::from_slice(&known).with_context(|| format!("failed to read {}", path.display()));
    }
    let measured = measured()?;
    if !measured.is_null() {
        std::fs::create_dir_all(cache)?;
        files::write_atomically(&path, measured.to_string().as_bytes())?;
    }
    Ok(measured)
}

/// Prints the scores on a kind of panel; returns whether the preset is close enough to the best peer.
fn report(panel: &str, by_seed: &[Vec<Scored>]) -> bool {
    // A peer that is missing for one seed is missing for all.
    let names: Vec<&str> = by_seed[0].iter().map(|scored| scored.name.as_str()).collect();
    let values = |name: &str, score: &str| -> Vec<f64> {
        let of = |scored: &Vec<Scored>| Some(scored.iter().find(|own| own.name == name)?.score(score));
        by_seed.iter().map(|scored| of(scored).unwrap_or(f64::NAN)).collect()
    };
    let is_best = |name: &str| name == "best possible";
    let Some(preset) = names.iter().copied().find(|name| !is_best(name)) else { return true };
    let (ours, best) = (values(preset, "mcc"), values("best possible", "mcc"));
    let seconds = |name: &str| {
        let of = |scored: &Vec<Scored>| scored.iter().find(|own| own.name == name)?.seconds;
        by_seed.iter().map(|scored| of(scored).unwrap_or(f64::NAN)).collect::<Vec<f64>>()
    };
    let mut rows = Vec::new();
    for &name in &names {
        let own = values(name, "mcc");
        let less: Vec<f64> = own.iter().zip(&ours).map(|(own, ours)| own - ours).collect();
        let shown = |value: f64, digits: usize| {
            if value.is_finite() { format!("{value:.digits$}") } else { "-".to_owned() }
        };
        let interval = match (name == preset, half_width(&less)) {
            (true, _) => String::new(),
            (false, None) => format!("{:+.4}", mean(&less)),
            (false, Some(half)) => format!("{:+.4} +- {half:.4}", mean(&less)),
        };
        rows.push(vec![
            name.to_owned(),
            shown(mean(&own), 4),
            shown(100.0 * mean(&own) / mean(&best), 0),
            interval,
            shown(mean(&values(name, "log_loss")), 4),
            shown(mean(&seconds(name)), 1),
        ]);
    }
    let (title, versus) = (format!("{panel}, {} seeds", by_seed.len()), format!("less {preset}"));
    print(&[&title, "mcc", "% of best", &versus, "log loss", "seconds"], &rows);
    let peers = names.iter().filter(|name| PEERS.contains(name)).map(|name| mean(&values(name, "mcc")));
    let best_peer = peers.fold(f64::NEG_INFINITY, f64::max);
    mean(&ours) >= best_peer - MARGIN
}

pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Half the width of the 95 % interval of a mean, by Student's t; `None` for fewer than two values.
pub(super) fn half_width(values: &[f64]) -> Option<f64> {
    // The 97.5 % quantiles for 1, 2, ... degrees of freedom, from a table.
    const QUANTILES: [f64; 10] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
    let count = values.len();
    let quantile = QUANTILES.get(count.checked_sub(2)?).copied().unwrap_or(2.1);
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    Some(quantile * (squares / (count - 1) as f64 / count as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_student() {
        // The mean of 1, 2, 3 is 2 with a standard error of 1 / sqrt(3), and t with two degrees of freedom is 4.303.
        let half = half_width(&[1.0, 2.0, 3.0]).unwrap();
        assert!((half - 4.303 / 3f64.sqrt()).abs() < 1e-12);
        assert_eq!((half_width(&[1.0]), half_width(&[])), (None, None));
        assert!(half_width(&[1.0; 40]).unwrap() < 1e-12);
    }

    #[test]
    fn expected_scores_come_before_realised_ones() {
        let scored = |scores| Scored { name: String::new(), scores, seconds: None };
        assert_eq!(scored(json!({ "mcc": 0.1, "expected_mcc": 0.2 })).score("mcc"), 0.2);
        assert_eq!(scored(json!({ "mcc": 0.1, "expected_mcc": null })).score("mcc"), 0.1);
    }

    #[test]
    fn the_settings_of_a_panel_are_a_configuration() {
        let written = json!({ "settings": {
            "threshold": 0.0052, "train_test_split_ratio": 0.803125, "validation_ratio": 0.25 } });
        let text = of_panel(&written).unwrap() + "training.model = \"gbdt\"\n";
        let config = settings::Config::from_toml(settings::Preset::Default, &text, "run.toml").unwrap();
        assert_eq!((config.labels.threshold, config.labels.time_window), (0.0052, 1));
        assert!(of_panel(&json!({})).is_err());
    }

    #[test]
    fn a_figure_is_measured_once_for_the_same_inputs() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Some(folder.path());
        let figures = json!({ "mcc": 0.125 });
        assert_eq!(kept(cache, &json!([1]), || Ok(Value::Null)).unwrap(), Value::Null);
        assert_eq!(kept(cache, &json!([1]), || Ok(figures.clone())).unwrap(), figures);
        assert_eq!(kept(cache, &json!([1]), || bail!("measured twice")).unwrap(), figures);
        assert!(kept(cache, &json!([2]), || bail!("other inputs")).is_err());
    }

    #[test]
    fn a_preset_may_be_a_little_below_the_best_peer() {
        let by = |ours: f64, peer: f64| {
            let own = |name: &str, mcc: f64| Scored {
                name: name.to_owned(),
                scores: json!({ "mcc": mcc }),
                seconds: None,
            };
            vec![vec![own("ours, default", ours), own("gru", peer)]]
        };
        assert!(report("x", &by(0.095, 0.1)) && !report("x", &by(0.08, 0.1)));
    }
}
