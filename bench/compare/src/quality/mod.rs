//! `bench quality`: how much of what can be predicted the models find, ours and the usual alternatives.
//!
//! Every panel has the labels, the split and the test cases in common; `bench/peers/quality.py` says what the peers see,
//! and `bench/src/quality` how all of them are scored. Ours is `holdfast pipeline`, as a user gets it. The task is the
//! class of the next return; on the panel `bars`, of real stocks, it is how returns rank.

mod cache;
mod classes;
pub(super) mod objectives;
mod ours;
mod statistics;
mod stocks;

use super::runner::Runner;
use anyhow::{Context as _, bail};
use artifact_core::files;
use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The panel of real stocks.
const BARS: &str = "bars";
/// The peers of tables that `bench/peers/quality.py` knows.
const TABLES: [&str; 4] = ["linear", "lightgbm", "lightgbm_tuned", QLIB];
/// The peers that read windows.
const NETS: [&str; 2] = ["gru", "transformer"];
/// LightGBM with the settings of Qlib's benchmark.
const QLIB: &str = "lightgbm_qlib";

fn all_peers() -> Vec<&'static str> {
    [&TABLES[..], &NETS].concat()
}

/// Options of `cargo xtask bench quality`.
#[derive(Debug, Args)]
pub(crate) struct QualityArgs {
    /// Panels [default: planted, those whose best score is known, sample, and with --bars the panel bars]
    #[arg(long, num_args = 1.., value_name = "NAME")]
    panels: Vec<String>,
    /// Number of panels of each kind, with the seeds 1, 2, ...; on bars, of fits
    #[arg(long, default_value_t = 5)]
    seeds: u64,
    /// The preset that is measured, or on bars the one under the settings that are
    #[arg(long, default_value = "default")]
    preset: String,
    /// Models that are tuned alone too; not on bars
    #[arg(long, num_args = 0.., value_name = "NAME", default_values = ["gbdt"])]
    models: Vec<String>,
    /// Further settings to measure: a name, and a file over the preset without the sections data, labels and split; on bars
    /// also without name, seed and the section features, and the first in place of the bench's own
    #[arg(long, num_args = 1.., value_name = "NAME=FILE")]
    ours: Vec<String>,
    /// Peers [default: all but lightgbm_qlib, or on bars all but the nets]
    #[arg(long, num_args = 0.., value_name = "NAME", value_parser = PossibleValuesParser::new(all_peers()))]
    peers: Option<Vec<String>>,
    /// Folder that keeps what was measured, by the digest of what it depends on, so that it is not measured again
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Folder of CSV files for the panel bars
    #[arg(long, value_name = "DIR")]
    bars: Option<PathBuf>,
    /// Number of tickers of the panel bars, in order of name [default: all]
    #[arg(long)]
    tickers: Option<usize>,
    /// Number of threads
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// File for all figures
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl QualityArgs {
    /// The peers of a panel; of `bars` without the nets.
    fn peers_of(&self, panel: &str) -> Vec<&str> {
        let own = |peer: &&str| match (panel, &self.peers) {
            (BARS, _) => !NETS.contains(peer),
            (_, None) => *peer != QLIB,
            (_, Some(_)) => true,
        };
        match &self.peers {
            None => all_peers().into_iter().filter(own).collect(),
            Some(peers) => peers.iter().map(String::as_str).filter(own).collect(),
        }
    }

    /// The settings that are given by name and file.
    fn given(&self) -> anyhow::Result<Vec<Variant>> {
        let read = |given: &String| {
            let (name, path) =
                given.split_once('=').with_context(|| format!("{given:?} is not NAME=FILE"))?;
            let settings = std::fs::read_to_string(path).with_context(|| format!("failed to read {path}"))?;
            Ok(Variant { name: name.to_owned(), settings })
        };
        self.ours.iter().map(read).collect()
    }
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

/// A score of a predictor, or with `None` its seconds, by seed; NaN where it was not measured.
fn by_seed(all: &[Vec<Scored>], name: &str, score: Option<&str>) -> Vec<f64> {
    let of = |scored: &Vec<Scored>| {
        let own = scored.iter().find(|own| own.name == name)?;
        score.map_or(own.seconds, |score| Some(own.score(score)))
    };
    all.iter().map(|scored| of(scored).unwrap_or(f64::NAN)).collect()
}

/// The figures that `--json` writes.
#[derive(Default)]
struct Figures(Vec<Value>);

impl Figures {
    /// Adds the scores of one seed and writes all figures.
    fn add(&mut self, file: Option<&Path>, (panel, seed): (&str, u64), all: &[Scored]) -> anyhow::Result<()> {
        for Scored { name, scores, seconds } in all {
            let own =
                json!({ "panel": panel, "seed": seed, "name": name, "seconds": seconds, "scores": scores });
            self.0.push(own);
        }
        let Some(path) = file else { return Ok(()) };
        Ok(files::write_atomically(path, format!("{:#}\n", Value::Array(self.0.clone())).as_bytes())?)
    }
}

pub(super) fn run(bench: &Runner, args: &QualityArgs) -> anyhow::Result<()> {
    let panels = match args.panels.as_slice() {
        [] => {
            let with_bars = args.bars.is_some().then_some(BARS);
            let own = classes::panels(bench)?;
            let own = own.iter().map(String::as_str);
            let all = ["planted"].into_iter().chain(own).chain(["sample"]).chain(with_bars);
            all.map(str::to_owned).collect()
        }
        panels => panels.to_vec(),
    };
    let directory = tempfile::tempdir().context("failed to create a temporary directory")?;
    let (mut figures, mut shortfalls) = (Figures::default(), Vec::new());
    for panel in &panels {
        let own = if panel == BARS {
            stocks::run(bench, args, directory.path(), &mut figures)?
        } else {
            classes::run(bench, args, panel, directory.path(), &mut figures)?
        };
        shortfalls.extend(own.into_iter().map(|shortfall| format!("\n  {panel}: {shortfall}")));
    }
    if !shortfalls.is_empty() {
        bail!("ours falls short of what docs/benchmarks.md asks of it:{}", shortfalls.concat());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expected_scores_come_before_realised_ones() {
        let scored = |scores| Scored { name: String::new(), scores, seconds: None };
        assert_eq!(scored(json!({ "mcc": 0.1, "expected_mcc": 0.2 })).score("mcc"), 0.2);
        assert_eq!(scored(json!({ "mcc": 0.1, "expected_mcc": null })).score("mcc"), 0.1);
    }

    #[test]
    fn every_panel_has_its_peers() {
        #[derive(clap::Parser)]
        struct Cli {
            #[command(flatten)]
            args: QualityArgs,
        }
        let peers = |options: &[&str], panel| {
            let cli = <Cli as clap::Parser>::try_parse_from([&["bench"], options].concat());
            cli.map(|cli| cli.args.peers_of(panel).join(" ")).ok()
        };
        let default = "linear lightgbm lightgbm_tuned gru transformer";
        assert_eq!(peers(&[], "order").as_deref(), Some(default));
        assert_eq!(peers(&[], BARS).as_deref(), Some("linear lightgbm lightgbm_tuned lightgbm_qlib"));
        let given = ["--peers", "lightgbm_qlib", "gru"];
        assert_eq!(peers(&given, "order").as_deref(), Some("lightgbm_qlib gru"));
        assert_eq!(peers(&given, BARS).as_deref(), Some("lightgbm_qlib"));
        assert_eq!((peers(&["--peers"], BARS).as_deref(), peers(&["--peers", "x"], BARS)), (Some(""), None));
    }
}
