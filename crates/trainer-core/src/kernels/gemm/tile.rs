//! The innermost loop: one tile of the output, held in registers.

use crate::kernels::real::Real;
use pulp::Simd;
use std::ops::Range;

/// The initial values of a tile's sums.
#[derive(Clone, Copy)]
pub(super) enum Initial<'a, R> {
    /// Zero.
    Zero,
    /// The current values of the output.
    Output,
    /// These values in every row; the first belongs to the tile's first column.
    Row(&'a [R]),
}

/// Where to write a tile.
pub(super) struct Place<'a, R> {
    /// The output, starting at the tile's first value.
    pub(super) output: &'a mut [R],
    /// The distance between the starts of two rows.
    pub(super) stride: usize,
    /// The number of rows to write, at most the tile's height.
    pub(super) rows: usize,
    /// The number of columns to write, at most the tile's width.
    pub(super) columns: usize,
    pub(super) initial: Initial<'a, R>,
}

/// Computes a tile of `ROWS` rows by `COLUMNS` vectors. The sums start from the initial values; for each `k` in order,
/// the sum in row `i` and column `j` grows by `left(k)[i] * right[k][j]`, in one fused multiply-add.
#[inline(always)]
pub(super) fn tile<R: Real, S: Simd, const ROWS: usize, const COLUMNS: usize>(
    simd: S,
    left: impl Fn(usize) -> [R; ROWS],
    right: &[[R::Vector<S>; COLUMNS]],
    place: Place<'_, R>,
) {
    let mut sums = place.initial_sums::<S, ROWS, COLUMNS>(simd);
    for (k, right) in right.iter().enumerate() {
        let left = left(k);
        for row in 0..ROWS {
            let left = R::splat(simd, left[row]);
            for column in 0..COLUMNS {
                sums[row][column] = R::fused(simd, left, right[column], sums[row][column]);
            }
        }
    }
    place.write::<S, ROWS, COLUMNS>(simd, sums);
}

impl<R: Real> Place<'_, R> {
    #[inline(always)]
    fn initial_sums<S: Simd, const ROWS: usize, const COLUMNS: usize>(
        &self,
        simd: S,
    ) -> [[R::Vector<S>; COLUMNS]; ROWS] {
        let mut sums = [[R::splat(simd, R::ZERO); COLUMNS]; ROWS];
        match self.initial {
            Initial::Zero => {}
            Initial::Output => {
                for (row, sums) in sums.iter_mut().enumerate().take(self.rows) {
                    *sums = load::<R, S, COLUMNS>(simd, &self.output[row * self.stride..][..self.columns]);
                }
            }
            Initial::Row(values) => sums = [load::<R, S, COLUMNS>(simd, &values[..self.columns]); ROWS],
        }
        sums
    }

    #[inline(always)]
    fn write<S: Simd, const ROWS: usize, const COLUMNS: usize>(
        self,
        simd: S,
        sums: [[R::Vector<S>; COLUMNS]; ROWS],
    ) {
        for (row, sums) in sums.iter().enumerate().take(self.rows) {
            store::<R, S, COLUMNS>(simd, sums, &mut self.output[row * self.stride..][..self.columns]);
        }
    }
}

/// Loads `values` as vectors, padded with zeros if there are too few.
#[inline(always)]
fn load<R: Real, S: Simd, const COLUMNS: usize>(simd: S, values: &[R]) -> [R::Vector<S>; COLUMNS] {
    match R::vectors::<S>(values).first_chunk() {
        Some(vectors) => *vectors,
        None => std::array::from_fn(
            #[inline(always)]
            |column| R::partial_load(simd, &values[part::<R, S>(column, values.len())]),
        ),
    }
}

/// Stores the vectors' values to `output`, as many as it has room for.
#[inline(always)]
fn store<R: Real, S: Simd, const COLUMNS: usize>(
    simd: S,
    vectors: &[R::Vector<S>; COLUMNS],
    output: &mut [R],
) {
    let length = output.len();
    if let Some(place) = R::vectors_mut::<S>(output).first_chunk_mut() {
        *place = *vectors;
        return;
    }
    for (column, &vector) in vectors.iter().enumerate() {
        R::partial_store(simd, &mut output[part::<R, S>(column, length)], vector);
    }
}

/// The indices among `length` values that vector number `column` covers.
#[inline(always)]
fn part<R: Real, S: Simd>(column: usize, length: usize) -> Range<usize> {
    let lanes = size_of::<R::Vector<S>>() / size_of::<R>();
    length.min(column * lanes)..length.min((column + 1) * lanes)
}
