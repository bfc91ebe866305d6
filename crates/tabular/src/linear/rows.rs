//! The rows of a table as the solver sees them: standardised, in `f64`, with a column of ones for the intercept.

use super::chunks::{CHUNK, in_order};
use super::error::Error;
use super::kernels::{GROUP, LANES, add_rows, dots};
use super::moments::Moments;
use crate::Table;
use rayon::prelude::*;
use std::ops::Range;

/// The size of a table's numbers up to which they are copied rather than read again for every pass.
pub const HELD_BYTES: usize = 256 << 20;

/// A table's rows, standardised: each column less its weighted mean, divided by its weighted standard deviation.
///
/// A row has [`Rows::stride`] numbers: the columns, a one, and zeros up to a multiple of [`LANES`]. Vectors of weights
/// have that layout too, one after another for several outputs.
pub(super) struct Rows<'a> {
    source: Source<'a>,
    count: usize,
    columns: usize,
    means: Vec<f64>,
    deviations: Vec<f64>,
    /// The reciprocals of the deviations.
    inverses: Vec<f64>,
}

enum Source<'a> {
    Held(Vec<f32>),
    Streamed(Box<dyn Table + 'a>),
}

/// The buffers of one group of rows.
struct Group {
    raw: Vec<f32>,
    rows: Vec<f64>,
    outputs: Vec<f64>,
}

impl<'a> Rows<'a> {
    /// The rows as they are, without a check of their numbers.
    pub(super) fn plain(table: Box<dyn Table + 'a>) -> Self {
        let columns = table.columns();
        Self {
            count: table.rows(),
            source: Source::Streamed(table),
            columns,
            means: vec![0.0; columns],
            deviations: vec![1.0; columns],
            inverses: vec![1.0; columns],
        }
    }

    /// Standardises by `shares`, the weights of the rows divided by their sum.
    ///
    /// A column with a single value among the rows of positive weight has deviation 1, and so is 0 everywhere.
    pub(super) fn standardised(table: Box<dyn Table + 'a>, shares: &[f64]) -> Result<Self, Error> {
        let cells = table.rows().checked_mul(table.columns());
        let small = cells.is_some_and(|cells| cells <= HELD_BYTES / size_of::<f32>());
        let held = small.then(|| copy(&*table));
        let mut rows = Self::plain(table);
        if let Some(held) = held {
            rows.source = Source::Held(held);
        }
        let moments = rows.moments(shares)?;
        let single: Vec<bool> =
            moments.lowest.iter().zip(&moments.highest).map(|(low, high)| low == high).collect();
        rows.means = moments.sums;
        for ((mean, single), value) in rows.means.iter_mut().zip(&single).zip(&moments.lowest) {
            if *single {
                *mean = f64::from(*value);
            }
        }
        let variances = rows.variances(shares);
        for ((deviation, variance), single) in rows.deviations.iter_mut().zip(variances).zip(single) {
            let spread = variance.sqrt();
            *deviation = if single || spread == 0.0 { 1.0 } else { spread };
        }
        rows.inverses = rows.deviations.iter().map(|deviation| 1.0 / deviation).collect();
        Ok(rows)
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// The numbers of a row that count: the columns and the one.
    pub(super) fn side(&self) -> usize {
        self.columns + 1
    }

    /// The numbers of a row, with padding.
    pub(super) fn stride(&self) -> usize {
        self.side().next_multiple_of(LANES)
    }

    /// The factor from a weight in the table's units to one of standardised columns.
    pub(super) fn deviations(&self) -> &[f64] {
        &self.deviations
    }

    pub(super) fn means(&self) -> &[f64] {
        &self.means
    }

    /// The products of all rows with `outputs` vectors, row by row into `products`.
    pub(super) fn forward(&self, vectors: &[f64], outputs: usize, products: &mut [f64]) {
        products.par_chunks_mut(CHUNK * outputs).enumerate().for_each(|(chunk, products)| {
            let mut group = self.group(outputs);
            for (part, products) in products.chunks_mut(GROUP * outputs).enumerate() {
                let first = chunk * CHUNK + part * GROUP;
                self.fill(&mut group, first..first + products.len() / outputs);
                self.multiply(&mut group, vectors);
                products.copy_from_slice(&group.outputs[..products.len()]);
            }
        });
    }

    /// The sums of all rows times their `factors`, which are `outputs` for each row.
    pub(super) fn backward(&self, factors: &[f64], outputs: usize) -> Vec<f64> {
        self.gather(outputs, |rows, group, sums| {
            for first in rows.clone().step_by(GROUP) {
                let part = first..rows.end.min(first + GROUP);
                self.fill(group, part.clone());
                group.outputs.fill(0.0);
                group.outputs[..part.len() * outputs]
                    .copy_from_slice(&factors[part.start * outputs..part.end * outputs]);
                self.add(group, sums);
            }
        })
    }

    /// The sums of all rows times factors that `bend` makes, in place, of their products with `vectors`; it may write to
    /// `scratch` numbers. Rows that are not `active` have factors of 0 and are skipped.
    pub(super) fn around(
        &self,
        vectors: &[f64],
        outputs: usize,
        scratch: usize,
        active: impl Fn(usize) -> bool + Sync,
        bend: impl Fn(usize, &mut [f64], &mut [f64]) + Sync,
    ) -> Vec<f64> {
        self.gather(outputs, |rows, group, sums| {
            let mut scratch = vec![0.0; scratch];
            let active: Vec<usize> = rows.filter(|row| active(*row)).collect();
            for rows in active.chunks(GROUP) {
                self.fill(group, rows.iter().copied());
                self.multiply(group, vectors);
                let (used, unused) = group.outputs.split_at_mut(rows.len() * outputs);
                unused.fill(0.0);
                rows.iter()
                    .zip(used.chunks_exact_mut(outputs))
                    .for_each(|(row, products)| bend(*row, products, &mut scratch));
                self.add(group, sums);
            }
        })
    }

    /// Writes one standardised row, without its padding, through `raw`, which has one place per column.
    pub(super) fn read(&self, row: usize, raw: &mut [f32], out: &mut [f64]) {
        let values = match &self.source {
            Source::Held(values) => &values[row * self.columns..(row + 1) * self.columns],
            Source::Streamed(table) => {
                table.read(row, raw);
                raw.iter_mut().for_each(|value| *value = without_nan(*value));
                raw
            }
        };
        for (((out, value), mean), inverse) in out.iter_mut().zip(values).zip(&self.means).zip(&self.inverses)
        {
            *out = (f64::from(*value) - mean) * inverse;
        }
        out[self.columns] = 1.0;
    }

    fn gather(&self, outputs: usize, add: impl Fn(Range<usize>, &mut Group, &mut [f64]) + Sync) -> Vec<f64> {
        let size = outputs * self.stride();
        let mut total = vec![0.0; size];
        let part = |rows: Range<usize>| {
            let mut sums = vec![0.0; size];
            add(rows, &mut self.group(outputs), &mut sums);
            sums
        };
        in_order(self.count, part, |sums| {
            total.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
        });
        total
    }

    fn group(&self, outputs: usize) -> Group {
        Group {
            raw: vec![0.0; self.columns],
            rows: vec![0.0; GROUP * self.stride()],
            outputs: vec![0.0; GROUP * outputs],
        }
    }

    fn fill(&self, group: &mut Group, rows: impl ExactSizeIterator<Item = usize>) {
        let stride = self.stride();
        group.rows[rows.len() * stride..].fill(0.0);
        for (row, out) in rows.zip(group.rows.chunks_exact_mut(stride)) {
            self.read(row, &mut group.raw, out);
        }
    }

    fn multiply(&self, group: &mut Group, vectors: &[f64]) {
        let outputs = group.outputs.len() / GROUP;
        for (output, vector) in vectors.chunks_exact(self.stride()).enumerate() {
            let products = dots(&group.rows, self.stride(), vector);
            for (place, product) in group.outputs.iter_mut().skip(output).step_by(outputs).zip(products) {
                *place = product;
            }
        }
    }

    fn add(&self, group: &Group, sums: &mut [f64]) {
        let outputs = group.outputs.len() / GROUP;
        for (output, sums) in sums.chunks_exact_mut(self.stride()).enumerate() {
            let mut factors = [0.0; GROUP];
            for (factor, place) in factors.iter_mut().zip(group.outputs.iter().skip(output).step_by(outputs))
            {
                *factor = *place;
            }
            add_rows(&group.rows, self.stride(), &factors, sums);
        }
    }

    fn moments(&self, shares: &[f64]) -> Result<Moments, Error> {
        let mut total = Moments::new(self.columns);
        let part = |rows: Range<usize>| {
            let mut part = Moments::new(self.columns);
            let mut raw = vec![0.0; self.columns];
            for row in rows {
                self.raw(row, &mut raw);
                if let Some(column) = raw.iter().position(|value| value.is_infinite()) {
                    return Err(Error::Cell { row, column, found: raw[column] });
                }
                part.add_row(&raw, shares[row]);
            }
            Ok(part)
        };
        let mut wrong = None;
        in_order(self.count, part, |part| match part {
            Ok(part) => total.add(&part),
            Err(error) => wrong = wrong.take().or(Some(error)),
        });
        wrong.map_or(Ok(total), Err)
    }

    fn variances(&self, shares: &[f64]) -> Vec<f64> {
        let mut total = vec![0.0; self.columns];
        let part = |rows: Range<usize>| {
            let mut sums = vec![0.0; self.columns];
            let mut raw = vec![0.0; self.columns];
            for row in rows {
                self.raw(row, &mut raw);
                for ((sum, value), mean) in sums.iter_mut().zip(&raw).zip(&self.means) {
                    let distance = f64::from(*value) - mean;
                    *sum += shares[row] * distance * distance;
                }
            }
            sums
        };
        in_order(self.count, part, |sums| total.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum));
        total
    }

    fn raw(&self, row: usize, out: &mut [f32]) {
        match &self.source {
            Source::Held(values) => {
                out.copy_from_slice(&values[row * self.columns..(row + 1) * self.columns])
            }
            Source::Streamed(table) => {
                table.read(row, out);
                out.iter_mut().for_each(|value| *value = without_nan(*value));
            }
        }
    }
}

fn copy(table: &dyn Table) -> Vec<f32> {
    let columns = table.columns();
    let mut values = vec![0.0; table.rows() * columns];
    values.par_chunks_mut(columns).enumerate().for_each(|(row, values)| {
        table.read(row, values);
        values.iter_mut().for_each(|value| *value = without_nan(*value));
    });
    values
}

fn without_nan(value: f32) -> f32 {
    if value.is_nan() { 0.0 } else { value }
}

#[cfg(test)]
mod tests {
    use super::{Rows, Source};
    use crate::Matrix;

    #[test]
    fn a_streamed_table_gives_the_same_bits_as_a_held_one() -> Result<(), Box<dyn std::error::Error>> {
        let cell = |place: usize| if place % 13 == 4 { f32::NAN } else { ((place * 37) % 101) as f32 / 7.0 };
        let values: Vec<f32> = (0..600 * 5).map(cell).collect();
        let table = Matrix::new(&values, 5).ok_or("not whole rows")?;
        let held = Rows::standardised(Box::new(&table), &[1.0 / 600.0; 600])?;
        let mut streamed = Rows::standardised(Box::new(&table), &[1.0 / 600.0; 600])?;
        streamed.source = Source::Streamed(Box::new(&table));
        assert_eq!(streamed.variances(&[1.0 / 600.0; 600]), held.variances(&[1.0 / 600.0; 600]));
        let vectors: Vec<f64> = (0..2 * held.stride()).map(|place| place as f64 - 7.5).collect();
        let product = |rows: &Rows<'_>| {
            let mut products = vec![0.0; 1200];
            rows.forward(&vectors, 2, &mut products);
            (rows.backward(&products, 2), products)
        };
        assert_eq!(product(&streamed), product(&held));
        Ok(())
    }
}
