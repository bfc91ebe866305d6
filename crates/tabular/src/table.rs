//! What models are fitted to: rows of numbers, handed out on demand.

/// Rows of `columns` numbers each, NaN where a number is missing.
///
/// A row must give the same numbers on every call; rows are read from several threads at once.
pub trait Table: Sync {
    /// The number of rows.
    fn rows(&self) -> usize;

    /// The number of columns.
    fn columns(&self) -> usize;

    /// Writes a row to `out`, which has one place per column. `row` is below [`Table::rows`].
    fn read(&self, row: usize, out: &mut [f32]);
}

impl<T: Table + ?Sized> Table for &T {
    fn rows(&self) -> usize {
        (**self).rows()
    }

    fn columns(&self) -> usize {
        (**self).columns()
    }

    fn read(&self, row: usize, out: &mut [f32]) {
        (**self).read(row, out);
    }
}

/// A table whose numbers lie side by side in memory, row by row.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a> {
    columns: usize,
    values: &'a [f32],
}

impl<'a> Matrix<'a> {
    /// Makes a table of `values`, row by row. `None` if they do not fill whole rows of `columns` numbers.
    pub fn new(values: &'a [f32], columns: usize) -> Option<Self> {
        (columns > 0 && values.len().is_multiple_of(columns)).then_some(Self { columns, values })
    }
}

impl Table for Matrix<'_> {
    fn rows(&self) -> usize {
        self.values.len() / self.columns
    }

    fn columns(&self) -> usize {
        self.columns
    }

    fn read(&self, row: usize, out: &mut [f32]) {
        let start = row * self.columns;
        out.copy_from_slice(&self.values[start..start + self.columns]);
    }
}
