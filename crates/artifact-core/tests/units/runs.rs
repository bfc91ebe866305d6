//! Runs, and which process holds them.

use artifact_core::{Digest, Error, Phase, PhaseRecord, Workspace};
use serde_json::json;

#[test]
fn a_run_is_held_by_one_owner_at_a_time() {
    let directory = tempfile::tempdir().unwrap();
    let run = Workspace::new(directory.path()).run("r");
    let lock = run.lock().unwrap();
    assert!(matches!(run.lock(), Err(Error::RunInUse { .. })));
    assert!(run.in_use_since().unwrap().is_some());
    drop(lock);
    run.lock().unwrap();
    assert_eq!(run.in_use_since().unwrap(), None);
}

#[test]
fn processes_that_join_a_run_hold_it_together() {
    let directory = tempfile::tempdir().unwrap();
    let run = Workspace::new(directory.path()).run("r");
    let mut first = run.join().unwrap();
    assert!(first.is_alone());
    assert!(matches!(run.join(), Err(Error::RunInUse { .. })), "the first one has not let others in");
    first.let_others_in().unwrap();
    let second = run.join().unwrap();
    assert!(!first.is_alone() && !second.is_alone());
    drop(first);
    assert!(matches!(run.lock(), Err(Error::RunInUse { .. })), "the second one is still there");
    assert!(run.in_use_since().unwrap().is_some());
    drop(second);
    assert!(run.join().unwrap().is_alone());
}

#[test]
fn finished_phases_are_remembered_by_key() {
    let directory = tempfile::tempdir().unwrap();
    let workspace = Workspace::new(directory.path());
    assert_eq!(workspace.runs().unwrap(), Vec::<String>::new());
    let run = workspace.run("r");
    assert_eq!(run.record().unwrap(), None);
    let (key, seal) = (Digest::of(b"key"), Digest::of(b"seal"));
    run.finish(&json!({}), Phase::Data, PhaseRecord::new(key, [("seal", seal)])).unwrap();
    let record = run.record().unwrap().unwrap();
    assert!(record.done(Phase::Data, key).is_some());
    assert!(record.done(Phase::Data, seal).is_none());
    assert!(record.done(Phase::Tuning, key).is_none());
    assert_eq!(record.output(Phase::Data, "seal"), Some(seal));
    assert_eq!(workspace.runs().unwrap(), ["r"]);
}
