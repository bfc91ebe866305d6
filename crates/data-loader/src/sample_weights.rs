//! What each training sample weighs: by how far its label is its own, and by how recent it is.

use crate::sequences::SequenceSet;
use crate::subset::Subset;
use crate::targets::MASKED;
use artifact_core::schema::TrainingSettings;
use ndarray::Array2;

/// How training samples are weighted (Lopez de Prado, "Advances in Financial Machine Learning", 2018, chapter 4). The
/// weights have mean 1, so that they change no learning rate and no penalty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampleWeights {
    /// Whether a sample weighs by the average uniqueness of its label: the mean, over the rows that its trade is held, of
    /// one over the number of the ticker's training labels that span the row.
    pub uniqueness: bool,
    /// What the oldest sample weighs of what the newest weighs, above -1 up to 1. In between, weights are linear in the
    /// cumulative uniqueness, over all tickers in order of their decision rows; or in the count of labels, without
    /// uniqueness. Below 0, the oldest share of that size weighs nothing. 1 for no decay.
    pub time_decay: f64,
}

impl SampleWeights {
    /// All samples weigh alike.
    pub const EQUAL: SampleWeights = SampleWeights { uniqueness: false, time_decay: 1.0 };

    /// The weights of the labels of a training set, `(sequences, tickers)`, 0 where there is none; `None` if all weigh 1.
    pub fn of<P: Subset>(self, set: &SequenceSet<'_, P>) -> Option<Array2<f32>> {
        if self == Self::EQUAL || set.is_empty() {
            return None;
        }
        let labelled = |position: usize, ticker: usize| set.labels_of(position)[ticker] != MASKED;
        let mut weights = Array2::from_shape_fn((set.len(), set.ticker_count()), |(position, ticker)| {
            if labelled(position, ticker) { 1.0 } else { 0.0 }
        });
        let count = weights.sum();
        if self.uniqueness {
            for (ticker, mut column) in weights.columns_mut().into_iter().enumerate() {
                for (weight, unique) in column.iter_mut().zip(uniqueness(set, ticker)) {
                    *weight *= unique;
                }
            }
        }
        if self.time_decay < 1.0 {
            decay(&mut weights, self.time_decay);
        }
        let mean = weights.iter().sum::<f64>() / count;
        Some(weights.mapv(|weight| if mean > 0.0 { (weight / mean) as f32 } else { 0.0 }))
    }
}

impl From<&TrainingSettings> for SampleWeights {
    fn from(settings: &TrainingSettings) -> Self {
        Self { uniqueness: settings.uniqueness, time_decay: settings.time_decay }
    }
}

/// The average uniqueness of each sequence's label of one ticker; 0 where there is none.
fn uniqueness<P: Subset>(set: &SequenceSet<'_, P>, ticker: usize) -> Vec<f64> {
    let span = |position: usize| {
        let first = set.decision_row(position) + 1;
        let rows = set.held(position, ticker).rows as usize;
        (set.labels_of(position)[ticker] != MASKED).then_some(first..first + rows)
    };
    let spans: Vec<_> = (0..set.len()).map(span).collect();
    let rows = spans.iter().flatten().map(|span| span.end).max().unwrap_or(0);
    // How many more labels span a row than the row before it, summed up to how many do.
    let mut concurrent = vec![0_i64; rows + 1];
    for span in spans.iter().flatten() {
        concurrent[span.start] += 1;
        concurrent[span.end] -= 1;
    }
    for row in 1..concurrent.len() {
        concurrent[row] += concurrent[row - 1];
    }
    let mean = |span: &std::ops::Range<usize>| {
        let shares = span.clone().map(|row| 1.0 / concurrent[row] as f64);
        shares.sum::<f64>() / span.len().max(1) as f64
    };
    spans.iter().map(|span| span.as_ref().map_or(0.0, mean)).collect()
}

/// Multiplies the weights, sequence by sequence and ticker by ticker, by a factor that ends at 1.
fn decay(weights: &mut Array2<f64>, oldest: f64) {
    let total: f64 = weights.iter().sum();
    let slope = if oldest >= 0.0 { (1.0 - oldest) / total } else { 1.0 / ((oldest + 1.0) * total) };
    let mut cumulative = 0.0;
    for mut row in weights.rows_mut() {
        // The samples of one row are of one age.
        cumulative += row.sum();
        let factor = (1.0 - slope * (total - cumulative)).max(0.0);
        row.mapv_inplace(|weight| weight * factor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::windows::Windows;
    use artifact_core::IndexSet;
    use ndarray::{Array2, array};

    fn weights(labels: &Array2<i8>, time_window: usize, how: SampleWeights) -> Vec<f32> {
        let features = Array2::zeros(labels.dim());
        let returns = Array2::zeros(labels.dim());
        let windows = Windows { seq_length: 1, time_window };
        let indices = IndexSet::from_range(0..labels.nrows());
        let set = SequenceSet::new(features.view(), labels.view(), returns.view(), &indices, windows);
        how.of(&set).unwrap().into_raw_vec_and_offset().0
    }

    fn close(found: &[f32], expected: &[f64]) {
        let near = |(&found, &expected): (&f32, &f64)| (f64::from(found) - expected).abs() < 1e-6;
        assert!(found.len() == expected.len() && found.iter().zip(expected).all(near), "{found:?}");
    }

    #[test]
    fn uniqueness_by_hand() {
        // Labels span the rows 1 and 2, 2 and 3, and, after two masked rows, 5 and 6.
        let labels = array![[0], [1], [MASKED], [MASKED], [2]];
        let how = SampleWeights { uniqueness: true, ..SampleWeights::EQUAL };
        // Row 2 is shared: (1 + 1/2) / 2, (1/2 + 1) / 2 and 1, whose mean is 5/6.
        close(&weights(&labels, 2, how), &[0.9, 0.9, 0.0, 0.0, 1.2]);
    }

    #[test]
    fn decay_by_hand() {
        let labels = array![[0], [1], [MASKED], [2], [0]];
        let decayed = |time_decay| weights(&labels, 1, SampleWeights { time_decay, ..SampleWeights::EQUAL });
        // Cumulative counts 1 to 4 of 4: 0.5 + 0.5 * n / 4, whose mean is 0.8125.
        close(&decayed(0.5), &[0.625, 0.75, 0.0, 0.875, 1.0].map(|weight| weight / 0.8125));
        // Below 0 the oldest half weighs nothing: 0, 0, 1/2, 1.
        close(&decayed(-0.5), &[0.0, 0.0, 0.0, 0.5, 1.0].map(|weight| weight / 0.375));
    }

    #[test]
    fn equal_weights_are_none() {
        let labels = array![[0], [1]];
        let (features, returns) = (Array2::zeros((2, 1)), Array2::zeros((2, 1)));
        let windows = Windows { seq_length: 1, time_window: 1 };
        let indices = IndexSet::from_range(0..2);
        let set = SequenceSet::new(features.view(), labels.view(), returns.view(), &indices, windows);
        assert_eq!(SampleWeights::EQUAL.of(&set), None);
    }
}
