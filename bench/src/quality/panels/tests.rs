//! What every panel promises.

use super::truth::SD;
use super::{Kind, Truth};
use crate::quality::scores::{Case, class_scores, highest_mcc};
use proptest::prelude::*;
use std::sync::LazyLock;

type Cases = Vec<Case<[f64; 3]>>;

/// A kind of panel, its cases, and the return that came of each.
type Large = (Kind, Cases, Vec<f64>);

/// The cases of a large panel of every kind, one per row, the tickers in turn: tickers of one row may share what moves
/// them.
static LARGE: LazyLock<Vec<Large>> = LazyLock::new(|| {
    let cases = |kind: Kind| {
        let panel = kind.generate((kind.size().0, 60_000), 11);
        let case = |row: usize| {
            let ticker = &panel.tickers[row % panel.tickers.len()];
            let (truth, outcome, label) = (ticker.truth[row], ticker.outcome(row)?, ticker.label(row)?);
            Some((Case { truth: Some(truth), label, predicted: truth.probabilities }, outcome))
        };
        let (cases, outcomes) = (0..panel.dates.len()).filter_map(case).unzip();
        (kind, cases, outcomes)
    };
    Kind::all().into_iter().map(cases).collect()
});

fn kinds() -> impl Strategy<Value = Kind> {
    prop::sample::select(Kind::all())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn more_rows_leave_the_first_ones_as_they_are(kind in kinds(), seed: u64, rows in 1usize..120) {
        let (tickers, _) = kind.size();
        let (long, short) = (kind.generate((tickers, 150), seed), kind.generate((tickers, rows), seed));
        prop_assert_eq!(&short, &kind.generate((tickers, rows), seed));
        prop_assert_ne!(&short, &kind.generate((tickers, rows), seed ^ 1));
        prop_assert_eq!(&long.dates[..rows], &short.dates[..]);
        for (long, short) in long.tickers.iter().zip(&short.tickers) {
            prop_assert_eq!(&long.name, &short.name);
            prop_assert_eq!(&long.truth[..rows], &short.truth[..]);
            for (long, short) in long.bars.columns().into_iter().zip(short.bars.columns()) {
                prop_assert_eq!(&long[..rows], short);
            }
        }
    }

    #[test]
    fn bars_are_consistent_and_probabilities_sum_to_one(kind in kinds(), seed: u64) {
        let panel = kind.generate((kind.size().0, 200), seed);
        for ticker in &panel.tickers {
            prop_assert_eq!(ticker.label(199), None);
            for row in 0..200 {
                let [open, high, low, close, volume] = ticker.bars.columns().map(|column| column[row]);
                prop_assert!(0.0 < low && low <= open.min(close) && open.max(close) <= high && high.is_finite());
                prop_assert!(volume >= 1.0 && volume == volume.round());
                let Truth { probabilities, mean, sd } = ticker.truth[row];
                prop_assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{:?}", probabilities);
                prop_assert!(probabilities.iter().all(|p| (0.0..=1.0).contains(p)), "{:?}", probabilities);
                prop_assert!(mean.is_finite() && sd > 0.0);
            }
        }
    }
}

/// Compares predicted and observed frequencies of every class within ten equally large groups of rows by probability.
///
/// Given the truth, the squared deviation in each group over its variance has a mean of 1. The sum over ten groups stays
/// below 37.7 with a probability of 0.99996 (the chi-square distribution with ten degrees of freedom).
#[test]
fn probabilities_are_calibrated() {
    for (kind, cases, _) in LARGE.iter() {
        for class in 0..3 {
            let mut ordered: Vec<_> = cases
                .iter()
                .map(|case| (case.predicted[class], f64::from(u8::from(case.label == class))))
                .collect();
            ordered.sort_by(|a, b| a.0.total_cmp(&b.0));
            let squares = ordered.chunks(ordered.len().div_ceil(10)).map(|group| {
                let deviation: f64 = group.iter().map(|(probability, happened)| happened - probability).sum();
                let variance: f64 =
                    group.iter().map(|(probability, _)| probability * (1.0 - probability)).sum();
                deviation * deviation / variance
            });
            let sum: f64 = squares.sum();
            assert!(sum < 37.7, "{} class {class}: {sum:.1}", kind.name());
        }
    }
}

#[test]
fn means_and_standard_deviations_are_those_of_the_outcomes() {
    for (kind, cases, outcomes) in LARGE.iter() {
        let scaled =
            |(case, outcome): (&Case<_>, &f64)| case.truth.map(|truth| (outcome - truth.mean) / truth.sd);
        let scaled: Vec<f64> = cases.iter().zip(outcomes).filter_map(scaled).collect();
        let count = scaled.len() as f64;
        let mean = scaled.iter().sum::<f64>() / count;
        let square = scaled.iter().map(|z| z * z).sum::<f64>() / count;
        // The mean of scaled outcomes has a standard deviation of 0.004, that of their squares about 0.006.
        assert!(mean.abs() < 0.016 && (square - 1.0).abs() < 0.03, "{}: {mean} {square}", kind.name());
    }
}

#[test]
fn returns_have_the_same_spread_and_classes_are_equally_frequent() {
    for (kind, cases, outcomes) in LARGE.iter() {
        let count = cases.len() as f64;
        let variance = outcomes.iter().map(|outcome| outcome * outcome).sum::<f64>() / count;
        assert!((variance.sqrt() / SD - 1.0).abs() < 0.05, "{}: {}", kind.name(), variance.sqrt() / SD);
        for class in 0..3 {
            let share = cases.iter().filter(|case| case.label == class).count() as f64 / count;
            assert!((0.27..0.37).contains(&share), "{} class {class}: {share}", kind.name());
        }
    }
}

/// The scores that the documentation states, by Monte Carlo over 60,000 rows.
#[test]
fn bayes_scores_are_as_stated() {
    for (kind, cases, _) in LARGE.iter() {
        let truths: Vec<_> = cases.iter().filter_map(|case| case.truth).collect();
        let (scores, highest) = (class_scores(cases, [1.0; 3]), highest_mcc(&truths));
        let (mcc, log_loss) = (scores.expected_mcc.unwrap(), scores.expected_log_loss.unwrap());
        let stated = kind.bayes_mcc();
        assert!((highest - stated).abs() < 0.01, "{}: {highest}", kind.name());
        assert!(highest >= mcc, "{}: {highest} {mcc}", kind.name());
        // Given the truth, the MCC from 60,000 labels has a standard deviation of about 0.003.
        assert!((scores.mcc - mcc).abs() < 0.012, "{}: {scores:?}", kind.name());
        assert!((scores.log_loss - log_loss).abs() < 0.01, "{}: {scores:?}", kind.name());
    }
}
