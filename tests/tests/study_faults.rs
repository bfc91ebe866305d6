//! Studies in bad company: passwords on command lines, processes that are frozen, databases that were changed, and systems
//! that refuse threads. A study never hangs in silence, never shows a password, and never stores what does not agree.
#![cfg(unix)]

use rusqlite::Connection;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use test_support::skip::Need;
use test_support::{tls, wait_until};
use tests::study::{finished, rows};
use tests::{Ended, QUICK, Sandbox, binary, ended};

/// A frozen workspace.
fn frozen() -> Sandbox {
    let sandbox = Sandbox::new(QUICK);
    sandbox.run_phases(1);
    sandbox
}

fn start(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[track_caller]
fn contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{text} lacks {part:?}");
    }
}

#[test]
fn a_storage_that_may_hold_a_password_is_refused_without_showing_it() {
    let sandbox = frozen();
    let names =
        || -> Vec<_> { fs::read_dir(sandbox.path("")).unwrap().map(|entry| entry.unwrap().path()).collect() };
    let before = names();
    for storage in [
        "mysql://me:secret@h/d",
        "POSTGRESQL://me:secret@h/d",
        " postgresql://me:secret@h/d",
        "postgresql://me:secret@h/d",
        "postgresql://me:se?cret@h/d",
        "postgresql://me:se#cret@h/d",
        "postgresql://me:se%40cret@h/d",
        "postgresql://me@h/d?password=secret",
        "host=h user=me password=secret",
    ] {
        for command in ["run", "status"] {
            let mut by_option = sandbox.command("tuner", &[command, "--storage", storage]);
            let mut by_variable = sandbox.command("tuner", &[command]);
            by_variable.env("HOLDFAST_STORAGE", storage);
            for process in [&mut by_option, &mut by_variable] {
                let Ended { code, stdout, stderr } =
                    ended(process.current_dir(sandbox.path("")).output().unwrap());
                assert_eq!(code, 2, "{storage}: {stderr}");
                assert!(!format!("{stdout}{stderr}").contains("cret"), "{storage}: {stdout}{stderr}");
                contains(&stderr, &["--storage"]);
            }
        }
        assert_eq!(names(), before, "{storage} is no file");
    }
}

#[test]
fn the_password_of_a_server_comes_from_the_environment_or_a_file() {
    let Some(server) = Need::PostgreSql.or_skip() else { return };
    let sandbox = frozen();
    let url = tls::url(&server, "with_password", "localhost", "sslmode=require");
    let file = sandbox.path("pgpass");
    fs::write(&file, "localhost:*:*:with_password:open sesame\n").unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    let status = |variable: &str, value: &str| {
        let mut process = sandbox.command("tuner", &["status", "--storage", &url]);
        let process = process.env_remove("PGPASSWORD").env_remove("PGPASSFILE").env(variable, value);
        let Ended { stdout, stderr, .. } = ended(process.output().unwrap());
        assert!(!format!("{stdout}{stderr}").contains("sesame"), "{stdout}{stderr}");
        stderr
    };
    // Whoever may connect learns that there is no study.
    contains(&status("PGPASSWORD", "open sesame"), &["no study", "postgresql://with_password@localhost"]);
    contains(&status("PGPASSFILE", file.to_str().unwrap()), &["no study"]);
    contains(&status("PGPASSWORD", "sesame"), &["SQLSTATE 28P01"]);
}

/// Waits until a process says this on standard error; returns what it said until then.
fn said(child: &mut Child, words: &str) -> String {
    use std::io::{BufRead as _, BufReader};
    let mut said = String::new();
    let mut messages = BufReader::new(child.stderr.as_mut().unwrap());
    while !said.contains(words) {
        assert!(messages.read_line(&mut said).unwrap() > 0, "it ended without {words:?}: {said}");
    }
    said
}

#[test]
fn the_first_signal_ends_a_tuner_that_waits_for_a_frozen_process() {
    let sandbox = frozen();
    sandbox.succeeds("tuner", &["run", "--trials", "1"]);
    let database = sandbox.run().study_database();
    let holder = Connection::open(&database).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut tuner = start(sandbox.command("tuner", &["run", "--trials", "3"]));
    contains(&said(&mut tuner, "is locked by"), &["WARN", database.to_str().unwrap(), "this process waits"]);
    let id = tuner.id().to_string();
    assert!(Command::new("kill").args(["-s", "INT", &id]).status().unwrap().success());
    wait_until("the tuner stops", || tuner.try_wait().unwrap().is_some());
    let Ended { code, stderr, .. } = ended(tuner.wait_with_output().unwrap());
    assert_eq!(code, 130, "{stderr}");
    contains(&stderr, &["stopped while waiting", "nothing was changed"]);
    drop(holder);
    sandbox.succeeds("tuner", &["run", "--trials", "3"]);
    assert_eq!(finished(&rows(&database)), [0, 1, 2]);
}

#[test]
fn a_row_that_contradicts_its_object_ends_the_study_before_anything_is_stored() {
    let sandbox = frozen();
    sandbox.succeeds("tuner", &["run", "--trials", "3"]);
    let database = sandbox.run().study_database();
    let sound = fs::read(&database).unwrap();
    let ids: Vec<String> = rows(&database).into_iter().filter_map(|row| row.artifact).collect();
    let swap = "UPDATE trial_user_attributes SET value_json = CASE trial_id WHEN 1 THEN (
            SELECT value_json FROM trial_user_attributes WHERE trial_id = 2 AND key = 'holdfast:artifact_id')
        ELSE (SELECT value_json FROM trial_user_attributes WHERE trial_id = 1 AND key = 'holdfast:artifact_id') END
        WHERE trial_id IN (1, 2) AND key = 'holdfast:artifact_id'";
    for (change, what) in [
        (swap, "the trial's number"),
        ("UPDATE trial_values SET value = value + 1e-9 WHERE trial_id = 1", "the objective"),
        ("UPDATE trials SET state = 'FAIL' WHERE trial_id = 1", "the state"),
    ] {
        Connection::open(&database).unwrap().execute_batch(change).unwrap();
        let before = sandbox.view(|run| run.record_path());
        for command in [&["run", "--trials", "5"][..], &["export"]] {
            let refused = sandbox.phase("tuner", command);
            assert_eq!(refused.code, 1, "{command:?}, {what}: {}", refused.stdout);
            let object = ids[usize::from(what == "the trial's number")].trim_matches('"');
            let parts = [
                "row 0 of the study database",
                database.to_str().unwrap(),
                object,
                what,
                "restore it from a copy",
            ];
            contains(&refused.stderr, &parts);
        }
        assert_eq!(sandbox.view(|run| run.record_path()), before, "no study is stored");
        fs::write(&database, &sound).unwrap();
    }
    sandbox.succeeds("tuner", &["run", "--trials", "5"]);
}

#[test]
fn what_others_wrote_does_not_steer_the_terminal() {
    let sandbox = frozen();
    sandbox.succeeds("tuner", &["run", "--trials", "2"]);
    let database = Connection::open(sandbox.run().study_database()).unwrap();
    let text = r#""\u001b[2J\nbest      trial 9\u0000\u009b""#;
    database.execute("UPDATE trials SET state = 'RUNNING' WHERE trial_id = 2", []).unwrap();
    database
        .execute("DELETE FROM trial_user_attributes WHERE trial_id = 2 AND key = 'holdfast:artifact_id'", [])
        .unwrap();
    for key in ["holdfast:stage", "holdfast:worker", "holdfast:epochs"] {
        let set = "UPDATE trial_user_attributes SET value_json = ?1 WHERE trial_id = 2 AND key = ?2";
        assert_eq!(database.execute(set, [text, key]).unwrap(), 1, "{key}");
    }
    let shown = sandbox.succeeds("tuner", &["status"]).stdout;
    contains(&shown, &["running   trial 1", "\\u{1b}[2J\\n"]);
    assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
    assert_eq!(shown.lines().filter(|line| line.starts_with("best ")).count(), 1, "{shown}");
}

#[test]
fn too_many_threads_are_refused_by_every_program() {
    let sandbox = frozen();
    let run = sandbox.run().name().to_owned();
    for (name, command) in [
        ("data-loader", &["freeze"][..]),
        ("tuner", &["run"]),
        ("extended-trainer", &["run"]),
        ("final-trainer", &["run"]),
        ("report", &[]),
        ("holdfast", &["pipeline"]),
        ("holdfast", &["tune", "status"]),
    ] {
        let mut process = sandbox.command(name, command);
        let refused = ended(process.env("RAYON_NUM_THREADS", "100000").output().unwrap());
        assert_eq!(refused.code, 2, "{name}: {}", refused.stderr);
        contains(&refused.stderr, &["error: RAYON_NUM_THREADS is 100000, expected at most 1024"]);
    }
    let mut audit = binary("artifact");
    audit.args(["audit", &run, "--workspace"]).arg(sandbox.path("workspace"));
    assert_eq!(ended(audit.env("RAYON_NUM_THREADS", "100000").output().unwrap()).code, 2);
}

/// Lets everybody do everything with a directory and all that is in it.
fn open_to_all(path: &Path) {
    fs::set_permissions(path, Permissions::from_mode(0o777)).unwrap();
    if path.is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| open_to_all(&entry.unwrap().path()));
    }
}

/// A system that refuses a thread must not leave a process waiting for it with the run held.
#[test]
fn a_refused_thread_ends_the_tuner_or_costs_a_worker() {
    let sandbox = frozen();
    // The system refuses root nothing, so that another user runs, of whom there is no other process.
    if fs::metadata(sandbox.path("run.toml")).unwrap().uid() != 0 {
        return;
    }
    let program = sandbox.path("tuner");
    fs::copy(binary("tuner").get_program(), &program).unwrap();
    open_to_all(&sandbox.path(""));
    let tune = |processes: u32| {
        let limited = format!(
            "ulimit -u {processes}; exec {} run --trials 4 --workers 3 --preset none --workspace {} --config {}",
            program.display(),
            sandbox.path("workspace").display(),
            sandbox.path("run.toml").display()
        );
        let mut process = Command::new("bash");
        process.args(["-c", &limited]).env("RAYON_NUM_THREADS", "1").uid(64_123).gid(64_123);
        let mut child = start(process);
        wait_until(&format!("a tuner with {processes} processes ends"), || {
            child.try_wait().unwrap().is_some()
        });
        ended(child.wait_with_output().unwrap())
    };
    // The process itself, the thread of the pool, the heartbeats, a worker.
    for (processes, code, said) in [
        (1, 1, "failed to start the threads of this process"),
        (2, 1, "failed to start the heartbeats"),
        (3, 1, "failed to start a worker"),
        (4, 0, "1 of 3 workers run: failed to start a worker"),
    ] {
        let Ended { code: found, stderr, .. } = tune(processes);
        assert_eq!(found, code, "{processes} processes: {stderr}");
        contains(&stderr, &[said, "ulimit -u"]);
        assert!(!stderr.contains("panicked"), "{stderr}");
    }
    assert_eq!(finished(&rows(&sandbox.run().study_database())), [0, 1, 2, 3]);
}
