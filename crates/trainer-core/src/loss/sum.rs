//! Sums of losses, and the labels that they run over.

use artifact_core::schema::CLASSES;

/// The class of a label; `None` for a masked label and any other code that is not a class.
pub(crate) fn class_of(label: i8) -> Option<usize> {
    usize::try_from(label).ok().filter(|&class| class < CLASSES)
}

/// The number of valid labels, those that are classes.
pub(crate) fn count_valid<'a>(labels: impl IntoIterator<Item = &'a i8>) -> usize {
    labels.into_iter().filter(|&&label| class_of(label).is_some()).count()
}

/// The loss summed over a set of samples.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LossSum {
    /// The sum over the valid samples.
    pub sum: f64,
    /// The number of valid samples.
    pub valid: usize,
}

impl LossSum {
    /// The mean over the valid samples; 0 if there are none.
    pub fn mean(self) -> f64 {
        if self.valid == 0 { 0.0 } else { self.sum / self.valid as f64 }
    }

    /// The sum over two disjoint sets of samples.
    #[must_use]
    pub fn plus(self, other: LossSum) -> Self {
        Self { sum: self.sum + other.sum, valid: self.valid + other.valid }
    }
}
