//! The measured half of `cargo xtask bench`: each command measures one thing and prints it as one line of JSON.
//!
//! Each measurement runs in its own process, so that the peak memory that `compare` reads is that of the measured code
//! alone, as it is for the Python peers in `bench/peers`.

mod bars;
mod fit;
mod quality;
mod rounds;
mod store;
mod tuner;
mod windows;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "bench", about = "Measures one thing for `cargo xtask bench` and prints it as JSON")]
struct Cli {
    #[command(subcommand)]
    measured: Measured,
}

#[derive(Debug, Subcommand)]
enum Measured {
    /// Files of bars
    #[command(subcommand)]
    Bars(bars::BarsArgs),
    /// Steps per second of whole fits: gathering, forward, loss, backward, clipping, AdamW
    Fit(fit::FitArgs),
    /// The peak rate of a matrix product on one thread, in GFLOP/s
    Gemm,
    /// Synthetic panels whose best possible score is known, for `bench/peers/quality.py` and for scoring
    #[command(subcommand)]
    Quality(quality::QualityArgs),
    /// Batches of windows per second, and the bandwidth of a plain copy
    Windows(windows::WindowArgs),
    /// Seconds to store, list and read back objects
    Store(store::StoreArgs),
    /// Quality of the tuner's suggestions, and time per suggestion
    #[command(subcommand)]
    Tuner(tuner::TunerArgs),
}

fn main() -> anyhow::Result<()> {
    let figures = match Cli::parse().measured {
        Measured::Bars(args) => bars::measure(&args)?,
        Measured::Fit(args) => fit::measure(&args)?,
        Measured::Gemm => fit::measure_gemm(),
        Measured::Quality(args) => quality::measure(&args)?,
        Measured::Windows(args) => windows::measure(&args),
        Measured::Store(args) => store::measure(&args)?,
        Measured::Tuner(args) => tuner::measure(&args)?,
    };
    println!("{figures}");
    Ok(())
}
