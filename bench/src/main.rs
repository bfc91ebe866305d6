//! The measured half of `cargo xtask bench`: each command measures one thing and prints it as one line of JSON.
//!
//! Each figure comes from a process of its own, so that the peak memory that xtask reads is that of the measured code
//! alone, as it is for the peers in other languages under `bench/peers`.

mod fit;
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
    /// Steps per second of whole fits: gathering, forward, loss, backward, clipping, AdamW
    Fit(fit::FitArgs),
    /// The peak of the matrix product, in GFLOP/s of one thread
    Gemm,
    /// Batches of windows per second, and the bandwidth of a plain copy
    Windows(windows::WindowArgs),
    /// Seconds to store, find and read back artifacts
    Store(store::StoreArgs),
    /// Quality and time of suggestions
    #[command(subcommand)]
    Tuner(tuner::TunerArgs),
}

fn main() -> anyhow::Result<()> {
    let figures = match Cli::parse().measured {
        Measured::Fit(args) => fit::measure(&args)?,
        Measured::Gemm => fit::measure_gemm(),
        Measured::Windows(args) => windows::measure(&args),
        Measured::Store(args) => store::measure(&args)?,
        Measured::Tuner(args) => tuner::measure(&args)?,
    };
    println!("{figures}");
    Ok(())
}
