//! Plans for made-up surveys.

use crate::gc::{Action, Plan, Policy, RunFacts, Survey, plan};
use artifact_core::{Digest, MemoryStore, ObjectStore};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn day(number: u32) -> SystemTime {
    UNIX_EPOCH + 1000 * DAY + number * DAY
}

/// A run per entry, `(name, day, best value)`, each with its own object of 1000 bytes.
fn survey_of(store: &MemoryStore, runs: &[(&str, u32, Option<f64>)]) -> Survey {
    let mut survey = Survey::default();
    for (name, written, value) in runs {
        let mut bytes = vec![b' '; 1000];
        bytes[..name.len()].copy_from_slice(name.as_bytes());
        let id = store.put(&bytes).unwrap();
        survey.runs.push(RunFacts {
            name: (*name).to_owned(),
            recorded: true,
            bytes: 10,
            modified: day(*written),
            in_use_since: None,
            tags: Vec::new(),
            outputs: BTreeMap::from([(id, format!("run {name}"))]),
            names: BTreeSet::from([id]),
            result: value.map(|value| ("mcc".to_owned(), value)),
            leftovers: Vec::new(),
        });
    }
    survey.inventory = crate::gc::Inventory::read(store).unwrap();
    survey
}

fn removed(plan: &Plan) -> Vec<&str> {
    let mut names = Vec::new();
    for step in &plan.steps {
        if let Action::RemoveRun { name, .. } = &step.action {
            names.push(name.as_str());
        }
    }
    names
}

fn four() -> (MemoryStore, Survey) {
    let store = MemoryStore::default();
    let runs = [("a", 1, Some(0.9)), ("b", 2, Some(0.1)), ("c", 3, None), ("d", 4, Some(0.5))];
    let survey = survey_of(&store, &runs);
    (store, survey)
}

#[test]
fn runs_are_removed_by_age_result_and_size() {
    let (_store, survey) = four();
    let check = |policy: Policy, expected: &[&str]| {
        let plan = plan(&survey, &policy, day(50));
        assert_eq!(removed(&plan), expected, "{policy:?}");
        assert_eq!(plan.troubles, Vec::<String>::new());
    };
    let all = Policy::default();
    check(all, &[]);
    check(Policy { keep_last: Some(2), ..all }, &["a", "b"]);
    check(Policy { keep_last: Some(0), ..all }, &["a", "b", "c", "d"]);
    check(Policy { keep_best: Some(1), ..all }, &["b", "d"]);
    check(Policy { keep_last: Some(1), keep_best: Some(1), ..all }, &["b"]);
    check(Policy { keep_last: Some(0), older_than: 47 * DAY, ..all }, &["a", "b", "c"]);
    check(Policy { max_bytes: Some(4000), ..all }, &[]);
    check(Policy { max_bytes: Some(2500), ..all }, &["a", "b"]);
    check(Policy { max_bytes: Some(0), keep_last: Some(3), ..all }, &["a"]);
}

#[test]
fn tagged_and_running_runs_are_kept_with_a_note() {
    let (_store, mut survey) = four();
    survey.runs[0].tags.push("paper".to_owned());
    survey.runs[1].in_use_since = Some(day(49));
    let plan = plan(&survey, &Policy { keep_last: Some(1), ..Policy::default() }, day(50));
    assert_eq!(removed(&plan), ["c"]);
    let notes = plan.notes.join("\n");
    assert!(notes.contains("a is kept: tagged paper"), "{notes}");
    assert!(notes.contains("b is kept: a phase is working on it"), "{notes}");
}

#[test]
fn steps_are_ordered_and_state_their_reasons() {
    let (store, survey) = four();
    let policy = Policy { keep_last: Some(3), ..Policy::default() };
    let plan = plan(&survey, &policy, day(50));
    let lines: Vec<&str> = plan.steps.iter().map(|step| step.why.as_str()).collect();
    assert_eq!(lines, ["not among the last 3 runs", "only removed runs need it"]);
    assert_eq!((plan.kept, plan.waiting, plan.freed()), ((3, 3000), (1, 1000), 0));
    drop(store);
}

#[test]
fn objects_of_a_running_phase_are_kept_whatever_the_grace_period() {
    let store = MemoryStore::with_clock(|| day(10));
    let id = store.put(b"just written").unwrap();
    let goes = |started: Option<u32>| {
        let mut survey = survey_of(&MemoryStore::default(), &[("r", 1, None)]);
        survey.runs[0].in_use_since = started.map(day);
        survey.runs[0].outputs.clear();
        survey.inventory = crate::gc::Inventory::read(&store).unwrap();
        !plan(&survey, &Policy::default(), day(50)).steps.is_empty()
    };
    assert!(goes(None));
    assert!(goes(Some(11)));
    assert!(!goes(Some(10)));
    assert!(!goes(Some(9)));
    assert!(store.contains(&id).unwrap());
}

#[test]
fn nothing_is_deleted_while_a_needed_object_is_missing() {
    let (store, mut survey) = four();
    let missing = Digest::of(b"missing");
    survey.runs[0].outputs.insert(missing, "run a (tuning, study)".to_owned());
    let all = plan(&survey, &Policy::default(), day(50));
    assert!(all.troubles[0].contains(&missing.to_string()), "{:?}", all.troubles);
    let error = crate::gc::execute_on(&store, &all).unwrap_err();
    assert!(error.is_validation() && error.to_string().contains("run a (tuning, study)"), "{error}");
    let without = plan(&survey, &Policy { keep_last: Some(3), ..Policy::default() }, day(50));
    assert_eq!(without.troubles, Vec::<String>::new(), "a removed run needs nothing");
}
