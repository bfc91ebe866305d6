//! Checks across trials: numbers and shapes that several of them share.

use crate::findings::Findings;
use crate::shape::{TrialShape, same_artifacts};
use artifact_core::schema::{Damage, Done, Finding, ImportedTrial};
use std::collections::BTreeMap;

/// Marks trials that share a number, and records which trials share a shape but have different artifacts.
pub(super) fn compare(trials: &mut [ImportedTrial], findings: &mut Findings) {
    let mut by_number: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    let mut by_shape: BTreeMap<TrialShape, Vec<usize>> = BTreeMap::new();
    for (place, trial) in trials.iter().enumerate() {
        by_number.entry(trial.number).or_default().push(place);
        let complete = trial.artifacts.as_ref().is_some_and(|artifacts| artifacts.is_complete());
        if let Some(shape) = TrialShape::of(trial).filter(|_| complete) {
            by_shape.entry(shape).or_default().push(place);
        }
    }
    for (number, places) in by_number.into_iter().filter(|(_, places)| places.len() > 1) {
        for &place in &places {
            let found = format!("{} trials numbered {number}", places.len());
            // Which of them is the real one is unknown, so each is marked and none is dropped.
            trials[place].findings.push(Finding {
                place: "trial_number".to_owned(),
                damage: Damage::DuplicateNumber,
                found,
                done: Done::Kept,
            });
            trials[place].findings.sort();
        }
    }
    for (shape, places) in by_shape {
        let artifacts: Vec<_> = places.iter().filter_map(|&place| trials[place].artifacts.as_ref()).collect();
        if artifacts.iter().any(|other| !same_artifacts(other, artifacts[0])) {
            let numbers: Vec<_> = places.iter().map(|&place| trials[place].number.to_string()).collect();
            let place = format!("each of trials {}", numbers.join(", "));
            findings.add(&place, Damage::AmbiguousShape, shape.to_string(), Done::Kept);
        }
    }
}
