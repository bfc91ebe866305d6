//! Panels whose next return is predicted as a class.
//!
//! Ours is a preset, its models alone, and the settings that were given.

use super::super::runner::Runner;
use super::super::table::print;
use super::cache::{digests, files_of, kept};
use super::ours;
use super::statistics::{difference, mean, shown};
use super::{Figures, NETS, QualityArgs, Scored, TABLES, Variant, by_seed};
use anyhow::Context as _;
use artifact_core::Digest;
use serde_json::{Value, json};
use std::path::Path;
use xtask::command::root;

/// Names of rows of the table.
const BEST: &str = "best possible";
const LINEAR: &str = "our linear";
const GBDT: &str = "our gbdt";
/// How far below the best peer the MCC of the preset may be, and that of our trees below LightGBM's defaults.
const MARGIN: f64 = 0.01;
/// How far below scikit-learn's logistic regression the MCC of our linear model may be.
const LINEAR_MARGIN: f64 = 0.005;
/// From this best possible MCC on, a signal is strong: the preset must find most of it.
const STRONG: f64 = 0.15;
/// How much of a strong signal the preset must find.
const SHARE: f64 = 0.9;

/// The panels whose best possible score is known.
pub(super) fn panels(bench: &Runner) -> anyhow::Result<Vec<String>> {
    let known = bench.measure_own(&["quality".into(), "panels".into()], 1)?.json;
    let known = known.as_object().context("`bench quality panels` did not print an object")?;
    Ok(known.keys().cloned().collect())
}

/// Scores everything on panels of one kind, and prints the scores; returns where ours falls short.
pub(super) fn run(
    bench: &Runner,
    args: &QualityArgs,
    panel: &str,
    directory: &Path,
    figures: &mut Figures,
) -> anyhow::Result<Vec<String>> {
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
        scored.push(Scored { name: BEST.to_owned(), scores, seconds: None });
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
            scored.push(Scored { name: LINEAR.to_owned(), scores, seconds: None });
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

/// Prints the scores on a kind of panel; returns where ours falls short.
fn report(panel: &str, all: &[Vec<Scored>]) -> Vec<String> {
    // A peer that is missing for one seed is missing for all.
    let names: Vec<&str> = all[0].iter().map(|scored| scored.name.as_str()).collect();
    let Some(preset) = names.iter().copied().find(|name| *name != BEST) else { return Vec::new() };
    let values = |name: &str, score: &str| by_seed(all, name, Some(score));
    let (ours, best) = (values(preset, "mcc"), values(BEST, "mcc"));
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
    shortfalls(preset, &names, |name| mean(&values(name, "mcc")))
}

/// Where the MCC of ours is further below that of a peer, or of the best possible classifier, than it may be.
fn shortfalls(preset: &str, names: &[&str], mcc: impl Fn(&str) -> f64) -> Vec<String> {
    let mut shortfalls = Vec::new();
    let mut below = |own: &str, peer: &str, margin: f64| {
        let less = mcc(peer) - mcc(own);
        if less.is_nan() || less > margin {
            shortfalls.push(format!("{own} is {less:.4} below {peer}, more than {margin}"));
        }
    };
    let is_peer = |name: &&&str| TABLES.contains(name) || NETS.contains(name);
    if let Some(peer) = names.iter().filter(is_peer).max_by(|a, b| mcc(a).total_cmp(&mcc(b))) {
        below(preset, peer, MARGIN);
    }
    for (own, peer, margin) in [(LINEAR, "linear", LINEAR_MARGIN), (GBDT, "lightgbm", MARGIN)] {
        if names.contains(&own) && names.contains(&peer) {
            below(own, peer, margin);
        }
    }
    if names.contains(&BEST) && mcc(BEST) >= STRONG && mcc(preset) < SHARE * mcc(BEST) {
        let share = mcc(preset) / mcc(BEST);
        shortfalls.push(format!(
            "{preset} finds {:.0} % of what is possible, less than {:.0} %",
            100.0 * share,
            100.0 * SHARE
        ));
    }
    shortfalls
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
    fn ours_may_be_a_little_below_the_peers_and_the_best() {
        let short = |scores: &[(&str, f64)]| {
            let own = |&(name, mcc): &(&str, f64)| Scored {
                name: name.to_owned(),
                scores: json!({ "mcc": mcc }),
                seconds: None,
            };
            report("x", &[scores.iter().map(own).collect()])
        };
        let preset = |mcc| ("ours, default", mcc);
        let none: [&str; 0] = [];
        assert_eq!(short(&[preset(0.095), ("gru", 0.1), ("lightgbm", 0.05)]), none);
        assert_eq!(
            short(&[preset(0.08), ("gru", 0.1), ("lightgbm", 0.05)]),
            ["ours, default is 0.0200 below gru, more than 0.01"]
        );
        assert_eq!(short(&[preset(0.1), (LINEAR, 0.096), ("linear", 0.1)]), none);
        assert_eq!(
            short(&[preset(0.1), (LINEAR, 0.094), ("linear", 0.1)]),
            ["our linear is 0.0060 below linear, more than 0.005"]
        );
        assert_eq!(short(&[preset(0.1), (GBDT, 0.02), ("lightgbm_tuned", 0.1)]), none);
        assert_eq!(
            short(&[preset(0.1), (GBDT, 0.02), ("lightgbm", 0.1)]),
            ["our gbdt is 0.0800 below lightgbm, more than 0.01"]
        );
        assert_eq!(short(&[(BEST, 0.14), preset(0.1)]), none, "a weak signal may be missed");
        assert_eq!(short(&[(BEST, 0.2), preset(0.181)]), none);
        assert_eq!(
            short(&[(BEST, 0.2), preset(0.17)]),
            ["ours, default finds 85 % of what is possible, less than 90 %"]
        );
    }
}
