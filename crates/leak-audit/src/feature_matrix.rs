//! Features, reimplemented from their formulas.
//!
//! `close` is the plain close. `ohlcv` is `ln(close / previous close)`, `ln(high / low)`,
//! `ln(open / previous close)`, `ln(1 + volume) - ln(1 + previous volume)`. In the first row, a
//! feature that needs the previous row is 0. A non-positive price or a negative volume gives NaN.

use crate::bars::{Bars, CLOSE, HIGH, LOW, OPEN, VOLUME};
use artifact_core::{Component, Digest, IndexSet};
use sha2::{Digest as _, Sha256};

/// Feature values, stored row by row; matrix column `j` is feature column `j % kinds` of ticker `j / kinds`.
pub(crate) struct Matrix {
    /// The number of columns over all tickers.
    pub(crate) columns: usize,
    /// The number of feature columns per ticker.
    pub(crate) kinds: usize,
    pub(crate) values: Vec<f64>,
}

/// A feature that this crate reimplements.
pub(crate) struct Formula {
    name: &'static str,
    version: u32,
    /// The names of its columns.
    pub(crate) columns: &'static [&'static str],
    /// Computes one ticker's cells of one row.
    cells: fn(&Bars, row: usize, ticker: usize) -> Vec<f64>,
}

/// All reimplemented features.
const FORMULAS: [Formula; 2] = [
    Formula {
        name: "close",
        version: 1,
        columns: &["close"],
        cells: |bars, row, ticker| vec![bars.value(row, ticker, CLOSE)],
    },
    Formula {
        name: "ohlcv",
        version: 1,
        columns: &["log_return", "log_high_low", "log_open_gap", "log_volume_change"],
        cells: |bars, row, ticker| ohlcv(bars, row, ticker).into(),
    },
];

impl Formula {
    /// The formula of a feature, if it has one here. No formula takes parameters.
    pub(crate) fn of(feature: &Component) -> Option<&'static Formula> {
        let same = |formula: &&Formula| formula.name == feature.name && formula.version == feature.version;
        FORMULAS.iter().find(same).filter(|_| feature.params.is_empty())
    }

    /// One ticker's values on every row, one vector per column.
    pub(crate) fn values(&self, bars: &Bars, ticker: usize) -> Vec<Vec<f64>> {
        let mut values = vec![Vec::with_capacity(bars.rows()); self.columns.len()];
        for row in 0..bars.rows() {
            let cells = (self.cells)(bars, row, ticker);
            values.iter_mut().zip(cells).for_each(|(column, cell)| column.push(cell));
        }
        values
    }
}

impl Matrix {
    /// Puts the columns of all tickers side by side; every ticker has the same number of columns, each `rows` long.
    pub(crate) fn of(rows: usize, tickers: &[Vec<Vec<f64>>]) -> Self {
        let kinds = tickers.first().map_or(0, Vec::len);
        let columns: Vec<&Vec<f64>> = tickers.iter().flatten().collect();
        let values = (0..rows).flat_map(|row| columns.iter().map(move |column| column[row])).collect();
        Self { columns: columns.len(), kinds, values }
    }

    /// The number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.values.len().checked_div(self.columns).unwrap_or(0)
    }

    /// One cell.
    pub(crate) fn cell(&self, row: usize, column: usize) -> f64 {
        self.values[row * self.columns + column]
    }

    /// The digest of some rows: 64-bit little-endian values, row by row, with every NaN as `7ff8000000000000`.
    pub(crate) fn digest(&self, rows: &IndexSet) -> Digest {
        let mut hash = Sha256::new();
        for row in rows.iter() {
            for column in 0..self.columns {
                let cell = self.cell(row, column);
                // The sign and payload bits of a computed NaN differ between processors.
                let bits = if cell.is_nan() { 0x7ff8_0000_0000_0000 } else { cell.to_bits() };
                hash.update(bits.to_le_bytes());
            }
        }
        Digest::from_bytes(hash.finalize().into())
    }
}

fn ohlcv(bars: &Bars, row: usize, ticker: usize) -> [f64; 4] {
    let now = |column| bars.value(row, ticker, column);
    let range = log_ratio(now(HIGH), now(LOW));
    if row == 0 {
        return [0.0, range, 0.0, 0.0];
    }
    let before = |column| bars.value(row - 1, ticker, column);
    [
        log_ratio(now(CLOSE), before(CLOSE)),
        range,
        log_ratio(now(OPEN), before(CLOSE)),
        log_volume(now(VOLUME)) - log_volume(before(VOLUME)),
    ]
}

// `libm` instead of the standard library's logarithms: those come from the platform, and the last bit would depend on
// it.
fn log_ratio(a: f64, b: f64) -> f64 {
    if a > 0.0 && b > 0.0 { libm::log(a / b) } else { f64::NAN }
}

fn log_volume(volume: f64) -> f64 {
    if volume >= 0.0 { libm::log1p(volume) } else { f64::NAN }
}
