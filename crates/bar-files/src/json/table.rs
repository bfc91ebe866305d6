//! Tables built from JSON.

use super::entries::{Entries, Lines, cell};
use crate::error::Result;
use crate::header::heading::Heading;
use crate::row::{Row, Sheet};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A table whose columns are found while its rows come.
#[derive(Debug, Default)]
pub(crate) struct Table<'t> {
    headers: Vec<String>,
    positions: BTreeMap<String, usize>,
    rows: Vec<Row<'t>>,
}

impl<'t> Table<'t> {
    /// A table with these columns.
    pub(crate) fn with<H: AsRef<str>>(headers: &[H]) -> Self {
        let mut table = Self::default();
        for header in headers {
            table.position(header.as_ref());
        }
        table
    }

    /// A table whose columns have all of these names, equal ones included, so that cells keep their places.
    pub(crate) fn listed(names: &[String]) -> Self {
        Self { headers: names.to_vec(), ..Self::default() }
    }

    fn position(&mut self, header: &str) -> usize {
        if let Some(&position) = self.positions.get(header) {
            return position;
        }
        let position = self.headers.len();
        self.headers.push(header.to_owned());
        self.positions.insert(header.to_owned(), position);
        position
    }

    /// Adds a row of cells in the order of the columns.
    pub(crate) fn push(&mut self, line: u64, cells: Vec<Cow<'t, str>>) {
        self.rows.push(Row { line, cells, note: false });
    }

    /// Adds an object: each member is a cell under its name. `before` stands for the first columns.
    pub(crate) fn push_object(&mut self, line: u64, before: Vec<Cow<'t, str>>, members: &Entries<'t>) {
        let mut cells = before;
        for (name, value) in &members.0 {
            let position = self.position(name);
            if cells.len() <= position {
                cells.resize(position + 1, Cow::Borrowed(""));
            }
            cells[position] = cell(value);
        }
        self.push(line, cells);
    }

    /// Adds each element of an array of objects; what is no object is left to the caller.
    pub(crate) fn push_objects(&mut self, values: &[&'t RawValue], lines: &mut Lines<'t>) -> Option<()> {
        for value in values {
            let members = Entries::of(value)?;
            self.push_object(lines.at(value), Vec::new(), &members);
        }
        Some(())
    }

    /// Fills a column `ticker`, unless there is one.
    pub(crate) fn name(&mut self, ticker: &str) {
        use crate::field::Field;
        use crate::header::{key::key, vocabulary::keys};
        if self.headers.iter().any(|header| keys(Field::Ticker).contains(&key(header).as_str())) {
            return;
        }
        let position = self.position("ticker");
        for row in &mut self.rows {
            row.cells.resize(position, Cow::Borrowed(""));
            row.cells.push(Cow::Owned(ticker.to_owned()));
        }
    }

    pub(crate) fn headings(&self) -> Vec<Heading> {
        self.headers.iter().map(|header| Heading::plain(header)).collect()
    }
}

impl Sheet for Table<'_> {
    fn visit(&self, each: &mut dyn FnMut(&Row<'_>) -> Result<()>) -> Result<()> {
        self.rows.iter().filter(|row| !row.is_blank()).try_for_each(each)
    }
}
