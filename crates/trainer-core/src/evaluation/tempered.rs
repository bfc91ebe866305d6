//! What predictions lose at other temperatures.

use super::log_probability;
use crate::loss::class_of;
use crate::temperature::Temperature;
use artifact_core::schema::CLASSES;
use data_loader::{SequenceSet, Subset};
use ndarray::{ArrayView3, s};

/// The log loss of `predictions`, `(sequences, tickers, classes)`, at each temperature of the grid, summed over samples; empty where
/// numbers are predicted.
pub(super) fn losses<P: Subset>(predictions: ArrayView3<'_, f32>, set: &SequenceSet<'_, P>) -> Vec<f64> {
    if !set.task().is_classes() {
        return Vec::new();
    }
    let mut sums = vec![0.0; Temperature::COUNT];
    let inverse: Vec<f64> =
        (0..Temperature::COUNT).map(|place| 1.0 / Temperature::at(place).value()).collect();
    for position in 0..set.len() {
        for (ticker, &label) in set.labels_of(position).iter().enumerate() {
            let Some(truth) = class_of(label) else { continue };
            let sample = predictions.slice(s![position, ticker, ..]);
            let logs: [f64; CLASSES] = std::array::from_fn(|class| log_probability(f64::from(sample[class])));
            for (sum, factor) in sums.iter_mut().zip(&inverse) {
                let others: f64 = logs.iter().map(|log| libm::exp((log - logs[truth]) * factor)).sum();
                *sum += libm::log(others);
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::tests::sequences;
    use ndarray::{Array2, Array3, array};

    #[test]
    fn a_model_that_is_too_sure_has_a_temperature_above_1() {
        // Right in half of the rows, but 80 % sure.
        let labels = array![[1], [2], [1], [2]];
        let (features, returns) = (Array2::zeros((4, 1)), Array2::zeros((4, 1)));
        let set = sequences(&features, &labels, &returns, 1);
        let sure = Array3::from_shape_fn((4, 1, CLASSES), |(_, _, class)| [0.1, 0.8, 0.1][class]);
        let own = losses(sure.view(), &set);
        let fitted = Temperature::fitted([own.as_slice(), own.as_slice()]);
        // The least log loss has p = 1/2 for the class that is right in half of the rows: 8^(1/T) = 2.
        let exact = 8.0_f64.ln() / 2.0_f64.ln();
        assert!((fitted.value() / exact).ln().abs() < 2.0_f64.ln() / 16.0 + 1e-12, "{fitted:?}");
        let plain: f64 = -[0.8_f64, 0.1].map(|p| 2.0 * p.ln()).iter().sum::<f64>();
        assert!(
            (own[Temperature::COUNT / 2] - plain).abs() < 1e-6,
            "{} and {plain}",
            own[Temperature::COUNT / 2]
        );
    }
}
