//! A golden workspace: object files, record, tag and ledger as schema version 2 really wrote them.
//!
//! Like the other golden files it is never changed. What is inside envelopes is pinned by those; this is about the files.

use crate::golden::directory;
use artifact_core::ledger::Event;
use artifact_core::schema::{FrozenPlan, FrozenPlanId};
use artifact_core::{Digest, Id, ObjectStore, Phase, PhaseRecord, RunRecord, Tag, Workspace};
use fixtures::Chain;

const RUN: &str = "golden";
const AT: &str = "2024-05-01T10:00:00Z";

fn workspace() -> Workspace {
    Workspace::new(directory().join("workspace"))
}

/// What zstd stores as it is, what it compresses, and nothing.
fn objects() -> [Vec<u8>; 3] {
    [b"a short blob".to_vec(), b"a longer one, ".repeat(99), Vec::new()]
}

fn record() -> RunRecord {
    let mut record = RunRecord::new(RUN, &serde_json::json!({ "name": "full" })).unwrap();
    let outputs = [("seal", Digest::of(&objects()[0]))];
    record.phases.insert(Phase::Data, PhaseRecord::new(Digest::of(b"key"), outputs));
    record
}

/// A plan that names objects of this workspace.
fn plan() -> FrozenPlan {
    let [seal, snapshot, best] = objects().map(|bytes| Digest::of(&bytes));
    FrozenPlan {
        seal: Id::new(seal),
        snapshot: Id::new(snapshot),
        split_row: 30,
        best_configuration: Id::new(best),
        ..Chain::golden().make().plan
    }
}

fn plan_id() -> FrozenPlanId {
    Id::new(Digest::of(b"plan"))
}

#[test]
fn todays_code_reads_a_whole_workspace() {
    let workspace = workspace();
    let store = workspace.store();
    assert_eq!(store.list().unwrap().len(), objects().len());
    for bytes in objects() {
        assert_eq!(store.get(&Digest::of(&bytes)).unwrap(), bytes);
    }
    assert_eq!(workspace.runs().unwrap(), [RUN]);
    let read = workspace.run(RUN).record().unwrap().unwrap();
    assert_eq!((&read.run, &read.phases), (&record().run, &record().phases));
    assert_eq!(workspace.tags().list().unwrap()["kept"], Tag::new(&record()));
    let entries = workspace.ledger().entries().unwrap();
    let Event::Unsealed { seal, plan: id, .. } = &entries[0].event else { panic!("{entries:?}") };
    assert_eq!((*seal, *id, entries[0].at.as_str()), (plan().seal, plan_id(), AT));
    for entry in &entries {
        assert_eq!((entry.configuration, entry.snapshot), (plan().configuration, plan().snapshot));
        assert_eq!((entry.split, entry.split_row), (plan().split, 30));
    }
    let scored = Event::Scored { unsealed: entries[0].digest().unwrap(), metrics: Digest::of(b"figures") };
    assert_eq!((entries.len(), &entries[1].event), (2, &scored));
}

/// Writes the workspace for a new schema version: see `golden::write_golden_files_that_are_missing`.
#[test]
#[ignore = "writes golden files: run it by name for a new schema version"]
fn write_golden_workspace_if_it_is_missing() {
    let workspace = workspace();
    assert!(!workspace.root().exists(), "golden files are never changed");
    for bytes in objects() {
        workspace.store().put(&bytes).unwrap();
    }
    workspace.run(RUN).write_record(&record()).unwrap();
    assert!(workspace.tags().create("kept", &Tag::new(&record())).unwrap());
    let unsealing = workspace.ledger().unseal(AT, RUN, plan_id(), &plan()).unwrap();
    workspace.ledger().score(AT, unsealing, Digest::of(b"figures")).unwrap();
}
