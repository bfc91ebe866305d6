//! What is lost from a finished workspace: phases make it again, to the same ids, and nothing is made of what cannot be.

use artifact_core::ledger::Entry;
use artifact_core::schema::{FrozenPlan, FrozenPlanId};
use artifact_core::{Digest, FileStore, Object, ObjectStore, Phase, load};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tests::{Ended, QUICK, Sandbox, binary, copy, ended};

/// One object of each role: a kind, and for a blob the kind that needs it.
fn one_of_each_role(store: &FileStore) -> BTreeMap<String, Digest> {
    let mut roles = BTreeMap::new();
    let mut blobs = BTreeMap::new();
    for id in store.list().unwrap() {
        let Object::Artifact(envelope) = Object::read(id, store.get(&id).unwrap()).unwrap() else { continue };
        let kind = envelope.payload.kind();
        roles.insert(kind.to_owned(), id);
        for (place, blob) in envelope.payload.blobs().into_iter().enumerate() {
            // Weights and returns of a final model have places of their own; rows and trials' returns are all alike.
            let place = if kind == "model_bundle" { place.min(2) } else { 0 };
            blobs.insert(blob, format!("{kind} blob {place}"));
        }
    }
    roles.extend(blobs.into_iter().map(|(blob, role)| (role, blob)));
    roles
}

/// The content of every file of the run that is derived from the store and the ledger.
fn views(sandbox: &Sandbox) -> BTreeMap<PathBuf, Vec<u8>> {
    fn read(directory: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.to_string_lossy().into_owned();
            if path.is_dir() {
                read(&path, found);
            } else if [".json", ".md", ".safetensors"].iter().any(|end| name.ends_with(end))
                && !name.contains("checkpoints")
            {
                found.insert(path.clone(), fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    read(sandbox.run().directory(), &mut found);
    found
}

fn fsck(sandbox: &Sandbox, repair: &[&str]) -> Ended {
    let mut fsck = binary("artifact");
    fsck.arg("fsck").args(repair).arg("--workspace").arg(sandbox.path("workspace"));
    ended(fsck.output().unwrap())
}

#[test]
fn the_phases_make_again_whatever_object_is_lost_or_damaged() {
    let sandbox = Sandbox::new(QUICK);
    sandbox.run_phases(5);
    let (store, ledger) = (sandbox.workspace().store(), sandbox.workspace().ledger().bytes().unwrap());
    let (objects, before) = (store.list().unwrap(), views(&sandbox));
    let roles = one_of_each_role(&store);
    assert!(roles.len() >= 13, "{roles:#?}");
    for (place, (role, id)) in roles.iter().enumerate() {
        let path = store.path(id);
        let sound = fs::read(&path).unwrap();
        match place % 3 {
            0 => fs::remove_file(&path).unwrap(),
            1 => fs::write(&path, &sound[..sound.len() - 1]).unwrap(),
            _ => fs::write(&path, b"something else").unwrap(),
        }
        sandbox.run_phases(5);
        assert!(store.get(id).is_ok(), "{role}: {id}");
        assert_eq!(views(&sandbox), before, "{role}");
    }
    assert_eq!(store.list().unwrap(), objects);
    assert_eq!(sandbox.workspace().ledger().bytes().unwrap(), ledger, "the test set was opened once");
    let found = fsck(&sandbox, &[]);
    assert_eq!(found.code, 0, "{}", found.stdout);
}

#[test]
fn a_repair_leaves_nothing_for_the_next_one() {
    let sandbox = Sandbox::new(QUICK);
    sandbox.run_phases(5);
    let store = sandbox.workspace().store();
    // Everything that phases before the last made of the bars, and the views that some of it is restored from.
    for (role, id) in one_of_each_role(&store) {
        if !role.starts_with("model_bundle") {
            fs::remove_file(store.path(&id)).unwrap();
        }
    }
    fs::remove_file(sandbox.run().final_model().join("README.md")).unwrap();
    let first = fsck(&sandbox, &["--repair"]);
    let after = store.list().unwrap();
    let second = fsck(&sandbox, &["--repair"]);
    assert_eq!(store.list().unwrap(), after, "{}\n{}", first.stdout, second.stdout);
    assert!(!second.stdout.contains("  repaired"), "{}\n{}", first.stdout, second.stdout);
}

/// The plan that the run has frozen.
fn plan(sandbox: &Sandbox) -> (FrozenPlanId, FrozenPlan) {
    let id = FrozenPlanId::new(sandbox.record().output(Phase::CrossValidation, "frozen_plan").unwrap());
    (id, load(&sandbox.workspace().store(), id).unwrap())
}

#[test]
fn an_interrupted_final_phase_resumes_its_opening() {
    let sandbox = Sandbox::new(QUICK);
    sandbox.run_phases(3);
    let undisturbed = Sandbox::new(QUICK);
    copy(&sandbox.path("workspace"), &undisturbed.path("workspace"));
    undisturbed.run_phases(4);

    // Killed after the opening was recorded, before anything was scored.
    let (id, plan) = plan(&sandbox);
    let opened = sandbox.workspace().ledger().unseal("2020-01-01T00:00:00Z", sandbox.run().name(), id, &plan);
    let opened = opened.unwrap().digest();
    sandbox.run_phases(4);
    let metrics = |sandbox: &Sandbox| sandbox.view(|run| run.final_model().join("metrics.json"));
    assert_eq!(metrics(&sandbox), metrics(&undisturbed));
    assert!(metrics(&sandbox).contains("\"untouched\": true"));
    let entries: Vec<Entry> = sandbox.workspace().ledger().entries().unwrap();
    assert_eq!((entries.len(), entries[0].digest().unwrap()), (2, opened));

    // Killed after the score was recorded, before the run was.
    let mut record = sandbox.record();
    record.phases.remove(&Phase::Final);
    sandbox.run().write_record(&record).unwrap();
    sandbox.run_phases(4);
    assert_eq!(sandbox.workspace().ledger().entries().unwrap(), entries);
    assert_eq!(metrics(&sandbox), metrics(&undisturbed));
    sandbox.audited();
}

#[test]
fn a_shortened_trial_log_is_found_and_nothing_is_written_from_it() {
    let sandbox = Sandbox::new(QUICK);
    sandbox.run_phases(5);
    let ledger = sandbox.path("workspace/ledger");
    let (log, head) = (ledger.join("trials.jsonl"), ledger.join("trials.head"));
    let (text, sound_head) = (fs::read_to_string(&log).unwrap(), fs::read(&head).unwrap());
    let card = sandbox.run().final_model().join("README.md");
    let sound_card = fs::read(&card).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for (keep, with_head) in [(0, true), (5, true), (0, false), (5, false), (lines.len() - 1, false)] {
        match keep {
            0 => fs::remove_file(&log).unwrap(),
            keep => fs::write(&log, lines[..keep].concat()).unwrap(),
        }
        if !with_head {
            fs::remove_file(&head).unwrap();
        }
        fs::remove_file(&card).unwrap();
        for repair in [&[][..], &["--repair"]] {
            let found = fsck(&sandbox, repair);
            assert_eq!(found.code, 3, "{keep} {with_head}: {}", found.stdout);
            assert!(found.stdout.contains("of the trial log"), "{}", found.stdout);
        }
        assert!(!card.exists(), "a model card from a log that lacks stored trials");
        fs::write(&log, &text).unwrap();
        fs::write(&head, &sound_head).unwrap();
        let found = fsck(&sandbox, &["--repair"]);
        assert_eq!((found.code, fs::read(&card).unwrap()), (0, sound_card.clone()), "{}", found.stdout);
    }
}

#[test]
fn a_lost_trial_log_does_not_make_a_selection_look_smaller() {
    let sandbox = Sandbox::new(QUICK);
    for seed in [42, 43] {
        sandbox.write("run.toml", &format!("seed = {seed}\n{QUICK}"));
        sandbox.run_phases(2);
    }
    let report = || sandbox.succeeds("report", &[]).stdout;
    let before = report();
    assert!(before.contains("16 trials on these rows"), "{before}");
    for file in ["trials.jsonl", "trials.head"] {
        fs::remove_file(sandbox.path("workspace/ledger").join(file)).unwrap();
    }
    let after = report();
    assert!(after.contains("16 trials on these rows"), "{after}");
}

#[test]
fn half_a_line_of_a_killed_writer_blocks_nothing() {
    let sandbox = Sandbox::new(QUICK);
    sandbox.run_phases(5);
    let logs = ["trials.jsonl", "test-access.jsonl"].map(|name| sandbox.path("workspace/ledger").join(name));
    let sound = logs.each_ref().map(|log| fs::read(log).unwrap());
    let tear = || {
        for (log, sound) in logs.iter().zip(&sound) {
            fs::write(log, [sound, &b"{\"at\":\"2020-"[..]].concat()).unwrap();
        }
    };
    tear();
    for command in [&["fsck"][..], &["gc"], &["ledger"], &["audit", sandbox.run().name()]] {
        let mut process = binary("artifact");
        let found =
            ended(process.args(command).arg("--workspace").arg(sandbox.path("workspace")).output().unwrap());
        assert_eq!(found.code, 0, "{command:?}: {}{}", found.stdout, found.stderr);
    }
    let found = fsck(&sandbox, &["--repair"]);
    assert!(found.code == 0 && found.stderr.contains("was cut off, and is removed"), "{}", found.stderr);
    assert_eq!(logs.each_ref().map(|log| fs::read(log).unwrap()), sound);
    tear();
    // A phase that appends removes it too.
    sandbox.write("run.toml", &format!("seed = 43\n{QUICK}"));
    for (name, command) in &tests::PHASES[..2] {
        let ended = sandbox.phase(name, command);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
    }
    assert!(fs::read(&logs[0]).unwrap().starts_with(&sound[0]));
    assert_eq!(fsck(&sandbox, &[]).code, 0);
}
