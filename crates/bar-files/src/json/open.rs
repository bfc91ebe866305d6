//! Which of the known layouts a JSON text has.

use super::entries::{Entries, Lines, cell, elements, values};
use super::table::Table;
use super::{alpha_vantage, yahoo};
use crate::error::{Fault, Result};
use crate::form::Layout;
use crate::opened::Opened;
use crate::quoted;
use crate::reading::Names;
use serde_json::value::RawValue;

/// Names under which vendors put a ticker beside its bars.
const SYMBOLS: [&str; 3] = ["symbol", "ticker", "Symbol"];

/// Whether a text is JSON.
pub(crate) fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// Finds the table in a JSON text.
pub(crate) fn open<'t>(text: &'t str, names: &Names) -> Result<Opened<Table<'t>>> {
    let mut lines = Lines::of(text);
    let documents = values(text)?;
    let (layout, table) = match documents.as_slice() {
        [] => return Err(Fault::Empty.into()),
        [document] => match Entries::of(document) {
            Some(members) => object(&members, names, &mut lines)?,
            None => rows(&elements(document).unwrap_or_default(), names, &mut lines)?,
        },
        many => (Layout::JsonLines, rows(many, names, &mut lines)?.1),
    };
    Ok(Opened { headings: table.headings(), layout, separator: None, sheet: table })
}

/// A single object.
fn object<'t>(members: &Entries<'t>, names: &Names, lines: &mut Lines<'t>) -> Result<(Layout, Table<'t>)> {
    if let Some(chart) = members.get("chart") {
        return Ok((Layout::YahooChart, yahoo::table(chart, lines)?));
    }
    if let Some(table) = alpha_vantage::table(members, lines)? {
        return Ok((Layout::AlphaVantage, table));
    }
    let arrays: Vec<(&str, Vec<&'t RawValue>)> =
        members.0.iter().filter_map(|(name, value)| Some((name.as_str(), elements(value)?))).collect();
    let is_table =
        |values: &[&RawValue]| values.first().is_some_and(|first| first.get().starts_with(['{', '[']));
    let mut tables = arrays.iter().filter(|(_, values)| is_table(values));
    let found = match (tables.next(), tables.next()) {
        (Some((_, values)), None) => Some(rows(values, names, lines)?),
        (None, _) => columns(&arrays, lines)?.map(|table| (Layout::JsonColumns, table)),
        (Some(_), Some(_)) => None,
    };
    let Some((layout, mut table)) = found else {
        let said =
            members.0.iter().map(|(name, value)| format!("{name}: {}", cell(value))).collect::<Vec<_>>();
        let said = quoted::headers(said.get(..3).unwrap_or(&said));
        let reason = format!(
            "this JSON object holds no table of bars ({said}): expected an array of objects, one a bar"
        );
        return Err(Fault::Json { reason }.into());
    };
    let meta = members.get("meta").and_then(Entries::of);
    let symbol = members.text(&SYMBOLS).or_else(|| meta.and_then(|meta| meta.text(&SYMBOLS)));
    if let Some(symbol) = symbol.filter(|symbol| !symbol.is_empty()) {
        table.name(&symbol);
    }
    Ok((layout, table))
}

/// An array, or lines, of objects or of arrays.
fn rows<'t>(values: &[&'t RawValue], names: &Names, lines: &mut Lines<'t>) -> Result<(Layout, Table<'t>)> {
    let Some(first) = values.first() else { return Err(Fault::Empty.into()) };
    if first.get().starts_with('[') {
        return Ok((Layout::JsonArrays, arrays(values, names, lines)?));
    }
    let mut table = Table::default();
    table.push_objects(values, lines)?;
    Ok((Layout::JsonObjects, table))
}

/// Arrays of values, whose names the caller lists.
fn arrays<'t>(values: &[&'t RawValue], names: &Names, lines: &mut Lines<'t>) -> Result<Table<'t>> {
    let mut table = match names {
        Names::Listed(names) => Table::listed(names),
        _ => Table::default(),
    };
    for value in values {
        let line = lines.at(value);
        let Some(row) = elements(value) else {
            let reason = "an array whose elements are not all arrays: expected one array a bar".to_owned();
            return Err(Fault::Json { reason }.on(line));
        };
        let cells: Vec<_> = row.iter().map(|value| cell(value)).collect();
        let Names::Listed(names) = names else {
            return Err(Fault::NoHeader { found: quoted::headers(&cells) }.on(line));
        };
        if cells.len() != names.len() {
            return Err(Fault::ListedCount { found: cells.len(), listed: names.len() }.on(line));
        }
        table.push(line, cells);
    }
    Ok(table)
}

/// Arrays of values side by side; `None` if there are none.
fn columns<'t>(arrays: &[(&str, Vec<&'t RawValue>)], lines: &mut Lines<'t>) -> Result<Option<Table<'t>>> {
    let Some((first, stamps)) = arrays.first() else { return Ok(None) };
    if let Some((name, values)) = arrays.iter().find(|(_, values)| values.len() != stamps.len()) {
        let reason = format!(
            "{} values of `{}` but {} of `{}`: expected as many of each",
            stamps.len(),
            quoted::bare(first),
            values.len(),
            quoted::bare(name)
        );
        return Err(Fault::Json { reason }.into());
    }
    let names: Vec<&str> = arrays.iter().map(|(name, _)| *name).collect();
    let mut table = Table::with(&names);
    for row in 0..stamps.len() {
        let cells = arrays.iter().map(|(_, values)| cell(values[row])).collect();
        table.push(lines.at(stamps[row]), cells);
    }
    Ok(Some(table))
}
