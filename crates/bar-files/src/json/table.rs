//! Tables built from JSON.

use super::entries::{Entries, Lines, cell};
use crate::error::{Fault, Result};
use crate::header::heading::Heading;
use crate::quoted;
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
    /// The last row, from 1, that has a cell of each column by name.
    filled: Vec<usize>,
}

/// The most columns of a table: every row may have as many cells as there are names in all rows.
const COLUMNS: usize = 1024;

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
        self.filled.push(0);
        self.positions.insert(header.to_owned(), position);
        position
    }

    /// Adds a row of cells in the order of the columns.
    pub(crate) fn push(&mut self, line: u64, cells: Vec<Cow<'t, str>>) {
        self.rows.push(Row { line, cells, note: false });
    }

    /// Adds an object: each member is a cell under its name. `before` stands for the first columns.
    pub(crate) fn push_object(
        &mut self,
        line: u64,
        before: Vec<Cow<'t, str>>,
        members: &Entries<'t>,
    ) -> Result<()> {
        let mut cells = before;
        let row = self.rows.len() + 1;
        for (name, value) in &members.0 {
            let position = self.position(name);
            if position >= COLUMNS {
                let reason =
                    format!("more than {COLUMNS} different names in the objects: expected some of a bar");
                return Err(Fault::Json { reason }.on(line));
            }
            if std::mem::replace(&mut self.filled[position], row) == row {
                let reason = format!("the object has {} twice: remove one of them", quoted::cell(name));
                return Err(Fault::Json { reason }.on(line));
            }
            if cells.len() <= position {
                cells.resize(position + 1, Cow::Borrowed(""));
            }
            cells[position] = cell(value);
        }
        self.push(line, cells);
        Ok(())
    }

    /// Adds each of some objects.
    pub(crate) fn push_objects(&mut self, values: &[&'t RawValue], lines: &mut Lines<'t>) -> Result<()> {
        for value in values {
            let line = lines.at(value);
            let Some(members) = Entries::of(value) else {
                let reason = "a value that is no object among objects: expected one object a bar".to_owned();
                return Err(Fault::Json { reason }.on(line));
            };
            self.push_object(line, Vec::new(), &members)?;
        }
        Ok(())
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
