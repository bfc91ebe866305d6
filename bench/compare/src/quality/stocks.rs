//! The panel `bars`: real stocks, whose returns are predicted as numbers and scored by how they rank on each date.
//!
//! Ours are settings over the preset. The peers get the features, labels and split of our runs, and the seeds are those
//! of the fits, since the bars are what they are.

use super::super::runner::Runner;
use super::super::table::print;
use super::cache::{digests, files_of, keep, known};
use super::ours;
use super::statistics::{difference, half_width, mean, shown};
use super::{BARS, Figures, QLIB, QualityArgs, Scored, Variant, by_seed};
use anyhow::{Context as _, ensure};
use artifact_core::Digest;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use xtask::command::root;

/// The settings of the panel but for its files and the seed, as keys that come before all sections.
const PANEL: &str = include_str!("stocks.toml");
/// What is measured unless other settings are given.
const OURS: &str = include_str!("stocks_ours.toml");
/// The figures that are compared.
const SCORES: [&str; 2] = ["ic", "rank_ic"];

/// Scores everything, and prints the scores; returns whether ours is no worse than LightGBM with Qlib's settings.
pub(super) fn run(
    bench: &Runner,
    args: &QualityArgs,
    directory: &Path,
    figures: &mut Figures,
) -> anyhow::Result<Vec<String>> {
    let given = args.given()?;
    let own = || vec![Variant { name: "ours".to_owned(), settings: OURS.to_owned() }];
    let variants = if given.is_empty() { own() } else { given };
    let mut stocks = Stocks::of(bench, args, variants, directory.join(BARS))?;
    let mut all = Vec::new();
    for seed in 1..=args.seeds {
        all.push(stocks.ours(seed)?);
    }
    let peers = args.peers_of(BARS);
    if bench.python.is_some() && !peers.is_empty() {
        println!("The nets are left out on {BARS}: the peers see one row of features.");
        stocks.peers(&peers, &mut all)?;
    }
    for (seed, scored) in (1..).zip(&all) {
        figures.add(args.json.as_deref(), (BARS, seed), scored)?;
    }
    std::fs::remove_dir_all(&stocks.place).ok();
    Ok(report(&all))
}

/// The measurements of one panel.
struct Stocks<'a> {
    bench: &'a Runner,
    args: &'a QualityArgs,
    variants: Vec<Variant>,
    /// The CSV files.
    files: Vec<PathBuf>,
    /// The digests of the files and of the program.
    inputs: Value,
    /// A folder that is made for them.
    place: PathBuf,
    /// The workspace of a run of the first variant, if there was none in the cache.
    workspace: Option<PathBuf>,
    /// The digest of what the arrays depend on, and the numbers of test cases and their dates.
    shared: Option<(Value, Value)>,
}

impl<'a> Stocks<'a> {
    fn of(
        bench: &'a Runner,
        args: &'a QualityArgs,
        variants: Vec<Variant>,
        place: PathBuf,
    ) -> anyhow::Result<Self> {
        let folder = args.bars.as_deref().context("the panel `bars` needs --bars FOLDER")?;
        let folder = folder.canonicalize().with_context(|| format!("failed to find {}", folder.display()))?;
        let is_csv =
            |path: &PathBuf| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
        let files = files_of(&folder)?.into_iter().filter(is_csv).take(args.tickers.unwrap_or(usize::MAX));
        let files: Vec<PathBuf> = files.collect();
        ensure!(!files.is_empty(), "{} has no CSV file", folder.display());
        let inputs = json!([BARS, digests(&files)?, ours::program(bench, "holdfast")?]);
        std::fs::create_dir_all(&place)?;
        Ok(Self { bench, args, variants, files, inputs, place, workspace: None, shared: None })
    }

    /// Scores all of ours with one seed.
    fn ours(&mut self, seed: u64) -> anyhow::Result<Vec<Scored>> {
        let mut scored = Vec::new();
        for number in 0..self.variants.len() {
            let Variant { name, settings } = &self.variants[number];
            let (name, settings) = (name.clone(), settings_of(seed, settings));
            let inputs = json!([self.inputs, self.args.preset, settings, self.args.threads]);
            let measured = match known(self.args.cache.as_deref(), &inputs)? {
                Some(known) => known,
                None => {
                    let (measured, workspace) = self.measured(number, seed, &settings)?;
                    keep(self.args.cache.as_deref(), &inputs, &measured)?;
                    if number == 0 && self.workspace.is_none() {
                        self.workspace = Some(workspace);
                    } else {
                        std::fs::remove_dir_all(workspace).ok();
                    }
                    measured
                }
            };
            let own = &measured["own"];
            self.check(&name, number == 0, own)?;
            let mut scores = own["model"].clone();
            scores["run"] = ours::chosen(own);
            scored.push(Scored { name, scores, seconds: measured["seconds"].as_f64() });
            if number == 0 {
                let scores = own["linear"].clone();
                scored.push(Scored { name: "our linear".to_owned(), scores, seconds: None });
            }
        }
        Ok(scored)
    }

    /// Runs the pipeline with the settings of a variant and a seed; returns its time and scores, and its workspace.
    fn measured(&self, number: usize, seed: u64, settings: &str) -> anyhow::Result<(Value, PathBuf)> {
        let name = &self.variants[number].name;
        let workspace = self.place.join(format!("workspace-{number}-{seed}"));
        let config = self.place.join("run.toml");
        std::fs::write(&config, format!("data.files = {}\n{settings}", json!(self.files)))?;
        let seconds = ours::pipeline(self.bench, (&self.args.preset, &config), &workspace, self.args.threads)
            .with_context(|| format!("{name} on {BARS}, seed {seed}"))?;
        let own = self.quality("ours", &[("workspace", &workspace)], &[])?;
        Ok((json!({ "seconds": seconds, "own": own }), workspace))
    }

    /// Checks that a run has the test cases of the runs before it and, if it is `first` of ours, the same data.
    fn check(&mut self, name: &str, first: bool, own: &Value) -> anyhow::Result<()> {
        let cases = json!([own["model"]["cases"], own["model"]["dates"]]);
        let (data, shared) = self.shared.get_or_insert_with(|| (own["data"].clone(), cases.clone()));
        ensure!(*shared == cases, "{name} has {cases} test cases and dates, but the first run {shared}");
        ensure!(
            !first || *data == own["data"],
            "the runs of {name} differ in their split or scaler from seed to seed, so the peers cannot have the data of \
             all of them; fix tuner.search_space.seq_length"
        );
        Ok(())
    }

    /// Fits and scores the peers, and adds them to the scores by seed.
    fn peers(&self, peers: &[&str], all: &mut [Vec<Scored>]) -> anyhow::Result<()> {
        let script = Digest::of(&std::fs::read(root().join("bench/peers/quality.py"))?);
        let data = self.shared.as_ref().map(|(data, _)| data.clone());
        let inputs = |peer: &str, seed: u64| json!([BARS, data, script, self.args.threads, peer, seed]);
        let cache = self.args.cache.as_deref();
        let mut missing = Vec::new();
        for &peer in peers {
            for seed in 1..=self.args.seeds {
                if known(cache, &inputs(peer, seed))?.is_none() {
                    missing.push((peer, seed));
                }
            }
        }
        let mut seeds: Vec<u64> = missing.iter().map(|&(_, seed)| seed).collect();
        seeds.sort_unstable();
        seeds.dedup();
        let mut fitted = Vec::new();
        if !seeds.is_empty() {
            let folder = self.place.join("arrays");
            let workspace = self.workspace()?;
            self.quality("arrays", &[("workspace", &workspace), ("out", &folder)], &seeds)?;
            for &peer in peers.iter().filter(|&peer| missing.iter().any(|(missing, _)| missing == peer)) {
                for (seed, measured) in self.fitted(peer, &folder, &seeds)? {
                    keep(cache, &inputs(peer, seed), &measured)?;
                    fitted.push((peer, seed, measured));
                }
            }
        }
        for &peer in peers {
            for (seed, scored) in (1..).zip(&mut *all) {
                let fresh = fitted.iter().find(|(name, own, _)| (*name, *own) == (peer, seed));
                let measured = match fresh {
                    Some((_, _, measured)) => Some(measured.clone()),
                    None => known(cache, &inputs(peer, seed))?,
                };
                if let Some(measured) = measured {
                    let (scores, seconds) = (measured["scores"].clone(), measured["seconds"].as_f64());
                    scored.push(Scored { name: peer.to_owned(), scores, seconds });
                }
            }
        }
        Ok(())
    }

    /// The workspace of a run of the first variant. If all runs come from the cache, it is run again: the arrays are
    /// written from what a run left.
    fn workspace(&self) -> anyhow::Result<PathBuf> {
        match &self.workspace {
            Some(workspace) => Ok(workspace.clone()),
            None => {
                let settings = settings_of(1, &self.variants[0].settings);
                Ok(self.measured(0, 1, &settings)?.1)
            }
        }
    }

    /// Fits a peer with each seed and scores it; nothing if its packages are missing.
    fn fitted(&self, peer: &str, folder: &Path, seeds: &[u64]) -> anyhow::Result<Vec<(u64, Value)>> {
        let threads = self.args.threads.to_string();
        let options = [&folder.display().to_string(), "--threads", &threads, "--peers", peer];
        if self.bench.measure_peer("quality.py", &options.map(str::to_owned)).is_none() {
            return Ok(Vec::new());
        }
        let score = |&seed: &u64| {
            let result = std::fs::read(folder.join(format!("result_{peer}_{seed}.json")))?;
            let result: Value = serde_json::from_slice(&result)?;
            let predictions = folder.join(format!("predictions_{peer}_{seed}.npy"));
            let mut scores =
                self.quality("score", &[("arrays", folder), ("predictions", &predictions)], &[])?;
            scores["run"] =
                json!({ "chosen": result["chosen"], "validation_loss": result["validation_loss"] });
            Ok((seed, json!({ "seconds": result["fit_seconds"], "scores": scores })))
        };
        seeds.iter().map(score).collect()
    }

    /// What a command of `bench quality stocks` prints.
    fn quality(&self, command: &str, paths: &[(&str, &Path)], fit_seeds: &[u64]) -> anyhow::Result<Value> {
        let mut options: Vec<String> = ["quality", "stocks", command].map(str::to_owned).into();
        for (name, path) in paths {
            options.extend([format!("--{name}"), path.display().to_string()]);
        }
        if !fit_seeds.is_empty() {
            options.push("--fit-seeds".to_owned());
            options.extend(fit_seeds.iter().map(u64::to_string));
        }
        Ok(self.bench.measure_own(&options, self.args.threads)?.json)
    }
}

/// The settings of a run but for its files.
fn settings_of(seed: u64, over: &str) -> String {
    format!("seed = {seed}\n{PANEL}{over}")
}

/// Prints the scores; returns where ours falls short of LightGBM with Qlib's settings, see [`shortfalls`].
fn report(all: &[Vec<Scored>]) -> Vec<String> {
    let Some(first) = all.first().filter(|first| !first.is_empty()) else { return Vec::new() };
    let names: Vec<&str> = first.iter().map(|scored| scored.name.as_str()).collect();
    let ours = names[0];
    let row = |&name: &&str| {
        let mut row = vec![name.to_owned()];
        for score in SCORES {
            let own = by_seed(all, name, Some(score));
            row.push(shown(mean(&own), 4));
            let less = || difference(&own, &by_seed(all, ours, Some(score)));
            row.push(if name == ours { String::new() } else { less() });
        }
        row.push(shown(mean(&by_seed(all, name, None)), 1));
        row
    };
    let rows: Vec<Vec<String>> = names.iter().map(row).collect();
    let (title, versus) = (format!("{BARS}, {} seeds", all.len()), format!("less {ours}"));
    print(&[&title, "ic", &versus, "rank ic", &versus, "seconds"], &rows);
    let count = |name: &str| first[0].scores[name].as_u64().unwrap_or(0);
    println!("{} test cases on {} dates.", count("cases"), count("dates"));
    if names.contains(&QLIB) { shortfalls(all, ours) } else { Vec::new() }
}

/// The scores of ours that are below those of LightGBM with Qlib's settings by more than half the width of the 95 %
/// interval of their paired difference; with a single seed, those that are below at all.
fn shortfalls(all: &[Vec<Scored>], ours: &str) -> Vec<String> {
    let of = |score: &str| {
        let (own, peer) = (by_seed(all, ours, Some(score)), by_seed(all, QLIB, Some(score)));
        let less: Vec<f64> = peer.iter().zip(own).map(|(peer, own)| peer - own).collect();
        let chance = half_width(&less).unwrap_or(0.0);
        let below =
            || format!("the {score} of {ours} is {:.4} below {QLIB}, more than {chance:.4}", mean(&less));
        // A score that was not measured passes nothing.
        (mean(&less).is_nan() || mean(&less) > chance).then(below)
    };
    SCORES.iter().filter_map(|score| of(score)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use settings::{Config, Preset};

    #[test]
    fn the_settings_of_the_panel_are_a_configuration() {
        for preset in [Preset::Smoke, Preset::Default, Preset::Full, Preset::Empty] {
            let text = format!("data.files = ['A.csv']\n{}", settings_of(3, OURS));
            let config = Config::from_toml(preset, &text, "run.toml").unwrap();
            assert_eq!((config.seed, config.labels.time_window), (3, 2));
            let rule = &config.labels.rule;
            assert_eq!((rule.name.as_str(), rule.params.text("form")), ("forward_return", Some("zscore")));
            let features: Vec<&str> = config.features.set.iter().map(|set| set.name.as_str()).collect();
            assert_eq!(features, ["alpha158"]);
            assert_eq!(config.training.objective.name, "skill");
            // The newest 252 of 1,259 dates are the test.
            assert_eq!((1259.0 * config.split.train_test_split_ratio).floor(), 1007.0);
            assert_eq!((1007.0 * (1.0 - config.split.validation_ratio)).floor(), 805.0);
        }
        // What the panel fixes cannot be set again.
        for section in
            ["[labels]\ntime_window = 3", "[features]\nset = 'ohlcv'", "seed = 1", "[split]\nembargo = 1"]
        {
            assert!(
                Config::from_toml(Preset::Default, &settings_of(1, section), "run.toml").is_err(),
                "{section}"
            );
        }
    }

    /// Scores by seed of ours and of a peer.
    fn scored(ours: [[f64; 2]; 2], peer: [[f64; 2]; 2]) -> Vec<Vec<Scored>> {
        let own = |name: &str, [ic, rank_ic]: [f64; 2]| Scored {
            name: name.to_owned(),
            scores: json!({ "ic": ic, "rank_ic": rank_ic, "cases": 9, "dates": 3 }),
            seconds: None,
        };
        ours.into_iter().zip(peer).map(|(ours, peer)| vec![own("ours", ours), own(QLIB, peer)]).collect()
    }

    #[test]
    fn ours_may_be_below_the_peer_by_chance_only() {
        let peer = [[0.01, 0.01], [0.03, 0.03]];
        let none: [&str; 0] = [];
        assert_eq!(report(&scored([[0.02, 0.02], [0.04, 0.04]], peer)), none, "above in both");
        assert_eq!(report(&scored([[0.02, 0.02], [0.01, 0.02]], peer)), none, "the seeds differ more");
        assert_eq!(
            report(&scored([[0.02, 0.005], [0.04, 0.025]], peer)),
            ["the rank_ic of ours is 0.0050 below lightgbm_qlib, more than 0.0000"]
        );
        let alone = |ours| report(&scored([ours; 2], [[0.01, 0.01]; 2])[..1]).len();
        assert_eq!((alone([0.01, 0.02]), alone([0.02, 0.009])), (0, 1), "one seed says nothing about chance");
        assert_eq!(alone([f64::NAN, 0.02]), 1, "a score that is missing");
    }
}
