//! Whether the close leaves the barriers at all, in whichever order.

use super::barriers::{THRESHOLD, barriers, threshold};
use super::by_row::by_row;
use super::entry::{Entry, entry_of, entry_parameter};
use super::prices::known;
use super::target::{Class, Outcome, Target};
use crate::ticker_bars::TickerBars;
use artifact_core::Params;
use settings::part::{Declaration, Part};

/// The target `excursion`: Up if any later close is above the upper barrier, else Down if any is below the lower one,
/// else Hold. The entry price and all later closes up to `d + W` must be known.
#[derive(Debug, Clone, Copy)]
pub struct Excursion;

impl Part for Excursion {
    fn declaration(&self) -> Declaration {
        Declaration::new(
            "excursion",
            "Whether the highest close exceeds the upper barrier, else the lowest falls below the lower one.",
        )
        .parameter(threshold(THRESHOLD))
        // What it was before there was a choice; `labels.entry` says otherwise.
        .parameter(entry_parameter(Entry::Close))
    }
}

impl Target for Excursion {
    fn entry(&self, params: &Params) -> Entry {
        entry_of(params)
    }

    fn outcomes(&self, bars: &TickerBars<'_>, horizon: usize, params: &Params) -> Vec<Option<Outcome>> {
        by_row(bars, entry_of(params), horizon, |now, future| {
            let (upper, lower) = barriers(now, params);
            let rises = || future.iter().any(|&close| close > upper);
            let falls = || future.iter().any(|&close| close < lower);
            known(now, future).then(|| Class::of(rises(), falls()).unwrap_or(Class::Hold).into())
        })
    }
}
