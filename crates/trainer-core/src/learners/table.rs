//! The samples of a set as the rows of a table.

use crate::loss::class_of;
use data_loader::{SequenceSet, Subset};
use tabular::Table;

/// Samples of a set as rows: the windows, flattened, of at most [`MOST_COLUMNS`](Self::MOST_COLUMNS) newest numbers.
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

    /// Those samples whose label for `output`, counted from the sample's first ticker, is a class; with the classes.
    pub(super) fn labelled(
        set: &'a SequenceSet<'data, P>,
        columns: Columns,
        output: usize,
    ) -> (Self, Vec<usize>) {
        let class = |sample: usize| class_of(set.sample_labels(sample)[output]);
        let all = 0..set.samples().len();
        let (samples, classes) = all.filter_map(|sample| Some((sample, class(sample)?))).unzip();
        (Self { set, samples, skipped: columns.skipped }, classes)
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

impl Columns {
    /// The newest rows of a window of `seq_length` rows that have at most `most` numbers together, and at least one row.
    pub(super) fn newest(seq_length: usize, features: usize, most: usize) -> Self {
        let rows = (most / features.max(1)).clamp(1, seq_length.max(1));
        let count = rows * features;
        Self { skipped: seq_length * features - count, count }
    }
}
