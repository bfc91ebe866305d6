//! Several processes on one workspace: writers, clean-ups, and kills.

use artifact_cli::gc;
use artifact_core::files::{create_atomically, pretty_json, read_json, write_atomically};
use artifact_core::store::{ObjectStore, Quarantine};
use artifact_core::{Digest, Workspace};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};
use test_support::wait_until;

/// The environment variables that give a child its workspace and its role.
const WORKSPACE: &str = "HOLDFAST_TEST_WORKSPACE";
const ROLE: &str = "HOLDFAST_TEST_ROLE";

const OBJECTS: u64 = 24;

/// After this time a child exits on its own, in case the test that started it dies without killing it.
const LIFETIME: Duration = Duration::from_secs(60);

/// Bytes that depend only on the number; the larger ones take more than one write.
fn content(number: u64) -> Vec<u8> {
    let length = [20, 4_000, 200_000][number as usize % 3];
    (0..length).map(|place: u64| (place.wrapping_mul(number + 3) >> 3) as u8).collect()
}

fn start(workspace: &Path, role: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--ignored", "--nocapture"])
        .env(WORKSPACE, workspace)
        .env(ROLE, role)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Not a test: the entry point of the child processes.
#[test]
#[ignore = "started as a child process by the tests below"]
fn child() {
    let Some(root) = std::env::var_os(WORKSPACE) else {
        return;
    };
    let workspace = Workspace::new(root);
    match std::env::var(ROLE).unwrap_or_default().as_str() {
        "creator" => create_all(&workspace),
        "clean-up" => clean_up_until_killed(&workspace),
        writer => write_until_killed(&workspace, writer),
    }
}

/// Creates every object, and leaves a file for each that it was the first to create.
fn create_all(workspace: &Workspace) {
    for number in 0..OBJECTS {
        let (id, created) = workspace.store().create(&content(number)).unwrap();
        if created {
            let path = workspace.root().join("created").join(id.to_string());
            assert!(create_atomically(&path, b"").unwrap(), "{number} was created twice");
        }
    }
}

/// The file in which the processes of a role record their progress.
fn progress(workspace: &Path, role: &str) -> PathBuf {
    workspace.with_file_name(format!("{role}.steps"))
}

/// The number of steps that all processes of a role have taken together.
fn steps(workspace: &Path, role: &str) -> u64 {
    std::fs::metadata(progress(workspace, role)).map_or(0, |file| file.len())
}

/// Records one step.
fn step(workspace: &Workspace, role: &str) {
    let path = progress(workspace.root(), role);
    OpenOptions::new().create(true).append(true).open(path).unwrap().write_all(b".").unwrap();
}

/// Acts like a phase: locks its run, puts objects that others put as well, refers to them, and drops older ones.
fn write_until_killed(workspace: &Workspace, name: &str) {
    let run = workspace.run(name);
    let view = run.directory().join("view.json");
    let mut random = u64::from(std::process::id());
    let started = Instant::now();
    while started.elapsed() < LIFETIME {
        let lock = run.lock().unwrap();
        let known: Vec<Digest> = if view.exists() { read_json(&view).unwrap() } else { Vec::new() };
        step(workspace, name);
        for id in &known {
            // Whatever happened, everything this run refers to must be readable.
            workspace.store().get(id).unwrap();
        }
        let mut ids = Vec::new();
        for _ in 0..4 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ids.push(workspace.store().put(&content((random >> 33) % OBJECTS)).unwrap());
            step(workspace, name);
        }
        write_atomically(&view, &pretty_json(&ids).unwrap()).unwrap();
        step(workspace, name);
        drop(lock);
    }
}

/// Cleans up without a grace period: only locks and timestamps protect the phases.
fn clean_up_until_killed(workspace: &Workspace) {
    let policy = gc::Policy { grace: Duration::ZERO, ..gc::Policy::default() };
    let started = Instant::now();
    while started.elapsed() < LIFETIME {
        let lock = workspace.lock_for_clean_up().unwrap();
        step(workspace, "clean-up");
        let plan = gc::plan(&gc::survey(workspace).unwrap(), &policy, SystemTime::now());
        assert_eq!(plan.troubles, Vec::<String>::new());
        step(workspace, "clean-up");
        gc::execute(workspace, &lock, &plan, &mut |_| step(workspace, "clean-up")).unwrap();
    }
}

fn stderr(child: Child) -> String {
    String::from_utf8_lossy(&child.wait_with_output().unwrap().stderr).into_owned()
}

#[test]
fn exactly_one_of_several_processes_creates_an_object() {
    let directory = tempfile::tempdir().unwrap();
    let mut children: Vec<Child> = (0..4).map(|_| start(directory.path(), "creator")).collect();
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    assert!(children.into_iter().all(|child| !stderr(child).contains("panicked")));
    let store = Workspace::new(directory.path()).store();
    assert_eq!(store.list().unwrap().len() as u64, OBJECTS);
    assert_eq!(std::fs::read_dir(directory.path().join("created")).unwrap().count() as u64, OBJECTS);
    for number in 0..OBJECTS {
        let bytes = content(number);
        assert_eq!(store.get(&Digest::of(&bytes)).unwrap(), bytes);
    }
    assert_eq!(store.leftovers().unwrap(), []);
}

#[test]
fn phases_and_clean_ups_killed_at_any_time_lose_no_referenced_object() {
    const ROLES: [&str; 4] = ["one", "two", "three", "clean-up"];
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("workspace");
    let workspace = Workspace::new(&root);
    let mut children: Vec<Child> = ROLES.iter().map(|role| start(&root, role)).collect();
    for kill in 0..48 {
        let place = kill as usize % ROLES.len();
        let (mut child, role) = (children.remove(place), ROLES[place]);
        // Odd numbers of steps, so that the kills hit different places.
        let enough = steps(&root, role) + 5 + 7 * (kill % 11);
        let ended = |child: &mut Child| child.try_wait().unwrap().is_some();
        wait_until("the process has made some steps", || steps(&root, role) >= enough || ended(&mut child));
        let ended = ended(&mut child);
        child.kill().unwrap();
        assert!(!ended, "{role}: {}", stderr(child));
        // Its locks are released only once it is gone.
        child.wait().unwrap();
        children.insert(place, start(&root, role));
    }
    for (mut child, role) in children.into_iter().zip(ROLES) {
        let ended = child.try_wait().unwrap();
        child.kill().unwrap();
        assert!(ended.is_none(), "{role}: {}", stderr(child));
        child.wait().unwrap();
    }

    let store = workspace.store();
    let mut needed = std::collections::BTreeSet::new();
    for role in &ROLES[..3] {
        let view = workspace.run(role).directory().join("view.json");
        needed.extend(read_json::<Vec<Digest>>(&view).unwrap());
    }
    assert!(!needed.is_empty());
    for id in &needed {
        store.get(id).unwrap();
    }
    // One undisturbed clean-up finishes what the killed ones began.
    let lock = workspace.lock_for_clean_up().unwrap();
    let later = SystemTime::now() + Duration::from_secs(3600);
    let policy = gc::Policy { grace: Duration::ZERO, ..gc::Policy::default() };
    let plan = gc::plan(&gc::survey(&workspace).unwrap(), &policy, later);
    gc::execute(&workspace, &lock, &plan, &mut |_| {}).unwrap();
    assert_eq!(store.list().unwrap(), needed.into_iter().collect::<Vec<_>>());
    assert_eq!(store.quarantined().unwrap(), []);
    assert_eq!(store.leftovers().unwrap(), []);
}
