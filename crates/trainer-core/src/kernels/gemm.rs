//! Matrix products: a checked face over the `gemm` crate, single-threaded.
//!
//! This is the only module with `unsafe` code.
#![allow(unsafe_code)]

use super::real::Real;

/// A matrix to read: `rows x columns` values inside a slice, at any stride.
#[derive(Clone, Copy)]
pub(crate) struct MatrixRef<'a, R> {
    values: &'a [R],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a, R> MatrixRef<'a, R> {
    /// Takes all of `values` as dense rows of `columns` values.
    pub(crate) fn dense(values: &'a [R], columns: usize) -> Self {
        Self::strided(values, values.len() / columns, columns, columns)
    }

    /// Takes `rows` rows of `columns` values that start `row_stride` apart.
    ///
    /// # Panics
    ///
    /// When the last element lies outside `values`.
    pub(crate) fn strided(values: &'a [R], rows: usize, columns: usize, row_stride: usize) -> Self {
        assert_inside(values.len(), rows, columns, row_stride);
        Self { values, rows, columns, row_stride, column_stride: 1 }
    }

    /// The same values with rows and columns exchanged; nothing moves.
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

/// A matrix to write: rows that do not overlap, each contiguous.
pub(crate) struct MatrixMut<'a, R> {
    values: &'a mut [R],
    rows: usize,
    columns: usize,
    row_stride: usize,
}

impl<'a, R> MatrixMut<'a, R> {
    /// Takes all of `values` as dense rows of `columns` values.
    pub(crate) fn dense(values: &'a mut [R], columns: usize) -> Self {
        let rows = values.len() / columns;
        Self::strided(values, rows, columns, columns)
    }

    /// Takes `rows` rows of `columns` values that start `row_stride` apart.
    ///
    /// # Panics
    ///
    /// When the last element lies outside `values`, or when rows overlap.
    pub(crate) fn strided(values: &'a mut [R], rows: usize, columns: usize, row_stride: usize) -> Self {
        assert_inside(values.len(), rows, columns, row_stride);
        assert!(row_stride >= columns, "rows of {columns} values overlap at stride {row_stride}");
        Self { values, rows, columns, row_stride }
    }
}

fn assert_inside(length: usize, rows: usize, columns: usize, row_stride: usize) {
    if rows > 0 && columns > 0 {
        let last = (rows - 1).checked_mul(row_stride).and_then(|start| start.checked_add(columns - 1));
        assert!(
            last.is_some_and(|last| last < length),
            "a {rows} x {columns} matrix at row stride {row_stride} does not fit {length} values"
        );
    }
}

/// What happens to the values a product is written to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Target {
    /// They are replaced.
    Overwrite,
    /// The product is added to them.
    Accumulate,
}

/// Computes `output = scale * left * right`, or adds it to `output`.
///
/// # Panics
///
/// When the shapes do not fit each other.
pub(crate) fn multiply<R: Real>(
    output: MatrixMut<'_, R>,
    left: MatrixRef<'_, R>,
    right: MatrixRef<'_, R>,
    scale: R,
    target: Target,
) {
    let (rows, columns, depth) = (left.rows, right.columns, left.columns);
    assert_eq!(right.rows, depth, "left columns and right rows must be equal");
    assert_eq!((output.rows, output.columns), (rows, columns), "the output has another shape");
    if rows == 0 || columns == 0 {
        return;
    }
    if depth == 0 {
        if target == Target::Overwrite {
            for row in 0..rows {
                output.values[row * output.row_stride..][..columns].fill(R::ZERO);
            }
        }
        return;
    }
    // SAFETY: the constructors checked that the last element of each operand, and with it every element, lies inside
    // its slice (strides are non-negative). The shapes were compared above. `output` is borrowed mutably, so it
    // aliases neither operand, and its rows do not overlap. `R` is `f32` or `f64` (the trait is sealed), both of which
    // `gemm` supports; strides fit `isize`, as no slice is longer than `isize::MAX` bytes.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            depth,
            output.values.as_mut_ptr(),
            1,
            output.row_stride as isize,
            target == Target::Accumulate,
            left.values.as_ptr(),
            left.column_stride as isize,
            left.row_stride as isize,
            right.values.as_ptr(),
            right.column_stride as isize,
            right.row_stride as isize,
            R::ONE,
            scale,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Values that look random and are exact in `f32`, as are their products' sums.
    fn values(length: usize, salt: usize) -> Vec<f64> {
        (0..length).map(|i| ((i * 31 + salt * 17) % 23) as f64 - 11.0).collect()
    }

    /// A matrix stored at `stride`, perhaps as its transpose.
    fn stored(data: &[f64], rows: usize, columns: usize, pad: usize, turned: bool) -> MatrixRef<'_, f64> {
        if turned {
            MatrixRef::strided(data, columns, rows, rows + pad).transposed()
        } else {
            MatrixRef::strided(data, rows, columns, columns + pad)
        }
    }

    fn at<R: Copy>(matrix: &MatrixRef<'_, R>, row: usize, column: usize) -> R {
        matrix.values[row * matrix.row_stride + column * matrix.column_stride]
    }

    proptest! {
        #[test]
        fn equals_the_triple_loop(
            (rows, columns, depth) in (1usize..20, 1usize..40, 0usize..40),
            pads in (0usize..3, 0usize..3, 0usize..3),
            turned in (any::<bool>(), any::<bool>()),
            accumulate in any::<bool>(),
        ) {
            let size = |a: usize, b: usize, pad: usize| (a.max(b) + pad) * a.max(b);
            let left = values(size(rows, depth, pads.0), 1);
            let right = values(size(depth, columns, pads.1), 2);
            let left = stored(&left, rows, depth, pads.0, turned.0);
            let right = stored(&right, depth, columns, pads.1, turned.1);
            let stride = columns + pads.2;
            let before = values(rows * stride, 3);
            let mut expected = before.clone();
            for row in 0..rows {
                for column in 0..columns {
                    let product: f64 = (0..depth).map(|k| at(&left, row, k) * at(&right, k, column)).sum();
                    let start = if accumulate { before[row * stride + column] } else { 0.0 };
                    expected[row * stride + column] = start + 0.5 * product;
                }
            }
            let target = if accumulate { Target::Accumulate } else { Target::Overwrite };
            let mut output = before.clone();
            multiply(MatrixMut::strided(&mut output, rows, columns, stride), left, right, 0.5, target);
            prop_assert_eq!(&output, &expected, "padding between rows must stay untouched too");

            let narrow = |matrix: &MatrixRef<'_, f64>| matrix.values.iter().map(|&v| v as f32).collect::<Vec<_>>();
            let (left32, right32) = (narrow(&left), narrow(&right));
            let mut output: Vec<f32> = before.iter().map(|&v| v as f32).collect();
            let left = MatrixRef { values: &left32, rows, columns: depth, row_stride: left.row_stride, column_stride: left.column_stride };
            let right = MatrixRef { values: &right32, rows: depth, columns, row_stride: right.row_stride, column_stride: right.column_stride };
            multiply(MatrixMut::strided(&mut output, rows, columns, stride), left, right, 0.5, target);
            prop_assert!(output.iter().map(|&v| f64::from(v)).eq(expected));
        }
    }

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
