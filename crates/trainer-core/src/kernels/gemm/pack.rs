//! Packing: copies of the operands in the order in which tiles read them.

use super::MatrixRef;
use crate::kernels::real::Real;
use std::ops::Range;

/// Writes rows `depth` of `right`, times `scale`, to `packed`: one panel of `width` columns after another, each stored
/// row by row. The last panel is padded with zero columns.
#[inline(always)]
pub(super) fn right_panels<R: Real>(
    right: MatrixRef<'_, R>,
    depth: Range<usize>,
    width: usize,
    scale: R,
    packed: &mut [R],
) {
    for (panel, packed) in packed.chunks_exact_mut(depth.len() * width).enumerate() {
        let first = panel * width;
        let columns = width.min(right.columns - first);
        if columns < width {
            packed.fill(R::ZERO);
        }
        let values = &right.values[depth.start * right.row_stride + first * right.column_stride..];
        // A transposed operand is contiguous down its columns, so it is read column by column.
        if right.column_stride > 1 {
            for column in 0..columns {
                let values = &values[column * right.column_stride..];
                for (row, packed) in packed.chunks_exact_mut(width).enumerate() {
                    packed[column] = values[row * right.row_stride];
                }
            }
        } else if columns == width {
            for (row, packed) in packed.chunks_exact_mut(width).enumerate() {
                packed.copy_from_slice(&values[row * right.row_stride..][..width]);
            }
        } else {
            for (row, packed) in packed.chunks_exact_mut(width).enumerate() {
                packed[..columns].copy_from_slice(&values[row * right.row_stride..][..columns]);
            }
        }
    }
    // Each value is scaled once here, not in every tile that reads it.
    if scale != R::ONE {
        for value in packed {
            *value *= scale;
        }
    }
}

/// Writes columns `depth` of rows `rows` of `left` to `packed`: one tile of `ROWS` rows after another, each stored
/// column by column. Rows of a tile beyond `rows` hold unspecified values, which never reach the output.
#[inline(always)]
pub(super) fn left_tiles<R: Real, const ROWS: usize>(
    left: MatrixRef<'_, R>,
    rows: Range<usize>,
    depth: Range<usize>,
    packed: &mut [R],
) {
    let tiles = rows.clone().step_by(ROWS).zip(packed.chunks_exact_mut(ROWS * depth.len()));
    for (first, packed) in tiles {
        let count = ROWS.min(rows.end - first);
        let values = &left.values[first * left.row_stride + depth.start * left.column_stride..];
        for (index, packed) in packed.as_chunks_mut::<ROWS>().0.iter_mut().enumerate() {
            // Not cut off at the next column: columns may overlap.
            let column = &values[index * left.column_stride..];
            match column.first_chunk() {
                // A copy of fixed size vectorises. It may reach beyond `count`, into rows that are never stored.
                Some(values) if left.row_stride == 1 => *packed = *values,
                _ => {
                    let values = column.iter().step_by(left.row_stride);
                    for (packed, &value) in packed[..count].iter_mut().zip(values) {
                        *packed = value;
                    }
                }
            }
        }
    }
}
