//! What the training labels of each ticker say on their own.

use crate::loss::class_of;
use artifact_core::schema::CLASSES;
use data_loader::{SequenceSet, Subset, Task};
use ndarray::Array3;

/// How the training labels of each ticker are distributed: what a prediction has to say more than.
///
/// A model that has learnt nothing but which ticker it looks at predicts these.
#[derive(Debug, Clone, PartialEq)]
pub struct BaseRates {
    /// How often each class occurs, by ticker.
    classes: Vec<[f64; CLASSES]>,
    /// The mean, or the quantiles at the task's levels, of each ticker's numbers to predict; empty where classes are predicted.
    numbers: Vec<Vec<f32>>,
}

impl BaseRates {
    /// The base rates of a training set.
    ///
    /// Each ticker's labels get one more that is distributed like those of all tickers, so that no class that occurs has a
    /// probability of 0.
    pub fn of(train: &SequenceSet<'_>) -> Self {
        let tickers = train.ticker_count();
        let mut counts = vec![[0_u64; CLASSES]; tickers];
        let mut values: Vec<Vec<f32>> = vec![Vec::new(); tickers];
        for position in 0..train.len() {
            let numbers = train.values_of(position);
            for (ticker, &label) in train.labels_of(position).iter().enumerate() {
                let Some(class) = class_of(label) else { continue };
                counts[ticker][class] += 1;
                values[ticker].extend(numbers.map(|numbers| numbers[ticker]));
            }
        }
        let of_all = shares(std::array::from_fn(|class| counts.iter().map(|own| own[class]).sum()));
        let smoothed = |own: &[u64; CLASSES]| {
            let labels = own.iter().sum::<u64>() as f64 + 1.0;
            std::array::from_fn(|class| (own[class] as f64 + of_all[class]) / labels)
        };
        let classes = counts.iter().map(smoothed).collect();
        let numbers = if train.task().is_classes() { Vec::new() } else { numbers(train.task(), values) };
        Self { classes, numbers }
    }

    /// How often each class occurs among a ticker's training labels.
    pub fn of_ticker(&self, ticker: usize) -> Option<&[f64; CLASSES]> {
        self.classes.get(ticker)
    }

    /// The prediction, `(sequences, tickers, width)`, of each ticker's most frequent class, with its own base rates as probabilities; or of the mean or the
    /// quantiles of its training labels.
    ///
    /// # Panics
    ///
    /// When `set` has more tickers than the training set.
    pub fn ticker_majority<P: Subset>(&self, set: &SequenceSet<'_, P>) -> Array3<f32> {
        let of_classes = set.task().is_classes();
        constant(set, |ticker, place| {
            if of_classes { self.classes[ticker][place] as f32 } else { self.numbers[ticker][place] }
        })
    }
}

/// The prediction, `(sequences, tickers, width)`, of the most frequent of training labels that have these counts, with their shares as probabilities; or of 0.
pub fn majority<P: Subset>(counts: [u64; CLASSES], set: &SequenceSet<'_, P>) -> Array3<f32> {
    let shares = shares(counts);
    constant(set, |_, place| if set.task().is_classes() { shares[place] as f32 } else { 0.0 })
}

/// The shares of counts; equal ones if there are none.
fn shares(counts: [u64; CLASSES]) -> [f64; CLASSES] {
    let total: f64 = counts.iter().map(|&count| count as f64).sum();
    counts.map(|count| if total > 0.0 { count as f64 / total } else { 1.0 / CLASSES as f64 })
}

/// The same prediction in every row, by ticker and place.
fn constant<P: Subset>(set: &SequenceSet<'_, P>, value: impl Fn(usize, usize) -> f32) -> Array3<f32> {
    let shape = (set.len(), set.ticker_count(), set.task().width());
    Array3::from_shape_fn(shape, |(_, ticker, place)| value(ticker, place))
}

/// The mean or the quantiles of each ticker's labels; 0 without any.
fn numbers(task: &Task, values: Vec<Vec<f32>>) -> Vec<Vec<f32>> {
    let of_ticker = |mut own: Vec<f32>| match task {
        Task::Quantiles(levels) => {
            own.sort_by(f32::total_cmp);
            levels.iter().map(|level| quantile(&own, *level)).collect()
        }
        Task::Classes | Task::Value => {
            let sum: f64 = own.iter().map(|&value| f64::from(value)).sum();
            vec![if own.is_empty() { 0.0 } else { (sum / own.len() as f64) as f32 }]
        }
    };
    values.into_iter().map(of_ticker).collect()
}

/// The quantile of sorted values, interpolated linearly between the two nearest (type 7 of Hyndman and Fan 1996).
fn quantile(sorted: &[f32], level: f64) -> f32 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let place = level * last as f64;
    let (lower, upper) = (place.floor() as usize, (place.floor() as usize + 1).min(last));
    let (low, high) = (f64::from(sorted[lower]), f64::from(sorted[upper]));
    (low + (place - lower as f64) * (high - low)) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::tests::sequences;
    use ndarray::{Array2, array};

    #[test]
    fn rates_are_those_of_the_ticker_and_no_class_that_occurs_is_impossible() {
        let labels = array![[0, 1], [0, 2], [0, -1], [-1, 1]];
        let (features, returns) = (Array2::zeros((4, 1)), Array2::zeros((4, 2)));
        let set = sequences(&features, &labels, &returns, 1);
        let found = BaseRates::of(&set);
        let share = 3.0 / 6.0;
        assert_eq!(found.of_ticker(0), Some(&[(3.0 + share) / 4.0, 2.0 / 6.0 / 4.0, 1.0 / 6.0 / 4.0]));
        assert_eq!(found.of_ticker(2), None);
        let decided = |predictions: Array3<f32>, ticker: usize| {
            set.task().class_of(&predictions.slice(ndarray::s![1, ticker, ..]).to_vec())
        };
        assert_eq!([0, 1].map(|ticker| decided(majority([3, 2, 1], &set), ticker)), [0, 0]);
        assert_eq!([0, 1].map(|ticker| decided(found.ticker_majority(&set), ticker)), [0, 1]);
    }

    #[test]
    fn numbers_have_the_tickers_own_mean_or_quantiles() {
        let values = || vec![vec![4.0, 1.0, 3.0, 2.0], vec![]];
        assert_eq!(numbers(&Task::Value, values()), [[2.5], [0.0]]);
        let levels = Task::Quantiles(vec![0.0, 0.5, 0.75]);
        assert_eq!(numbers(&levels, values()), [[1.0, 2.5, 3.25], [0.0; 3]]);
    }
}
