//! Classification metrics of a confusion matrix.

use artifact_core::schema::CLASSES;

/// Counts of samples: rows are the true class, columns the predicted one.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Confusion([[u64; CLASSES]; CLASSES]);

impl Confusion {
    pub(super) fn add(&mut self, truth: usize, predicted: usize) {
        self.0[truth][predicted] += 1;
    }

    pub(super) fn counts(&self) -> [[u64; CLASSES]; CLASSES] {
        self.0
    }

    pub(super) fn samples(&self) -> u64 {
        self.0.iter().flatten().sum()
    }

    /// The Matthews correlation, if more than one class is true.
    pub(super) fn mcc_if_defined(&self) -> Option<f64> {
        let true_classes = self.true_counts().into_iter().filter(|&count| count > 0).count();
        (true_classes > 1).then(|| self.mcc())
    }

    /// The samples whose class was predicted.
    fn correct(&self) -> u64 {
        (0..CLASSES).map(|class| self.0[class][class]).sum()
    }

    /// The number of samples of each true class.
    fn true_counts(&self) -> [u64; CLASSES] {
        self.0.map(|row| row.iter().sum())
    }

    /// The number of predictions of each class.
    fn predicted_counts(&self) -> [u64; CLASSES] {
        std::array::from_fn(|class| self.0.iter().map(|row| row[class]).sum())
    }

    pub(super) fn accuracy(&self) -> f64 {
        ratio(self.correct(), self.samples())
    }

    pub(super) fn majority_accuracy(&self) -> f64 {
        ratio(self.true_counts().into_iter().max().unwrap_or(0), self.samples())
    }

    /// The mean recall over the classes that occur.
    pub(super) fn balanced_accuracy(&self) -> f64 {
        let counts = self.true_counts();
        mean(
            (0..CLASSES)
                .filter(|&class| counts[class] > 0)
                .map(|class| ratio(self.0[class][class], counts[class])),
        )
    }

    /// The mean F1 over the classes that occur or are predicted; `F1 = 2 correct / (true + predicted)`.
    pub(super) fn macro_f1(&self) -> f64 {
        let (truths, predictions) = (self.true_counts(), self.predicted_counts());
        let sums: [u64; CLASSES] = std::array::from_fn(|class| truths[class] + predictions[class]);
        mean(
            (0..CLASSES)
                .filter(|&class| sums[class] > 0)
                .map(|class| ratio(2 * self.0[class][class], sums[class])),
        )
    }

    /// The multi-class Matthews correlation (Gorodkin, "Comparing two K-category assignments by a K-category
    /// correlation coefficient", 2004); 0 where only one class is true or only one is predicted.
    pub(super) fn mcc(&self) -> f64 {
        let samples = self.samples() as f64;
        let (truths, predictions) =
            (self.true_counts().map(|n| n as f64), self.predicted_counts().map(|n| n as f64));
        let product = |a: [f64; CLASSES], b: [f64; CLASSES]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let covariance = self.correct() as f64 * samples - product(truths, predictions);
        let spread = |counts| samples * samples - product(counts, counts);
        let scale = spread(truths).sqrt() * spread(predictions).sqrt();
        // Rounding may carry the quotient just past 1.
        if scale > 0.0 { (covariance / scale).clamp(-1.0, 1.0) } else { 0.0 }
    }
}

impl std::iter::Sum for Confusion {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |mut sum, own| {
            for (row, own) in sum.0.iter_mut().zip(own.0) {
                row.iter_mut().zip(own).for_each(|(count, own)| *count += own);
            }
            sum
        })
    }
}

/// `part / whole`; 0 when `whole` is 0.
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The mean; 0 without values.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0u32), |(sum, count), value| (sum + value, count + 1));
    if count == 0 { 0.0 } else { sum / f64::from(count) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "found {found}, expected {expected}");
    }

    #[test]
    fn metrics_of_a_worked_example() {
        let confusion = Confusion([[5, 2, 1], [1, 4, 2], [0, 3, 6]]);
        close(confusion.accuracy(), 15.0 / 24.0);
        close(confusion.majority_accuracy(), 9.0 / 24.0);
        close(confusion.balanced_accuracy(), (5.0 / 8.0 + 4.0 / 7.0 + 6.0 / 9.0) / 3.0);
        close(confusion.macro_f1(), (10.0 / 14.0 + 8.0 / 16.0 + 12.0 / 18.0) / 3.0);
        // covariance 15*24 - (8*6 + 7*9 + 9*9) = 168; spreads 576 - 194 = 382 and 576 - 198 = 378.
        close(confusion.mcc(), 168.0 / (382.0f64 * 378.0).sqrt());
    }

    #[test]
    fn two_classes_give_the_usual_mcc() {
        // (TP TN - FP FN) / sqrt(...), with 6, 3, 1 and 2.
        let confusion = Confusion([[3, 1, 0], [2, 6, 0], [0, 0, 0]]);
        close(confusion.mcc(), (6.0 * 3.0 - 1.0 * 2.0) / (7.0f64 * 8.0 * 4.0 * 5.0).sqrt());
        close(confusion.balanced_accuracy(), (0.75 + 0.75) / 2.0);
    }

    #[test]
    fn perfect_wrong_constant_and_empty_predictions() {
        close(Confusion([[2, 0, 0], [0, 3, 0], [0, 0, 4]]).mcc(), 1.0);
        close(Confusion([[0, 4, 0], [4, 0, 0], [0, 0, 0]]).mcc(), -1.0);
        close(Confusion([[2, 0, 0], [3, 0, 0], [4, 0, 0]]).mcc(), 0.0);
        let empty = Confusion::default();
        for figure in
            [empty.accuracy(), empty.majority_accuracy(), empty.balanced_accuracy(), empty.macro_f1()]
        {
            close(figure, 0.0);
        }
        close(empty.mcc(), 0.0);
    }
}
