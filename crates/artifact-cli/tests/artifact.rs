//! The real binary on a made-up run, both sound and damaged.

use artifact_core::store::Quarantine as _;
use artifact_core::{Digest, ObjectStore as _};
use fixtures::{Chain, Fixture, Shape, build};
use std::path::Path;
use std::process::{Command, Output};

fn artifact(fixture: &Fixture, arguments: &[&str]) -> (i32, String, String) {
    let output: Output = Command::new(env!("CARGO_BIN_EXE_artifact"))
        .args(arguments)
        .arg("--workspace")
        .arg(fixture.directory.path())
        .env_remove("HOLDFAST_LOG")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn json(fixture: &Fixture, arguments: &[&str]) -> (i32, serde_json::Value) {
    let mut arguments = arguments.to_vec();
    arguments.push("--json");
    let (code, out, error) = artifact(fixture, &arguments);
    let value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("not JSON: {out}{error}"));
    (code, value)
}

fn run() -> Fixture {
    build(&Chain::lifelike().trials(6).into())
}

fn path(fixture: &Fixture, id: &Digest) -> std::path::PathBuf {
    fixture.workspace.store().path(id)
}

#[test]
fn runs_are_listed_with_what_is_done() {
    let fixture = run();
    let (code, out, _) = artifact(&fixture, &["runs"]);
    assert_eq!(code, 0);
    for part in ["sample-run", "data, tuning, cross_validation, final", "6", "mcc 0."] {
        assert!(out.contains(part), "{part:?} is not in {out}");
    }
    let (_, value) = json(&fixture, &["runs"]);
    assert_eq!(value[0]["trials"], 6);
}

#[test]
fn a_damaged_study_does_not_hide_its_run() {
    let fixture = run();
    std::fs::write(path(&fixture, &fixture.made.ids.study.digest()), b"x").unwrap();
    let (code, out, _) = artifact(&fixture, &["runs"]);
    assert_eq!(code, 0);
    assert!(out.contains("sample-run") && out.contains("cannot be read"), "{out}");
}

#[test]
fn an_artifact_is_shown_by_id_prefix_and_file() {
    let fixture = run();
    let id = fixture.made.ids.bundle.digest().to_string();
    for typed in [&id[..], &id[..6], &id[..12].to_uppercase()] {
        let (code, out, error) = artifact(&fixture, &["show", typed]);
        assert_eq!(code, 0, "{error}");
        for part in
            ["model_bundle\n", &id, "hand 0.0.0", "best_configuration", "  blob", "\"epochs_trained\": "]
        {
            assert!(out.contains(part), "{part:?} is not in {out}");
        }
    }
    let (_, document) = json(&fixture, &["show", &id]);
    let file = fixture.directory.path().join("view.json");
    std::fs::write(&file, serde_json::to_vec(&document).unwrap()).unwrap();
    let (code, out, error) = artifact(&fixture, &["show", file.to_str().unwrap()]);
    assert_eq!(code, 0, "{error}");
    assert!(out.contains(&id));

    let mut forged = document.clone();
    forged["payload"]["test"]["model"]["accuracy"] = 0.99.into();
    std::fs::write(&file, serde_json::to_vec(&forged).unwrap()).unwrap();
    let (code, _, error) = artifact(&fixture, &["show", file.to_str().unwrap()]);
    assert_eq!(code, 3);
    assert!(error.contains("has digest"), "{error}");
}

#[test]
fn blobs_are_shown_by_their_size() {
    let fixture = run();
    let (code, out, _) = artifact(&fixture, &["show", &fixture.chunk().to_string()]);
    assert_eq!(code, 0);
    // 256 rows of a date and 4 x 5 values.
    assert!(out.starts_with(&format!("blob, {} bytes", 256 * (4 + 8 * 20))), "{out}");
}

#[test]
fn ids_that_lead_nowhere_are_refused_clearly() {
    let fixture = run();
    let check = |typed: &str, expected: i32, part: &str| {
        for command in ["show", "lineage"] {
            let (code, out, error) = artifact(&fixture, &[command, typed]);
            assert_eq!((code, out.as_str()), (expected, ""), "{error}");
            assert!(error.contains(part), "{part:?} is not in {error}");
        }
    };
    check(&"0".repeat(64), 1, "no object in");
    check("abcde", 2, "6 to 64 hexadecimal digits");
    check("best.json", 2, "neither a file nor an id");
}

#[test]
fn lineage_leads_back_to_the_snapshot() {
    let fixture = run();
    let id = fixture.made.ids.bundle.digest().to_string();
    let (code, out, _) = artifact(&fixture, &["lineage", &id]);
    assert_eq!(code, 0);
    assert!(out.starts_with("model_bundle "), "{out}");
    for kind in
        ["best_configuration", "study", "trial", "split_plan", "preprocessing", "seal", "blob", "└─ snapshot"]
    {
        assert!(out.contains(kind), "{kind} is not in {out}");
    }
    let (_, dot, _) = artifact(&fixture, &["lineage", &id, "--dot"]);
    assert!(dot.starts_with("digraph") && dot.contains(&format!("-> \"{id}\"")));
    let (_, graph) = json(&fixture, &["lineage", &id]);
    assert!(graph.as_array().unwrap().len() > 10);
}

#[test]
fn lineage_marks_what_is_gone() {
    let fixture = run();
    std::fs::remove_file(path(&fixture, &fixture.made.ids.study.digest())).unwrap();
    let best = fixture.made.ids.best.digest().to_string();
    let (code, out, _) = artifact(&fixture, &["lineage", &best]);
    assert_eq!(code, 0);
    let gone = format!("MISSING {}", fixture.made.ids.study.digest().short());
    assert!(out.contains(&gone), "{out}");
}

#[test]
fn a_sound_workspace_is_reported_as_sound() {
    let fixture = run();
    let (code, out, error) = artifact(&fixture, &["fsck"]);
    assert_eq!(code, 0, "{out}{error}");
    assert!(out.contains("6 trial") && out.contains("2 ledger entries") && out.ends_with("sound\n"), "{out}");
    let (code, value) = json(&fixture, &["fsck"]);
    assert_eq!((code, &value["sound"]), (0, &true.into()));
    assert_eq!(value["kinds"]["model_bundle"], 1);
}

#[test]
fn one_flipped_byte_is_found() {
    let fixture = run();
    for id in [fixture.made.ids.trial.digest(), fixture.chunk()] {
        let path = path(&fixture, &id);
        let sound = std::fs::read(&path).unwrap();
        let mut bytes = sound.clone();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let (code, value) = json(&fixture, &["fsck"]);
        assert_eq!((code, &value["sound"]), (3, &false.into()));
        assert_eq!(value["problems"][0]["sort"], "damaged");
        assert_eq!(value["problems"][0]["id"], id.to_string());
        let (code, out, _) = artifact(&fixture, &["fsck"]);
        assert_eq!(code, 3);
        assert!(out.contains(&id.to_string()), "{out}");
        std::fs::write(&path, sound).unwrap();
    }
}

#[test]
fn missing_objects_are_named_with_who_needs_them() {
    let check = |pick: fn(&Fixture) -> Digest, needed_by: &str| {
        let fixture = run();
        let id = pick(&fixture);
        std::fs::remove_file(path(&fixture, &id)).unwrap();
        let (code, out, _) = artifact(&fixture, &["fsck"]);
        assert_eq!(code, 3);
        let line = format!("missing: object {id} is not in the store; needed by");
        assert!(out.contains(&line) && out.contains(needed_by), "{out}");
    };
    check(|f| f.made.ids.trial.digest(), "study ");
    check(|f| f.chunk(), "rows 0 to 255");
    check(|f| f.made.ids.snapshot.digest(), "seal ");
    check(|f| f.made.ids.bundle.digest(), "run sample-run (final, model_bundle)");
}

#[test]
fn a_changed_ledger_is_found() {
    let fixture = build(&Shape { openings: 2, ..Chain::lifelike().trials(4).into() });
    let (code, out, _) = artifact(&fixture, &["ledger"]);
    assert_eq!(code, 0);
    assert_eq!(out.matches("unsealed").count(), 2, "{out}");
    let file = fixture.directory.path().join("ledger/test-access.jsonl");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replacen("2024", "2023", 1)).unwrap();
    for (command, place) in [("fsck", 1), ("ledger", 2)] {
        let (code, out, error) = artifact(&fixture, &[command]);
        assert_eq!(code, 3);
        let said = [String::new(), out, error];
        assert!(said[place].contains("line 1 of the test ledger"), "{said:?}");
    }
}

#[test]
fn what_is_not_there_is_not_sound() {
    let fixture = run();
    let check = |path: &Path| {
        let mut fsck = Command::new(env!("CARGO_BIN_EXE_artifact"));
        fsck.args(["fsck", "--workspace"]).arg(path).output().unwrap()
    };
    let nothing = fixture.directory.path().join("nothing");
    let output = check(&nothing);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("is no directory"), "{output:?}");
    assert!(!nothing.exists(), "a check must not create a workspace");
    std::fs::create_dir(&nothing).unwrap();
    assert_eq!(check(&nothing).status.code(), Some(0), "a workspace without anything in it");
}

/// What fsck finds after a change, as `(sort, message)`.
fn problems_after(change: impl FnOnce(&Fixture)) -> Vec<(String, String)> {
    let fixture = run();
    let tagged = artifact(&fixture, &["tag", "sample-run", "kept"]);
    assert_eq!(tagged.0, 0, "{tagged:?}");
    change(&fixture);
    let (code, value) = json(&fixture, &["fsck"]);
    let problems = value["problems"].as_array().unwrap();
    assert_eq!(code == 3, !problems.is_empty(), "{value:#}");
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    problems.iter().map(|problem| (text(&problem["sort"]), text(&problem["message"]))).collect()
}

/// Changes a file of the workspace.
fn edit(fixture: &Fixture, file: &str, change: impl FnOnce(&mut Vec<u8>)) {
    let path = fixture.directory.path().join(file);
    let mut bytes = std::fs::read(&path).unwrap();
    change(&mut bytes);
    std::fs::write(&path, bytes).unwrap();
}

#[test]
fn changes_of_records_tags_and_the_ledger_are_found() {
    assert_eq!(problems_after(|_| {}), []);
    for (file, sort) in
        [("runs/sample-run/run.json", "run"), ("tags/kept", "tag"), ("ledger/test-access.jsonl", "ledger")]
    {
        let problems = problems_after(|fixture| {
            edit(fixture, file, |bytes| {
                // A digit of the last number or digest: still JSON, and of the right form.
                let place = bytes.iter().rposition(u8::is_ascii_digit).unwrap();
                bytes[place] ^= 1;
            });
        });
        let expected = [sort.to_owned()];
        assert_eq!(
            problems.iter().map(|(sort, _)| sort.clone()).collect::<Vec<_>>(),
            expected,
            "{problems:?}"
        );
        assert!(problems[0].1.contains("digest") && problems[0].1.contains("expected"), "{problems:?}");
    }
}

#[test]
fn a_ledger_without_its_last_line_is_found_by_its_head_and_by_the_run() {
    let cut_off = |fixture: &Fixture| {
        edit(fixture, "ledger/test-access.jsonl", |bytes| {
            bytes.pop();
            bytes.truncate(bytes.iter().rposition(|&byte| byte == b'\n').unwrap() + 1);
        });
    };
    let problems = problems_after(cut_off);
    assert_eq!(problems.len(), 1);
    assert!(problems[0].0 == "ledger" && problems[0].1.contains("it is missing"), "{problems:?}");
    let problems = problems_after(|fixture| {
        cut_off(fixture);
        std::fs::remove_file(fixture.directory.path().join("ledger/test-access.head")).unwrap();
    });
    assert_eq!(problems.len(), 1);
    assert!(problems[0].0 == "ledger" && problems[0].1.contains("run sample-run was tested"), "{problems:?}");
}

#[test]
fn what_is_needed_and_set_aside_is_not_missing() {
    let fixture = run();
    let store = fixture.workspace.store();
    let (study, trial) = (fixture.made.ids.study.digest(), fixture.made.ids.trial.digest());
    for id in [study, trial] {
        let seen = store.metadata(&id).unwrap();
        assert!(store.set_aside(&id, &seen, std::time::SystemTime::now()).unwrap());
    }
    let (code, out, error) = artifact(&fixture, &["fsck"]);
    assert_eq!(code, 0, "{out}{error}");
    assert!(out.contains("needed but set aside") && out.contains(&study.short()), "{out}");
    // Looking at it brought back what other artifacts were checked against; the rest is still there.
    for id in [study, trial] {
        assert!(store.contains(&id).unwrap());
    }
    let seen = store.metadata(&trial).ok();
    if let Some(seen) = seen {
        assert!(store.set_aside(&trial, &seen, std::time::SystemTime::now()).unwrap());
    }
    let aside = store.quarantined().unwrap().into_iter().find(|item| item.id == trial).unwrap();
    let since = aside.since.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    edit(&fixture, &format!("store/quarantine/{since}/{trial}"), |bytes| bytes[9] ^= 4);
    let (code, value) = json(&fixture, &["fsck"]);
    assert_eq!((code, &value["problems"][0]["sort"]), (3, &"damaged".into()), "{value:#}");
}
