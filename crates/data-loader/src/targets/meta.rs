//! Whether a given trade is worth taking.

use super::barriers::{barrier_lookback, barrier_parameters, touched};
use super::entry::{Entry, entry_of, entry_parameter, entry_price};
use super::target::{Class, Outcome, Target};
use crate::ticker_bars::TickerBars;
use artifact_core::Params;
use settings::part::{Declaration, Parameter, Part};

const SIDE: &str = "side";

/// The target `meta`: meta-labelling (Lopez de Prado, "Advances in Financial Machine Learning", 2018, section 3.6). A
/// column of one's own says the side of a trade, above 0 for long and below 0 for short; the label says whether taking it
/// earns: Up if it does, from the entry to the barrier that is touched first or to the end of the window, else Hold. There is
/// no label, and no trade, where the column is 0 or missing.
#[derive(Debug, Clone, Copy)]
pub struct Meta;

impl Part for Meta {
    fn declaration(&self) -> Declaration {
        let side =
            "The column of one's own that says the side: above 0 long, below 0 short, 0 or missing none.";
        let mut declaration =
            Declaration::new("meta", "Whether a trade whose side a column gives is worth taking.");
        declaration = declaration.parameter(Parameter::text(SIDE, side));
        declaration.parameters.extend(barrier_parameters());
        declaration.parameter(entry_parameter(Entry::NextOpen))
    }
}

impl Target for Meta {
    fn entry(&self, params: &Params) -> Entry {
        entry_of(params)
    }

    fn lookback(&self, params: &Params) -> usize {
        barrier_lookback(params)
    }

    fn columns(&self, params: &Params) -> Vec<String> {
        params.text(SIDE).map(str::to_owned).into_iter().collect()
    }

    fn outcomes(&self, bars: &TickerBars<'_>, horizon: usize, params: &Params) -> Vec<Option<Outcome>> {
        let entry = entry_of(params);
        let sides = params.text(SIDE).and_then(|name| bars.column(name)).unwrap_or_default();
        let outcome = |row: usize| {
            let side = sides.get(row).copied().filter(|side| side.is_finite() && *side != 0.0)?;
            let price = entry_price(entry, bars, row)?;
            let exit = touched(bars, (row, entry.first_row(row), horizon), price, params)?.exit;
            let earns = (exit.price - price) * side > 0.0;
            let class = if earns { Class::Up } else { Class::Hold };
            Some(Outcome { short: side < 0.0, ..Outcome::from(class).exit(Some(exit)) })
        };
        (0..bars.rows()).map(outcome).collect()
    }
}
