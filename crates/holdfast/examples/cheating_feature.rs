//! A feature that cheats and is caught: it holds the next row's return.
//!
//! `cargo run --example cheating_feature -- pipeline --config crates/holdfast/examples/cheating_feature.toml` ends with
//! exit code 3: the audit cuts the bars off after every single row, and the feature then gives a different value.

use holdfast::prelude::*;

struct NextReturn;

impl Part for NextReturn {
    fn declaration(&self) -> Declaration {
        Declaration::new("next_return", "The return of the row that comes next.")
    }
}

impl Feature for NextReturn {
    fn columns(&self, _params: &Params) -> Vec<String> {
        vec!["next_return".to_owned()]
    }

    fn compute(&self, bars: &TickerBars<'_>, _params: &Params) -> Vec<Vec<f64>> {
        let close = bars.close();
        let next = |row: usize| close.get(row + 1).map_or(f64::NAN, |next| next / close[row] - 1.0);
        vec![(0..bars.rows()).map(next).collect()]
    }
}

fn main() -> ExitCode {
    holdfast::main(Registry::builtin().with_feature(NextReturn))
}
