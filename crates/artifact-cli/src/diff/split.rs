//! Which sequences changed set.

use super::change::{Change, Topic, range};
use super::document::{self, without};
use artifact_core::IndexSet;
use artifact_core::schema::SplitPlan;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The fields that place the boundaries between sets.
const BOUNDARIES: [&str; 5] = ["rows", "split_row", "split_date", "validation_row", "validation_date"];

pub(super) fn changes(left: &SplitPlan, right: &SplitPlan) -> Vec<Change> {
    let settings = |plan: &SplitPlan| {
        without(json!(plan), &["train", "validation", "development", "final_train", "test"])
    };
    let mut changes = document::changes("", &settings(left), &settings(right));
    for change in &mut changes {
        if BOUNDARIES.contains(&change.what.as_str()) {
            change.topic = Topic::Boundary;
        }
    }
    changes.extend(moves("", left, right, &tuning_sets));
    changes.extend(moves(" in the final fit", left, right, &|plan| {
        vec![("trained on", &plan.final_train), ("tested", &plan.test)]
    }));
    changes
}

/// The sets of tuning and cross-validation. A development sequence in neither training nor validation was purged to
/// keep the two apart.
fn tuning_sets(plan: &SplitPlan) -> Vec<(&'static str, &IndexSet)> {
    vec![
        ("train", &plan.train),
        ("validation", &plan.validation),
        ("development only", &plan.development),
        ("test", &plan.test),
    ]
}

type Sets = dyn Fn(&SplitPlan) -> Vec<(&'static str, &IndexSet)>;

/// The sequences that are in another set, as ranges; a sequence counts as in the first set that contains it.
fn moves(suffix: &str, left: &SplitPlan, right: &SplitPlan, sets: &Sets) -> Vec<Change> {
    let (left, right) = (sets(left), sets(right));
    // Membership can change only at the end of some range, so one sequence per interval between ends is enough.
    let ends: BTreeSet<usize> = left
        .iter()
        .chain(&right)
        .flat_map(|(_, set)| set.ranges())
        .flat_map(|range| [range.start, range.end])
        .collect();
    let ends: Vec<usize> = ends.into_iter().collect();
    let set_of = |sets: &[(&'static str, &IndexSet)], sequence: usize| {
        sets.iter().find(|(_, set)| set.contains(sequence)).map(|(name, _)| *name)
    };
    let mut moved: Vec<(usize, usize, Option<&str>, Option<&str>)> = Vec::new();
    for pair in ends.windows(2) {
        let (start, end) = (pair[0], pair[1]);
        let (from, to) = (set_of(&left, start), set_of(&right, start));
        if from == to {
            continue;
        }
        match moved.last_mut() {
            Some(last) if (last.1, last.2, last.3) == (start, from, to) => last.1 = end,
            _ => moved.push((start, end, from, to)),
        }
    }
    let value = |set: Option<&str>| set.map_or(Value::Null, Value::from);
    moved
        .into_iter()
        .map(|(start, end, from, to)| {
            Change::new(Topic::Sequences, range(start, end) + suffix, value(from), value(to))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::schema::{Purge, SplitRule};
    use artifact_core::{Digest, Id};

    fn plan(validation_from: usize) -> SplitPlan {
        let date = |day: u32| format!("2020-01-{day:02}").parse().unwrap();
        SplitPlan {
            development_snapshot: Id::new(Digest::of(b"")),
            rule: SplitRule::Calendar,
            rows: 100,
            seq_length: 10,
            time_window: 5,
            train_test_split_ratio: 0.8,
            validation_ratio: 0.25,
            split_row: 80,
            split_date: date(3),
            validation_row: validation_from + 9,
            validation_date: date(2),
            purge: Purge::Label,
            embargo: 0,
            train: IndexSet::from_range(0..validation_from - 5),
            validation: IndexSet::from_range(validation_from..66),
            development: IndexSet::from_range(0..66),
            final_train: IndexSet::from_range(0..66),
            test: IndexSet::from_range(71..86),
        }
    }

    #[test]
    fn moved_sequences_are_shown_as_ranges() {
        let changes = changes(&plan(51), &plan(53));
        let lines: Vec<String> = changes.iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                "boundary validation_row: 60 -> 62 (+2)",
                "sequences 46 to 47: development only -> train",
                "sequences 51 to 52: validation -> development only",
            ]
        );
        assert_eq!(super::changes(&plan(51), &plan(51)), []);
        let mut shorter = plan(51);
        shorter.final_train = IndexSet::from_range(0..65);
        let lines: Vec<String> =
            super::changes(&plan(51), &shorter).iter().map(ToString::to_string).collect();
        assert_eq!(lines, ["sequences 65 in the final fit: trained on -> none"]);
    }
}
