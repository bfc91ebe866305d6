//! Class weights for the loss, from the training labels.

use crate::subset::Development;
use crate::targets::LabelMatrix;
use crate::windows::Windows;
use artifact_core::IndexSet;
use artifact_core::schema::{CLASS_NAMES, CLASSES, ClassWeights};
use ndarray::ArrayView2;
use std::fmt;

/// Added to every count before it is inverted.
pub const EPSILON: f64 = 1e-6;

/// A class without training samples: its weight is 0, so the model will not learn it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassWarning {
    /// The class code.
    pub class: usize,
    /// The number of valid training labels, of any class.
    pub samples: u64,
}

impl fmt::Display for ClassWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The preprocessing stores this text: other words would give the artifact another id.
        let (name, samples) = (CLASS_NAMES[self.class], self.samples);
        write!(
            f,
            "none of the {samples} valid training labels is {name}: the class weighs 0 and will not be learnt; use more \
             data, or another label threshold or time_window"
        )
    }
}

/// Computes class weights for the loss from the labels of the training `sequences`, over all tickers.
///
/// `alpha_c = (1 / (n_c + eps)) / sum(1 / (n_k + eps))` over the classes that occur, with `eps` = [`EPSILON`]. A
/// class that never occurs has weight 0, since its bare inverse would take nearly all the weight. Masked labels do not
/// count. Each class without a label also gives a warning.
///
/// # Panics
///
/// If a sequence's decision row lies outside `labels`, or `windows.seq_length` is 0.
pub fn class_weights(
    labels: &LabelMatrix<Development>,
    sequences: &IndexSet,
    windows: Windows,
) -> (ClassWeights, Vec<ClassWarning>) {
    weigh(labels.codes(), sequences, windows)
}

/// Computes the weights from labels `(T, K)` by decision row.
fn weigh(
    labels: ArrayView2<i8>,
    sequences: &IndexSet,
    windows: Windows,
) -> (ClassWeights, Vec<ClassWarning>) {
    let mut counts = [0_u64; CLASSES];
    for sequence in sequences.iter() {
        for &label in labels.row(windows.decision_row(sequence)) {
            // A masked label is negative, so it matches no class.
            if let Some(count) = usize::try_from(label).ok().and_then(|class| counts.get_mut(class)) {
                *count += 1;
            }
        }
    }
    let weights = ClassWeights { counts, alpha: alpha(counts) };
    let samples = counts.iter().sum();
    let warnings = (0..CLASSES)
        .filter(|&class| counts[class] == 0)
        .map(|class| ClassWarning { class, samples })
        .collect();
    (weights, warnings)
}

fn alpha(counts: [u64; CLASSES]) -> [f64; CLASSES] {
    let inverse = counts.map(|n| if n == 0 { 0.0 } else { 1.0 / (n as f64 + EPSILON) });
    let sum: f64 = inverse.iter().sum();
    inverse.map(|weight| if sum > 0.0 { weight / sum } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn windows(seq_length: usize) -> Windows {
        Windows { seq_length, time_window: 1 }
    }

    #[test]
    fn counts_and_weights_by_hand() {
        // S = 2: sequences 0 to 2 decide at rows 1 to 3; row 0 and row 4 do not count.
        let labels = array![[2, 2], [0, 1], [0, -1], [0, 2], [2, 2]];
        let (weights, warnings) = weigh(labels.view(), &IndexSet::from_range(0..3), windows(2));
        assert_eq!(weights.counts, [3, 1, 1]);
        // Inverses 1/3, 1, 1 sum to 7/3.
        for (found, expected) in weights.alpha.iter().zip([1.0 / 7.0, 3.0 / 7.0, 3.0 / 7.0]) {
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        }
        assert_eq!(warnings, []);
    }

    #[test]
    fn a_class_that_never_occurs_has_weight_zero() {
        let (weights, warnings) =
            weigh(array![[0, 0], [1, 0]].view(), &IndexSet::from_range(0..2), windows(1));
        assert_eq!(weights.alpha[2], 0.0);
        assert!((weights.alpha[0] - 0.25).abs() < 1e-6 && (weights.alpha[1] - 0.75).abs() < 1e-6);
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].to_string().starts_with("none of the 4 valid training labels is Down"));
    }

    #[test]
    fn without_valid_labels_all_weights_are_zero() {
        let (weights, warnings) = weigh(array![[-1]].view(), &IndexSet::from_range(0..1), windows(1));
        assert_eq!(weights.alpha, [0.0; 3]);
        assert_eq!(warnings.len(), 3);
    }
}
