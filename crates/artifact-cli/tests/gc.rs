//! `artifact gc` and `artifact tag`: the real binary on made-up runs.

use artifact_cli::gc::named_ids;
use artifact_core::schema::Trial;
use artifact_core::store::Quarantine;
use artifact_core::{Digest, Id, Object, ObjectStore, load, producer, save};
use fixtures::{Chain, Fixture, Shape, build};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn command(fixture: &Fixture, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_artifact"));
    command.args(arguments).arg("--workspace").arg(fixture.directory.path()).env_remove("HOLDFAST_LOG");
    command
}

fn artifact(fixture: &Fixture, arguments: &[&str]) -> (i32, String, String) {
    let output: Output = command(fixture, arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn json(fixture: &Fixture, arguments: &[&str]) -> Value {
    let (code, out, error) = artifact(fixture, &[arguments, &["--json"]].concat());
    assert_eq!(code, 0, "{out}{error}");
    serde_json::from_str(&out).unwrap_or_else(|_| panic!("not JSON: {out}{error}"))
}

/// The actions of a plan or a clean-up, each with its target.
fn actions(document: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let what = |step: &Value| text(step.get("run").or(step.get("kind")).unwrap_or(&Value::Null));
    let steps = document["steps"].as_array().unwrap();
    steps.iter().map(|step| (text(&step["action"]), what(step))).collect()
}

fn count(document: &Value, action: &str) -> usize {
    actions(document).iter().filter(|(a, _)| a == action).count()
}

fn run() -> Fixture {
    build(&Chain::lifelike().trials(6).into())
}

/// A workspace with the runs `old` and `new`, which share no object but rows; no test set was opened.
fn two_runs() -> Fixture {
    let shape = |name: &str, epochs| Shape {
        name: name.into(),
        openings: 0,
        ..Chain::lifelike().trials(4).epochs(epochs).into()
    };
    let (new, old) = (build(&shape("new", 20)), build(&shape("old", 12)));
    for part in ["store", "runs"] {
        copy(&old.directory.path().join(part), &new.directory.path().join(part));
    }
    age(&new, 20 * DAY);
    touch_all(new.workspace.run("old").directory(), 40 * DAY);
    new
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// Backdates everything in the workspace by `age`.
fn age(fixture: &Fixture, age: Duration) {
    touch_all(fixture.directory.path(), age);
}

fn touch_all(path: &Path, age: Duration) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            touch_all(&entry.unwrap().path(), age);
        }
    } else {
        let file = File::options().append(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - age).unwrap();
    }
}

/// Backdates everything set aside or removed by two days.
fn wait_two_days(fixture: &Fixture) {
    for batches in ["store/quarantine", "removed-runs"] {
        let batches = fixture.directory.path().join(batches);
        for batch in fs::read_dir(&batches).into_iter().flatten() {
            let batch = batch.unwrap().path();
            let since: u128 = batch.file_name().unwrap().to_str().unwrap().parse().unwrap();
            fs::rename(&batch, batches.join((since - 2 * DAY.as_millis()).to_string())).unwrap();
        }
    }
}

/// Asserts that nothing is wrong except that no ledger has the made-up figures.
fn is_sound(fixture: &Fixture) {
    let (_, out, error) = artifact(fixture, &["fsck", "--json"]);
    let found: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{error}"));
    let problems = found["problems"].as_array().unwrap();
    assert!(problems.iter().all(|problem| problem["sort"] == "ledger"), "{found:#}");
}

/// Every file of a workspace.
fn files(fixture: &Fixture) -> BTreeSet<PathBuf> {
    fn add(path: &Path, files: &mut BTreeSet<PathBuf>) {
        for entry in fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                add(&path, files);
            } else {
                files.insert(path);
            }
        }
    }
    let mut found = BTreeSet::new();
    add(fixture.directory.path(), &mut found);
    found
}

#[test]
fn needed_objects_are_kept() {
    let fixture = run();
    age(&fixture, 90 * DAY);
    let before = files(&fixture);
    for arguments in [&["gc"][..], &["gc", "--dry-run"], &["gc", "--grace", "0"]] {
        let (code, out, error) = artifact(&fixture, arguments);
        assert_eq!(code, 0, "{error}");
        assert!(out.contains("nothing to clean up"), "{out}");
        assert_eq!(files(&fixture), before, "a dry run leaves no trace");
    }
    let plan = json(&fixture, &["gc", "--yes", "--grace", "0"]);
    assert_eq!((plan["executed"].as_bool(), actions(&plan)), (Some(true), vec![]));
    is_sound(&fixture);
}

#[test]
fn unneeded_objects_are_deleted_in_two_clean_ups() {
    let fixture = run();
    let store = fixture.workspace.store();
    let id = store.put(b"nothing needs this").unwrap();
    assert_eq!(actions(&json(&fixture, &["gc", "--yes"])), [], "it is new");
    age(&fixture, 2 * DAY);
    assert_eq!(actions(&json(&fixture, &["gc", "--older-than", "30d"])), []);

    let (_, out, _) = artifact(&fixture, &["gc"]);
    let line = format!("set aside  blob {}  ", id.short());
    assert!(out.contains(&line) && out.contains("nothing needs it") && out.contains("--yes"), "{out}");
    assert!(store.list().unwrap().contains(&id), "a dry run changes nothing");

    assert_eq!(count(&json(&fixture, &["gc", "--yes"]), "set_aside"), 1);
    assert!(!store.list().unwrap().contains(&id) && store.contains(&id).unwrap());
    let (code, out, _) = artifact(&fixture, &["show", &id.to_string()]);
    assert!(code == 1 || out.starts_with("blob"), "{out}");
    assert_eq!(actions(&json(&fixture, &["gc", "--yes"])), [], "its grace period is not over");
    store.put(b"nothing needs this").unwrap();
    assert!(store.list().unwrap().contains(&id), "putting it again brings it back");

    age(&fixture, 2 * DAY);
    assert_eq!(count(&json(&fixture, &["gc", "--yes"]), "set_aside"), 1);
    wait_two_days(&fixture);
    let plan = json(&fixture, &["gc", "--yes"]);
    assert_eq!(actions(&plan), [("delete".to_owned(), "blob".to_owned())]);
    assert!(plan["deleted_bytes"].as_u64() > Some(0));
    assert!(!store.contains(&id).unwrap());
    assert_eq!(fs::read_dir(store.root().join("quarantine")).unwrap().count(), 0);
    is_sound(&fixture);
}

/// As of a study on a server that was killed before it wrote its view.
#[test]
fn a_trial_named_only_by_the_trial_log_is_kept_with_its_run() {
    let fixture = run();
    let store = fixture.workspace.store();
    let known: Trial = load(&store, Id::new(fixture.made.ids.trial.digest())).unwrap();
    let mut writer = fixture.workspace.trial_log().writer();
    let mut log = |number: u64, run: &str| {
        let trial = Trial { number, ..known.clone() };
        let id = save(&store, trial.clone(), producer!(None)).unwrap();
        assert!(writer.record("2026-01-01T00:00:00Z", run, &store, id, &trial).unwrap());
        id.digest()
    };
    let (needed, left) = (log(1_000, fixture.run.name()), log(1_001, "a run that is gone"));
    age(&fixture, 2 * DAY);
    let steps = json(&fixture, &["gc", "--yes", "--grace", "0"])["steps"].take();
    let gone: BTreeSet<&str> =
        steps.as_array().unwrap().iter().filter_map(|step| step["id"].as_str()).collect();
    assert_eq!(gone, BTreeSet::from([left.to_string().as_str()]), "{steps:#}");
    assert!(store.contains(&needed).unwrap() && !store.contains(&left).unwrap());
}

#[test]
fn an_old_run_is_removed_with_what_only_it_needs_and_can_be_restored() {
    let fixture = two_runs();
    let before = fixture.workspace.store().list().unwrap();
    let plan = json(&fixture, &["gc", "--keep-last", "1"]);
    assert_eq!(actions(&plan)[0], ("remove_run".to_owned(), "old".to_owned()));
    assert!(count(&plan, "set_aside") > 5);
    let (_, out, _) = artifact(&fixture, &["gc", "--keep-last", "1", "--yes"]);
    for part in ["run old", "not the last run", "only removed runs need it", "done:"] {
        assert!(out.contains(part), "{part:?} is not in {out}");
    }
    assert_eq!(fixture.workspace.runs().unwrap(), ["new"]);
    is_sound(&fixture);

    // Moved back by hand, the run is needed again, together with everything that belongs to it.
    let removed = fs::read_dir(fixture.directory.path().join("removed-runs")).unwrap().next().unwrap();
    fs::rename(removed.unwrap().path().join("old"), fixture.workspace.run("old").directory()).unwrap();
    let plan = json(&fixture, &["gc", "--yes"]);
    assert_eq!(count(&plan, "bring_back"), actions(&plan).len());
    assert_eq!(fixture.workspace.store().list().unwrap(), before);
    is_sound(&fixture);

    age(&fixture, 20 * DAY);
    touch_all(fixture.workspace.run("old").directory(), 40 * DAY);
    json(&fixture, &["gc", "--keep-last", "1", "--yes"]);
    wait_two_days(&fixture);
    let plan = json(&fixture, &["gc", "--yes"]);
    assert_eq!(count(&plan, "delete_run"), 1);
    assert!(count(&plan, "delete") > 5);
    assert!(fixture.workspace.store().quarantined().unwrap().is_empty());
    is_sound(&fixture);
}

#[test]
fn runs_are_removed_by_result_and_by_size() {
    let fixture = two_runs();
    let plan = json(&fixture, &["gc", "--keep-best", "1"]);
    assert_eq!(count(&plan, "remove_run"), 1);
    assert!(plan["steps"][0]["why"].as_str().unwrap().contains("by mcc"), "{plan}");
    assert_eq!(count(&json(&fixture, &["gc", "--keep-best", "2"]), "remove_run"), 0);
    let kept = plan["kept"]["bytes"].as_u64().unwrap();
    let by_size = json(&fixture, &["gc", "--max-size", &format!("{kept}B")]);
    assert!(count(&by_size, "remove_run") >= 1);
    assert_eq!(count(&json(&fixture, &["gc", "--max-size", "2GiB"]), "remove_run"), 0);
    assert_eq!(count(&json(&fixture, &["gc", "--keep-last", "0", "--older-than", "30d"]), "remove_run"), 1);
}

#[test]
fn a_tag_keeps_its_run() {
    let fixture = two_runs();
    let (code, out, error) = artifact(&fixture, &["tag", "old", "paper"]);
    assert_eq!(code, 0, "{error}");
    assert!(out.contains("run old is tagged paper"));
    let (_, out, _) = artifact(&fixture, &["runs"]);
    assert!(out.lines().any(|line| line.starts_with("old  paper")), "{out}");
    assert_eq!(json(&fixture, &["runs"])[1]["tags"][0], "paper");
    let plan = json(&fixture, &["gc", "--keep-last", "0", "--grace", "0", "--yes"]);
    assert_eq!(count(&plan, "remove_run"), 1);
    assert_eq!(plan["notes"][0], "run old is kept: tagged paper");
    assert_eq!(fixture.workspace.runs().unwrap(), ["old"]);
    is_sound(&fixture);

    // Tagged objects are kept even if the run itself is gone, however that happened.
    fs::remove_dir_all(fixture.workspace.run("old").directory()).unwrap();
    let before = fixture.workspace.store().list().unwrap();
    assert_eq!(actions(&json(&fixture, &["gc", "--grace", "0", "--yes"])), []);
    assert_eq!(artifact(&fixture, &["tag", "--delete", "paper"]).0, 0);
    json(&fixture, &["gc", "--grace", "0", "--yes"]);
    assert!(!before.is_empty());
    assert_eq!(fixture.workspace.store().list().unwrap(), []);
}

#[test]
fn tags_move_only_by_force() {
    let fixture = two_runs();
    let check = |arguments: &[&str], expected: i32, part: &str| {
        let (code, out, error) = artifact(&fixture, arguments);
        assert_eq!(code, expected, "{arguments:?}: {out}{error}");
        assert!(out.contains(part) || error.contains(part), "{part:?} is not in {out}{error}");
    };
    check(&["tag"], 0, "no tags");
    check(&["tag", "old", "best"], 0, "tagged best");
    check(&["tag", "old", "best"], 0, "tagged best");
    check(&["tag", "new", "best"], 2, "already on run old");
    check(&["tag", "new", "best", "--force"], 0, "run new");
    check(&["tag"], 0, "best  new");
    check(&["tag", "nowhere", "x"], 2, "no run nowhere");
    check(&["tag", "old", "../x"], 2, "cannot name");
    check(&["tag", "old"], 2, "NAME");
    check(&["tag", "--delete", "best"], 0, "deleted");
    check(&["tag", "--delete", "best"], 2, "no tag best");
    check(&["gc", "--older-than", "soon"], 2, "30d");
    check(&["gc", "--max-size", "big"], 2, "2GiB");
    check(&["gc", "--yes", "--dry-run"], 2, "cannot be used with");
}

#[test]
fn a_run_in_use_is_left_alone_with_everything_it_wrote() {
    let fixture = two_runs();
    let old = fixture.workspace.run("old");
    let id = fixture.workspace.store().put(b"to be referred to soon").unwrap();
    age(&fixture, 20 * DAY);
    let _lock = old.lock().unwrap();
    fixture.workspace.store().put(b"to be referred to soon").unwrap();
    let plan = json(&fixture, &["gc", "--keep-last", "0", "--grace", "0", "--yes"]);
    assert_eq!(plan["notes"][0], "run old is kept: a phase is working on it");
    assert_eq!(fixture.workspace.runs().unwrap(), ["old"]);
    assert!(fixture.workspace.store().list().unwrap().contains(&id));
}

#[test]
fn trials_of_an_unfinished_study_are_kept_by_its_database() {
    let fixture = run();
    let store = fixture.workspace.store();
    let (in_view, in_rows, in_log) = (b"named by a view", b"named by a row", b"named by the log");
    let tuning = fixture.run.tuning();
    fs::create_dir_all(&tuning).unwrap();
    let name =
        |file: &str, id: Digest| fs::write(tuning.join(file), format!("\u{0}\u{3}\"{id}\"\u{0}")).unwrap();
    name("trial_results.json", store.put(in_view).unwrap());
    name("optimization_study.db", store.put(in_rows).unwrap());
    name("optimization_study.db-wal", store.put(in_log).unwrap());
    age(&fixture, 90 * DAY);
    assert_eq!(actions(&json(&fixture, &["gc", "--grace", "0", "--yes"])), []);
    fs::remove_file(tuning.join("optimization_study.db-wal")).unwrap();
    assert_eq!(count(&json(&fixture, &["gc", "--grace", "0", "--yes"]), "delete"), 1);
}

/// Writes a log whose only line belongs to no chain.
fn break_log(fixture: &Fixture, name: &str) {
    fs::write(fixture.directory.path().join("ledger").join(name), b"{}\n").unwrap();
}

#[test]
fn unreadable_references_stop_the_clean_up() {
    let check = |damage: fn(&Fixture), expected: i32, part: &str| {
        let fixture = run();
        fixture.workspace.store().put(b"nothing needs this").unwrap();
        age(&fixture, 90 * DAY);
        damage(&fixture);
        let before = fixture.workspace.store().list().unwrap();
        for arguments in [&["gc"][..], &["gc", "--yes", "--grace", "0"]] {
            let (code, out, error) = artifact(&fixture, arguments);
            assert_eq!(code, expected, "{out}{error}");
            assert!(out.contains(part) || error.contains(part), "{part:?} is not in {out}{error}");
        }
        assert_eq!(fixture.workspace.store().list().unwrap(), before);
    };
    check(|f| fs::write(f.run.record_path(), b"{\"run\":").unwrap(), 3, "run.json");
    check(
        |f| fs::write(f.workspace.store().path(&f.made.ids.study.digest()), b"x").unwrap(),
        3,
        "needed but damaged",
    );
    check(
        |f| fs::remove_file(f.workspace.store().path(&f.made.ids.study.digest())).unwrap(),
        3,
        "is missing",
    );
    check(|f| break_log(f, "test-access.jsonl"), 3, "line 1 of the test ledger");
    check(|f| break_log(f, "trials.jsonl"), 3, "line 1 of the trial log");
    check(
        |f| {
            fs::create_dir(f.directory.path().join("tags")).unwrap();
            fs::write(f.directory.path().join("tags/best"), b"{}").unwrap();
        },
        3,
        "best is not valid",
    );
}

#[test]
fn a_clean_up_killed_anywhere_leaves_a_sound_workspace_and_the_next_one_finishes() {
    let fixture = two_runs();
    let store = fixture.workspace.store();
    // More lines than three pipes hold: however the kills are delayed, three clean-ups have to wait for their reader.
    for number in 0..2_500u32 {
        store.put(&number.to_le_bytes().repeat(50)).unwrap();
    }
    age(&fixture, 20 * DAY);
    touch_all(fixture.workspace.run("old").directory(), 40 * DAY);
    let mut cut_off = 0;
    for attempt in 0..10 {
        let mut child = command(&fixture, &["gc", "--keep-last", "1", "--yes", "--grace", "0", "--verbose"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // One line for each step; the kill comes soon after the line.
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let steps = said.by_ref().lines().take(1 + 30 * attempt).count();
        child.kill().unwrap();
        child.wait().unwrap();
        let left = store.list().unwrap().len() + store.quarantined().unwrap().len();
        cut_off += usize::from(steps > 0 && left > 100);
        is_sound(&fixture);
    }
    assert!(cut_off >= 3, "only {cut_off} clean-ups were cut off in the middle");
    json(&fixture, &["gc", "--keep-last", "1", "--yes", "--grace", "0"]);
    is_sound(&fixture);
    assert_eq!(actions(&json(&fixture, &["gc", "--grace", "0"])), []);
    assert_eq!(store.quarantined().unwrap(), []);
    assert_eq!(fixture.workspace.runs().unwrap(), ["new"]);
}

#[test]
fn every_reference_of_every_kind_is_an_id_in_its_text() {
    let fixture = run();
    let store = fixture.workspace.store();
    let mut references = 0;
    for id in store.list().unwrap() {
        let bytes = store.get(&id).unwrap();
        let names = named_ids(&bytes);
        for reference in Object::read(id, bytes).unwrap().references() {
            assert!(names.contains(&reference));
            references += 1;
        }
    }
    assert!(references > 40, "{references}");
}

#[test]
fn a_clean_up_does_not_create_a_missing_workspace() {
    let fixture = run();
    let empty = fixture.directory.path().join("empty");
    let output =
        Command::new(env!("CARGO_BIN_EXE_artifact")).args(["gc", "--workspace"]).arg(&empty).output();
    assert_eq!(output.unwrap().status.code(), Some(0));
    assert!(!empty.exists());
}
