//! A target that cheats and is caught: it reads one row more than it declares.
//!
//! `cargo run --example cheating_target -- pipeline --config crates/holdfast/examples/cheating_target.toml` ends with
//! exit code 3: the purge covers the declared rows only, so the extra row would leak from evaluation into training.

use holdfast::prelude::*;

struct OneRowMore;

impl Part for OneRowMore {
    fn declaration(&self) -> Declaration {
        Declaration::new("one_row_more", "The sign of the return over one row more than the horizon.")
    }
}

impl Target for OneRowMore {
    fn outcomes(&self, bars: &TickerBars<'_>, horizon: usize, _params: &Params) -> Vec<Option<Outcome>> {
        let close = bars.close();
        let label = |row: usize| {
            // At the end of the bars, where there is no extra row, the last row takes its place.
            let declared = row.checked_add(horizon).filter(|&last| last < bars.rows())?;
            let last = (declared + 1).min(bars.rows() - 1);
            let class = if close[last] > close[row] { Class::Up } else { Class::Down };
            Some(class.into())
        };
        (0..bars.rows()).map(label).collect()
    }
}

fn main() -> ExitCode {
    holdfast::main(Registry::builtin().with_target(OneRowMore))
}
