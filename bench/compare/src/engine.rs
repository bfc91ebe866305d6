//! `bench engine`: training steps per second.

use super::runner::{Runner, options};
use super::table::{figure, print, ratio};
use crate::process::Figures;
use clap::{Args, ValueEnum};

/// Options of `cargo xtask bench engine`.
#[derive(Debug, Args)]
pub(crate) struct EngineArgs {
    /// Which sizes of model to measure
    #[arg(long, value_enum, num_args = 1.., default_values = ["small", "medium", "large"])]
    sizes: Vec<SizeName>,
    /// Which numbers of threads to measure with
    #[arg(long, num_args = 1.., default_values_t = [1, 2])]
    threads: Vec<usize>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SizeName {
    Small,
    Medium,
    Large,
}

/// The sizes of a transformer and of its batch.
#[derive(Debug, Clone, Copy)]
struct Size {
    name: &'static str,
    batch: usize,
    seq_length: usize,
    features: usize,
    tickers: usize,
    d_model: usize,
    heads: usize,
    layers: usize,
    d_ff: usize,
}

impl SizeName {
    fn size(self) -> Size {
        let size = |name, [batch, seq_length, tickers, d_model, heads, layers, d_ff]: [usize; 7]| Size {
            name,
            batch,
            seq_length,
            features: tickers,
            tickers,
            d_model,
            heads,
            layers,
            d_ff,
        };
        match self {
            SizeName::Small => size("small", [64, 30, 20, 64, 4, 2, 256]),
            SizeName::Medium => size("medium", [64, 60, 50, 128, 4, 3, 512]),
            SizeName::Large => size("large", [32, 120, 50, 256, 8, 4, 1024]),
        }
    }
}

impl Size {
    fn options(&self) -> Vec<String> {
        options([
            ("batch", self.batch),
            ("seq-length", self.seq_length),
            ("features", self.features),
            ("tickers", self.tickers),
            ("d-model", self.d_model),
            ("heads", self.heads),
            ("layers", self.layers),
            ("d-ff", self.d_ff),
        ])
    }

    /// The floating-point operations of the matrix products of one step, two per multiply-add, if every block computes
    /// every position. The backward pass has two products for each one of the forward pass.
    fn step_flops(&self) -> f64 {
        let rows = self.batch * self.seq_length;
        let dense = |rows: usize, inputs: usize, outputs: usize| 2 * rows * inputs * outputs;
        let attention = 2 * dense(rows, self.seq_length, self.d_model);
        let block = dense(rows, self.d_model, 4 * self.d_model) + 2 * dense(rows, self.d_model, self.d_ff);
        let ends =
            dense(rows, self.features, self.d_model) + dense(self.batch, self.d_model, 3 * self.tickers);
        3.0 * (self.layers * (block + attention) + ends) as f64
    }
}

pub(super) fn run(bench: &Runner, args: &EngineArgs) -> anyhow::Result<()> {
    let peak = bench.measure_own(&["gemm".to_owned()], 1)?.number("gflops");
    println!("matrix product, one thread: {} GFLOP/s at most\n", figure(peak));
    let mut rows = Vec::new();
    for size in args.sizes.iter().map(|name| name.size()) {
        for &threads in &args.threads {
            eprintln!("{}, {threads} threads ...", size.name);
            rows.extend(compare(bench, &size, threads, peak)?);
        }
    }
    print(&["", "threads", "steps/s", "our speedup", "of peak", "peak MB", "our memory"], &rows);
    println!(
        "\"of peak\" is the full model's operations per second over the matrix product's peak on all threads."
    );
    Ok(())
}

/// The rows of one size on this many threads: ours first, then the peers in relation to it.
fn compare(bench: &Runner, size: &Size, threads: usize, peak: f64) -> anyhow::Result<Vec<Vec<String>>> {
    let own = |fits: usize, threads: usize| {
        let mut args = vec!["fit".to_owned()];
        args.extend(size.options());
        args.extend(options([("fits", fits)]));
        bench.measure_own(&args, threads)
    };
    let peer = |script: &str, mode: Option<&str>| {
        let mut args = size.options();
        args.extend(options([("threads", threads)]));
        args.extend(mode.into_iter().flat_map(|mode| ["--mode".to_owned(), mode.to_owned()]));
        bench.measure_peer(script, &args)
    };
    let ours = own(1, threads)?;
    let mut rows = vec![row(size, "one fit", threads, &ours, None, peak)];
    if threads > 1 {
        let side_by_side = own(threads, 1)?;
        let what = format!("{threads} fits side by side");
        rows.push(row(size, &what, threads, &side_by_side, None, peak));
    }
    let peers = [
        ("PyTorch eager", peer("torch_step.py", Some("eager"))),
        ("PyTorch compiled", peer("torch_step.py", Some("compiled"))),
        ("JAX jit", peer("jax_step.py", None)),
    ];
    for (name, figures) in peers {
        if let Some(figures) = figures {
            rows.push(row(size, name, threads, &figures, Some(&ours), peak));
        }
    }
    Ok(rows)
}

fn row(
    size: &Size,
    what: &str,
    threads: usize,
    figures: &Figures,
    ours: Option<&Figures>,
    peak: f64,
) -> Vec<String> {
    let rate = figures.number("steps_per_second");
    let share = rate * size.step_flops() / 1e9 / (peak * threads as f64);
    let (faster, smaller) = match ours {
        None => (String::new(), String::new()),
        Some(ours) => (ratio(ours.number("steps_per_second"), rate), ratio(ours.peak_mb, figures.peak_mb)),
    };
    vec![
        format!("{} {what}", size.name),
        threads.to_string(),
        figure(rate),
        faster,
        format!("{:.0} %", 100.0 * share),
        figure(figures.peak_mb),
        smaller,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operations_of_a_step_are_counted() {
        // By hand: 3 x (2 layers of 188.7 M + 14.7 M each, 4.9 M for the input and 0.5 M for the head).
        let flops = SizeName::Small.size().step_flops();
        assert!((flops / 1.237e9 - 1.0).abs() < 1e-3, "{flops}");
    }
}
