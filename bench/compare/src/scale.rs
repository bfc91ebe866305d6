//! `bench scale`: how time and memory scale.

use super::process::{Figures, measure};
use super::runner::{Runner, options};
use super::table::{exponent, figure, print};
use anyhow::Context as _;
use clap::{Args, ValueEnum};

/// Options of `cargo xtask bench scale`.
#[derive(Debug, Args)]
pub(crate) struct ScaleArgs {
    /// Which sizes to scale
    #[arg(long, value_enum, num_args = 1.., default_values = ["tickers", "seq-length", "d-model", "trials", "artifacts"])]
    axes: Vec<Axis>,
    /// Skip points that are predicted to take more than this many seconds
    #[arg(long, default_value_t = 120.0)]
    limit: f64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Axis {
    Tickers,
    SeqLength,
    DModel,
    Trials,
    Artifacts,
}

/// How far an exponent may exceed the expected one: with few points on a busy machine the fit can err by that much.
const TOLERANCE: f64 = 0.2;

/// A quantity that grows along an axis.
struct Growth {
    what: &'static str,
    /// The exponent inherent in the work.
    must: f64,
    points: Vec<(f64, f64)>,
}

impl Growth {
    fn new(what: &'static str, must: f64) -> Self {
        Self { what, must, points: Vec::new() }
    }

    /// The exponent over the upper half of the points: the small ones measure mostly overhead.
    fn exponent(&self) -> f64 {
        let upper = &self.points[self.points.len().saturating_sub(self.points.len().div_ceil(2).max(2))..];
        if upper.len() < 2 { f64::NAN } else { exponent(upper) }
    }

    fn row(&self) -> Vec<String> {
        let points: Vec<String> =
            self.points.iter().map(|(x, y)| format!("{x:.0}: {}", figure(*y))).collect();
        let found = self.exponent();
        let verdict = if found > self.must + TOLERANCE { "faster than expected" } else { "" };
        let exponent = if found.is_finite() { format!("{found:.2}") } else { "-".to_owned() };
        vec![
            self.what.to_owned(),
            exponent,
            format!("{:.0}", self.must),
            verdict.to_owned(),
            points.join(", "),
        ]
    }
}

pub(super) fn run(bench: &Runner, args: &ScaleArgs) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for axis in &args.axes {
        let growths = match axis {
            Axis::Tickers => tickers(bench)?,
            Axis::SeqLength => {
                transformer(bench, "seq-length", &[30, 60, 120, 240], "step s by seq_length", 2.0)?
            }
            Axis::DModel => transformer(bench, "d-model", &[32, 64, 128, 256], "step s by d_model", 2.0)?,
            Axis::Trials => trials(bench, args.limit)?,
            Axis::Artifacts => artifacts(bench, args.limit)?,
        };
        rows.extend(growths.iter().map(Growth::row));
    }
    print(&["", "exponent", "expected", "", "points"], &rows);
    Ok(())
}

/// Whole runs of every kind of model, each with one set of weights for all tickers.
fn tickers(bench: &Runner) -> anyhow::Result<Vec<Growth>> {
    let mut time = Growth::new("run s by tickers", 1.0);
    let mut memory = Growth::new("run MB by tickers", 1.0);
    for tickers in [4, 50, 505] {
        let config = format!(
            "name = 'scale'\n[data]\nsource = 'synthetic'\nsynthetic = {{ tickers = {tickers}, rows = 1200 }}\n\
             [training]\nmodel = [{{ name = 'gbdt', rounds_per_epoch = 10 }}, 'gru', 'linear']\n[tuner]\n\
             stages = [{{ sampler = 'random', trials = 3, epochs = 1 }}]\n[tuner.search_space]\nseq_length = 10\n\
             num_layers = 1\nd_model = 8\n[extended]\ntop_n = 3\nfolds = 2\nepochs = 1\n"
        );
        let phases = [
            ("data-loader", "freeze"),
            ("tuner", "run"),
            ("extended-trainer", "run"),
            ("final-trainer", "run"),
        ];
        let figures = run_phases(bench, &config, &phases)?;
        time.points.push((tickers as f64, figures.iter().map(|phase| phase.wall_seconds).sum()));
        memory.points.push((tickers as f64, figures.iter().map(|phase| phase.peak_mb).fold(0.0, f64::max)));
    }
    Ok(vec![time, memory])
}

/// Steps of the transformer along one of its sizes.
fn transformer(
    bench: &Runner,
    option: &str,
    sizes: &[usize],
    what: &'static str,
    must: f64,
) -> anyhow::Result<Vec<Growth>> {
    let mut growth = Growth::new(what, must);
    for &size in sizes {
        let mut args = vec!["fit".to_owned()];
        args.extend(options([(option, size), ("epochs", 3), ("steps", 2)]));
        let figures = bench.measure_own(&args, 1)?;
        growth.points.push((size as f64, 1.0 / figures.number("steps_per_second")));
    }
    Ok(vec![growth])
}

/// Whole studies of a model with negligible cost, so that the tuner's own cost dominates.
fn trials(bench: &Runner, limit: f64) -> anyhow::Result<Vec<Growth>> {
    let mut time = Growth::new("tuning s by trials", 1.0);
    let mut memory = Growth::new("tuning MB by trials", 1.0);
    for trials in [10, 30, 100, 300, 1000, 3000, 10_000] {
        if !is_within(&time, trials, limit) {
            break;
        }
        let figures = study(bench, trials)?;
        time.points.push((trials as f64, figures.wall_seconds));
        memory.points.push((trials as f64, figures.peak_mb));
    }
    Ok(vec![time, memory])
}

/// The tuning phase of a study.
fn study(bench: &Runner, trials: usize) -> anyhow::Result<Figures> {
    let config = format!(
        "name = 'scale'\n[data]\nsource = 'synthetic'\nsynthetic = {{ tickers = 1, rows = 150 }}\n[training]\n\
         model = 'gru'\n[tuner]\nstages = [{{ sampler = 'tpe', trials = {trials}, epochs = 1 }}]\n\
         [tuner.search_space]\ntime_window = 5\nseq_length = 5\nbatch_size = 128\nnum_layers = 1\nd_model = 4\n[extended]\nfolds = 2\n"
    );
    let mut phases = run_phases(bench, &config, &[("data-loader", "freeze"), ("tuner", "run")])?;
    phases.pop().context("no phase was run")
}

/// Runs phases, each a program and its command, in a workspace of their own.
fn run_phases(bench: &Runner, config: &str, phases: &[(&str, &str)]) -> anyhow::Result<Vec<Figures>> {
    let directory = tempfile::tempdir().context("failed to create a temporary directory")?;
    let file = directory.path().join("scale.toml");
    std::fs::write(&file, config).with_context(|| format!("failed to write {}", file.display()))?;
    let phase = |(name, command): &(&str, &str)| {
        let mut process = bench.own(name);
        process.args([command, "--quiet", "--workspace"]).arg(directory.path()).arg("--config").arg(&file);
        measure(&mut process)
    };
    phases.iter().map(phase).collect()
}

/// Storing, listing and reading small objects.
fn artifacts(bench: &Runner, limit: f64) -> anyhow::Result<Vec<Growth>> {
    let mut growths = [
        Growth::new("storing s by artifacts", 1.0),
        Growth::new("listing s by artifacts", 1.0),
        Growth::new("reading s by artifacts", 1.0),
        Growth::new("store MB by artifacts", 1.0),
    ];
    for objects in [10, 100, 1000, 10_000] {
        if !is_within(&growths[0], objects, limit) {
            break;
        }
        let figures =
            bench.measure_own(&[vec!["store".to_owned()], options([("objects", objects)])].concat(), 1)?;
        let values = ["put_seconds", "list_seconds", "get_seconds"].map(|name| figures.number(name));
        for (growth, value) in growths.iter_mut().zip(values.into_iter().chain([figures.peak_mb])) {
            growth.points.push((objects as f64, value));
        }
    }
    Ok(growths.into())
}

/// Whether the next point is likely to take at most `limit` seconds.
fn is_within(time: &Growth, next: usize, limit: f64) -> bool {
    let Some(&(x, y)) = time.points.last() else { return true };
    // At least linear: overhead flattens the first points, which would make the next one look too cheap.
    let exponent = if time.points.len() < 2 { 1.0 } else { time.exponent().max(1.0) };
    let expected = y * (next as f64 / x).powf(exponent);
    if expected > limit {
        println!(
            "{}: skipped {next}, which would take about {} s; --limit allows {limit} s",
            time.what,
            figure(expected)
        );
    }
    expected <= limit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_that_is_too_fast_is_named() {
        let growth = |power: f64| Growth {
            points: [10.0f64, 100.0, 1000.0].map(|x| (x, x.powf(power))).into(),
            ..Growth::new("x", 1.0)
        };
        assert_eq!(growth(1.0).row()[3], "");
        assert_eq!(growth(2.0).row()[3], "faster than expected");
        assert!(is_within(&growth(1.0), 10_000, 10_001.0) && !is_within(&growth(2.0), 10_000, 10_001.0));
    }
}
