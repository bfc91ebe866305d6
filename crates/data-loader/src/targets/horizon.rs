//! Where the close stands at the end of the window.

use super::barriers::{THRESHOLD, by_row, simple_return, threshold};
use super::target::{Class, Target};
use crate::ticker_bars::TickerBars;
use artifact_core::Params;
use settings::part::{Declaration, Part};

/// The target `horizon`: Up if the return from `d` to `d + W` is above the threshold, Down if it is below minus the
/// threshold, else Hold. Only the closes of `d` and `d + W` must be known.
#[derive(Debug, Clone, Copy)]
pub struct Horizon;

impl Part for Horizon {
    fn declaration(&self) -> Declaration {
        Declaration::new("horizon", "Where the close stands at the end of the window.")
            .parameter(threshold(THRESHOLD))
    }
}

impl Target for Horizon {
    fn labels(&self, bars: &TickerBars<'_>, horizon: usize, params: &Params) -> Vec<Option<Class>> {
        let threshold = params.float(THRESHOLD).unwrap_or(f64::NAN);
        by_row(bars.close(), horizon, |now, future| {
            let change = simple_return(now, *future.last()?)?;
            Some(Class::of(change > threshold, change < -threshold).unwrap_or(Class::Hold))
        })
    }
}
