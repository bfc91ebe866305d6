//! How often what is held probable happens.

use crate::loss::class_of;
use artifact_core::schema::{CLASSES, Calibration, CalibrationBin};
use data_loader::{SequenceSet, Subset};
use ndarray::ArrayView3;

/// The bins of a class, of equal width.
const BINS: usize = 10;

/// The samples of a bin.
#[derive(Clone, Copy, Default)]
struct Bin {
    samples: u64,
    probability: f64,
    happened: u64,
}

/// The reliability of predicted probabilities, `(sequences, tickers, classes)`, class by class; `None` where numbers are
/// predicted or no sample has a label.
///
/// Each class's probabilities are put into ten bins of equal width, those on an edge into the upper one and 1 into the last.
/// The error is the mean distance between frequency and probability, weighted by samples and averaged over classes: the
/// static calibration error of Nixon et al., "Measuring Calibration in Deep Learning", 2019. Probabilities that are not
/// numbers from 0 to 1 are left out.
pub fn calibration<P: Subset>(
    predictions: ArrayView3<'_, f32>,
    set: &SequenceSet<'_, P>,
) -> Option<Calibration> {
    if !set.task().is_classes() {
        return None;
    }
    let mut bins = [[Bin::default(); BINS]; CLASSES];
    let mut samples = 0_u64;
    for position in 0..set.len() {
        for (ticker, &label) in set.labels_of(position).iter().enumerate() {
            let Some(truth) = class_of(label) else { continue };
            samples += 1;
            for (class, bins) in bins.iter_mut().enumerate() {
                let probability = f64::from(predictions[[position, ticker, class]]);
                if !(0.0..=1.0).contains(&probability) {
                    continue;
                }
                let own = &mut bins[((probability * BINS as f64) as usize).min(BINS - 1)];
                own.samples += 1;
                own.probability += probability;
                own.happened += u64::from(class == truth);
            }
        }
    }
    if samples == 0 {
        return None;
    }
    let mut found = Vec::new();
    let mut distance = 0.0;
    for (class, bins) in bins.iter().enumerate() {
        for (place, bin) in bins.iter().enumerate().filter(|(_, bin)| bin.samples > 0) {
            let count = bin.samples as f64;
            let (probability, frequency) = (bin.probability / count, bin.happened as f64 / count);
            distance += count * (probability - frequency).abs();
            let from = place as f64 / BINS as f64;
            found.push(CalibrationBin { class, from, samples: bin.samples, probability, frequency });
        }
    }
    Some(Calibration { expected_error: distance / (samples as f64 * CLASSES as f64), bins: found })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::tests::sequences;
    use ndarray::{Array2, Array3, array};

    #[test]
    fn bins_hold_what_was_held_equally_probable() {
        let labels = array![[0], [1], [1], [-1]];
        let (features, returns) = (Array2::zeros((4, 1)), Array2::zeros((4, 1)));
        let set = sequences(&features, &labels, &returns, 1);
        let rows = [[0.5, 0.5, 0.0], [0.25, 0.75, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]];
        let predictions = Array3::from_shape_fn((4, 1, 3), |(row, _, class)| rows[row][class]);
        let found = calibration(predictions.view(), &set).unwrap();
        let of = |class: usize| -> Vec<(f64, u64, f64, f64)> {
            let own = found.bins.iter().filter(|bin| bin.class == class);
            own.map(|bin| (bin.from, bin.samples, bin.probability, bin.frequency)).collect()
        };
        assert_eq!(of(0), [(0.0, 1, 0.0, 0.0), (0.2, 1, 0.25, 0.0), (0.5, 1, 0.5, 1.0)]);
        assert_eq!(of(1), [(0.5, 1, 0.5, 0.0), (0.7, 1, 0.75, 1.0), (0.9, 1, 1.0, 1.0)]);
        assert_eq!(of(2), [(0.0, 3, 0.0, 0.0)]);
        assert!((found.expected_error - (0.25 + 0.5 + 0.5 + 0.25) / 9.0).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn rates_that_are_met_have_no_error() {
        let labels = Array2::from_shape_fn((40, 1), |(row, _)| if row % 4 == 0 { 1 } else { 0 });
        let (features, returns) = (Array2::zeros((40, 1)), Array2::zeros((40, 1)));
        let set = sequences(&features, &labels, &returns, 1);
        let predictions = Array3::from_shape_fn((40, 1, 3), |(_, _, class)| [0.75, 0.25, 0.0][class]);
        assert_eq!(calibration(predictions.view(), &set).unwrap().expected_error, 0.0);
    }
}
