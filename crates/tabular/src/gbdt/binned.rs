//! A table whose numbers are sorted into bins, one byte each.

use crate::Table;
use crate::gbdt::{bins, random};
use rayon::prelude::*;

/// How many columns lie side by side in memory. Four histograms of 256 bins fill half of a usual first-level cache.
pub(crate) const LANES: usize = 4;

/// The bins of a row in a block of columns.
pub(crate) type Cells = [u8; LANES];

/// Thresholds come from this many rows of a longer table.
const SAMPLE: usize = 200_000;

/// The most numbers held at once while thresholds are sought.
const HELD: usize = 1 << 23;

/// The rows that one thread reads at a time.
const PIECE: usize = 1 << 9;

/// About how many bytes are read before they are sorted into blocks.
const WAVE: usize = 1 << 23;

/// A column that is not constant.
#[derive(Debug)]
pub(crate) struct Column {
    /// Its place in the table.
    pub(crate) index: usize,
    /// The thresholds between its bins; the bin after the last one holds the rows where the number is missing.
    pub(crate) thresholds: Vec<f32>,
}

impl Column {
    /// The bin of missing numbers.
    pub(crate) fn missing(&self) -> usize {
        self.thresholds.len() + 1
    }

    fn bin(&self, value: f32) -> u8 {
        if value.is_nan() {
            return self.missing() as u8;
        }
        self.thresholds.partition_point(|&threshold| threshold < value) as u8
    }
}

/// The bins of all rows. Columns that are constant are left out.
#[derive(Debug)]
pub(crate) struct Binned {
    pub(crate) rows: usize,
    pub(crate) columns: Vec<Column>,
    /// The bins, [`LANES`] columns to a block, row by row within a block.
    pub(crate) blocks: Vec<Vec<Cells>>,
}

impl Binned {
    /// Reads a table of fewer than 2^31 rows.
    pub(crate) fn new(table: &dyn Table, max_bins: usize, seed: [u8; 32]) -> Self {
        let columns = columns(table, max_bins, seed);
        let width = columns.len().div_ceil(LANES);
        let mut blocks: Vec<Vec<Cells>> = (0..width).map(|_| Vec::with_capacity(table.rows())).collect();
        let rows = (WAVE / LANES / width.max(1)).max(1).next_multiple_of(PIECE).min(table.rows());
        let mut wave = vec![Cells::default(); width * rows];
        for start in (0..table.rows()).step_by(rows) {
            let wave = &mut wave[..width * rows.min(table.rows() - start)];
            wave.par_chunks_mut((width * PIECE).max(1)).enumerate().for_each(|(piece, cells)| {
                let mut values = vec![0.0; table.columns()];
                for (row, cells) in cells.chunks_exact_mut(width).enumerate() {
                    table.read(start + piece * PIECE + row, &mut values);
                    for (place, column) in columns.iter().enumerate() {
                        cells[place / LANES][place % LANES] = column.bin(values[column.index]);
                    }
                }
            });
            blocks.par_iter_mut().enumerate().for_each(|(block, cells)| {
                cells.extend(wave.iter().skip(block).step_by(width));
            });
        }
        Self { rows: table.rows(), columns, blocks }
    }
}

/// The columns that are not constant, with their thresholds.
fn columns(table: &dyn Table, max_bins: usize, seed: [u8; 32]) -> Vec<Column> {
    let rows = random::sample(table.rows(), table.rows().min(SAMPLE), seed, random::BINS);
    let group = (HELD / rows.len().max(1)).clamp(1, table.columns());
    let mut columns = Vec::new();
    let mut held = vec![0.0; group * rows.len()];
    for first in (0..table.columns()).step_by(group) {
        let width = group.min(table.columns() - first);
        let held = &mut held[..width * rows.len()];
        held.par_chunks_mut(width * PIECE).zip(rows.par_chunks(PIECE)).for_each(|(held, rows)| {
            let mut values = vec![0.0; table.columns()];
            for (held, &row) in held.chunks_exact_mut(width).zip(rows) {
                table.read(row as usize, &mut values);
                held.copy_from_slice(&values[first..first + width]);
            }
        });
        let found: Vec<Option<Column>> = (0..width)
            .into_par_iter()
            .map(|place| {
                let values = held.iter().skip(place).step_by(width);
                let mut numbers: Vec<f32> = values.filter(|value| !value.is_nan()).copied().collect();
                // No threshold can lie beyond the finite numbers, so an infinite one counts as the last of them.
                numbers.iter_mut().for_each(|value| *value = value.clamp(f32::MIN, f32::MAX));
                let some_missing = numbers.len() < rows.len();
                let thresholds = bins::thresholds(&mut numbers, max_bins);
                let varies = !thresholds.is_empty() || (some_missing && !numbers.is_empty());
                varies.then_some(Column { index: first + place, thresholds })
            })
            .collect();
        columns.extend(found.into_iter().flatten());
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Matrix;

    fn bin(binned: &Binned, row: usize, place: usize) -> u8 {
        binned.blocks[place / LANES][row][place % LANES]
    }

    #[test]
    fn bins_follow_the_thresholds() {
        let nan = f32::NAN;
        let rows = [
            [1.0, 5.0, nan, 0.5, nan],
            [3.0, 5.0, 2.0, 0.5, nan],
            [1.0, 5.0, 1.0, f32::INFINITY, nan],
            [2.0, 5.0, nan, -7.0, nan],
        ];
        let table = Matrix::new(rows.as_flattened(), 5).unwrap();
        let binned = Binned::new(&table, 255, [0; 32]);
        let columns: Vec<(usize, &[f32])> =
            binned.columns.iter().map(|column| (column.index, &*column.thresholds)).collect();
        let last = ((0.5 + f64::from(f32::MAX)) / 2.0) as f32;
        assert_eq!(columns, [(0, &[1.5, 2.5][..]), (2, &[1.5]), (3, &[-3.25, last])]);
        let column = |place| (0..4).map(|row| bin(&binned, row, place)).collect::<Vec<_>>();
        assert_eq!(column(0), [0, 2, 0, 1]);
        assert_eq!(column(1), [2, 1, 0, 2]);
        assert_eq!(column(2), [1, 1, 2, 0]);
    }

    #[test]
    fn waves_and_pieces_join_without_a_seam() {
        let (rows, columns) = (PIECE * 5 + 3, 4 * WAVE / LANES / PIECE / 3);
        let values: Vec<f32> = (0..rows * columns).map(|place| (place * 7919 % 23) as f32).collect();
        let table = Matrix::new(&values, columns).unwrap();
        let binned = Binned::new(&table, 255, [0; 32]);
        assert_eq!(binned.columns.len(), columns);
        for (place, &value) in values.iter().enumerate() {
            assert_eq!(f32::from(bin(&binned, place / columns, place % columns)), value, "{place}");
        }
    }
}
