//! Matrix views of slices.

/// A read-only matrix: `rows x columns` values inside a slice, with any strides.
#[derive(Clone, Copy)]
pub(crate) struct MatrixRef<'a, R> {
    pub(super) values: &'a [R],
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) row_stride: usize,
    pub(super) column_stride: usize,
}

impl<'a, R> MatrixRef<'a, R> {
    /// Views all of `values` as dense rows of `columns` values.
    pub(crate) fn dense(values: &'a [R], columns: usize) -> Self {
        Self::strided(values, values.len() / columns, columns, columns)
    }

    /// Views `rows` rows of `columns` values each; rows start `row_stride` values apart, and overlap if that is less.
    ///
    /// # Panics
    ///
    /// When the last element lies outside `values`.
    pub(crate) fn strided(values: &'a [R], rows: usize, columns: usize, row_stride: usize) -> Self {
        assert_inside(values.len(), rows, columns, row_stride);
        Self { values, rows, columns, row_stride, column_stride: 1 }
    }

    /// The transpose: a view of the same values, nothing is copied.
    pub(crate) fn transposed(self) -> Self {
        Self {
            values: self.values,
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }
}

/// A writable matrix: contiguous rows that do not overlap.
pub(crate) struct MatrixMut<'a, R> {
    pub(super) values: &'a mut [R],
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) row_stride: usize,
}

impl<'a, R> MatrixMut<'a, R> {
    /// Views all of `values` as dense rows of `columns` values.
    pub(crate) fn dense(values: &'a mut [R], columns: usize) -> Self {
        let rows = values.len() / columns;
        Self::strided(values, rows, columns, columns)
    }

    /// Views `rows` rows of `columns` values each; rows start `row_stride` values apart.
    ///
    /// # Panics
    ///
    /// When the last element lies outside `values`, or rows overlap.
    pub(crate) fn strided(values: &'a mut [R], rows: usize, columns: usize, row_stride: usize) -> Self {
        assert_inside(values.len(), rows, columns, row_stride);
        assert!(row_stride >= columns, "rows of {columns} values overlap with row stride {row_stride}");
        Self { values, rows, columns, row_stride }
    }
}

fn assert_inside(length: usize, rows: usize, columns: usize, row_stride: usize) {
    if rows > 0 && columns > 0 {
        let last = (rows - 1).checked_mul(row_stride).and_then(|start| start.checked_add(columns - 1));
        assert!(
            last.is_some_and(|last| last < length),
            "a {rows} x {columns} matrix with row stride {row_stride} does not fit into {length} values"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "does not fit")]
    fn a_matrix_larger_than_its_slice_is_refused() {
        MatrixRef::strided(&[0.0f32; 5], 2, 3, 3);
    }

    #[test]
    #[should_panic(expected = "overlap")]
    fn overlapping_output_rows_are_refused() {
        MatrixMut::strided(&mut [0.0f32; 9], 3, 3, 2);
    }
}
