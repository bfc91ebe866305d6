//! Rows of cells, whatever they were written in.

use crate::error::Result;
use std::borrow::Cow;

/// One row.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row<'t> {
    /// The line on which it begins, from 1.
    pub(crate) line: u64,
    /// Its cells, without surrounding blanks.
    pub(crate) cells: Vec<Cow<'t, str>>,
    /// Whether it is a remark and not to be read.
    pub(crate) note: bool,
}

impl Row<'_> {
    /// The cell at a position; empty if the row is shorter.
    pub(crate) fn cell(&self, position: usize) -> &str {
        self.cells.get(position).map_or("", |cell| cell.as_ref())
    }

    /// Whether all cells are empty.
    pub(crate) fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.is_empty())
    }
}

/// A table that can be walked more than once: first to learn how it is written, then to read it.
pub(crate) trait Sheet {
    /// Visits every row below the header.
    fn visit(&self, each: &mut dyn FnMut(&Row<'_>) -> Result<()>) -> Result<()>;
}
