//! A custom target: which is further from the close, the highest high or the lowest low of the next rows?
//!
//! `cargo run --example target -- pipeline --config crates/holdfast/examples/target.toml`

use holdfast::prelude::*;

/// Up where the highest high of the next rows is further from the close than the lowest low, Down where it is nearer;
/// Hold where neither is `least` away.
struct WiderSide;

impl Part for WiderSide {
    fn declaration(&self) -> Declaration {
        Declaration::new("wider_side", "The side on which the range of the next rows reaches further.")
            .parameter(
                Parameter::float("least", "Distance below which nothing happened, a fraction of the close.")
                    .range(0.0, 1.0)
                    .default(0.02),
            )
    }
}

impl Target for WiderSide {
    fn outcomes(&self, bars: &TickerBars<'_>, horizon: usize, params: &Params) -> Vec<Option<Outcome>> {
        let least = params.float("least").unwrap_or(0.02);
        let label = |row: usize| {
            let last = row.checked_add(horizon).filter(|&last| last < bars.rows())?;
            let close = bars.close()[row];
            let later = row + 1..=last;
            let highest = bars.high()[later.clone()].iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let lowest = bars.low()[later].iter().copied().fold(f64::INFINITY, f64::min);
            let (up, down) = (highest / close - 1.0, 1.0 - lowest / close);
            if !(up.is_finite() && down.is_finite()) {
                return None;
            }
            let class = if up.max(down) < least {
                Class::Hold
            } else if up > down {
                Class::Up
            } else {
                Class::Down
            };
            Some(class.into())
        };
        (0..bars.rows()).map(label).collect()
    }
}

fn main() -> ExitCode {
    holdfast::main(Registry::builtin().with_target(WiderSide))
}
