//! A custom pruner: ends a trial whose objective has stopped rising.
//!
//! `cargo run --example pruner -- pipeline --config crates/holdfast/examples/pruner.toml`

use holdfast::prelude::*;

/// Ends a trial when its best value is older than `patience` epochs, unless it leads all others.
struct Stalled;

impl Part for Stalled {
    fn declaration(&self) -> Declaration {
        Declaration::new("stalled", "Ends trials that stopped improving and do not lead.")
            .parameter(Parameter::size("patience", "Epochs without a better value.").default(3))
    }
}

impl Pruner for Stalled {
    fn prunes(&self, running: &Curve, history: &[Curve], params: &Params) -> bool {
        let patience = params.size("patience").unwrap_or(3);
        let best = |curve: &Curve| curve.values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let own = best(running);
        let since_best = running.values.iter().rev().take_while(|&&value| value < own).count();
        since_best >= patience && history.iter().any(|other| best(other) > own)
    }
}

fn main() -> ExitCode {
    holdfast::main(Registry::builtin().with_pruner(Stalled))
}
