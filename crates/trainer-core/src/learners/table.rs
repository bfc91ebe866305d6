//! The samples of a set as the rows of a table.

use crate::model::{Shape, size_of};
use crate::setting_error::SettingError;
use artifact_core::Params;
use data_loader::{SequenceSet, Subset};
use settings::part::Parameter;
use tabular::Table;

/// Samples of a set as rows: the newest rows of their windows, flattened, and then which ticker they are of, if that is
/// told.
#[derive(Debug, Clone)]
pub(super) struct SampleTable<'a, 'data, P: Subset> {
    set: &'a SequenceSet<'data, P>,
    samples: Vec<usize>,
    columns: Columns,
}

impl<'a, 'data, P: Subset> SampleTable<'a, 'data, P> {
    /// All samples.
    pub(super) fn all(set: &'a SequenceSet<'data, P>, columns: Columns) -> Self {
        Self { set, samples: (0..set.samples().len()).collect(), columns }
    }

    /// Those samples of which `label` says something, with what it says.
    pub(super) fn labelled<L>(
        set: &'a SequenceSet<'data, P>,
        columns: Columns,
        label: impl Fn(usize) -> Option<L>,
    ) -> (Self, Vec<L>) {
        let all = 0..set.samples().len();
        let (samples, labels) = all.filter_map(|sample| Some((sample, label(sample)?))).unzip();
        (Self { set, samples, columns }, labels)
    }
}

impl<P: Subset> Table for SampleTable<'_, '_, P> {
    fn rows(&self) -> usize {
        self.samples.len()
    }

    fn columns(&self) -> usize {
        self.columns.count()
    }

    fn read(&self, row: usize, out: &mut [f32]) {
        let (sample, own) = (self.samples[row], self.columns.own());
        let window = self.set.features_of(sample);
        out[..own].copy_from_slice(&window[window.len() - own..]);
        self.set.write_ticker(sample, &mut out[own..]);
    }
}

/// Which numbers of a window a table has as columns: those of the newest rows, and those that say which ticker the window
/// is of. The latter are the same in every row of a window, so a table has them once: a column more than once would count
/// more than once in the draw of columns for a tree, and would halve what a penalty takes of a weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Columns {
    /// The rows of a window.
    window: usize,
    /// How many of them it has, the newest.
    rows: usize,
    /// The columns of a row that are not about the ticker.
    features: usize,
    /// The columns of a row that say which ticker it is of.
    ticker: usize,
}

impl Columns {
    /// The columns of the table.
    pub(super) fn count(self) -> usize {
        self.own() + self.ticker
    }

    /// Those of them that are not about the ticker.
    fn own(self) -> usize {
        self.rows * self.features
    }

    /// Flattens a batch of windows, one after another, as rows of a table.
    pub(super) fn flatten(self, windows: &[f32]) -> Vec<f32> {
        let width = self.features + self.ticker;
        let mut table = Vec::with_capacity(windows.len() / (self.window * width) * self.count());
        for window in windows.chunks_exact(self.window * width) {
            let newest = &window[(self.window - self.rows) * width..];
            newest.chunks_exact(width).for_each(|row| table.extend(&row[..self.features]));
            table.extend(&newest[newest.len() - self.ticker..]);
        }
        table
    }
}

const ROWS: &str = "rows";

/// The parameter that says how many rows of a window a model of tables reads.
pub(super) fn rows() -> Parameter {
    Parameter::size(ROWS, "The newest rows of the window that the model reads; at most the whole window.")
        .default(10)
}

/// The columns for windows of `shape`: those of the newest rows, of at most `most` numbers but at least one row.
///
/// # Errors
///
/// When a size is 0.
pub(super) fn columns(params: &Params, shape: Shape, most: usize) -> Result<Columns, SettingError> {
    shape.check()?;
    let wanted = size_of(params, ROWS)?;
    SettingError::require(wanted >= 1, ROWS, wanted, "at least 1")?;
    let ticker = shape.ticker_columns;
    let features = shape.features - ticker;
    let rows = wanted.min(shape.seq_length).min((most.saturating_sub(ticker) / features).max(1));
    Ok(Columns { window: shape.seq_length, rows, features, ticker })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Output;
    use artifact_core::IndexSet;
    use data_loader::{Development, TickerColumns, Windows};
    use ndarray::{Array2, Array3};

    fn params(rows: usize) -> Params {
        let mut params = Params::default();
        params.set("rows", rows);
        params
    }

    #[test]
    fn a_table_tells_the_ticker_once_after_the_newest_rows() {
        let features = Array3::from_shape_fn((2, 4, 2), |(k, t, j)| (100 * k + 10 * t + j) as f32);
        let (labels, returns) = (Array2::zeros((4, 2)), Array2::zeros((4, 2)));
        let windows = Windows { seq_length: 3, time_window: 1 };
        let names = ["A", "B"].map(str::to_owned);
        let plain = SequenceSet::shared(
            features.view(),
            labels.view(),
            returns.view(),
            &IndexSet::from_range(0..2),
            windows,
        );
        let told = plain.clone().telling(TickerColumns::new(&names, &names));
        let check = |set: &SequenceSet<'_, Development>, rows: usize, most: usize, expected: &[f32]| {
            let params = params(rows);
            let columns = columns(&params, Shape::of(set), most).unwrap();
            let table = SampleTable::all(set, columns);
            let mut row = vec![0.0; table.columns()];
            // The second sequence of ticker B.
            table.read(3, &mut row);
            assert_eq!(row, expected);
            assert_eq!(columns.flatten(&set.window(3)), expected);
        };
        check(&plain, 2, 99, &[120.0, 121.0, 130.0, 131.0]);
        check(&told, 2, 99, &[120.0, 121.0, 130.0, 131.0, 0.0, 1.0]);
        check(&told, 9, 99, &[110.0, 111.0, 120.0, 121.0, 130.0, 131.0, 0.0, 1.0]);
        check(&told, 9, 5, &[130.0, 131.0, 0.0, 1.0]);
        let nothing =
            Shape { seq_length: 3, features: 2, ticker_columns: 2, tickers: 1, output: Output::Classes };
        assert!(columns(&params(2), nothing, 99).is_err());
    }
}
