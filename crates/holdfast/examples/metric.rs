//! A custom metric as the study's objective: how often a prediction of Up or Down is right.
//!
//! `cargo run --example metric -- pipeline --config crates/holdfast/examples/metric.toml`

use holdfast::prelude::*;

/// The share of Up and Down predictions that came true, shrunk towards 0 where there are few of them.
struct Precision;

impl Part for Precision {
    fn declaration(&self) -> Declaration {
        Declaration::new(
            "directional_precision",
            "Share of right Up and Down predictions, shrunk by their number.",
        )
        .parameter(
            Parameter::float("prior", "Wrong predictions that are added before the share is taken.")
                .range(0.0, 1e6)
                .default(20.0),
        )
    }
}

impl Metric for Precision {
    fn value(&self, evaluation: &Evaluation, params: &Params) -> f64 {
        // Rows are the true class, columns the predicted one; Hold is class 0.
        let confusion = &evaluation.confusion;
        let right: u64 = (1..CLASSES).map(|class| confusion[class][class]).sum();
        let predicted: u64 = confusion.iter().flat_map(|row| &row[1..]).sum();
        let prior = params.float("prior").unwrap_or(20.0);
        if predicted == 0 { 0.0 } else { right as f64 / (predicted as f64 + prior) }
    }
}

fn main() -> ExitCode {
    holdfast::main(Registry::builtin().with_metric(Precision))
}
