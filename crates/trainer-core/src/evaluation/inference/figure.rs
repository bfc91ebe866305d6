//! Figures as functions of rows, with how much each row moves them.

use artifact_core::schema::CLASSES;

/// A figure's value on some rows, and what each of them does to it: how much the figure moves, times the number of rows, when
/// that row gets a little more weight (the influence function of Hampel 1974).
pub(super) struct Valued {
    pub(super) value: f64,
    pub(super) influence: Vec<f64>,
}

/// A figure that can be computed on any choice of rows.
pub(super) trait RowFigure: Send + Sync {
    /// The number of rows.
    fn rows(&self) -> usize;

    /// The figure on the picked rows, each as often as it is picked; `None` where it is undefined.
    fn on(&self, picks: &[usize]) -> Option<Valued>;
}

/// The figures of one contender, with their written names.
pub(super) type Named = Vec<(&'static str, Box<dyn RowFigure>)>;

/// `offset + sign * sum of a / sum of b`: shares, means, and skills against a reference.
pub(super) struct Ratio {
    pub(super) parts: Vec<f64>,
    pub(super) wholes: Vec<f64>,
    pub(super) offset: f64,
    pub(super) sign: f64,
}

impl Ratio {
    /// The mean of values that belong to so many samples.
    pub(super) fn mean(parts: Vec<f64>, wholes: Vec<f64>) -> Self {
        Self { parts, wholes, offset: 0.0, sign: 1.0 }
    }

    /// One less the share of a loss in a reference loss.
    pub(super) fn skill(losses: Vec<f64>, reference: Vec<f64>) -> Self {
        Self { parts: losses, wholes: reference, offset: 1.0, sign: -1.0 }
    }
}

impl RowFigure for Ratio {
    fn rows(&self) -> usize {
        self.parts.len()
    }

    fn on(&self, picks: &[usize]) -> Option<Valued> {
        let sum = |values: &[f64]| picks.iter().map(|&row| values[row]).sum::<f64>();
        let (part, whole) = (sum(&self.parts), sum(&self.wholes));
        if whole <= 0.0 {
            return None;
        }
        let (ratio, scale) = (part / whole, self.sign * picks.len() as f64 / whole);
        let influence = picks.iter().map(|&row| scale * (self.parts[row] - ratio * self.wholes[row]));
        Some(Valued { value: self.offset + self.sign * ratio, influence: influence.collect() })
    }
}

/// Counts of samples by true and predicted class, in floating point for gradients.
type Cells = [[f64; CLASSES]; CLASSES];

/// A figure of a confusion matrix and its derivative by each cell; `None` where it is undefined.
pub(super) type OfCells = fn(&Cells) -> Option<(f64, Cells)>;

/// The mean, over groups of samples, of a figure of the group's confusion matrix; groups in which it is undefined are left out.
pub(super) struct OfConfusion {
    /// True and predicted class by row, then group; several samples of a group may share a row.
    pub(super) samples: Vec<Vec<(usize, usize, usize)>>,
    pub(super) groups: usize,
    pub(super) figure: OfCells,
}

impl RowFigure for OfConfusion {
    fn rows(&self) -> usize {
        self.samples.len()
    }

    fn on(&self, picks: &[usize]) -> Option<Valued> {
        let mut cells = vec![Cells::default(); self.groups];
        for &(group, truth, predicted) in picks.iter().flat_map(|&row| &self.samples[row]) {
            cells[group][truth][predicted] += 1.0;
        }
        let found: Vec<Option<(f64, Cells)>> = cells.iter().map(self.figure).collect();
        let defined = found.iter().flatten().count() as f64;
        if defined == 0.0 {
            return None;
        }
        let value = found.iter().flatten().map(|(value, _)| value).sum::<f64>() / defined;
        let scale = picks.len() as f64 / defined;
        let of_row = |&row: &usize| {
            let moved = self.samples[row].iter().filter_map(|&(group, truth, predicted)| {
                found[group].as_ref().map(|(_, slopes)| slopes[truth][predicted])
            });
            scale * moved.sum::<f64>()
        };
        Some(Valued { value, influence: picks.iter().map(of_row).collect() })
    }
}

/// The sums of the rows, and of the columns.
fn margins(cells: &Cells) -> ([f64; CLASSES], [f64; CLASSES]) {
    let truths = cells.map(|row| row.iter().sum());
    (truths, std::array::from_fn(|class| cells.iter().map(|row| row[class]).sum()))
}

fn by_cell(slope: impl Fn(usize, usize) -> f64) -> Cells {
    std::array::from_fn(|truth| std::array::from_fn(|predicted| slope(truth, predicted)))
}

/// The Matthews correlation; 0 without any slope where only one class is predicted, undefined where only one is true.
pub(super) fn matthews(cells: &Cells) -> Option<(f64, Cells)> {
    let (truths, predictions) = margins(cells);
    let samples: f64 = truths.iter().sum();
    let right: f64 = (0..CLASSES).map(|class| cells[class][class]).sum();
    let product = |a: [f64; CLASSES], b: [f64; CLASSES]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let covariance = right * samples - product(truths, predictions);
    let spread = |counts| samples * samples - product(counts, counts);
    let (of_truths, of_predictions) = (spread(truths), spread(predictions));
    if of_truths <= 0.0 {
        return None;
    }
    if of_predictions <= 0.0 {
        return Some((0.0, Cells::default()));
    }
    let scale = (of_truths * of_predictions).sqrt();
    let value = covariance / scale;
    let slopes = by_cell(|truth, predicted| {
        let hit = if truth == predicted { samples } else { 0.0 };
        let covariance = hit + right - truths[predicted] - predictions[truth];
        let spreads =
            (samples - truths[truth]) / of_truths + (samples - predictions[predicted]) / of_predictions;
        covariance / scale - value * spreads
    });
    Some((value.clamp(-1.0, 1.0), slopes))
}

/// The mean recall over the classes that occur.
pub(super) fn balanced_accuracy(cells: &Cells) -> Option<(f64, Cells)> {
    let (truths, _) = margins(cells);
    let occur = truths.iter().filter(|&&count| count > 0.0).count() as f64;
    let recall = |class: usize| if truths[class] > 0.0 { cells[class][class] / truths[class] } else { 0.0 };
    let value = (0..CLASSES).map(recall).sum::<f64>() / occur;
    let slopes = by_cell(|truth, predicted| {
        let hit = if truth == predicted { 1.0 } else { 0.0 };
        if truths[truth] > 0.0 { (hit - recall(truth)) / (truths[truth] * occur) } else { 0.0 }
    });
    (occur > 0.0).then_some((value, slopes))
}

/// The mean F1 over the classes that occur or are predicted.
pub(super) fn macro_f1(cells: &Cells) -> Option<(f64, Cells)> {
    let (truths, predictions) = margins(cells);
    let sums: [f64; CLASSES] = std::array::from_fn(|class| truths[class] + predictions[class]);
    let occur = sums.iter().filter(|&&sum| sum > 0.0).count() as f64;
    let f1 = |class: usize| if sums[class] > 0.0 { 2.0 * cells[class][class] / sums[class] } else { 0.0 };
    let value = (0..CLASSES).map(f1).sum::<f64>() / occur;
    let slopes = by_cell(|truth, predicted| {
        let class = |class: usize, hits: f64| (hits - f1(class)) / sums[class];
        let slope = if truth == predicted {
            // It counts in both margins of its class.
            2.0 * class(truth, 1.0)
        } else {
            class(truth, 0.0) + class(predicted, 0.0)
        };
        slope / occur
    });
    (occur > 0.0).then_some((value, slopes))
}

/// The mean over the sample standard deviation (n - 1), times a constant: Sharpe ratios and ICIRs.
pub(super) struct MeanOverDeviation {
    pub(super) values: Vec<f64>,
    pub(super) scale: f64,
}

impl RowFigure for MeanOverDeviation {
    fn rows(&self) -> usize {
        self.values.len()
    }

    fn on(&self, picks: &[usize]) -> Option<Valued> {
        let (first, count) = (self.values[*picks.first()?], picks.len() as f64);
        // In floating point the mean of equal values may differ from them, and their deviation would be rounding noise.
        if picks.iter().all(|&row| self.values[row] == first) {
            return None;
        }
        let mean = picks.iter().map(|&row| self.values[row]).sum::<f64>() / count;
        let squares: f64 =
            picks.iter().map(|&row| (self.values[row] - mean) * (self.values[row] - mean)).sum();
        let value = self.scale * mean / (squares / (count - 1.0)).sqrt();
        // What a row moves does not depend on the divisor, which only scales the figure.
        let deviation = (squares / count).sqrt();
        let ratio = mean / deviation;
        let influence = picks.iter().map(|&row| {
            let z = (self.values[row] - mean) / deviation;
            self.scale * (z - ratio * (z * z - 1.0) / 2.0)
        });
        Some(Valued { value, influence: influence.collect() })
    }
}

/// The Pearson correlation over all pairs of the rows.
pub(super) struct Correlation {
    /// Predicted and true numbers by row.
    pub(super) pairs: Vec<Vec<(f64, f64)>>,
}

impl RowFigure for Correlation {
    fn rows(&self) -> usize {
        self.pairs.len()
    }

    fn on(&self, picks: &[usize]) -> Option<Valued> {
        let all = || picks.iter().flat_map(|&row| &self.pairs[row]);
        let count = all().count() as f64;
        let mean = |of: fn(&(f64, f64)) -> f64| all().map(of).sum::<f64>() / count;
        let (left, right) = (mean(|pair| pair.0), mean(|pair| pair.1));
        let sum =
            |of: &dyn Fn(f64, f64) -> f64| all().map(|pair| of(pair.0 - left, pair.1 - right)).sum::<f64>();
        let (product, squares, other) = (sum(&|a, b| a * b), sum(&|a, _| a * a), sum(&|_, b| b * b));
        let value = product / (squares.sqrt() * other.sqrt());
        if !value.is_finite() {
            return None;
        }
        let (left_deviation, right_deviation) = ((squares / count).sqrt(), (other / count).sqrt());
        let of_pair = |pair: &(f64, f64)| {
            let (a, b) = ((pair.0 - left) / left_deviation, (pair.1 - right) / right_deviation);
            a * b - value * (a * a + b * b) / 2.0
        };
        let scale = picks.len() as f64 / count;
        let influence = picks.iter().map(|&row| scale * self.pairs[row].iter().map(of_pair).sum::<f64>());
        Some(Valued { value: value.clamp(-1.0, 1.0), influence: influence.collect() })
    }
}
