//! A custom feature: how far the close is above its mean over the last rows.
//!
//! `cargo run --example feature -- pipeline --config crates/holdfast/examples/feature.toml`

use holdfast::prelude::*;

/// `close / mean(close of the last window rows) - 1`; NaN, which models see as 0, until the window is full.
struct MeanDistance;

impl Part for MeanDistance {
    fn declaration(&self) -> Declaration {
        Declaration::new("mean_distance", "Distance of the close from its mean over the last rows.")
            .parameter(Parameter::size("window", "Rows in the mean, this one included.").default(10))
    }
}

impl Feature for MeanDistance {
    fn columns(&self, params: &Params) -> Vec<String> {
        vec![format!("mean_distance_{}", window(params))]
    }

    fn compute(&self, bars: &TickerBars<'_>, params: &Params) -> Vec<Vec<f64>> {
        let (close, window) = (bars.close(), window(params));
        let distance = |row: usize| match (row + 1).checked_sub(window) {
            Some(first) => {
                let mean = close[first..=row].iter().sum::<f64>() / window as f64;
                close[row] / mean - 1.0
            }
            None => f64::NAN,
        };
        vec![(0..bars.rows()).map(distance).collect()]
    }
}

fn window(params: &Params) -> usize {
    params.size("window").unwrap_or(10)
}

fn main() -> ExitCode {
    holdfast::main(Registry::builtin().with_feature(MeanDistance))
}
