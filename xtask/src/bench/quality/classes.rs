//! Panels whose next return is predicted as a class.
//!
//! Ours is a preset, its models alone, and the settings that were given.

use super::super::runner::Runner;
use super::super::table::print;
use super::cache::{digests, files_of, kept};
use super::ours;
use super::statistics::{difference, mean, shown};
use super::{Figures, NETS, QualityArgs, Scored, TABLES, Variant, by_seed};
use crate::command::root;
use anyhow::Context as _;
use artifact_core::Digest;
use serde_json::{Value, json};
use std::path::Path;

/// How far below the best peer the expected MCC of the preset may be.
const MARGIN: f64 = 0.01;

/// The panels whose best possible score is known.
pub(super) fn panels(bench: &Runner) -> anyhow::Result<Vec<String>> {
    let known = bench.measure_own(&["quality".into(), "panels".into()], 1)?.json;
    let known = known.as_object().context("`bench quality panels` did not print an object")?;
    Ok(known.keys().cloned().collect())
}

/// Scores everything on panels of one kind, and prints the scores; returns whether the preset is close enough to the best
/// peer.
pub(super) fn run(
    bench: &Runner,
    args: &QualityArgs,
    panel: &str,
    directory: &Path,
    figures: &mut Figures,
) -> anyhow::Result<bool> {
    let variants = variants(args)?;
    // Real bars are the same whatever the seed.
    let seeds = if panel == "sample" { 1 } else { args.seeds };
    let mut all = Vec::new();
    for seed in 1..=seeds {
        let place = directory.join(format!("{panel}-{seed}"));
        let scored = score(bench, args, (panel, seed), &variants, &place)?;
        std::fs::remove_dir_all(&place).ok();
        figures.add(args.json.as_deref(), (panel, seed), &scored)?;
        all.push(scored);
    }
    Ok(report(panel, &all))
}

/// The preset, its models alone, and the settings that were given.
fn variants(args: &QualityArgs) -> anyhow::Result<Vec<Variant>> {
    let mut variants = vec![Variant { name: format!("ours, {}", args.preset), settings: String::new() }];
    for model in &args.models {
        let settings = format!("training.model = {model:?}\n");
        variants.push(Variant { name: format!("our {model}"), settings });
    }
    variants.extend(args.given()?);
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
        for (name, path) in more {
            options.extend([format!("--{name}"), path.display().to_string()]);
        }
        anyhow::Ok(bench.measure_own(&options, args.threads)?.json)
    };
    let csv = place.join("csv");
    let written = quality("csv", &[("out", &csv)])?;
    let settings = of_panel(&written)?;
    let data = digests(&files_of(&csv)?)?;
    let program = ours::program(bench, "holdfast")?;
    let mut scored = Vec::new();
    let bayes = quality("bayes", &[])?;
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
            let seconds = ours::pipeline(bench, (&args.preset, &config), &workspace, args.threads)
                .with_context(|| format!("{} on {panel}", variant.name))?;
            let own = quality("ours", &[("csv", &csv), ("workspace", &workspace)])?;
            Ok(json!({ "seconds": seconds, "own": own }))
        };
        let inputs = json!([data, program, args.preset, settings, args.threads]);
        let measured = kept(args.cache.as_deref(), &inputs, run)?;
        let (own, seconds) = (&measured["own"], measured["seconds"].as_f64());
        let mut scores = own["model"].clone();
        scores["run"] = ours::chosen(own);
        scored.push(Scored { name: variant.name.clone(), scores, seconds });
        if number == 0 {
            let scores = own["linear"].clone();
            scored.push(Scored { name: "our linear".to_owned(), scores, seconds: None });
        }
    }
    let peers = args.peers_of(panel);
    if bench.python.is_some() && !peers.is_empty() {
        let folder = place.join("exchange");
        quality("exchange", &[("out", &folder)])?;
        let script = Digest::of(&std::fs::read(root().join("bench/peers/quality.py"))?);
        let inputs = (digests(&files_of(&folder)?)?, script, args.threads);
        for peer in peers {
            let run = || {
                let options =
                    [&folder.display().to_string(), "--threads", &args.threads.to_string(), "--peers", peer];
                if bench.measure_peer("quality.py", &options.map(str::to_owned)).is_none() {
                    return Ok(Value::Null);
                }
                let result = std::fs::read(folder.join(format!("result_{peer}_1.json")))?;
                let result: Value = serde_json::from_slice(&result)?;
                let predictions = folder.join(format!("predictions_{peer}_1.npy"));
                let scores = quality("score", &[("predictions", &predictions)])?;
                Ok(json!({ "seconds": result["fit_seconds"], "scores": scores }))
            };
            let measured = kept(args.cache.as_deref(), &json!([inputs, peer]), run)?;
            if !measured.is_null() {
                let (scores, seconds) = (measured["scores"].clone(), measured["seconds"].as_f64());
                scored.push(Scored { name: peer.to_owned(), scores, seconds });
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

/// Prints the scores on a kind of panel; returns whether the preset is close enough to the best peer.
fn report(panel: &str, all: &[Vec<Scored>]) -> bool {
    // A peer that is missing for one seed is missing for all.
    let names: Vec<&str> = all[0].iter().map(|scored| scored.name.as_str()).collect();
    let is_best = |name: &str| name == "best possible";
    let Some(preset) = names.iter().copied().find(|name| !is_best(name)) else { return true };
    let values = |name: &str, score: &str| by_seed(all, name, Some(score));
    let (ours, best) = (values(preset, "mcc"), values("best possible", "mcc"));
    let row = |&name: &&str| {
        let own = values(name, "mcc");
        let less = if name == preset { String::new() } else { difference(&own, &ours) };
        vec![
            name.to_owned(),
            shown(mean(&own), 4),
            shown(100.0 * mean(&own) / mean(&best), 0),
            less,
            shown(mean(&values(name, "log_loss")), 4),
            shown(mean(&by_seed(all, name, None)), 1),
        ]
    };
    let rows: Vec<Vec<String>> = names.iter().map(row).collect();
    let (title, versus) = (format!("{panel}, {} seeds", all.len()), format!("less {preset}"));
    print(&[&title, "mcc", "% of best", &versus, "log loss", "seconds"], &rows);
    let is_peer = |name: &&&str| TABLES.contains(name) || NETS.contains(name);
    let peers = names.iter().filter(is_peer).map(|name| mean(&values(name, "mcc")));
    let best_peer = peers.fold(f64::NEG_INFINITY, f64::max);
    mean(&ours) >= best_peer - MARGIN
}

#[cfg(test)]
mod tests {
    use super::*;

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
