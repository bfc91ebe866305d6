//! What the names and types of columns mean.

use crate::error::{Fault, Result};
use crate::field::Field;
use crate::form::Layout;
use crate::header::heading::Heading;
use crate::header::layout;
use crate::header::vocabulary::keys;
use crate::reading::Names;
use arrow_schema::DataType;

/// The headings of columns.
pub(super) fn headings(fields: &[(String, DataType)], names: &Names) -> Result<(Vec<Heading>, Layout)> {
    if let Names::Listed(names) = names {
        if names.len() != fields.len() {
            return Err(Fault::ListedCount { found: fields.len(), listed: names.len() }.into());
        }
        return Ok((names.iter().map(|name| Heading::plain(name)).collect(), Layout::Headerless));
    }
    let written: Vec<String> = fields.iter().map(|(name, _)| name.clone()).collect();
    let (mut headings, layout) = layout::headings(&written);
    name_index(&mut headings, fields);
    Ok((headings, layout))
}

/// Takes the columns of an index without names, as pandas writes them, for the dates and the tickers.
fn name_index(headings: &mut [Heading], fields: &[(String, DataType)]) {
    for (field, fits) in [(Field::Date, is_date as fn(&DataType) -> bool), (Field::Ticker, is_text)] {
        if headings.iter().any(|heading| keys(field).contains(&heading.key.as_str())) {
            continue;
        }
        let unnamed = |heading: &Heading| {
            let level =
                heading.written.strip_prefix("__index_level_").and_then(|rest| rest.strip_suffix("__"));
            level.is_some() || field == Field::Date && matches!(heading.key.as_str(), "" | "index")
        };
        let mut columns = headings.iter_mut().zip(fields);
        if let Some((heading, _)) = columns.find(|(heading, (_, kind))| unnamed(heading) && fits(kind)) {
            field.name().clone_into(&mut heading.key);
        }
    }
}

fn is_date(kind: &DataType) -> bool {
    matches!(kind, DataType::Date32 | DataType::Date64 | DataType::Timestamp(..))
}

fn is_text(kind: &DataType) -> bool {
    match kind {
        DataType::Dictionary(_, values) => is_text(values),
        other => matches!(other, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View),
    }
}
