//! Which barrier the price touches first.

use super::barriers::{barrier_lookback, barrier_parameters, touched};
use super::entry::{Entry, entry_of, entry_parameter, entry_price};
use super::target::{Class, Outcome, Target};
use crate::ticker_bars::TickerBars;
use artifact_core::Params;
use settings::part::{Declaration, Part};

/// The target `barrier`: the triple-barrier label (Lopez de Prado, "Advances in Financial Machine Learning", 2018,
/// chapter 3). Up if the price first touches the upper barrier around the entry price, Down if the lower one; Hold if
/// neither within the horizon. The trade ends where a barrier is touched.
#[derive(Debug, Clone, Copy)]
pub struct Barrier;

impl Part for Barrier {
    fn declaration(&self) -> Declaration {
        let mut declaration =
            Declaration::new("barrier", "Which barrier around the entry price is touched first.");
        declaration.parameters.extend(barrier_parameters());
        declaration.parameter(entry_parameter(Entry::NextOpen))
    }
}

impl Target for Barrier {
    fn entry(&self, params: &Params) -> Entry {
        entry_of(params)
    }

    fn lookback(&self, params: &Params) -> usize {
        barrier_lookback(params)
    }

    fn outcomes(&self, bars: &TickerBars<'_>, horizon: usize, params: &Params) -> Vec<Option<Outcome>> {
        let entry = entry_of(params);
        let outcome = |row: usize| {
            let price = entry_price(entry, bars, row)?;
            let touched = touched(bars, (row, entry.first_row(row), horizon), price, params)?;
            Some(Outcome::from(touched.class.unwrap_or(Class::Hold)).exit(Some(touched.exit)))
        };
        (0..bars.rows()).map(outcome).collect()
    }
}
