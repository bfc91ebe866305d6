//! The innermost loop: one tile of the output, kept in registers.

use crate::kernels::real::Real;
use pulp::Simd;
use std::ops::Range;

/// What a tile's sums start from.
#[derive(Clone, Copy)]
pub(super) enum Initial<'a, R> {
    /// Zero.
    Zero,
    /// What the output holds.
    Output,
    /// These values in every row, of the tile's first columns.
    Row(&'a [R]),
}

/// Where a tile is written.
pub(super) struct Place<'a, R> {
    /// The output from the tile's first value on.
    pub(super) output: &'a mut [R],
    /// The distance between rows.
    pub(super) stride: usize,
    /// The rows to write, at most the tile's.
    pub(super) rows: usize,
    /// The columns to write, at most the tile's.
    pub(super) columns: usize,
    pub(super) initial: Initial<'a, R>,
}

/// Computes a tile of `ROWS x (COLUMNS vectors)` sums in registers: from the initial values, adds for each `k` in order
/// the product of row `i`'s `left(k)[i]` and column `j`'s `right[k][j]`, each in one fused multiply-add.
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

/// The values as vectors, with zeros where `values` is too short.
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

/// Writes the vectors' values to `output`, as many as it takes.
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

/// The part of `length` values that vector `column` covers.
#[inline(always)]
fn part<R: Real, S: Simd>(column: usize, length: usize) -> Range<usize> {
    let lanes = size_of::<R::Vector<S>>() / size_of::<R>();
    length.min(column * lanes)..length.min((column + 1) * lanes)
}
