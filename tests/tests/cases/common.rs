//! Cases and what became of them.

use artifact_core::schema::{Fault, FaultKind, Seal};
use artifact_core::{Id, Phase, load};
use data_loader::{Panel, load_panel};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tests::{Ended, PHASES, Sandbox, binary, copy, ended};

/// The options that every command on a case takes: quick, and what an issue's command lines have.
pub(crate) const SMOKE: [&str; 2] = ["--preset", "smoke"];

/// The folder of a case.
pub(crate) fn folder(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases").join(case)
}

/// A file of a case, as text.
pub(crate) fn text(case: &str, file: &str) -> String {
    fs::read_to_string(folder(case).join(file)).unwrap_or_else(|error| panic!("{case}/{file}: {error}"))
}

/// A sandbox with the files and the configuration of a case.
pub(crate) fn case(name: &str) -> Sandbox {
    let sandbox = Sandbox::new(&text(name, "config.toml"));
    copy(&folder(name), &sandbox.path(""));
    sandbox
}

/// Runs a program with [`SMOKE`] to its end.
pub(crate) fn smoke(sandbox: &Sandbox, name: &str, command: &[&str]) -> Ended {
    sandbox.phase(name, &[command, &SMOKE].concat())
}

/// The same, which must succeed.
#[track_caller]
pub(crate) fn succeeds(sandbox: &Sandbox, name: &str, command: &[&str]) -> Ended {
    let ended = smoke(sandbox, name, command);
    assert_eq!(ended.code, 0, "{name} {command:?}: {}", ended.stderr);
    ended
}

/// Runs the first `count` phases, which must succeed.
#[track_caller]
pub(crate) fn run_phases(sandbox: &Sandbox, count: usize) {
    for (name, command) in &PHASES[..count] {
        succeeds(sandbox, name, command);
    }
}

/// A case whose first `count` phases have succeeded.
#[track_caller]
pub(crate) fn ran(name: &str, count: usize) -> Sandbox {
    let sandbox = case(name);
    run_phases(&sandbox, count);
    sandbox
}

/// Runs `artifact` on a workspace.
pub(crate) fn artifact(workspace: &Path, command: &[&str]) -> Ended {
    ended(binary("artifact").args(command).arg("--workspace").arg(workspace).output().unwrap())
}

/// Every object, view and log of the workspace must be in order.
#[track_caller]
pub(crate) fn is_sound(workspace: &Path) {
    let found = artifact(workspace, &["fsck"]);
    assert!(found.code == 0 && found.stdout.ends_with("\nsound\n"), "{}{}", found.stdout, found.stderr);
}

/// Runs a command that must be refused with this exit code, in one message that contains all the parts.
#[track_caller]
pub(crate) fn refused(ended: &Ended, code: i32, parts: &[&str]) {
    assert_eq!((ended.code, ended.stdout.as_str()), (code, ""), "{}", ended.stderr);
    assert_eq!(ended.stderr.matches("error:").count(), 1, "{}", ended.stderr);
    contains(&ended.stderr, parts);
}

/// The text must contain all the parts.
#[track_caller]
pub(crate) fn contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing: {text}");
    }
}

/// Runs a command to its end.
pub(crate) fn output(command: &mut Command) -> Ended {
    let output: Output = command.output().expect("the binary can be started");
    ended(output)
}

/// The frozen bars of a case.
pub(crate) struct Frozen {
    pub(crate) seal: Seal,
    pub(crate) panel: Panel,
    /// What freezing printed.
    pub(crate) told: Ended,
}

/// Freezes the bars of a case, which must be accepted.
#[track_caller]
pub(crate) fn frozen(name: &str) -> Frozen {
    frozen_in(&case(name))
}

/// Freezes the bars of a sandbox, which must be accepted.
#[track_caller]
pub(crate) fn frozen_in(sandbox: &Sandbox) -> Frozen {
    let told = succeeds(sandbox, "data-loader", &["freeze"]);
    let (seal, panel) = sealed(sandbox);
    Frozen { seal, panel, told }
}

/// The seal and the bars of the only run.
pub(crate) fn sealed(sandbox: &Sandbox) -> (Seal, Panel) {
    let store = sandbox.workspace().store();
    let id = sandbox.record().output(Phase::Data, "seal").expect("frozen bars");
    let seal: Seal = load(&store, Id::new(id)).expect("a stored seal");
    let panel = load_panel(&store, seal.snapshot).expect("stored bars");
    (seal, panel)
}

/// A bar: its date, and open, high, low, close and volume.
pub(crate) type Bar = (String, [f64; 5]);

impl Frozen {
    /// The first ticker has these bars, to the last bit; the first that differs is shown.
    #[track_caller]
    pub(crate) fn has(&self, expected: impl IntoIterator<Item = Bar>) {
        let (found, expected) = (self.bars(), expected.into_iter().collect::<Vec<Bar>>());
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found, expected, "{:?}", self.panel.tickers);
        }
        assert_eq!(found.len(), expected.len(), "{:?}", self.panel.tickers);
    }

    /// The rows of the first ticker that the source gave, and those that are used.
    pub(crate) fn rows(&self) -> (usize, usize) {
        let ticker = &self.seal.account.as_ref().expect("an account").tickers[0];
        (ticker.given, ticker.used)
    }

    /// The faults of one kind.
    pub(crate) fn faults(&self, kind: FaultKind) -> Vec<&Fault> {
        self.seal.faults.iter().filter(|fault| fault.kind == kind).collect()
    }

    /// The bars of the first ticker.
    pub(crate) fn bars(&self) -> Vec<Bar> {
        let values = self.panel.values();
        let bar =
            |(row, date): (usize, String)| (date, std::array::from_fn(|column| values[[row, 0, column]]));
        self.panel.dates.iter().map(ToString::to_string).enumerate().map(bar).collect()
    }
}

/// The bars that most cases are written from: 260 weekdays of 2019.
pub(crate) fn plain() -> Vec<Bar> {
    let bar = |line: &str| {
        let (date, values) = line.split_once(',').expect("a date and values");
        let values: Vec<f64> = values.split(',').map(|cell| cell.parse().expect("a number")).collect();
        (date.to_owned(), values.try_into().expect("five values"))
    };
    text("changed-search-space", "A.csv").lines().skip(1).map(bar).collect()
}
