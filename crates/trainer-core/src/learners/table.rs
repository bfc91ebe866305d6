//! The samples of a set as the rows of a table.

use crate::model::{Shape, size_of};
use crate::setting_error::SettingError;
use artifact_core::Params;
use data_loader::{SequenceSet, Subset};
use settings::part::Parameter;
use tabular::Table;

/// Samples of a set as rows: the newest rows of their windows, flattened.
#[derive(Debug, Clone)]
pub(super) struct SampleTable<'a, 'data, P: Subset> {
    set: &'a SequenceSet<'data, P>,
    samples: Vec<usize>,
    /// Where in a window the columns begin.
    skipped: usize,
}

impl<'a, 'data, P: Subset> SampleTable<'a, 'data, P> {
    /// All samples.
    pub(super) fn all(set: &'a SequenceSet<'data, P>, columns: Columns) -> Self {
        Self { set, samples: (0..set.samples().len()).collect(), skipped: columns.skipped }
    }

    /// Those samples of which `label` says something, with what it says.
    pub(super) fn labelled<L>(
        set: &'a SequenceSet<'data, P>,
        columns: Columns,
        label: impl Fn(usize) -> Option<L>,
    ) -> (Self, Vec<L>) {
        let all = 0..set.samples().len();
        let (samples, labels) = all.filter_map(|sample| Some((sample, label(sample)?))).unzip();
        (Self { set, samples, skipped: columns.skipped }, labels)
    }
}

impl<P: Subset> Table for SampleTable<'_, '_, P> {
    fn rows(&self) -> usize {
        self.samples.len()
    }

    fn columns(&self) -> usize {
        self.set.windows.seq_length * self.set.feature_count() - self.skipped
    }

    fn read(&self, row: usize, out: &mut [f32]) {
        out.copy_from_slice(&self.set.window(self.samples[row])[self.skipped..]);
    }
}

/// Which numbers of a window a table has as columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Columns {
    /// How many of the oldest numbers it leaves out.
    pub(super) skipped: usize,
    /// How many it has.
    pub(super) count: usize,
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
    let rows = wanted.min(shape.seq_length).min((most / shape.features).max(1));
    let count = rows * shape.features;
    Ok(Columns { skipped: shape.window() - count, count })
}
