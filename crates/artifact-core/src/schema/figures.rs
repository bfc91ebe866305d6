//! The figures that follow from a confusion matrix, recomputed to check the stored ones.

type Counts<const CLASSES: usize> = [u64; CLASSES];

/// A confusion matrix: rows are the true class, columns the predicted one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Figures<'a, const CLASSES: usize>(pub(super) &'a [Counts<CLASSES>; CLASSES]);

impl<const CLASSES: usize> Figures<'_, CLASSES> {
    /// How often each class is true.
    pub(super) fn truths(self) -> Counts<CLASSES> {
        self.0.map(|row| row.iter().sum())
    }

    /// How often each class is predicted.
    pub(super) fn predictions(self) -> Counts<CLASSES> {
        std::array::from_fn(|class| self.0.iter().map(|row| row[class]).sum())
    }

    pub(super) fn samples(self) -> u64 {
        self.truths().iter().sum()
    }

    fn right(self, class: usize) -> u64 {
        self.0[class][class]
    }

    pub(super) fn accuracy(self) -> f64 {
        share((0..CLASSES).map(|class| self.right(class)).sum(), self.samples())
    }

    pub(super) fn majority_accuracy(self) -> f64 {
        share(self.truths().into_iter().max().unwrap_or(0), self.samples())
    }

    pub(super) fn balanced_accuracy(self) -> f64 {
        let truths = self.truths();
        let recalls = (0..CLASSES).filter(|&c| truths[c] > 0).map(|c| share(self.right(c), truths[c]));
        mean(&recalls.collect::<Vec<_>>())
    }

    pub(super) fn macro_f1(self) -> f64 {
        let (truths, predictions) = (self.truths(), self.predictions());
        let occurs = (0..CLASSES).filter(|&c| truths[c] + predictions[c] > 0);
        let scores = occurs.map(|c| share(2 * self.right(c), truths[c] + predictions[c]));
        mean(&scores.collect::<Vec<_>>())
    }

    pub(super) fn mcc(self) -> f64 {
        let float = |counts: Counts<CLASSES>| counts.map(|n| n as f64);
        let (truths, predictions) = (float(self.truths()), float(self.predictions()));
        let product = |a: [f64; CLASSES], b: [f64; CLASSES]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let samples = self.samples() as f64;
        let right: u64 = (0..CLASSES).map(|class| self.right(class)).sum();
        let covariance = right as f64 * samples - product(truths, predictions);
        let spread = |counts| samples * samples - product(counts, counts);
        let scale = spread(truths).sqrt() * spread(predictions).sqrt();
        // Rounding can carry the ratio slightly beyond 1.
        if scale > 0.0 { (covariance / scale).clamp(-1.0, 1.0) } else { 0.0 }
    }
}

/// The mean; 0 if there are no values.
pub(super) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// The standard deviation with divisor `n - 1`; 0 for fewer than two values.
pub(super) fn sample_deviation(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let centre = mean(values);
    let squares: f64 = values.iter().map(|value| (value - centre).powi(2)).sum();
    (squares / (values.len() - 1) as f64).sqrt()
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
