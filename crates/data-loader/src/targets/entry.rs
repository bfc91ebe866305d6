//! Where a trade enters.

use super::prices::is_price;
use crate::ticker_bars::TickerBars;
use artifact_core::Params;
use settings::part::Parameter;

pub use settings::Entry;

/// The parameter that says where the trade enters.
pub(crate) const ENTRY: &str = "entry";

/// Declares it.
pub(super) fn entry_parameter(default: Entry) -> Parameter {
    let doc =
        "Where the trade enters: at the next row's open, at its close, or at the decision row's own close.";
    Parameter::choice(ENTRY, doc, &["next_open", "next_close", "close"]).default(default.name())
}

/// The entry that complete parameters name.
pub(super) fn entry_of(params: &Params) -> Entry {
    params
        .text(ENTRY)
        .and_then(|name| Entry::ALL.into_iter().find(|entry| entry.name() == name))
        .unwrap_or_default()
}

/// The price at which a decision of `row` enters; `None` where it is unknown, and where the ticker has no bar in `row`:
/// nobody decides on a stock that is not listed yet.
pub(super) fn entry_price(entry: Entry, bars: &TickerBars<'_>, row: usize) -> Option<f64> {
    bars.close().get(row).filter(|&&close| is_price(close))?;
    let price = match entry {
        Entry::Close => bars.close().get(row),
        Entry::NextOpen => bars.open().get(row + 1),
        Entry::NextClose => bars.close().get(row + 1),
    };
    price.copied().filter(|&price| is_price(price))
}
