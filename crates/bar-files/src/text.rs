//! Text of cells and separators: its header, and its rows.

use crate::dates::shape;
use crate::dialect;
use crate::error::{Fault, Result};
use crate::field::Field;
use crate::form::Layout;
use crate::header::heading::Heading;
use crate::header::vocabulary::{is_known, keys};
use crate::header::{layout, stacked};
use crate::numbers::missing::is_missing;
use crate::numbers::survey::looks_like_number;
use crate::opened::Opened;
use crate::quoted;
use crate::reading::Names;
use crate::records::Records;
use crate::row::{Row, Sheet};

/// Header lines that a layout has at most.
const HEADER_LINES: usize = 3;

/// Finds the header of a text.
pub(crate) fn open<'t>(text: &'t str, names: &Names) -> Result<Opened<TextSheet<'t>>> {
    let dialect = dialect::sniff(text, names);
    let separator = char::from(dialect.separator);
    let rows = first_rows(&dialect.records)?;
    let Some(first) = rows.first() else { return Err(Fault::Empty.into()) };
    let opened = |headings: Vec<Heading>, layout, lines, listed| {
        let records = after(&dialect.records, lines)?;
        let named = headings.iter().rposition(|heading| !heading.written.trim().is_empty());
        let sheet = TextSheet {
            records,
            separator,
            least: named.map_or(0, |last| last + 1),
            most: headings.len(),
            listed,
            ticker_first: headings
                .first()
                .is_some_and(|heading| keys(Field::Ticker).contains(&heading.key.as_str())),
        };
        Ok(Opened { headings, layout, separator: Some(separator), sheet })
    };
    if let Names::Listed(names) = names {
        let headings = names.iter().map(|name| Heading::plain(name)).collect();
        return opened(headings, Layout::Headerless, 0, true);
    }
    if let Some((headings, lines)) = stacked::headings(&rows) {
        return opened(headings, Layout::Stacked, lines, false);
    }
    if is_data(first) && matches!(names, Names::Found) {
        return Err(Fault::NoHeader { found: quoted::headers(&first.cells) }.on(first.line));
    }
    let headers: Vec<String> = first.cells.iter().map(|cell| cell.to_string()).collect();
    let (mut headings, layout) = layout::headings(&headers);
    name_index(&mut headings, rows.get(1));
    opened(headings, layout, 1, false)
}

/// The first rows, which may hold headers.
fn first_rows<'t>(records: &Records<'t>) -> Result<Vec<Row<'t>>> {
    let (mut records, mut rows) = (records.clone(), Vec::new());
    while rows.len() < HEADER_LINES {
        let mut row = Row::default();
        if !records.next(&mut row)? {
            break;
        }
        rows.push(row);
    }
    Ok(rows)
}

/// The rows after the first few.
fn after<'t>(records: &Records<'t>, lines: usize) -> Result<Records<'t>> {
    let (mut records, mut row) = (records.clone(), Row::default());
    for _ in 0..lines {
        records.next(&mut row)?;
    }
    Ok(records)
}

/// Whether a first row holds values rather than names.
fn is_data(row: &Row<'_>) -> bool {
    let numbers = row.cells.iter().filter(|cell| !is_missing(cell) && looks_like_number(cell)).count();
    let names = row.cells.iter().filter(|cell| is_known(&crate::header::key::key(cell))).count();
    names == 0 && numbers >= 4
}

/// Takes a first column without a name for the dates, as pandas writes its index, if its cells are dates.
fn name_index(headings: &mut [Heading], below: Option<&Row<'_>>) {
    let dated = headings.iter().any(|heading| keys(Field::Date).contains(&heading.key.as_str()));
    let Some(first) = headings.first_mut().filter(|_| !dated) else { return };
    let unnamed = matches!(first.key.as_str(), "" | "unnamed0" | "index");
    if unnamed && below.is_some_and(|row| shape::parse(row.cell(0)).is_ok()) {
        "date".clone_into(&mut first.key);
    }
}

/// The rows below the header of a text.
#[derive(Debug)]
pub(crate) struct TextSheet<'t> {
    pub(crate) records: Records<'t>,
    pub(crate) separator: char,
    /// Cells of a row up to the last that has a header.
    pub(crate) least: usize,
    /// Cells of the header.
    pub(crate) most: usize,
    /// Whether the caller listed the columns.
    listed: bool,
    /// Whether the first column holds tickers.
    ticker_first: bool,
}

impl Sheet for TextSheet<'_> {
    fn visit(&self, each: &mut dyn FnMut(&Row<'_>) -> Result<()>) -> Result<()> {
        let (mut records, mut row) = (self.records.clone(), Row::default());
        while records.next(&mut row)? {
            row.note = self.is_note(&row);
            if !row.note {
                self.check(&row)?;
            }
            each(&row)?;
        }
        Ok(())
    }
}

impl TextSheet<'_> {
    /// Whether a row is a remark, such as `Source: Yahoo`, and no bar: text in the first cell alone.
    ///
    /// A date or a number alone is the rest of a row that was cut off, and so is a ticker.
    fn is_note(&self, row: &Row<'_>) -> bool {
        let first = row.cell(0);
        let alone = !first.is_empty() && row.cells.iter().skip(1).all(|cell| cell.is_empty());
        let text = first.starts_with(|c: char| !c.is_ascii_digit() && !matches!(c, '-' | '+' | '.' | '/'));
        let ticker = self.ticker_first && !first.contains(' ');
        alone && self.most > 1 && text && !ticker && shape::parse(first).is_err()
    }

    /// Checks that a row is as wide as the header.
    fn check(&self, row: &Row<'_>) -> Result<()> {
        let (found, expected) = (row.cells.len(), self.most);
        let more = row.cells.iter().skip(expected).any(|cell| !cell.is_empty());
        if found >= self.least && !more {
            return Ok(());
        }
        if self.listed {
            return Err(Fault::ListedCount { found, listed: expected }.on(row.line));
        }
        let remedy = if found < expected {
            "complete the row, or fetch the file again if it is cut off"
        } else if self.separator == ',' {
            "quote cells with commas inside, decimal commas too"
        } else {
            "quote cells with the separator inside"
        };
        Err(Fault::Ragged { found, expected, separator: self.separator, remedy }.on(row.line))
    }
}
