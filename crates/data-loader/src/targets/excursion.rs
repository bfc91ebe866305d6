//! Whether the close leaves the barriers at all, in whichever order.

use super::barriers::{THRESHOLD, barriers, by_row, known, threshold};
use super::target::{Class, Target};
use crate::ticker_bars::TickerBars;
use artifact_core::Params;
use settings::part::{Declaration, Part};

/// The target `excursion`: Up if any later close is above the upper barrier, else Down if any is below the lower one,
/// else Hold. All closes from `d` to `d + W` must be known.
#[derive(Debug, Clone, Copy)]
pub struct Excursion;

impl Part for Excursion {
    fn declaration(&self) -> Declaration {
        Declaration::new(
            "excursion",
            "Whether the highest close exceeds the upper barrier, else the lowest falls below the lower one.",
        )
        .parameter(threshold(THRESHOLD))
    }
}

impl Target for Excursion {
    fn labels(&self, bars: &TickerBars<'_>, horizon: usize, params: &Params) -> Vec<Option<Class>> {
        by_row(bars.close(), horizon, |now, future| {
            let (upper, lower) = barriers(now, params);
            let rises = || future.iter().any(|&close| close > upper);
            let falls = || future.iter().any(|&close| close < lower);
            known(now, future).then(|| Class::of(rises(), falls()).unwrap_or(Class::Hold))
        })
    }
}
