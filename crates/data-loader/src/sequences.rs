//! Sequences: windows into contiguous feature blocks, gathered batch by batch.

use crate::subset::{Development, Subset};
use crate::windows::Windows;
use artifact_core::IndexSet;
use ndarray::{ArrayView1, ArrayView2, ArrayView3, Axis, s};
use std::marker::PhantomData;

/// The class code where a label cannot be computed: neither training nor scoring counts it.
pub const MASKED: i8 = -1;

/// A set of sequences over borrowed arrays. No window is ever stored: batches are gathered on demand.
///
/// Sequence `i` reads the feature rows `[i, i + seq_length)`, decides at row `i + seq_length - 1`, and its labels and
/// returns, one per ticker, belong to that decision row.
///
/// A **sample** is what a model sees at once: one sequence of one block of features. With one block, which holds the
/// columns of all tickers side by side, it predicts all of them; with one block per ticker it predicts that ticker. Where
/// blocks are several, a sequence whose label is masked for a ticker has no sample for it.
///
/// `P` is the subset that the rows belong to. A plain `SequenceSet<'_>` holds development rows, the only ones that
/// models are fitted on.
#[derive(Debug, Clone)]
pub struct SequenceSet<'a, P: Subset = Development> {
    /// Scaled features, `(blocks, rows, columns)`, finite everywhere, in standard (row-major) layout.
    features: ArrayView3<'a, f32>,
    /// Class codes by decision row, `(rows, tickers)`; [`MASKED`] where there is none.
    labels: ArrayView2<'a, i8>,
    /// Returns over the label window by decision row, `(rows, tickers)`; NaN where there is none.
    returns: ArrayView2<'a, f32>,
    /// The sequence numbers, ascending.
    pub indices: Vec<usize>,
    /// The window lengths, which determine the rows that a sequence reads.
    pub windows: Windows,
    samples: Vec<Sample>,
    subset: PhantomData<P>,
}

/// One input of a model: a sequence of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// The position of its sequence in the set.
    pub position: usize,
    /// The first ticker that it predicts; the others follow.
    pub ticker: usize,
}

impl<'a> SequenceSet<'a> {
    /// Selects the sequences of `indices` over arrays of your own: scaled features `(rows, columns)` that serve all
    /// tickers at once, finite everywhere and row-major; class codes and returns by decision row, `(rows, tickers)`,
    /// [`MASKED`] and NaN where there is none.
    ///
    /// The caller vouches that these are development rows, on which models may be fitted; nothing here can check it.
    ///
    /// # Panics
    ///
    /// If `features` is not row-major, the arrays' shapes disagree, or a sequence's inputs end outside the matrix. The
    /// splitters and label functions of this crate never cause any of these.
    pub fn new(
        features: ArrayView2<'a, f32>,
        labels: ArrayView2<'a, i8>,
        returns: ArrayView2<'a, f32>,
        indices: &IndexSet,
        windows: Windows,
    ) -> Self {
        Self::of_subset(features.insert_axis(Axis(0)), labels, returns, indices, windows)
    }

    /// As [`SequenceSet::new`], with features `(tickers, rows, columns)` of which each block serves its own ticker.
    ///
    /// # Panics
    ///
    /// As [`SequenceSet::new`].
    pub fn shared(
        features: ArrayView3<'a, f32>,
        labels: ArrayView2<'a, i8>,
        returns: ArrayView2<'a, f32>,
        indices: &IndexSet,
        windows: Windows,
    ) -> Self {
        assert_eq!(features.dim().0, labels.ncols(), "expected one block of features per ticker");
        Self::of_subset(features, labels, returns, indices, windows)
    }
}

impl<'a, P: Subset> SequenceSet<'a, P> {
    /// Selects the sequences of `indices` over rows whose subset this crate has established itself.
    pub(crate) fn of_subset(
        features: ArrayView3<'a, f32>,
        labels: ArrayView2<'a, i8>,
        returns: ArrayView2<'a, f32>,
        indices: &IndexSet,
        windows: Windows,
    ) -> Self {
        let (blocks, rows, _) = features.dim();
        assert!(features.is_standard_layout(), "feature rows must be contiguous");
        assert_eq!(rows, labels.nrows(), "features and labels must have the same rows");
        assert_eq!(labels.dim(), returns.dim(), "labels and returns must have the same shape");
        assert!(blocks > 0 && labels.ncols().is_multiple_of(blocks), "blocks must share the tickers evenly");
        // Indices ascend, so the last sequence reaches furthest. Its label is stored at its last input row, not later.
        if let Some(last) = indices.last() {
            assert!(windows.input_rows(last).end <= rows, "sequence {last} ends outside the feature matrix");
        }
        let indices: Vec<usize> = indices.iter().collect();
        let outputs = labels.ncols() / blocks;
        let labelled = |position: usize, ticker: usize| {
            // With a single block every sequence is a sample: its masked labels have no gradient.
            blocks == 1 || labels[[windows.decision_row(indices[position]), ticker]] != MASKED
        };
        let samples = (0..indices.len()).flat_map(|position| {
            let tickers = (0..blocks).map(move |block| block * outputs);
            tickers.map(move |ticker| Sample { position, ticker })
        });
        let samples = samples.filter(|sample| labelled(sample.position, sample.ticker)).collect();
        Self { features, labels, returns, indices, windows, samples, subset: PhantomData }
    }

    /// The number of sequences.
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    /// Whether there are no sequences.
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    /// The samples, sequence by sequence.
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// The number of feature columns of one sample.
    pub fn feature_count(&self) -> usize {
        self.features.dim().2
    }

    /// The number of tickers.
    pub fn ticker_count(&self) -> usize {
        self.labels.ncols()
    }

    /// The number of tickers that one sample predicts.
    pub fn outputs(&self) -> usize {
        self.ticker_count() / self.features.dim().0
    }

    /// The decision row of the sequence at `position`.
    pub fn decision_row(&self, position: usize) -> usize {
        self.windows.decision_row(self.indices[position])
    }

    /// The labels of the sequence at `position`, one per ticker.
    pub fn labels_of(&self, position: usize) -> ArrayView1<'a, i8> {
        let row = self.decision_row(position);
        self.labels.slice_move(s![row, ..])
    }

    /// The labels of a sample, one for each ticker that it predicts.
    pub fn sample_labels(&self, sample: usize) -> ArrayView1<'a, i8> {
        let Sample { position, ticker } = self.samples[sample];
        let outputs = self.outputs();
        self.labels_of(position).slice_move(s![ticker..ticker + outputs])
    }

    /// The returns of the sequence at `position`, one per ticker.
    pub fn returns_of(&self, position: usize) -> ArrayView1<'a, f32> {
        let row = self.decision_row(position);
        self.returns.slice_move(s![row, ..])
    }

    /// The inputs of a sample, row by row: `seq_length` rows of [`SequenceSet::feature_count`] columns.
    pub fn window(&self, sample: usize) -> &[f32] {
        let Sample { position, ticker } = self.samples[sample];
        let (_, rows, columns) = self.features.dim();
        let start = (ticker / self.outputs() * rows + self.indices[position]) * columns;
        let flat = self.features.to_slice().expect("checked to be contiguous at construction");
        &flat[start..start + self.windows.seq_length * columns]
    }

    /// Gathers `samples` into `inputs`, `(batch, seq_length, columns)`, and `labels`, `(batch, outputs)`. A sample's rows
    /// are contiguous in its block, so each one is a single copy.
    ///
    /// # Panics
    ///
    /// If a buffer does not have exactly that many elements, or a sample is not below the number of
    /// [`SequenceSet::samples`].
    pub fn gather(&self, samples: &[usize], inputs: &mut [f32], labels: &mut [i8]) {
        let (width, outputs) = (self.windows.seq_length * self.feature_count(), self.outputs());
        assert_eq!(inputs.len(), samples.len() * width, "the input buffer does not fit the batch");
        assert_eq!(labels.len(), samples.len() * outputs, "the label buffer does not fit the batch");
        let places = inputs.chunks_exact_mut(width).zip(labels.chunks_exact_mut(outputs));
        for (&sample, (input, label)) in samples.iter().zip(places) {
            input.copy_from_slice(self.window(sample));
            for (out, &class) in label.iter_mut().zip(self.sample_labels(sample)) {
                *out = class;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, Array3, array};

    const WINDOWS: Windows = Windows { seq_length: 2, time_window: 1 };

    #[test]
    fn a_sample_reads_its_own_ticker_only() {
        // The hundreds are the ticker, the tens the row, the ones the column.
        let features = Array3::from_shape_fn((2, 4, 3), |(k, t, j)| (100 * k + 10 * t + j) as f32);
        let labels = array![[0, 0], [1, 2], [MASKED, 0], [2, MASKED]];
        let returns = Array2::zeros((4, 2));
        let indices = IndexSet::from_range(0..3);
        let set = SequenceSet::shared(features.view(), labels.view(), returns.view(), &indices, WINDOWS);
        let sample = |position, ticker| Sample { position, ticker };
        assert_eq!(set.samples(), [sample(0, 0), sample(0, 1), sample(1, 1), sample(2, 0)]);
        assert_eq!((set.outputs(), set.feature_count(), set.len()), (1, 3, 3));
        let (mut inputs, mut classes) = (vec![0.0; 2 * 6], vec![9; 2]);
        set.gather(&[2, 3], &mut inputs, &mut classes);
        assert_eq!(inputs[..6], [110.0, 111.0, 112.0, 120.0, 121.0, 122.0]);
        assert_eq!(inputs[6..], [20.0, 21.0, 22.0, 30.0, 31.0, 32.0]);
        assert_eq!(classes, [0, 2]);
    }

    #[test]
    fn with_one_block_every_sequence_is_a_sample() {
        let features = Array2::from_shape_fn((4, 3), |(t, j)| (10 * t + j) as f32);
        let labels = array![[0, 0], [1, 2], [MASKED, MASKED], [2, MASKED]];
        let returns = Array2::zeros((4, 2));
        let indices = IndexSet::from_range(0..3);
        let set = SequenceSet::new(features.view(), labels.view(), returns.view(), &indices, WINDOWS);
        assert_eq!((set.samples().len(), set.outputs()), (3, 2));
        assert_eq!(set.window(1), [10.0, 11.0, 12.0, 20.0, 21.0, 22.0]);
        assert_eq!(set.sample_labels(2).to_vec(), [2, MASKED]);
    }
}
