//! Where the close stands at the end of the window.

use super::barriers::{THRESHOLD, threshold};
use super::by_row::by_row;
use super::entry::{Entry, entry_of, entry_parameter};
use super::prices::simple_return;
use super::target::{Class, Outcome, Target};
use crate::ticker_bars::TickerBars;
use artifact_core::Params;
use settings::part::{Declaration, Part};

/// The target `horizon`: Up if the return from the entry to the close of `d + W` is above the threshold, Down if it is
/// below minus the threshold, else Hold. Only these two prices must be known.
#[derive(Debug, Clone, Copy)]
pub struct Horizon;

impl Part for Horizon {
    fn declaration(&self) -> Declaration {
        Declaration::new("horizon", "Where the close stands at the end of the window.")
            .parameter(threshold(THRESHOLD))
            // What it was before there was a choice; `labels.entry` says otherwise.
            .parameter(entry_parameter(Entry::Close))
    }
}

impl Target for Horizon {
    fn entry(&self, params: &Params) -> Entry {
        entry_of(params)
    }

    fn outcomes(&self, bars: &TickerBars<'_>, horizon: usize, params: &Params) -> Vec<Option<Outcome>> {
        let threshold = params.float(THRESHOLD).unwrap_or(f64::NAN);
        by_row(bars, entry_of(params), horizon, |now, future| {
            let change = simple_return(now, *future.last()?)?;
            Some(Class::of(change > threshold, change < -threshold).unwrap_or(Class::Hold).into())
        })
    }
}
