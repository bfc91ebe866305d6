//! Times the training of gradient-boosted trees: 20,000 rows, 240 columns, 3 classes, 100 rounds of 15 leaves.
//!
//! `tests/lightgbm/speed.py` does the same with LightGBM. `RAYON_NUM_THREADS` sets the number of threads.

use std::time::Instant;
use tabular::gbdt::{Booster, Objective, Settings};
use tabular::{Matrix, Targets};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<usize> =
        std::env::args().skip(1).map(|text| text.parse()).collect::<Result<_, _>>()?;
    let rows = arguments.first().copied().unwrap_or(20_000);
    let columns = arguments.get(1).copied().unwrap_or(240).max(3);
    let mut state = 0u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / 16_777_216.0
    };
    let values: Vec<f32> = (0..rows * columns).map(|_| uniform()).collect();
    let classes: Vec<u8> = values
        .chunks_exact(columns)
        .map(|row| {
            let score = row[0] * row[1] + 0.5 * row[2] + 0.5 * uniform();
            u8::from(score > 0.6) + u8::from(score > 0.9)
        })
        .collect();
    let table = Matrix::new(&values, columns).ok_or("no rows")?;
    let targets = Targets::classes(&classes, 3);
    let settings = Settings { max_leaves: 15, ..Settings::default() };
    let start = Instant::now();
    let mut booster = Booster::new(&table, targets, None, &Objective::Softmax, settings, [0; 32])?;
    let read = start.elapsed();
    for _ in 0..100 {
        booster.round();
    }
    let trained = start.elapsed() - read;
    let start = Instant::now();
    booster.forest().scores(&table)?;
    println!(
        "bins {read:.2?}, 100 rounds {trained:.2?}, scores {:.2?}, loss {:.6}",
        start.elapsed(),
        booster.loss()
    );
    Ok(())
}
