//! The JSON of Alpha Vantage: an object of dates, each an object of numbered fields.

use super::entries::{Entries, Lines};
use super::table::Table;
use crate::error::{Fault, Result};

/// The table under `Time Series (Daily)` and the like; `None` if there is none.
pub(crate) fn table<'t>(document: &Entries<'t>, lines: &mut Lines<'t>) -> Result<Option<Table<'t>>> {
    let series =
        document.0.iter().find(|(name, value)| name.contains("Time Series") && value.get().starts_with('{'));
    let Some((_, series)) = series else { return Ok(None) };
    let Some(days) = Entries::of(series) else { return Ok(None) };
    let mut table = Table::with(&["date"]);
    for (date, values) in days.0 {
        let line = lines.at(values);
        let Some(values) = Entries::of(values) else {
            return Err(Fault::Json {
                reason: format!("{date:?} holds no object of open, high, low and close"),
            }
            .on(line));
        };
        table.push_object(line, vec![date.into()], &values)?;
    }
    let meta = document.get("Meta Data").and_then(Entries::of);
    let symbol = meta.and_then(|meta| meta.text(&["2. Symbol", "2. Digital Currency Code"]));
    if let Some(symbol) = symbol.filter(|symbol| !symbol.is_empty()) {
        table.name(&symbol);
    }
    Ok(Some(table))
}
