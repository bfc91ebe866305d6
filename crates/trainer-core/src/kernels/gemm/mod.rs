//! Matrix products with the same bits on every machine.
//!
//! Every element of a product is one chain of fused multiply-adds in the order of the inner index. Blocks, tiles and
//! vectors only decide which elements are computed together, never the order within an element: the result is the same
//! on AVX-512, AVX2, NEON and plain scalars, and for a row computed alone or among others. The loops are those of Goto
//! and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008): the right operand is packed into
//! panels as wide as a tile, and tiles walk down a block of rows of the left operand, which stays in the cache.

mod matrix;
mod pack;
mod tile;

pub(crate) use matrix::{MatrixMut, MatrixRef};

use super::real::Real;
use pulp::{Simd, WithSimd};
use std::ops::Range;
use tile::{Initial, Place, tile};

/// The inner indices in one pass over the output, few enough that a panel of the right operand stays in the L1 cache.
const DEPTH: usize = 256;
/// The rows in one block of the left operand, few enough that the block stays in the L2 cache. A multiple of every tile
/// height.
const BLOCK_ROWS: usize = 96;
/// Packed operands start at a multiple of this many bytes: the size of a cache line and of the widest vector.
const ALIGNMENT: usize = 64;

/// What happens to the values that a product is written to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target<'a, R> {
    /// They are replaced.
    Overwrite,
    /// The product is added to them.
    Accumulate,
    /// They are replaced by the product plus these values in every row.
    Bias(&'a [R]),
}

/// Computes `scale * left * right` and writes or adds it to `output`, depending on `target`.
///
/// # Panics
///
/// When the shapes do not match.
pub(crate) fn multiply<R: Real>(
    output: MatrixMut<'_, R>,
    left: MatrixRef<'_, R>,
    right: MatrixRef<'_, R>,
    scale: R,
    target: Target<'_, R>,
) {
    assert_eq!(right.rows, left.columns, "the right operand needs one row per left column");
    assert_eq!((output.rows, output.columns), (left.rows, right.columns), "the output has the wrong shape");
    if let Target::Bias(bias) = target {
        assert_eq!(bias.len(), output.columns, "expected one bias per column");
    }
    if left.columns == 0 {
        write_empty_sums(output, target);
    } else if output.rows > 0 && output.columns > 0 {
        // The buffer is borrowed out here because only code inlined into the dispatched function is compiled with its
        // instructions, and a closure passed to a thread-local might not be inlined.
        R::with_buffer(|buffer| {
            pulp::Arch::new().dispatch(Product { output, left, right, scale, target, buffer });
        });
    }
}

/// Writes the result for an inner dimension of 0, where every sum of products is empty.
fn write_empty_sums<R: Real>(output: MatrixMut<'_, R>, target: Target<'_, R>) {
    for row in 0..output.rows {
        let values = &mut output.values[row * output.row_stride..][..output.columns];
        match target {
            Target::Overwrite => values.fill(R::ZERO),
            Target::Accumulate => {}
            Target::Bias(bias) => values.copy_from_slice(bias),
        }
    }
}

/// The operands of one product, to be dispatched to the machine's vector instructions.
struct Product<'a, R> {
    output: MatrixMut<'a, R>,
    left: MatrixRef<'a, R>,
    right: MatrixRef<'a, R>,
    scale: R,
    target: Target<'a, R>,
    /// Scratch for the packed operands.
    buffer: &'a mut Vec<R>,
}

impl<R: Real> WithSimd for Product<'_, R> {
    type Output = ();

    /// Chooses a tile whose sums, together with a row of the right operand, leave some registers free: of 16 where
    /// vectors have 32 bytes (AVX2), of 32 where they have 64 or 16 (AVX-512, NEON). A narrow output gets a tall tile,
    /// one vector wide. The last rows of a block get a tile of half the height if that is enough.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let bytes = size_of::<R::Vector<S>>();
        let narrow = self.output.columns * size_of::<R>() <= bytes;
        match bytes {
            64 if narrow => self.run::<S, 16, 8, 1>(simd),
            64 => self.run::<S, 8, 4, 2>(simd),
            32 if narrow => self.run::<S, 8, 4, 1>(simd),
            32 => self.run::<S, 6, 3, 2>(simd),
            16 => self.run::<S, 8, 4, 2>(simd),
            _ => self.run::<S, 4, 2, 2>(simd),
        }
    }
}

impl<R: Real> Product<'_, R> {
    #[inline(always)]
    fn run<S: Simd, const ROWS: usize, const HALF: usize, const COLUMNS: usize>(self, simd: S) {
        let Product { mut output, left, right, scale, target, buffer } = self;
        let width = COLUMNS * (size_of::<R::Vector<S>>() / size_of::<R>());
        let panels = output.columns.div_ceil(width);
        let deepest = left.columns.min(DEPTH);
        // Contiguous rows of the left operand are read in place; only a transposed one has to be packed.
        let in_rows = left.column_stride == 1;
        let tiles = if in_rows { 0 } else { output.rows.min(BLOCK_ROWS).div_ceil(ROWS) };
        let [packed_right, packed_left] = carve(buffer, [panels * width * deepest, tiles * ROWS * deepest]);
        let mut start = 0;
        loop {
            let depth = start..left.columns.min(start + DEPTH);
            let packed_right = &mut packed_right[..panels * width * depth.len()];
            pack::right_panels(right, depth.clone(), width, scale, packed_right);
            for first_row in (0..output.rows).step_by(BLOCK_ROWS) {
                let rows = first_row..output.rows.min(first_row + BLOCK_ROWS);
                if !in_rows {
                    pack::left_tiles::<R, ROWS>(left, rows.clone(), depth.clone(), packed_left);
                }
                for panel in 0..panels {
                    let first_column = panel * width;
                    let block = Block {
                        right: &packed_right[first_column * depth.len()..][..width * depth.len()],
                        initial: match target {
                            // Later passes continue from the sums of earlier ones: still one chain of additions per
                            // element, whatever the depth of a pass.
                            _ if start > 0 => Initial::Output,
                            Target::Overwrite => Initial::Zero,
                            Target::Accumulate => Initial::Output,
                            Target::Bias(bias) => Initial::Row(&bias[first_column..]),
                        },
                        rows: rows.clone(),
                        columns: first_column..output.columns.min(first_column + width),
                    };
                    if in_rows {
                        block.multiply_rows::<S, ROWS, HALF, COLUMNS>(simd, left, depth.clone(), &mut output);
                    } else {
                        block.multiply_packed::<S, ROWS, HALF, COLUMNS>(simd, packed_left, &mut output);
                    }
                }
            }
            start = depth.end;
            if start >= left.columns {
                return;
            }
        }
    }
}

/// A block of the output's rows in one panel of its columns.
struct Block<'a, R> {
    /// The packed panel of the right operand.
    right: &'a [R],
    initial: Initial<'a, R>,
    rows: Range<usize>,
    columns: Range<usize>,
}

impl<R: Real> Block<'_, R> {
    /// Computes the block from rows of `left`, read in place.
    #[inline(always)]
    fn multiply_rows<S: Simd, const ROWS: usize, const HALF: usize, const COLUMNS: usize>(
        self,
        simd: S,
        left: MatrixRef<'_, R>,
        depth: Range<usize>,
        output: &mut MatrixMut<'_, R>,
    ) {
        let right = R::vectors::<S>(self.right).as_chunks::<COLUMNS>().0;
        for first in self.rows.clone().step_by(ROWS) {
            let rows = ROWS.min(self.rows.end - first);
            let place = self.place(first, rows, output);
            // A tile that is not full computes its last row repeatedly and never stores the repeats: no branch per row.
            let row = |row: usize| {
                &left.values[(first + row.min(rows - 1)) * left.row_stride + depth.start..][..right.len()]
            };
            if rows > HALF {
                let lefts: [&[R]; ROWS] = std::array::from_fn(row);
                tile::<R, S, ROWS, COLUMNS>(
                    simd,
                    #[inline(always)]
                    |k| std::array::from_fn(|row| lefts[row][k]),
                    right,
                    place,
                );
            } else {
                let lefts: [&[R]; HALF] = std::array::from_fn(row);
                tile::<R, S, HALF, COLUMNS>(
                    simd,
                    #[inline(always)]
                    |k| std::array::from_fn(|row| lefts[row][k]),
                    right,
                    place,
                );
            }
        }
    }

    /// Computes the block from packed tiles of the left operand.
    #[inline(always)]
    fn multiply_packed<S: Simd, const ROWS: usize, const HALF: usize, const COLUMNS: usize>(
        self,
        simd: S,
        packed_left: &[R],
        output: &mut MatrixMut<'_, R>,
    ) {
        let right = R::vectors::<S>(self.right).as_chunks::<COLUMNS>().0;
        let tiles = packed_left.chunks_exact(ROWS * right.len());
        for (first, packed) in self.rows.clone().step_by(ROWS).zip(tiles) {
            let rows = ROWS.min(self.rows.end - first);
            let place = self.place(first, rows, output);
            let lefts = &packed.as_chunks::<ROWS>().0[..right.len()];
            if rows > HALF {
                tile::<R, S, ROWS, COLUMNS>(
                    simd,
                    #[inline(always)]
                    |k| lefts[k],
                    right,
                    place,
                );
            } else {
                tile::<R, S, HALF, COLUMNS>(
                    simd,
                    #[inline(always)]
                    |k| std::array::from_fn(|row| lefts[k][row]),
                    right,
                    place,
                );
            }
        }
    }

    /// Where to write the tile of `rows` rows that starts at row `first`.
    #[inline(always)]
    fn place<'b>(&'b self, first: usize, rows: usize, output: &'b mut MatrixMut<'_, R>) -> Place<'b, R> {
        Place {
            output: &mut output.values[first * output.row_stride + self.columns.start..],
            stride: output.row_stride,
            rows,
            columns: self.columns.len(),
            initial: self.initial,
        }
    }
}

/// Cuts aligned pieces of these lengths out of `buffer`, which grows if it is too small.
fn carve<R: Real>(buffer: &mut Vec<R>, lengths: [usize; 2]) -> [&mut [R]; 2] {
    let line = ALIGNMENT / size_of::<R>();
    let first = lengths[0].next_multiple_of(line);
    let needed = line + first + lengths[1];
    if buffer.len() < needed {
        buffer.resize(needed, R::ZERO);
    }
    // `align_offset` may give up and return `usize::MAX`. Alignment only affects speed, so any start will do then.
    let start = buffer.as_ptr().align_offset(ALIGNMENT).min(line);
    let (left, right) = buffer[start..].split_at_mut(first);
    [&mut left[..lengths[0]], &mut right[..lengths[1]]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Values that look random; they and the sums of their products are exact in `f32`.
    fn values(length: usize, salt: usize) -> Vec<f64> {
        (0..length).map(|i| ((i * 31 + salt * 17) % 23) as f64 - 11.0).collect()
    }

    /// A `rows x columns` matrix, stored with `pad` unused values per row, as it is or as its transpose.
    fn stored(data: &[f64], rows: usize, columns: usize, pad: usize, transposed: bool) -> MatrixRef<'_, f64> {
        if transposed {
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
            (rows, columns, depth) in (1usize..40, 1usize..80, 0usize..40),
            pads in (0usize..3, 0usize..3, 0usize..3),
            transposed in (any::<bool>(), any::<bool>()),
            start in 0usize..3,
        ) {
            let size = |a: usize, b: usize, pad: usize| (a.max(b) + pad) * a.max(b);
            let left = values(size(rows, depth, pads.0), 1);
            let right = values(size(depth, columns, pads.1), 2);
            let left = stored(&left, rows, depth, pads.0, transposed.0);
            let right = stored(&right, depth, columns, pads.1, transposed.1);
            let stride = columns + pads.2;
            let before = values(rows * stride, 3);
            let bias = values(columns, 4);
            let mut expected = before.clone();
            for row in 0..rows {
                for column in 0..columns {
                    let product: f64 = (0..depth).map(|k| at(&left, row, k) * at(&right, k, column)).sum();
                    let start = [0.0, before[row * stride + column], bias[column]][start];
                    expected[row * stride + column] = start + 0.5 * product;
                }
            }
            let target = [Target::Overwrite, Target::Accumulate, Target::Bias(&bias)][start];
            let mut output = before.clone();
            multiply(MatrixMut::strided(&mut output, rows, columns, stride), left, right, 0.5, target);
            prop_assert_eq!(&output, &expected, "the padding between rows must stay untouched too");

            let narrow = |matrix: &MatrixRef<'_, f64>| matrix.values.iter().map(|&v| v as f32).collect::<Vec<_>>();
            let (left32, right32) = (narrow(&left), narrow(&right));
            let bias: Vec<f32> = bias.iter().map(|&v| v as f32).collect();
            let target = [Target::Overwrite, Target::Accumulate, Target::Bias(&bias)][start];
            let mut output: Vec<f32> = before.iter().map(|&v| v as f32).collect();
            let left = MatrixRef { values: &left32, rows, columns: depth, row_stride: left.row_stride, column_stride: left.column_stride };
            let right = MatrixRef { values: &right32, rows: depth, columns, row_stride: right.row_stride, column_stride: right.column_stride };
            multiply(MatrixMut::strided(&mut output, rows, columns, stride), left, right, 0.5, target);
            prop_assert!(output.iter().map(|&v| f64::from(v)).eq(expected));
        }
    }

    #[test]
    fn rows_of_the_left_operand_may_overlap() {
        let data = values(3 * 40, 5);
        let (rows, columns, inner) = (37, 20, 12);
        let view = MatrixRef::strided(&data, rows, inner, 3);
        let copied: Vec<f64> = (0..rows).flat_map(|row| data[3 * row..3 * row + inner].to_vec()).collect();
        let copied = MatrixRef::dense(&copied, inner);
        let right = values(rows * columns, 6);
        let check = |[view, copied]: [MatrixRef<'_, f64>; 2]| {
            let products = [view, copied].map(|left| {
                let right = MatrixRef::strided(&right, left.columns, columns, columns);
                let mut output = vec![f64::NAN; left.rows * columns];
                let place = MatrixMut::dense(&mut output, columns);
                multiply(place, left, right, 1.0, Target::Overwrite);
                output
            });
            assert_eq!(products[0], products[1]);
        };
        check([view, copied]);
        check([view.transposed(), copied.transposed()]);
    }

    /// The bits of one product, computed by `run`.
    fn bits(run: impl FnOnce(Product<'_, f32>)) -> Vec<u32> {
        let (rows, columns, depth) = (41, 75, DEPTH + 9);
        let left: Vec<f32> = (0..rows * depth).map(|i| ((i * 37 % 101) as f32 - 50.0) / 7.0).collect();
        let right: Vec<f32> = (0..columns * depth).map(|i| ((i * 53 % 97) as f32 - 48.0) / 9.0).collect();
        let mut output = vec![f32::NAN; rows * columns];
        run(Product {
            output: MatrixMut::dense(&mut output, columns),
            left: MatrixRef::dense(&left, depth),
            right: MatrixRef::dense(&right, depth).transposed(),
            scale: 0.3,
            target: Target::Overwrite,
            buffer: &mut Vec::new(),
        });
        output.into_iter().map(f32::to_bits).collect()
    }

    #[test]
    fn every_instruction_set_gives_the_same_bits() {
        let plain = bits(|product| Simd::vectorize(pulp::Scalar::new(), product));
        assert_eq!(bits(|product| pulp::Arch::new().dispatch(product)), plain);
        #[cfg(target_arch = "x86_64")]
        if let Some(simd) = pulp::x86::V3::try_new() {
            assert_eq!(bits(|product| Simd::vectorize(simd, product)), plain);
        }
    }

    #[test]
    fn a_row_has_the_same_bits_alone_as_among_others() {
        let (rows, columns, depth) = (30, 40, 50);
        let left: Vec<f32> = (0..rows * depth).map(|i| ((i * 37 % 101) as f32 - 50.0) / 7.0).collect();
        let right: Vec<f32> = (0..columns * depth).map(|i| ((i * 53 % 97) as f32 - 48.0) / 9.0).collect();
        let product = |left: &[f32]| {
            let mut output = vec![f32::NAN; left.len() / depth * columns];
            let place = MatrixMut::dense(&mut output, columns);
            let (left, right) = (MatrixRef::dense(left, depth), MatrixRef::dense(&right, columns));
            multiply(place, left, right, 1.0, Target::Overwrite);
            output
        };
        let alone: Vec<f32> = left.chunks_exact(depth).flat_map(product).collect();
        assert_eq!(product(&left), alone);
    }
}
