//! `bench data`: files of bars to a frozen snapshot, and batches of windows per second.

use super::process::{Figures, measure};
use super::runner::{Runner, options};
use super::table::{figure, print, ratio};
use anyhow::Context as _;
use clap::Args;
use std::path::{Path, PathBuf};

/// Options of `cargo xtask bench data`.
#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    /// What to measure
    #[arg(long, value_enum, num_args = 1.., default_values = ["bars", "windows"])]
    parts: Vec<Part>,
    /// Also measure with the files of bars in this folder
    #[arg(long, value_name = "FOLDER")]
    bars: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    Bars,
    Windows,
}

/// Generated files of bars.
struct Files {
    name: &'static str,
    tickers: usize,
    rows: usize,
    /// How often both halves run; the median counts.
    rounds: usize,
    /// Whether they are frozen too, and not only read.
    frozen: bool,
    /// Further options of `bench bars write`.
    more: &'static [&'static str],
}

/// 619,000 daily bars of an index's members, ten million of a market's, a million minutes, and a gigabyte in one file.
const FILES: [Files; 4] = [
    Files { name: "505 files x 1,226 days", tickers: 505, rows: 1226, rounds: 5, frozen: true, more: &[] },
    Files { name: "2,000 files x 5,000 days", tickers: 2000, rows: 5000, rounds: 1, frozen: true, more: &[] },
    Files {
        name: "1 file x 1,000,000 minutes",
        tickers: 1,
        rows: 1_000_000,
        rounds: 5,
        frozen: true,
        more: &["--minutes"],
    },
    Files {
        name: "1 long file, 3,000 x 5,700 days",
        tickers: 3000,
        rows: 5700,
        rounds: 1,
        frozen: false,
        more: &["--long"],
    },
];

pub(super) fn run(bench: &Runner, args: &DataArgs) -> anyhow::Result<()> {
    if args.parts.contains(&Part::Bars) {
        bars(bench, args.bars.as_deref())?;
    }
    if args.parts.contains(&Part::Windows) {
        windows(bench)?;
    }
    Ok(())
}

fn bars(bench: &Runner, own: Option<&Path>) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for Files { name, tickers, rows: each, rounds, frozen, more } in FILES {
        let directory = tempfile::tempdir().context("failed to create a temporary directory")?;
        let folder = directory.path().join("bars");
        let mut write = vec!["bars".to_owned(), "write".to_owned(), "--folder".to_owned(), text(&folder)];
        write.extend(options([("tickers", tickers), ("rows", each)]));
        write.extend(more.iter().map(|&option| option.to_owned()));
        measure(bench.own("bench").args(write))?;
        rows.extend(of_folder(bench, name, &folder, directory.path(), rounds, frozen)?);
    }
    if let Some(folder) = own {
        let directory = tempfile::tempdir().context("failed to create a temporary directory")?;
        let folder = std::path::absolute(folder).context("--bars has no absolute path")?;
        rows.extend(of_folder(bench, &text(&folder), &folder, directory.path(), 5, true)?);
    }
    print(&["all threads", "seconds", "peer's / ours", "million bars/s", "MB/s", "peak MB"], &rows);
    println!(
        "Read: bytes to bars in memory, ours with digests of the bytes. Freeze: a whole process, from files to a snapshot in \
         a store, with the checks of every row. Medians of five, of large inputs one run. Polars pivots what it has read \
         to a table for each column, without checks, and stores nothing; its time leaves out the start of Python."
    );
    Ok(())
}

/// Both halves on the files of a folder.
fn of_folder(
    bench: &Runner,
    name: &str,
    folder: &Path,
    scratch: &Path,
    rounds: usize,
    frozen: bool,
) -> anyhow::Result<Vec<Vec<String>>> {
    let bytes = size_of_files(folder)?;
    let given = [text(folder), "--rounds".to_owned(), rounds.to_string()];
    let read = measure(bench.own("bench").args(["bars", "read"]).args(&given))?;
    let bars = read.number("rows");
    let row = |what: &str, seconds: f64, against: String, peak_mb: f64| {
        vec![
            format!("{name} {what}"),
            figure(seconds),
            against,
            figure(bars / seconds / 1e6),
            figure(bytes / seconds / 1e6),
            figure(peak_mb),
        ]
    };
    let mut rows = Vec::new();
    let mut add = |what: &str, seconds: f64, peak_mb: f64, peer: &str, options: &[String]| {
        rows.push(row(what, seconds, String::new(), peak_mb));
        if let Some(figures) = bench.measure_peer("bars.py", options) {
            let other = figures.number("seconds");
            rows.push(row(peer, other, ratio(other, seconds), figures.peak_mb));
        }
    };
    add("read", read.number("seconds"), read.peak_mb, "polars read", &given);
    if frozen {
        let ours = freeze(bench, folder, scratch, rounds)?;
        let pivot = [&given[..], &["--pivot".to_owned()]].concat();
        add("freeze", ours.wall_seconds, ours.peak_mb, "polars read and pivot", &pivot);
    }
    Ok(rows)
}

/// The freeze of median time of `rounds`, each into a workspace of its own.
fn freeze(bench: &Runner, folder: &Path, scratch: &Path, rounds: usize) -> anyhow::Result<Figures> {
    let config = scratch.join("bars.toml");
    let files = toml_text(folder);
    std::fs::write(
        &config,
        format!("name = 'bars'\n[data]\nsource = 'csv'\nperiod = 'max'\nfiles = [{files}]\n"),
    )
    .with_context(|| format!("failed to write {}", config.display()))?;
    let once = |_: usize| {
        let workspace = tempfile::tempdir_in(scratch).context("failed to create a temporary directory")?;
        let mut process = bench.own("data-loader");
        process.args(["freeze", "--quiet", "--config"]).arg(&config).arg("--workspace").arg(workspace.path());
        measure(&mut process)
    };
    let mut all = (0..rounds).map(once).collect::<anyhow::Result<Vec<_>>>()?;
    all.sort_by(|a, b| a.wall_seconds.total_cmp(&b.wall_seconds));
    Ok(all.swap_remove(rounds / 2))
}

fn size_of_files(folder: &Path) -> anyhow::Result<f64> {
    let failed = || format!("failed to read {}", folder.display());
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder).with_context(failed)? {
        bytes += entry.with_context(failed)?.metadata().with_context(failed)?.len();
    }
    Ok(bytes as f64)
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// A path as a literal of TOML.
fn toml_text(path: &Path) -> String {
    // JSON escapes what TOML's basic strings escape.
    serde_json::Value::from(text(path)).to_string()
}

fn windows(bench: &Runner) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for (name, tickers, seq_length) in
        [("4 tickers", 4, 30), ("50 tickers", 50, 60), ("505 tickers", 505, 60)]
    {
        let size = options([
            ("rows", 2500),
            ("features", 4 * tickers),
            ("tickers", tickers),
            ("seq-length", seq_length),
            ("batch", 64),
        ]);
        let own = bench.measure_own(&[vec!["windows".to_owned()], size.clone()].concat(), 1)?;
        let ours = own.number("batches_per_second");
        let (bytes, copy) = (own.number("bytes"), own.number("copy_bytes_per_second"));
        let mut add = |what: &str, rate: f64, against: String| {
            rows.push(vec![
                format!("{name} {what}"),
                figure(rate),
                against,
                figure(rate * bytes / 1e9),
                format!("{:.0} %", 100.0 * rate * bytes / copy),
            ]);
        };
        add("gather", ours, String::new());
        for (what, mode) in [("NumPy indexing", "numpy"), ("PyTorch DataLoader", "loader")] {
            let mode = ["--mode".to_owned(), mode.to_owned()];
            if let Some(figures) = bench.measure_peer("windows.py", &[size.as_slice(), &mode].concat()) {
                let rate = figures.number("batches_per_second");
                add(what, rate, ratio(ours, rate));
            }
        }
    }
    print(&["one thread", "batches/s", "our speedup", "GB/s", "of memcpy"], &rows);
    println!("Batches of 64 windows of 4 features per ticker, at random positions in 2500 rows.");
    Ok(())
}
