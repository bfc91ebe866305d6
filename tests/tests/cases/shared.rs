//! Workspaces and files that others use, may not write, replace, or reach by an unusual path.

use crate::common::{
    SMOKE, artifact, case, contains, is_sound, output, plain, ran, refused, sealed, succeeds, text,
};
use artifact_core::{Digest, Workspace};
use serde_json::Value;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use test_support::wait_until;
use tests::study::{finished, rows};
use tests::{Ended, PHASES, Sandbox, binary, ended};

/// A command on the run `r` of a workspace, with the case's configuration.
fn command(sandbox: &Sandbox, name: &str, command: &[&str], workspace: &Path) -> Command {
    let mut process = binary(name);
    process.args(command).args(SMOKE).args(["--run", "r", "--workspace"]).arg(workspace);
    process.arg("--config").arg(sandbox.path("run.toml"));
    process
}

/// Runs these phases on the run `r` of a workspace; they must succeed.
#[track_caller]
fn run_all(sandbox: &Sandbox, phases: &[(&str, &[&str])], workspace: &Path) {
    for (name, words) in phases {
        let ended = output(&mut command(sandbox, name, words, workspace));
        assert_eq!(ended.code, 0, "{name} in {}: {}", workspace.display(), ended.stderr);
    }
}

#[test]
fn a_workspace_may_have_any_name() {
    let sandbox = case("unicode-workspace");
    for name in ["Über mäßig 試 x".as_bytes(), b"caf\xe9 \xff"] {
        let workspace = sandbox.path("").join(OsStr::from_bytes(name));
        run_all(&sandbox, &PHASES, &workspace);
        for words in ["status", "best"] {
            run_all(&sandbox, &[("tuner", &[words])], &workspace);
        }
        is_sound(&workspace);
        let audit = artifact(&workspace, &["audit", "r"]);
        assert_eq!(audit.code, 0, "{}", audit.stderr);
        let mut predict = binary("final-trainer");
        predict.args(["predict", "--model"]).arg(Workspace::new(&workspace).run("r").final_model());
        let predicted = output(predict.arg("--bars").arg(sandbox.path("AAPL.csv")));
        assert_eq!(predicted.code, 0, "{}", predicted.stderr);
        contains(&predicted.stdout, &["AAPL", "2019-07-30"]);
    }
}

#[test]
fn paths_that_the_run_cannot_record_are_refused() {
    let sandbox = case("unicode-workspace");
    let directory = sandbox.path("").join(OsStr::from_bytes(b"caf\xe9"));
    fs::create_dir(&directory).unwrap();
    for file in ["run.toml", "AAPL.csv"] {
        fs::copy(sandbox.path(file), directory.join(file)).unwrap();
    }
    let mut freeze = binary("data-loader");
    freeze.args(["freeze", "--workspace"]).arg(sandbox.path("workspace")).args(SMOKE);
    let ended = output(freeze.arg("--config").arg(directory.join("run.toml")));
    refused(&ended, 2, &["data.files", "caf\\xE9/AAPL.csv", "not UTF-8", "rename"]);
}

#[test]
fn a_workspace_and_a_run_may_be_symbolic_links() {
    let sandbox = case("symlink-workspace");
    let (real, link, away) = (sandbox.path("real"), sandbox.path("link"), sandbox.path("away"));
    fs::create_dir(&real).unwrap();
    symlink(&real, &link).unwrap();
    run_all(&sandbox, &PHASES[..2], &link);
    fs::rename(real.join("runs/r"), &away).unwrap();
    symlink(&away, real.join("runs/r")).unwrap();
    run_all(&sandbox, &PHASES, &link);
    assert!(fs::symlink_metadata(real.join("runs/r")).unwrap().is_symlink(), "nothing replaced the link");
    assert!(away.join("report.html").exists());
    for workspace in [&link, &real] {
        is_sound(workspace);
        let runs = artifact(workspace, &["runs"]);
        contains(&runs.stdout, &["data, tuning, cross_validation, final, report"]);
    }
}

#[test]
fn a_run_keeps_its_bars_when_other_files_are_given() {
    let sandbox = case("same-run-other-data");
    let freeze = ["freeze", "--run", "r"];
    succeeds(&sandbox, "data-loader", &freeze);
    let before = sandbox.view(|run| run.record_path());
    sandbox.write("run.toml", &text("same-run-other-data", "config2.toml"));
    let other = sandbox.phase("data-loader", &[&freeze[..], &SMOKE].concat());
    refused(&other, 3, &["the bars of run r have changed", "gone: A", "new: B", "--accept-drift"]);
    assert_eq!(sandbox.view(|run| run.record_path()), before);
    is_sound(&sandbox.path("workspace"));
}

#[test]
fn of_two_freezes_at_the_same_moment_one_wins() {
    let sandbox = case("same-run-other-data");
    for round in 0..4 {
        let workspace = sandbox.path(&format!("workspace-{round}"));
        let start = |config: &str| {
            let mut process = binary("data-loader");
            process.args(["freeze", "--run", "r", "--workspace"]).arg(&workspace).args(SMOKE);
            process.arg("--config").arg(sandbox.path(config));
            process.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let racers = ["run.toml", "config2.toml"].map(start);
        let ended = racers.map(|racer| ended(racer.wait_with_output().unwrap()));
        let winners: Vec<usize> = (0..2).filter(|racer| ended[*racer].code == 0).collect();
        let [winner] = winners[..] else { panic!("{ended:?}") };
        let Ended { code, stderr, .. } = &ended[1 - winner];
        let busy = *code == 1 && stderr.contains("run r is in use by another process");
        assert!(busy || (*code == 3 && stderr.contains("the bars of run r have changed")), "{ended:?}");

        let ticker = ["A", "B"][winner];
        let run = Workspace::new(&workspace).run("r");
        let record = fs::read_to_string(run.record_path()).unwrap();
        contains(&record, &[&format!("{ticker}.csv")]);
        assert!(!record.contains(&format!("{}.csv", ["B", "A"][winner])), "{record}");
        contains(&ended[winner].stdout, &[&format!("150 rows of {ticker} ")]);
        is_sound(&workspace);
    }
}

/// A reader that opens the file a second time, for its digest or anything else, finds other bars there.
#[test]
fn a_file_that_is_replaced_while_it_is_read_has_the_digest_of_its_bars() {
    let sandbox = case("source-replaced");
    let source = sandbox.path("AAPL.csv");
    let whole = fs::read_to_string(&source).unwrap();
    let (header, lines) = whole.split_once('\n').unwrap();
    // What the file holds the nth time that it is opened: the first bars are gone.
    let content = |nth: usize| {
        let kept: String = lines.split_inclusive('\n').skip(nth).collect();
        format!("{header}\n{kept}")
    };
    let replace = || {
        let next = sandbox.path("next");
        assert!(Command::new("mkfifo").arg(&next).status().unwrap().success());
        fs::rename(&next, &source).unwrap();
    };
    replace();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for nth in 0.. {
                // Waits for a reader.
                let mut pipe = OpenOptions::new().write(true).open(&source).unwrap();
                if over.load(Ordering::SeqCst) {
                    break;
                }
                replace();
                // A reader may close it early.
                drop(pipe.write_all(content(nth).as_bytes()));
            }
        });
        let frozen = sandbox.phase("data-loader", &[&["freeze"], &SMOKE[..]].concat());
        over.store(true, Ordering::SeqCst);
        drop(File::open(&source));
        assert_eq!(frozen.code, 0, "{}", frozen.stderr);
    });
    let (seal, panel) = sealed(&sandbox);
    let first = panel.dates[0].to_string();
    let nth = plain().iter().position(|(date, _)| *date == first).unwrap();
    assert_eq!(seal.source.files[0].sha256, Digest::of(content(nth).as_bytes()), "bars from {first} on");
    assert_eq!(panel.rows(), 150 - nth);
}

#[test]
fn a_study_that_another_process_writes_to_is_read_and_waited_for() {
    let sandbox = ran("db-locked", 2);
    let run = sandbox.run();
    let read = |words: &str| sandbox.phase("tuner", &[&[words, "--json"], &SMOKE[..]].concat());
    let before = ["status", "best"].map(read);
    let holder = rusqlite::Connection::open(run.study_database()).unwrap();
    holder.execute_batch("BEGIN EXCLUSIVE; UPDATE studies SET study_name = 'another'").unwrap();
    for (words, before) in ["status", "best"].into_iter().zip(before) {
        let locked = read(words);
        assert_eq!((locked.code, locked.stdout), (0, before.stdout), "{}", locked.stderr);
    }
    let mut tuner = sandbox.command("tuner", &[&["run", "--trials", "6"], &SMOKE[..]].concat());
    let mut tuner = tuner.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("the tuner has the run", || run.in_use_since().unwrap().is_some());
    assert!(tuner.try_wait().unwrap().is_none(), "it waits for the database");
    // What the holder changed is rolled back.
    drop(holder);
    let tuned = ended(tuner.wait_with_output().unwrap());
    assert_eq!(tuned.code, 0, "{}", tuned.stderr);
    assert_eq!(finished(&rows(&run.study_database())), [0, 1, 2, 3, 4, 5]);
}

/// Nobody may write here until it is dropped.
struct ReadOnly<'p>(&'p Path);

impl<'p> ReadOnly<'p> {
    fn new(path: &'p Path) -> Self {
        permit(path, 0o555, 0o444);
        Self(path)
    }
}

impl Drop for ReadOnly<'_> {
    fn drop(&mut self) {
        permit(self.0, 0o755, 0o644);
    }
}

/// Gives a directory, all directories in it and all their files these permissions.
fn permit(path: &Path, directories: u32, files: u32) {
    let directory = path.is_dir();
    // A directory must be writable before what is in it is removed, and readable before it is listed.
    fs::set_permissions(path, Permissions::from_mode(if directory { directories } else { files })).unwrap();
    if directory {
        fs::read_dir(path).unwrap().for_each(|entry| permit(&entry.unwrap().path(), directories, files));
    }
}

/// All files below a directory, with their contents.
fn contents(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(contents(&path));
        } else {
            found.push((path.clone(), fs::read(&path).unwrap()));
        }
    }
    found.sort();
    found
}

#[test]
fn a_workspace_that_may_not_be_written_can_be_read() {
    let sandbox = ran("read-only-workspace", 4);
    let (workspace, run) = (sandbox.path("workspace"), sandbox.run().name().to_owned());
    let audit = ["artifact", "audit", &run];
    let stored = output(binary("holdfast").args(audit).arg("--json").arg("--workspace").arg(&workspace));
    let stored: Value = serde_json::from_str(&stored.stdout).unwrap();
    assert_eq!(stored["stored"], true);

    // Modes mean nothing to root, so that another user reads: one who reaches the program and the sandbox.
    let root = fs::metadata(sandbox.path("run.toml")).unwrap().uid() == 0;
    let program = sandbox.path("holdfast");
    fs::copy(binary("holdfast").get_program(), &program).unwrap();
    fs::set_permissions(sandbox.path(""), Permissions::from_mode(0o755)).unwrap();
    let read = |words: &[&str], selection: bool| {
        let mut process = Command::new(&program);
        process.args(words).arg("--workspace").arg(&workspace).current_dir(sandbox.path(""));
        if selection {
            process.args(SMOKE).arg("--config").arg(sandbox.path("run.toml"));
        }
        if root {
            process.uid(65534).gid(65534);
        }
        output(&mut process)
    };
    let seal = sandbox.record().output(artifact_core::Phase::Data, "seal").unwrap().to_string();
    let tuner: [&[&str]; 4] = [&["status"], &["best"], &["importance"], &["export"]];
    let artifact: [&[&str]; 10] = [
        &["runs"],
        &["show", &seal],
        &["lineage", &seal],
        &["diff", &seal, &seal],
        &["fsck"],
        &["gc"],
        &["tag"],
        &["ledger"],
        &["trials"],
        &["rebuild-views", &run, "--check"],
    ];
    let all = || -> Vec<(String, String)> {
        let study =
            tuner.iter().map(|words| (["tune"].into_iter().chain(words.iter().copied()).collect(), true));
        let store = artifact
            .iter()
            .map(|words| (["artifact"].into_iter().chain(words.iter().copied()).collect(), false));
        let told = |(words, selection): (Vec<&str>, bool)| {
            let ended = read(&words, selection);
            assert_eq!(ended.code, 0, "{words:?}: {}", ended.stderr);
            (words.join(" "), ended.stdout)
        };
        study.chain(store).map(told).collect()
    };
    let before = contents(&workspace);
    let guard = ReadOnly::new(&workspace);
    let told = all();
    let audited = read(&[&audit[..], &["--json"]].concat(), false);
    let refused = read(&["tune", "enqueue", "dropout_rate=0.1"], true);
    drop(guard);
    assert_eq!(contents(&workspace), before, "nothing was written");

    assert_eq!(audited.code, 0, "{}", audited.stderr);
    contains(&audited.stderr, &["may not be written", "certificate is not stored"]);
    let audited: Value = serde_json::from_str(&audited.stdout).unwrap();
    assert_eq!((&audited["stored"], &audited["id"]), (&false.into(), &stored["id"]));
    assert_eq!(audited["certificate"], stored["certificate"]);
    assert_eq!(refused.code, 1, "{}", refused.stdout);
    contains(&refused.stderr, &["optimization_study.db", "readonly"]);

    // Where the same user may write, the same is told.
    permit(&workspace, 0o777, 0o666);
    assert_eq!(all(), told);
}
