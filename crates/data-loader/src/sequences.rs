//! Sequences: windows into contiguous feature blocks, gathered batch by batch.

use crate::panel::Panel;
use crate::scalers::WithinWindow;
use crate::subset::{Development, Subset, Whole};
use crate::targets::{Entry, Held, LabelMatrix, MASKED, Task};
use crate::ticker_columns::TickerColumns;
use crate::window_form::WindowForm;
use crate::windows::Windows;
use artifact_core::IndexSet;
use ndarray::{Array2, ArrayView1, ArrayView2, ArrayView3, Axis, s};
use std::borrow::Cow;
use std::marker::PhantomData;
use std::ops::Range;

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
    /// Scaled features, `(blocks, rows, columns)`, in standard (row-major) layout; finite everywhere, unless windows are
    /// still to be scaled.
    features: ArrayView3<'a, f32>,
    /// What is done to each window.
    form: WindowForm,
    /// Class codes by decision row, `(rows, tickers)`; [`MASKED`] where there is none.
    labels: ArrayView2<'a, i8>,
    /// Numbers to predict by decision row, `(rows, tickers)`, NaN where there is none; `None` where classes are predicted.
    values: Option<ArrayView2<'a, f32>>,
    /// What trades earn by decision row, `(rows, tickers)`; NaN where there is none.
    returns: ArrayView2<'a, f32>,
    /// How trades are held, `(rows, tickers)`; `None` where all are long to the end of the label window.
    held: Option<ArrayView2<'a, Held>>,
    entry: Entry,
    task: Task,
    /// The prices at which trades are marked; `None` over arrays without bars.
    market: Option<Market<'a>>,
    /// What each label weighs in training, `(sequences, tickers)`; `None` where all weigh 1.
    weights: Option<Array2<f32>>,
    /// The sequence numbers, ascending.
    pub indices: Vec<usize>,
    /// The window lengths, which determine the rows that a sequence reads.
    pub windows: Windows,
    samples: Vec<Sample>,
    subset: PhantomData<P>,
}

/// What is to be predicted of some samples, `(samples, outputs)` each.
#[derive(Debug, Clone, Copy)]
pub struct Truth<'a> {
    /// The class codes; [`MASKED`] where there is no label. Where numbers are predicted, their signs.
    pub classes: &'a [i8],
    /// The numbers; empty where classes are predicted.
    pub values: &'a [f32],
    /// The weights; empty where all weigh 1.
    pub weights: &'a [f32],
}

impl<'a> Truth<'a> {
    /// Classes that all weigh 1.
    pub fn of_classes(classes: &'a [i8]) -> Self {
        Self { classes, values: &[], weights: &[] }
    }

    /// The number at a place; NaN where classes are predicted.
    pub fn value(&self, place: usize) -> f32 {
        self.values.get(place).copied().unwrap_or(f32::NAN)
    }

    /// The weight at a place.
    pub fn weight(&self, place: usize) -> f32 {
        self.weights.get(place).copied().unwrap_or(1.0)
    }

    /// The labels of a range of places.
    ///
    /// # Panics
    ///
    /// If the range ends after the last place.
    pub fn slice(&self, places: Range<usize>) -> Self {
        let part = |values: &'a [f32]| if values.is_empty() { values } else { &values[places.clone()] };
        Self {
            classes: &self.classes[places.clone()],
            values: part(self.values),
            weights: part(self.weights),
        }
    }
}

/// Buffers for the labels of a batch.
#[derive(Debug, Clone, Default)]
pub struct Labels {
    classes: Vec<i8>,
    values: Vec<f32>,
    weights: Vec<f32>,
}

impl Labels {
    /// The labels gathered last.
    pub fn truth(&self) -> Truth<'_> {
        Truth { classes: &self.classes, values: &self.values, weights: &self.weights }
    }
}

/// The prices and volumes of a set's rows, and how long a row is.
#[derive(Debug, Clone, Copy)]
pub struct Market<'a> {
    /// The opening prices, `(rows, tickers)`; NaN where a ticker has no bar.
    pub open: ArrayView2<'a, f64>,
    /// The closing prices, `(rows, tickers)`; NaN where a ticker has no bar.
    pub close: ArrayView2<'a, f64>,
    /// The volumes in shares, `(rows, tickers)`; NaN where a ticker has no bar.
    pub volume: ArrayView2<'a, f64>,
    /// The tickers, in column order.
    pub tickers: &'a [String],
    /// The rows of a year, by the dates of the panel.
    pub bars_per_year: f64,
}

impl<'a> Market<'a> {
    /// The prices and volumes of a panel.
    pub fn of<P: Subset>(panel: &'a Panel<P>) -> Self {
        Self {
            open: panel.open(),
            close: panel.close(),
            volume: panel.volume(),
            tickers: &panel.tickers,
            bars_per_year: panel.bars_per_year(),
        }
    }
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
        let labels = Labelled::classes(labels, returns);
        Self::of_subset(features.insert_axis(Axis(0)), labels, indices, windows)
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
        let labels = Labelled::classes(labels, returns);
        Self::of_subset(features, labels, indices, windows)
    }

    /// As [`SequenceSet::new`], with the labels of a panel of your own.
    ///
    /// # Panics
    ///
    /// As [`SequenceSet::new`].
    pub fn labelled(
        features: ArrayView2<'a, f32>,
        labels: &'a LabelMatrix<Whole>,
        indices: &IndexSet,
        windows: Windows,
    ) -> Self {
        Self::of_subset(features.insert_axis(Axis(0)), labels.into(), indices, windows)
    }

    /// The same sequences with the bars of their rows, at whose prices trades are marked.
    ///
    /// # Panics
    ///
    /// If the panel has other tickers, or fewer rows than there are labels.
    #[must_use]
    pub fn priced(self, panel: &'a Panel) -> Self {
        self.with_market(Market::of(panel))
    }

    /// The same sequences, to predict numbers by decision row, `(rows, tickers)`, rather than classes; NaN where there is
    /// none, exactly where the class is [`MASKED`].
    ///
    /// # Panics
    ///
    /// If the shapes differ.
    #[must_use]
    pub fn predicting(mut self, task: Task, values: ArrayView2<'a, f32>) -> Self {
        assert_eq!(values.dim(), self.labels.dim(), "numbers and labels must have the same shape");
        (self.task, self.values) = (task, Some(values));
        self
    }
}

/// The arrays of a set's labels.
pub(crate) struct Labelled<'a> {
    classes: ArrayView2<'a, i8>,
    values: Option<ArrayView2<'a, f32>>,
    returns: ArrayView2<'a, f32>,
    held: Option<ArrayView2<'a, Held>>,
    entry: Entry,
    task: Task,
}

impl<'a> Labelled<'a> {
    /// Classes, whose trades enter at the decision row's close and are held to the end of the label window.
    fn classes(classes: ArrayView2<'a, i8>, returns: ArrayView2<'a, f32>) -> Self {
        Self { classes, values: None, returns, held: None, entry: Entry::Close, task: Task::Classes }
    }
}

impl<'a, P: Subset> From<&'a LabelMatrix<P>> for Labelled<'a> {
    fn from(labels: &'a LabelMatrix<P>) -> Self {
        Self {
            classes: labels.codes(),
            values: labels.values(),
            returns: labels.returns(),
            held: labels.held(),
            entry: labels.entry(),
            task: labels.task().clone(),
        }
    }
}

impl<'a, P: Subset> SequenceSet<'a, P> {
    /// Selects the sequences of `indices` over rows whose subset this crate has established itself.
    pub(crate) fn of_subset(
        features: ArrayView3<'a, f32>,
        labels: Labelled<'a>,
        indices: &IndexSet,
        windows: Windows,
    ) -> Self {
        let Labelled { classes: labels, values, returns, held, entry, task } = labels;
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
        Self {
            features,
            form: WindowForm::default(),
            labels,
            values,
            returns,
            held,
            entry,
            task,
            market: None,
            weights: None,
            indices,
            windows,
            samples,
            subset: PhantomData,
        }
    }

    /// The same sequences with what each label weighs in training, `(sequences, tickers)`, finite and at least 0.
    ///
    /// # Panics
    ///
    /// If there is not one weight per sequence and ticker.
    #[must_use]
    pub fn weighted(mut self, weights: Array2<f32>) -> Self {
        assert_eq!(weights.dim(), (self.len(), self.ticker_count()), "one weight per sequence and ticker");
        self.weights = Some(weights);
        self
    }

    /// The same sequences with the prices at which trades are marked.
    ///
    /// # Panics
    ///
    /// If there are prices of other tickers, or of fewer rows than there are labels.
    pub(crate) fn with_market(mut self, market: Market<'a>) -> Self {
        assert_eq!(self.ticker_count(), market.close.ncols(), "labels and closes must have the same tickers");
        assert!(self.labels.nrows() <= market.close.nrows(), "each label needs a row of prices");
        self.market = Some(market);
        self
    }

    /// The prices at which trades are marked; `None` over arrays without bars.
    pub fn market(&self) -> Option<&Market<'a>> {
        self.market.as_ref()
    }

    /// What is predicted.
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// Where trades enter.
    pub fn entry(&self) -> Entry {
        self.entry
    }

    /// The same sequences, each of whose windows is scaled by its own values when it is read. Features may be NaN, where
    /// there is none, if `within` is there.
    #[must_use]
    pub fn within(mut self, within: Option<WithinWindow>) -> Self {
        self.form.within = within;
        self
    }

    /// The same sequences, each of whose windows has further columns that say which ticker it is of.
    ///
    /// # Panics
    ///
    /// If a sample is not of one ticker.
    #[must_use]
    pub fn telling(mut self, tickers: TickerColumns) -> Self {
        assert_eq!(self.outputs(), 1, "a window of several tickers is of none of them");
        self.form.tickers = Some(tickers);
        self
    }

    /// The same sequences, with all that is done to their windows.
    pub(crate) fn formed(self, form: WindowForm) -> Self {
        Self { form, ..self }
    }

    /// The sequences at some positions alone.
    ///
    /// # Panics
    ///
    /// If the range ends after the last sequence.
    #[must_use]
    pub fn segment(&self, positions: Range<usize>) -> Self {
        let within = self.samples.iter().filter(|sample| positions.contains(&sample.position));
        let moved = |sample: &Sample| Sample { position: sample.position - positions.start, ..*sample };
        Self {
            indices: self.indices[positions.clone()].to_vec(),
            samples: within.map(moved).collect(),
            weights: self.weights.as_ref().map(|own| own.slice(s![positions.clone(), ..]).to_owned()),
            ..self.clone()
        }
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

    /// The number of columns of one sample, including those that say which ticker it is of.
    pub fn feature_count(&self) -> usize {
        self.features.dim().2 + self.ticker_columns()
    }

    /// How many of a sample's columns, the last ones, say which ticker it is of; 0 if none do.
    pub fn ticker_columns(&self) -> usize {
        self.form.ticker_columns()
    }

    /// What says which ticker a sample is of, where anything does.
    pub fn tickers_told(&self) -> Option<&TickerColumns> {
        self.form.tickers.as_ref()
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

    /// The numbers to predict at the sequence at `position`, one per ticker; `None` where classes are predicted.
    pub fn values_of(&self, position: usize) -> Option<ArrayView1<'a, f32>> {
        let row = self.decision_row(position);
        self.values.map(|values| values.slice_move(s![row, ..]))
    }

    /// What a label weighs in training: 1 unless the set is [`SequenceSet::weighted`].
    pub fn weight_of(&self, position: usize, ticker: usize) -> f32 {
        self.weights.as_ref().map_or(1.0, |weights| weights[[position, ticker]])
    }

    /// Whether trades may end before the label window does, at prices of their own.
    pub fn has_exits(&self) -> bool {
        self.held.is_some()
    }

    /// How the trade of a decision is held.
    pub fn held(&self, position: usize, ticker: usize) -> Held {
        let whole = || Held { rows: u32::try_from(self.windows.time_window).unwrap_or(u32::MAX), side: 1 };
        self.held.map_or_else(whole, |held| held[[self.decision_row(position), ticker]])
    }

    /// The returns of the sequence at `position`, one per ticker.
    pub fn returns_of(&self, position: usize) -> ArrayView1<'a, f32> {
        let row = self.decision_row(position);
        self.returns.slice_move(s![row, ..])
    }

    /// The inputs of a sample, row by row: `seq_length` rows of [`SequenceSet::feature_count`] columns. They are borrowed
    /// unless something is done to windows.
    pub fn window(&self, sample: usize) -> Cow<'_, [f32]> {
        self.form.apply(self.block(sample), self.unscaled_window(sample), self.features.dim().2)
    }

    /// As [`SequenceSet::window`], without the columns that say which ticker it is of.
    pub fn features_of(&self, sample: usize) -> Cow<'_, [f32]> {
        self.form.scaled(self.unscaled_window(sample), self.features.dim().2)
    }

    /// Writes the columns that say which ticker a sample is of, [`SequenceSet::ticker_columns`] of them, to `out`.
    ///
    /// # Panics
    ///
    /// If `out` is shorter.
    pub fn write_ticker(&self, sample: usize, out: &mut [f32]) {
        if let Some(tickers) = &self.form.tickers {
            tickers.write(self.block(sample), out);
        }
    }

    /// The block of features that a sample reads.
    fn block(&self, sample: usize) -> usize {
        self.samples[sample].ticker / self.outputs()
    }

    /// The features behind a sample's inputs, before anything is done to the window.
    pub fn unscaled_window(&self, sample: usize) -> &[f32] {
        let Sample { position, .. } = self.samples[sample];
        let (_, rows, columns) = self.features.dim();
        let start = (self.block(sample) * rows + self.indices[position]) * columns;
        let flat = self.features.to_slice().expect("checked to be contiguous at construction");
        &flat[start..start + self.windows.seq_length * columns]
    }

    /// Gathers `samples` into `inputs`, `(batch, seq_length, columns)`, and `labels`. A sample's rows are contiguous in its
    /// block, so each one is a single copy, unless its rows get further columns.
    ///
    /// # Panics
    ///
    /// If `inputs` does not have exactly that many elements, or a sample is not below the number of
    /// [`SequenceSet::samples`].
    pub fn gather(&self, samples: &[usize], inputs: &mut [f32], labels: &mut Labels) {
        let width = self.windows.seq_length * self.feature_count();
        assert_eq!(inputs.len(), samples.len() * width, "the input buffer does not fit the batch");
        for (&sample, input) in samples.iter().zip(inputs.chunks_exact_mut(width)) {
            let (block, raw) = (self.block(sample), self.unscaled_window(sample));
            self.form.write(block, raw, self.features.dim().2, input);
        }
        self.gather_labels(samples, labels);
    }

    /// Gathers the labels of `samples`.
    ///
    /// # Panics
    ///
    /// If a sample is not below the number of [`SequenceSet::samples`].
    pub fn gather_labels(&self, samples: &[usize], labels: &mut Labels) {
        let outputs = self.outputs();
        labels.classes.clear();
        labels.values.clear();
        labels.weights.clear();
        for &sample in samples {
            let Sample { position, ticker } = self.samples[sample];
            labels.classes.extend(self.sample_labels(sample));
            if let Some(values) = self.values_of(position) {
                labels.values.extend(values.slice(s![ticker..ticker + outputs]));
            }
            if let Some(weights) = &self.weights {
                labels.weights.extend(weights.slice(s![position, ticker..ticker + outputs]));
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
        let (mut inputs, mut labels) = (vec![0.0; 2 * 6], Labels::default());
        set.gather(&[2, 3], &mut inputs, &mut labels);
        assert_eq!(inputs[..6], [110.0, 111.0, 112.0, 120.0, 121.0, 122.0]);
        assert_eq!(inputs[6..], [20.0, 21.0, 22.0, 30.0, 31.0, 32.0]);
        assert_eq!(labels.truth().classes, [0, 2]);
        assert_eq!((labels.truth().values, labels.truth().weight(1)), (&[][..], 1.0));
    }

    #[test]
    fn a_segment_has_the_samples_of_its_sequences() {
        let features = Array3::from_shape_fn((2, 5, 1), |(k, t, _)| (10 * k + t) as f32);
        let labels = array![[0, 0], [1, 2], [MASKED, 0], [2, MASKED], [0, 1]];
        let returns = Array2::from_shape_fn((5, 2), |(row, ticker)| (row + ticker) as f32);
        let indices: IndexSet = [0, 2, 3].into_iter().collect();
        let weights = Array2::from_shape_fn((3, 2), |(position, _)| position as f32);
        let set = SequenceSet::shared(features.view(), labels.view(), returns.view(), &indices, WINDOWS)
            .weighted(weights);
        let segment = set.segment(1..3);
        let sample = |position, ticker| Sample { position, ticker };
        assert_eq!(segment.samples(), [sample(0, 0), sample(1, 0), sample(1, 1)]);
        assert_eq!((segment.len(), segment.decision_row(0), segment.decision_row(1)), (2, 3, 4));
        assert_eq!(segment.returns_of(1).to_vec(), set.returns_of(2).to_vec());
        let mut told = Labels::default();
        segment.gather_labels(&[0, 2], &mut told);
        assert_eq!((told.truth().classes, told.truth().weights), (&[2, 1][..], &[1.0, 2.0][..]));
        assert!(set.segment(1..1).is_empty());
    }

    #[test]
    fn with_one_block_every_sequence_is_a_sample() {
        let features = Array2::from_shape_fn((4, 3), |(t, j)| (10 * t + j) as f32);
        let labels = array![[0, 0], [1, 2], [MASKED, MASKED], [2, MASKED]];
        let returns = Array2::zeros((4, 2));
        let indices = IndexSet::from_range(0..3);
        let set = SequenceSet::new(features.view(), labels.view(), returns.view(), &indices, WINDOWS);
        assert_eq!((set.samples().len(), set.outputs()), (3, 2));
        assert_eq!(set.window(1)[..], [10.0, 11.0, 12.0, 20.0, 21.0, 22.0]);
        assert_eq!(set.sample_labels(2).to_vec(), [2, MASKED]);
    }

    #[test]
    fn a_sample_is_told_of_its_ticker_behind_its_scaled_columns() {
        let features = Array3::from_shape_fn((2, 4, 1), |(k, t, _)| (10 * k + t) as f32);
        let (labels, returns) = (array![[0, 0], [1, 2], [2, 0], [0, 0]], Array2::zeros((4, 2)));
        let indices = IndexSet::from_range(0..3);
        let names = |names: [&str; 2]| names.map(str::to_owned).to_vec();
        let less_first = WithinWindow::new(|window, columns| {
            assert_eq!(columns, 1, "the columns of the ticker are not scaled");
            let first = window[0];
            window.iter_mut().for_each(|value| *value -= first);
        });
        let set = SequenceSet::shared(features.view(), labels.view(), returns.view(), &indices, WINDOWS)
            .telling(TickerColumns::new(&names(["A", "B"]), &names(["B", "A"])));
        assert_eq!((set.feature_count(), set.ticker_columns()), (3, 2));
        assert_eq!(set.window(2)[..], [1.0, 0.0, 1.0, 2.0, 0.0, 1.0], "the first block is of B");
        let set = set.within(Some(less_first));
        let mut inputs = [9.0; 12];
        set.gather(&[2, 3], &mut inputs, &mut Labels::default());
        assert_eq!(inputs, [0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0]);
        assert_eq!(
            (set.window(3)[..].to_vec(), set.features_of(3).to_vec()),
            (inputs[6..].to_vec(), vec![0.0, 1.0])
        );
        let mut told = [9.0; 2];
        set.write_ticker(3, &mut told);
        assert_eq!((told, set.unscaled_window(3)), ([1.0, 0.0], &[11.0, 12.0][..]));
    }

    #[test]
    fn windows_are_scaled_when_they_are_read() {
        let features = array![[1.0, f32::NAN], [2.0, 4.0], [4.0, 8.0], [8.0, 2.0]];
        let labels = array![[0], [1], [2], [0]];
        let returns = Array2::zeros((4, 1));
        let indices = IndexSet::from_range(0..3);
        let less_first = WithinWindow::new(|window, columns| {
            assert_eq!(columns, 2);
            let first = window[0];
            window.iter_mut().for_each(|value| *value -= first);
        });
        let set = SequenceSet::new(features.view(), labels.view(), returns.view(), &indices, WINDOWS)
            .within(Some(less_first));
        assert_eq!(set.window(0)[..], [0.0, 0.0, 1.0, 3.0], "what has no value is 0");
        assert_eq!(set.unscaled_window(1), [2.0, 4.0, 4.0, 8.0]);
        let mut inputs = [9.0; 8];
        set.gather(&[1, 0], &mut inputs, &mut Labels::default());
        assert_eq!(inputs, [0.0, 2.0, 2.0, 6.0, 0.0, 0.0, 1.0, 3.0]);
    }
}
