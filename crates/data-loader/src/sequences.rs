//! Sequences: windows into one contiguous feature matrix, gathered batch by batch.

use crate::subset::{Development, Subset};
use crate::windows::Windows;
use artifact_core::IndexSet;
use ndarray::ArrayView2;
use std::marker::PhantomData;

/// The class code where a label cannot be computed: neither training nor scoring counts it.
pub const MASKED: i8 = -1;

/// A set of sequences over shared, borrowed arrays. No window is ever stored: batches are gathered on demand.
///
/// Sequence `i` reads the feature rows `[i, i + seq_length)`, decides at row `i + seq_length - 1`, and its label and
/// return belong to that decision row.
///
/// `P` is the subset that the rows belong to. A plain `SequenceSet<'_>` holds development rows, the only ones that
/// models are fitted on.
#[derive(Debug, Clone)]
pub struct SequenceSet<'a, P: Subset = Development> {
    /// Scaled features, `(rows, features)`, finite everywhere, in standard (row-major) layout.
    features: ArrayView2<'a, f32>,
    /// Class codes by decision row, `(rows, tickers)`; [`MASKED`] where there is none.
    labels: ArrayView2<'a, i8>,
    /// Returns over the label window by decision row, `(rows, tickers)`; NaN where there is none.
    returns: ArrayView2<'a, f32>,
    /// The sequence numbers, ascending.
    pub indices: Vec<usize>,
    /// The window lengths, which determine the rows that a sequence reads.
    pub windows: Windows,
    subset: PhantomData<P>,
}

impl<'a> SequenceSet<'a> {
    /// Selects the sequences of `indices` over arrays of your own: scaled features `(rows, features)`, finite everywhere
    /// and row-major; class codes and returns by decision row, `(rows, tickers)`, [`MASKED`] and NaN where there is none.
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
        Self::of_subset(features, labels, returns, indices, windows)
    }
}

impl<'a, P: Subset> SequenceSet<'a, P> {
    /// Selects the sequences of `indices` over rows whose subset this crate has established itself.
    pub(crate) fn of_subset(
        features: ArrayView2<'a, f32>,
        labels: ArrayView2<'a, i8>,
        returns: ArrayView2<'a, f32>,
        indices: &IndexSet,
        windows: Windows,
    ) -> Self {
        assert!(features.is_standard_layout(), "feature rows must be contiguous");
        assert_eq!(features.nrows(), labels.nrows(), "features and labels must have the same rows");
        assert_eq!(labels.dim(), returns.dim(), "labels and returns must have the same shape");
        // Indices ascend, so the last sequence reaches furthest. Its label is stored at its last input row, not later.
        if let Some(last) = indices.last() {
            assert!(
                windows.input_rows(last).end <= features.nrows(),
                "sequence {last} ends outside the feature matrix"
            );
        }
        let indices = indices.iter().collect();
        Self { features, labels, returns, indices, windows, subset: PhantomData }
    }

    /// The number of sequences.
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    /// Whether there are no sequences.
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    /// The number of features per row.
    pub fn feature_count(&self) -> usize {
        self.features.ncols()
    }

    /// The number of tickers.
    pub fn ticker_count(&self) -> usize {
        self.labels.ncols()
    }

    /// The decision row of the sequence at `position`.
    pub fn decision_row(&self, position: usize) -> usize {
        self.windows.decision_row(self.indices[position])
    }

    /// The labels of the sequence at `position`, one per ticker.
    pub fn labels_of(&self, position: usize) -> ndarray::ArrayView1<'a, i8> {
        let row = self.decision_row(position);
        self.labels.slice_move(ndarray::s![row, ..])
    }

    /// The returns of the sequence at `position`, one per ticker.
    pub fn returns_of(&self, position: usize) -> ndarray::ArrayView1<'a, f32> {
        let row = self.decision_row(position);
        self.returns.slice_move(ndarray::s![row, ..])
    }

    /// Gathers the sequences at `positions` into `inputs`, `(batch, seq_length, features)`, and `labels`, `(batch,
    /// tickers)`. A sequence's rows are contiguous in the matrix, so each one is a single copy.
    ///
    /// # Panics
    ///
    /// If a buffer does not have exactly that many elements, or a position is not below [`SequenceSet::len`].
    pub fn gather(&self, positions: &[usize], inputs: &mut [f32], labels: &mut [i8]) {
        let (width, tickers) = (self.windows.seq_length * self.feature_count(), self.ticker_count());
        assert_eq!(inputs.len(), positions.len() * width, "the input buffer does not fit the batch");
        assert_eq!(labels.len(), positions.len() * tickers, "the label buffer does not fit the batch");
        let flat = self.features.to_slice().expect("checked to be contiguous at construction");
        let outputs = inputs.chunks_exact_mut(width).zip(labels.chunks_exact_mut(tickers));
        for (&position, (input, label)) in positions.iter().zip(outputs) {
            let start = self.indices[position] * self.feature_count();
            input.copy_from_slice(&flat[start..start + width]);
            for (out, &class) in label.iter_mut().zip(self.labels_of(position)) {
                *out = class;
            }
        }
    }
}
