//! Validation of split, scaler and class weights. A part that contradicts itself is set aside as a whole.

use crate::findings::{Findings, below};
use crate::v1::V1Artifacts;
use artifact_core::IndexSet;
use artifact_core::schema::written::{Json, Members, Number};
use artifact_core::schema::{CLASSES, Damage, Done, ImportedArtifacts, are_counts, values};

pub(super) fn to_v2(artifacts: V1Artifacts, params: &Members, findings: &mut Findings) -> ImportedArtifacts {
    let V1Artifacts {
        train_indices,
        test_indices,
        scaler_mean,
        scaler_std,
        alpha_weights,
        class_counts,
        split_date,
        data_period,
        tickers,
        seq_length,
        time_window,
        train_test_split_ratio,
        rest,
    } = artifacts;
    let mut aside = Aside { extra: rest, findings };
    let seq_length = aside.as_in_params("seq_length", seq_length, params);
    let time_window = aside.as_in_params("time_window", time_window, params);
    let purge = purge(&seq_length, &time_window, params);
    let (development, test) = aside.split(train_indices, test_indices, purge).unzip();
    let (scaler_mean, scaler_std) = aside.scaler(scaler_mean, scaler_std).unzip();
    ImportedArtifacts {
        development,
        test,
        scaler_mean,
        scaler_std,
        alpha_weights: alpha_weights.and_then(|weights| aside.weights(weights)),
        class_counts: class_counts.and_then(|counts| aside.counts(counts)),
        split_date,
        data_period,
        tickers,
        seq_length,
        time_window,
        train_test_split_ratio,
        extra: aside.extra,
    }
}

/// The largest plausible gap between the two sets: the sequences whose rows both sides would read.
fn purge(seq_length: &Option<Number>, time_window: &Option<Number>, params: &Members) -> u64 {
    let rows = |own: &Option<Number>, key| {
        let number = own.as_ref().or_else(|| params.get(key).and_then(Json::as_number));
        // An unknown length counts as 0, so that it excuses no gap.
        number.and_then(Number::as_u64).unwrap_or(0)
    };
    rows(seq_length, "seq_length") + rows(time_window, "time_window")
}

/// Collects values that must not be used but must not be lost either.
struct Aside<'f> {
    extra: Members,
    findings: &'f mut Findings,
}

impl Aside<'_> {
    fn set(&mut self, key: &str, value: Json, damage: Damage, found: String) {
        self.findings.add(&below("artifacts", key), damage, found, Done::SetAside);
        self.extra.insert(key.to_owned(), value);
    }

    /// A number that the parameters may state as well; set aside if the two disagree.
    fn as_in_params(&mut self, key: &str, own: Option<Number>, params: &Members) -> Option<Number> {
        let own = own?;
        // Compared as f64: `60` and `60.0` state the same length.
        let stated = params.get(key).and_then(Json::as_number).and_then(Number::as_f64);
        if stated.is_none() || stated == own.as_f64() {
            return Some(own);
        }
        // The parameters win: shapes are matched by them, and a trial is cross-validated with them.
        let found = format!("{}, in params {}", own.text(), params[key].excerpt());
        self.set(key, own.into(), Damage::Contradiction, found);
        None
    }

    /// The two sets, if both are sound.
    fn split(
        &mut self,
        train: Option<Vec<u64>>,
        test: Option<Vec<u64>>,
        purge: u64,
    ) -> Option<(IndexSet, IndexSet)> {
        let (train, test) = match (train, test) {
            (None, None) => return None,
            (Some(train), Some(test)) => (train, test),
            (train, test) => {
                let halves = [("train_indices", train), ("test_indices", test)];
                for (key, half) in halves {
                    if let Some(half) = half {
                        let found = format!("{} indices, the other list is missing", half.len());
                        self.set(key, half.into(), Damage::MissingIndices, found);
                    }
                }
                return None;
            }
        };
        // Judged as sets, before repeated or unordered indices are reported: in lists that are set aside, nothing is
        // repaired.
        let sets = (index_set(&train), index_set(&test));
        if let Some((key, damage, found)) = split_fault(&sets.0, &sets.1, purge) {
            self.findings.add(&below("artifacts", key), damage, found, Done::SetAside);
            self.extra.insert("train_indices".to_owned(), train.into());
            self.extra.insert("test_indices".to_owned(), test.into());
            return None;
        }
        for (key, list, set) in [("train_indices", &train, &sets.0), ("test_indices", &test, &sets.1)] {
            let place = below("artifacts", key);
            if set.len() < list.len() {
                let found = format!("{} indices, {} of them different", list.len(), set.len());
                self.findings.add(&place, Damage::RepeatedIndices, found, Done::Repaired);
            }
            if let Some(pair) = list.windows(2).find(|pair| pair[0] > pair[1]) {
                let found = format!("{} before {}", pair[0], pair[1]);
                self.findings.add(&place, Damage::UnorderedIndices, found, Done::Repaired);
            }
        }
        Some(sets)
    }

    fn scaler(&mut self, mean: Option<Json>, std: Option<Json>) -> Option<(Json, Json)> {
        let (mean, std) = match (mean, std) {
            (None, None) => return None,
            (Some(mean), Some(std)) => (mean, std),
            (mean, std) => {
                for (key, half) in [("scaler_mean", mean), ("scaler_std", std)] {
                    if let Some(half) = half {
                        self.set(key, half, Damage::UnpairedScaler, "no other half".to_owned());
                    }
                }
                return None;
            }
        };
        let sizes = values(&mean).zip(values(&std));
        let paired = sizes.as_ref().is_some_and(|(mean, std)| mean.len() == std.len());
        let positive = sizes.is_some_and(|(_, std)| std.iter().all(|&value| value > 0.0));
        if paired && positive {
            return Some((mean, std));
        }
        let (damage, found) = match paired {
            true => (Damage::UnusableScale, std.excerpt()),
            false => (Damage::UnpairedScaler, format!("{} and {}", mean.excerpt(), std.excerpt())),
        };
        self.set("scaler_std", std, damage, found);
        self.extra.insert("scaler_mean".to_owned(), mean);
        None
    }

    fn weights(&mut self, weights: Vec<Number>) -> Option<Vec<Number>> {
        let negative = weights.iter().find(|weight| weight.as_f64().is_none_or(|value| value < 0.0));
        let (damage, found) = match negative {
            _ if weights.len() != CLASSES => {
                (Damage::WrongNumberOfWeights, format!("{} weights, expected {CLASSES}", weights.len()))
            }
            Some(negative) => (Damage::NegativeWeight, negative.text().to_owned()),
            None => return Some(weights),
        };
        self.set("alpha_weights", weights.into(), damage, found);
        None
    }

    fn counts(&mut self, counts: Json) -> Option<Json> {
        if are_counts(&counts) {
            return Some(counts);
        }
        let found = counts.excerpt();
        self.set("class_counts", counts, Damage::WrongClassCounts, found);
        None
    }
}

fn index_set(list: &[u64]) -> IndexSet {
    list.iter().filter_map(|&index| usize::try_from(index).ok()).collect()
}

/// Why two sets are not a split, if they are not.
///
/// Version 1 cuts the list of sequences in two. The sets together therefore hold every index from 0 on without gaps,
/// except for one between the two sets of at most `purge` sequences.
fn split_fault(train: &IndexSet, test: &IndexSet, purge: u64) -> Option<(&'static str, Damage, String)> {
    for (key, set) in [("train_indices", train), ("test_indices", test)] {
        if set.is_empty() {
            return Some((key, Damage::MissingIndices, "no index".to_owned()));
        }
    }
    if !train.is_disjoint(test) {
        let shared = train.iter().filter(|&index| test.contains(index));
        let first = train.iter().find(|&index| test.contains(index)).unwrap_or(0);
        return Some((
            "train_indices",
            Damage::OverlappingIndices,
            format!("{} of them, the first one {first}", shared.count()),
        ));
    }
    let all: IndexSet = train.iter().chain(test.iter()).collect();
    let ranges: Vec<_> = all.ranges().collect();
    let purged = |gap: &std::ops::Range<usize>| {
        let between = train.last() == gap.start.checked_sub(1) && test.first() == Some(gap.end);
        between && (gap.end - gap.start) as u64 <= purge
    };
    let starts = std::iter::once(0).chain(ranges.iter().map(|range| range.end));
    let mut gaps = starts.zip(ranges.iter().map(|range| range.start)).filter(|(end, start)| end < start);
    let wrong = gaps.find(|&(end, start)| !purged(&(end..start)))?;
    let key = if train.contains(wrong.1) { "train_indices" } else { "test_indices" };
    Some((
        key,
        Damage::IndexOutOfRange,
        format!("index {} after {}, with {} indices in all", wrong.1, wrong.0, all.len()),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_list_cut_in_two_is_a_split() {
        let check = |train: std::ops::Range<usize>, test: &[usize], damage: Option<Damage>| {
            let fault = split_fault(&train.clone().collect(), &test.iter().copied().collect(), 3);
            assert_eq!(fault.map(|fault| fault.1), damage, "{train:?} {test:?}");
        };
        check(0..8, &[8, 9], None);
        // A gap of 3 sequences, the purge.
        check(0..8, &[11, 12], None);
        check(0..8, &[12, 13], Some(Damage::IndexOutOfRange));
        check(0..8, &[8, 10], Some(Damage::IndexOutOfRange));
        check(0..8, &[8, 1 << 53], Some(Damage::IndexOutOfRange));
        check(1..8, &[8, 9], Some(Damage::IndexOutOfRange));
        check(0..8, &[7, 8], Some(Damage::OverlappingIndices));
        check(0..0, &[7, 8], Some(Damage::MissingIndices));
        check(0..8, &[], Some(Damage::MissingIndices));
    }
}
