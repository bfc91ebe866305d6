//! Which barrier the close crosses first.

use super::barriers::{THRESHOLD, barriers, threshold};
use super::by_row::by_row;
use super::entry::Entry;
use super::prices::known;
use super::target::{Class, Outcome, Target};
use crate::ticker_bars::TickerBars;
use artifact_core::Params;
use settings::part::{Declaration, Part};

/// The target `first_touch`, the older form of [`Barrier`](super::Barrier): Up if the first later close outside the
/// barriers around the decision row's close lies at or above the upper one, Down if at or below the lower one; Hold if none
/// does. The trade is held to the last row whatever is touched.
///
/// All closes from `d` to `d + W` must be known: if it stopped looking once a barrier is crossed, gaps would mask Hold
/// more often than the other classes.
#[derive(Debug, Clone, Copy)]
pub struct FirstTouch;

impl Part for FirstTouch {
    fn declaration(&self) -> Declaration {
        Declaration::new("first_touch", "Which barrier the close crosses first; the older form of barrier.")
            .parameter(threshold(THRESHOLD))
    }
}

impl Target for FirstTouch {
    fn outcomes(&self, bars: &TickerBars<'_>, horizon: usize, params: &Params) -> Vec<Option<Outcome>> {
        by_row(bars, Entry::Close, horizon, |now, future| {
            let (upper, lower) = barriers(now, params);
            let first = |&close: &f64| Class::of(close >= upper, close <= lower);
            known(now, future).then(|| future.iter().find_map(first).unwrap_or(Class::Hold).into())
        })
    }
}
