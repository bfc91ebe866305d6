//! How fast batches of windows are gathered.

use crate::rounds::{median, rates};
use artifact_core::IndexSet;
use clap::Args;
use data_loader::{Labels, SequenceSet, Windows};
use ndarray::Array2;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use std::hint::black_box;

#[derive(Debug, Args)]
pub(crate) struct WindowArgs {
    #[arg(long)]
    rows: usize,
    #[arg(long)]
    features: usize,
    #[arg(long)]
    tickers: usize,
    #[arg(long)]
    seq_length: usize,
    #[arg(long)]
    batch: usize,
}

/// Batches per second at random positions, the bytes per batch, and the bytes per second of a plain copy of that size.
pub(crate) fn measure(args: &WindowArgs) -> Value {
    let features = Array2::from_shape_fn((args.rows, args.features), |(row, column)| (row ^ column) as f32);
    let classes =
        Array2::from_shape_fn((args.rows, args.tickers), |(row, ticker)| ((row + ticker) % 3) as i8);
    let returns = Array2::zeros((args.rows, args.tickers));
    let indices = IndexSet::from_range(0..args.rows - args.seq_length + 1);
    let windows = Windows { seq_length: args.seq_length, time_window: 1 };
    let set = SequenceSet::new(features.view(), classes.view(), returns.view(), &indices, windows);
    let mut inputs = vec![0.0f32; args.batch * args.seq_length * args.features];
    let mut labels = Labels::default();
    let mut generator = ChaCha8Rng::from_seed([3; 32]);
    let positions: Vec<Vec<usize>> = std::iter::repeat_with(|| {
        std::iter::repeat_with(|| generator.next_u32() as usize % set.len()).take(args.batch).collect()
    })
    .take(64)
    .collect();
    let mut turn = positions.iter().cycle();
    let batches = median(rates(7, 0.3, || {
        if let Some(positions) = turn.next() {
            set.gather(positions, &mut inputs, &mut labels);
            black_box((&mut inputs, &mut labels));
        }
    }));
    // The same amount of memory in one piece, from a source as large as the feature matrix.
    let source = vec![1.0f32; (args.rows * args.features).max(inputs.len())];
    let mut start = 0;
    let copies = median(rates(7, 0.3, || {
        let end = start + inputs.len();
        inputs.copy_from_slice(&source[start..end]);
        start = if end + inputs.len() > source.len() { 0 } else { end };
        black_box(&mut inputs);
    }));
    let bytes = size_of_val(inputs.as_slice()) as f64;
    json!({ "batches_per_second": batches, "bytes": bytes, "copy_bytes_per_second": copies * bytes })
}
