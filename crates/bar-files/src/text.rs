//! Text of cells and separators: how it is separated, where its header is, and its rows.

use crate::error::{Fault, Result};
use crate::records::Records;
use crate::row::{Row, Sheet};

/// The rows below the header of a text.
#[derive(Debug)]
pub(crate) struct TextSheet<'t> {
    /// The rows.
    pub(crate) records: Records<'t>,
    /// What separates cells.
    pub(crate) separator: char,
    /// Cells of the header.
    pub(crate) width: usize,
}

impl Sheet for TextSheet<'_> {
    fn visit(&self, each: &mut dyn FnMut(&Row<'_>) -> Result<()>) -> Result<()> {
        let (mut records, mut row) = (self.records.clone(), Row::default());
        while records.next(&mut row)? {
            self.check(&row)?;
            each(&row)?;
        }
        Ok(())
    }
}

impl TextSheet<'_> {
    fn check(&self, row: &Row<'_>) -> Result<()> {
        let (found, expected) = (row.cells.len(), self.width);
        let more = row.cells.iter().skip(expected).any(|cell| !cell.is_empty());
        if found >= expected && !more {
            return Ok(());
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
