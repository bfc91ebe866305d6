//! Scores of class probabilities: the realised ones, and the expected ones where the truth is known.

use super::panels::Truth;
use serde::Serialize;

/// One row and ticker: the truth, what came of it, and what was predicted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case<P> {
    /// The distribution of the label; `None` where it is not known.
    pub(crate) truth: Option<Truth>,
    /// The label: 0 Hold, 1 Up, 2 Down.
    pub(crate) label: usize,
    /// The prediction.
    pub(crate) predicted: P,
}

/// How good predicted class probabilities are.
///
/// The expected scores replace each label by its true distribution. They have the same mean as the scores from labels,
/// without the noise of the labels, and thus tell apart models whose scores from labels do not. They are absent unless
/// the truth of every case is known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct ClassScores {
    /// The number of cases.
    pub(crate) cases: usize,
    /// The Matthews correlation of the class decided for with the label (Gorodkin 2004).
    pub(crate) mcc: f64,
    /// The same from expected counts.
    pub(crate) expected_mcc: Option<f64>,
    /// The mean of minus the logarithm of the probability given to the label, in nats; probabilities below 1e-15 count
    /// as 1e-15.
    pub(crate) log_loss: f64,
    /// Its expectation.
    pub(crate) expected_log_loss: Option<f64>,
}

/// Counts of label (first index) and predicted class, in expectation or in fact.
type Counts = [[f64; 3]; 3];

/// Scores class probabilities, of which the largest after multiplication by the factors is decided for. All scores are 0 if
/// there are no cases.
pub(crate) fn class_scores(cases: &[Case<[f64; 3]>], factors: [f64; 3]) -> ClassScores {
    let (mut counts, mut expected) = (Counts::default(), Counts::default());
    let (mut loss, mut expected_loss) = (0.0, 0.0);
    for case in cases {
        let chosen = most_probable(&std::array::from_fn(|class| case.predicted[class] * factors[class]));
        counts[case.label][chosen] += 1.0;
        let losses = case.predicted.map(|probability| -libm::log(probability.max(1e-15)));
        loss += losses[case.label];
        let probabilities = case.truth.map_or([0.0; 3], |truth| truth.probabilities);
        for ((row, probability), own) in expected.iter_mut().zip(probabilities).zip(losses) {
            row[chosen] += probability;
            expected_loss += probability * own;
        }
    }
    let count = cases.len().max(1) as f64;
    let known = cases.iter().all(|case| case.truth.is_some());
    ClassScores {
        cases: cases.len(),
        mcc: mcc(&counts),
        expected_mcc: known.then(|| mcc(&expected)),
        log_loss: loss / count,
        expected_log_loss: known.then_some(expected_loss / count),
    }
}

/// The highest expected MCC of any classifier that treats Up and Down alike: the class with the largest true probability
/// after that of Hold is multiplied by a constant (0.5 to 1.5 in steps of 0.005), and where Up and Down are as probable as
/// each other and more probable than that, each of them half the time.
///
/// The most probable class is the choice that is most often right, not the one with the highest MCC: a weak signal
/// leaves Hold the most probable class of rows whose mean is near 0, where it says little. One that says Up wherever it
/// knows nothing would have a higher MCC still, since it varies less where it cannot be right; it would know no more.
pub(crate) fn highest_mcc(truths: &[Truth]) -> f64 {
    let of = |step: u32| {
        let mut expected = Counts::default();
        for truth in truths {
            let [hold, up, down] = truth.probabilities;
            let shares = evenly(hold * (0.5 + 0.005 * f64::from(step)), up, down);
            for (row, own) in expected.iter_mut().zip(truth.probabilities) {
                row.iter_mut().zip(shares).for_each(|(count, share)| *count += own * share);
            }
        }
        mcc(&expected)
    };
    (0..=200).map(of).fold(0.0, f64::max)
}

/// How often each class is decided for by a classifier that treats Up and Down alike.
fn evenly(hold: f64, up: f64, down: f64) -> [f64; 3] {
    // Equal probabilities differ by rounding.
    const ROUNDING: f64 = 1e-9;
    if hold >= up.max(down) - ROUNDING {
        [1.0, 0.0, 0.0]
    } else if (up - down).abs() <= ROUNDING {
        [0.0, 0.5, 0.5]
    } else if up > down {
        [0.0, 1.0, 0.0]
    } else {
        [0.0, 0.0, 1.0]
    }
}

/// The class of the largest probability, the first of equals.
fn most_probable(probabilities: &[f64; 3]) -> usize {
    let [hold, up, down] = *probabilities;
    match (up > hold, down > hold.max(up)) {
        (_, true) => 2,
        (true, false) => 1,
        (false, false) => 0,
    }
}

/// The Matthews correlation of three classes; 0 if all labels or all predictions are of one class.
fn mcc(counts: &Counts) -> f64 {
    let labels = counts.map(|row| row.iter().sum::<f64>());
    let chosen = [0, 1, 2].map(|class| counts.iter().map(|row| row[class]).sum::<f64>());
    let dot = |a: [f64; 3], b: [f64; 3]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let total: f64 = labels.iter().sum();
    let right = counts[0][0] + counts[1][1] + counts[2][2];
    let (own, other) = (total * total - dot(labels, labels), total * total - dot(chosen, chosen));
    // Rounding leaves a trace of a variance that is 0.
    let least = 1e-12 * total * total;
    if own <= least || other <= least {
        return 0.0;
    }
    (right * total - dot(labels, chosen)) / (own * other).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(label: usize, predicted: [f64; 3]) -> Case<[f64; 3]> {
        let truth = Truth { probabilities: [0.2, 0.5, 0.3], mean: 0.001, sd: 0.01 };
        Case { truth: Some(truth), label, predicted }
    }

    #[test]
    fn mcc_agrees_with_scikit_learn() {
        // matthews_corrcoef([0, 0, 1, 1, 2, 2, 1], [0, 1, 1, 1, 2, 0, 2])
        let [hold, up, down] = [[0.6, 0.2, 0.2], [0.2, 0.6, 0.2], [0.2, 0.2, 0.6]];
        let cases = [(0, hold), (0, up), (1, up), (1, up), (2, down), (2, hold), (1, down)];
        let scores = class_scores(&cases.map(|(label, predicted)| case(label, predicted)), [1.0; 3]);
        assert!((scores.mcc - 0.34375).abs() < 1e-12, "{scores:?}");
        assert!(
            scores.expected_mcc.is_some_and(|mcc| mcc.abs() < 1e-12),
            "one truth for all rows leaves nothing to find"
        );
    }

    #[test]
    fn the_truth_has_the_least_expected_log_loss() {
        let of =
            |predicted| class_scores(&[case(1, predicted)], [1.0; 3]).expected_log_loss.unwrap_or(f64::NAN);
        let least = of([0.2, 0.5, 0.3]);
        let entropy = -[0.2, 0.5, 0.3].iter().map(|p| p * libm::log(*p)).sum::<f64>();
        assert!((least - entropy).abs() < 1e-12);
        assert!(of([0.25, 0.45, 0.3]) > least && of([0.2, 0.45, 0.35]) > least);
    }

    /// A quarter of the rows each point up and down, half of them say nothing, and Hold is rare.
    #[test]
    fn nothing_is_gained_by_saying_up_where_nothing_is_known() {
        let truths = [[0.1, 0.7, 0.2], [0.1, 0.2, 0.7], [0.1, 0.45, 0.45], [0.1, 0.45 - 1e-15, 0.45 + 1e-15]]
            .map(|probabilities| Truth { probabilities, mean: 0.0, sd: 0.01 });
        // Labels 0.4, 1.8, 1.8 of 4; decisions 0, 2, 2; of which 1.4 + 0.9 are right.
        let expected = (2.3 * 4.0 - 7.2) / f64::sqrt((16.0 - 0.16 - 2.0 * 3.24) * (16.0 - 8.0));
        assert!((highest_mcc(&truths[..]) - expected).abs() < 1e-9, "{}", highest_mcc(&truths));
        assert_eq!((evenly(0.4, 0.3, 0.3), evenly(0.2, 0.3, 0.5)), ([1.0, 0.0, 0.0], [0.0, 0.0, 1.0]));
    }

    #[test]
    fn factors_move_the_decision_but_not_the_loss() {
        let cases = [case(0, [0.5, 0.3, 0.2]), case(1, [0.45, 0.35, 0.2])];
        let [plain, moved] = [[1.0; 3], [1.0, 1.5, 1.0]].map(|factors| class_scores(&cases, factors));
        assert_eq!((plain.mcc, moved.mcc), (0.0, 1.0), "0.45 < 1.5 x 0.35, and 0.5 > 1.5 x 0.3");
        assert_eq!(plain.log_loss, moved.log_loss);
    }
}
