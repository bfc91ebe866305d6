//! The rows of typed columns.

use super::cell::{self, Cells};
use super::table::Columns;
use crate::error::Result;
use crate::row::{Row, Sheet};
use arrow_schema::DataType;
use std::borrow::Cow;

/// The rows of typed columns. What messages call a line is the number of the row, from 1.
#[derive(Debug)]
pub(crate) struct ColumnSheet {
    pub(crate) columns: Columns,
}

impl Sheet for ColumnSheet {
    fn visit(&self, each: &mut dyn FnMut(&Row<'_>) -> Result<()>) -> Result<()> {
        let Columns { fields, decoded, batches } = &self.columns;
        // A column of another type shows its type, which is no date, no number and no name.
        let unread = |(_, kind): &(String, DataType)| match cell::is_readable(kind) {
            true => Cow::Borrowed(""),
            false => Cow::Owned(format!("<{kind}>")),
        };
        let blank: Vec<Cow<'_, str>> = fields.iter().map(unread).collect();
        let mut line = 0;
        for batch in batches {
            let cells: Vec<Cells<'_>> = batch.columns().iter().map(|column| cell::cells(column)).collect();
            let mut row = Row { line, cells: blank.clone(), note: false };
            for place in 0..batch.num_rows() {
                line += 1;
                row.line = line;
                let mut is_blank = true;
                for (cells, &position) in cells.iter().zip(decoded) {
                    let cell = cells(place);
                    is_blank &= cell.is_empty();
                    row.cells[position] = cell;
                }
                if !is_blank {
                    each(&row)?;
                }
            }
        }
        Ok(())
    }
}
