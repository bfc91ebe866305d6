//! What the end-to-end tests share: a temporary workspace and the real binaries.

pub mod readers;
pub mod study;

use artifact_core::schema::{BestConfiguration, ModelBundle};
use artifact_core::{Id, Phase, Run, RunRecord, Workspace, load};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use tempfile::TempDir;

/// The directory of the binaries, built if this is the first use.
fn binaries() -> &'static Path {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    DIRECTORY.get_or_init(|| {
        // Tests run from target/<profile>/deps.
        let test = std::env::current_exe().expect("a test knows its own path");
        let directory =
            test.ancestors().nth(2).expect("tests lie two levels below the profile").to_path_buf();
        let mut cargo = test_support::cargo();
        cargo.args(["build", "--workspace", "--bins", "--quiet"]);
        if directory.ends_with("release") {
            cargo.arg("--release");
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let status = cargo.current_dir(root).status().expect("cargo can be started");
        assert!(status.success(), "the binaries must build");
        directory
    })
}

/// A command for one of the project's binaries.
pub fn binary(name: &str) -> Command {
    let mut command = Command::new(binaries().join(name).with_extension(std::env::consts::EXE_EXTENSION));
    for variable in [
        "HOLDFAST_WORKSPACE",
        "HOLDFAST_CONFIG",
        "HOLDFAST_RUN",
        "HOLDFAST_SEED",
        "HOLDFAST_LOG",
        "HOLDFAST_STORAGE",
    ] {
        command.env_remove(variable);
    }
    command
}

/// A command for an example of the crate `holdfast`, built if this is the first use.
pub fn example(name: &str) -> Command {
    static BUILT: OnceLock<()> = OnceLock::new();
    let directory = binaries().join("examples");
    BUILT.get_or_init(|| {
        let mut cargo = test_support::cargo();
        // Of the whole workspace, as the binaries are: so both share what they are built on.
        cargo.args(["build", "--workspace", "--examples", "--quiet"]);
        if binaries().ends_with("release") {
            cargo.arg("--release");
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let status = cargo.current_dir(root).status().expect("cargo can be started");
        assert!(status.success(), "the examples must build");
    });
    Command::new(directory.join(name).with_extension(std::env::consts::EXE_EXTENSION))
}

/// The phases' binaries with their commands, in order.
pub const PHASES: [(&str, &[&str]); 5] = [
    ("data-loader", &["freeze"]),
    ("tuner", &["run"]),
    ("extended-trainer", &["run"]),
    ("final-trainer", &["run"]),
    ("report", &[]),
];

/// A configuration that finishes in a moment in any build profile.
pub const QUICK: &str = r#"
name = "quick"
[tuner]
parallelism = 3
startup_trials = 2
stages = [
    { sampler = "random", trials = 4, epochs = 2 },
    { sampler = "tpe", trials = 3, epochs = 2 },
    { sampler = "fine_tune", trials = 1, epochs = 3 },
]
[tuner.search_space]
time_window = { choices = [5, 7] }
seq_length = { choices = [8, 12] }
num_layers = 1
d_model = { choices = [8, 16] }
num_heads = { choices = [2, 4] }
d_ff_multiple = 2
batch_size = 64
[extended]
top_n = 2
folds = 3
epochs = 3
"#;

/// A temporary directory with a configuration and a workspace, in which the real binaries are run.
pub struct Sandbox {
    directory: TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Sandbox {
    /// Makes a directory whose `run.toml` holds `config`.
    pub fn new(config: &str) -> Self {
        let sandbox = Self { directory: tempfile::tempdir().expect("a temporary directory can be made") };
        sandbox.write("run.toml", config);
        sandbox
    }

    /// A path in the directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file in the directory.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("the temporary directory can be written");
    }

    /// A phase's command on this workspace and configuration.
    pub fn command(&self, name: &str, command: &[&str]) -> Command {
        let mut process = binary(name);
        process.args(command).arg("--workspace").arg(self.path("workspace"));
        process.arg("--config").arg(self.path("run.toml"));
        if !command.contains(&"--preset") {
            // The built-in defaults' network is quick, and its fits have weights to start from.
            process.args(["--preset", "none"]);
        }
        process
    }

    /// Runs a phase to its end.
    pub fn phase(&self, name: &str, command: &[&str]) -> Ended {
        ended(self.command(name, command).output().expect("the binary can be started"))
    }

    /// Runs a phase, which must succeed.
    pub fn succeeds(&self, name: &str, command: &[&str]) -> Ended {
        let ended = self.phase(name, command);
        assert_eq!(ended.code, 0, "{name}: {}", ended.stderr);
        ended
    }

    /// Runs the first `count` phases, which must succeed.
    pub fn run_phases(&self, count: usize) {
        for (name, command) in &PHASES[..count] {
            self.succeeds(name, command);
        }
    }

    /// Runs all phases but the report, and the audit; returns the final model and the configuration that it was fitted with.
    #[track_caller]
    pub fn tested(&self) -> (ModelBundle, BestConfiguration) {
        self.run_phases(4);
        self.audited();
        let store = self.workspace().store();
        let bundle = self.record().output(Phase::Final, "model_bundle").expect("a final model");
        let bundle: ModelBundle = load(&store, Id::new(bundle)).expect("a stored bundle");
        let best = load(&store, bundle.best_configuration).expect("a stored configuration");
        (bundle, best)
    }

    /// Audits the run with a program of its own, which must find no leak; returns what it printed.
    #[track_caller]
    pub fn audited(&self) -> String {
        let mut audit = binary("artifact");
        audit.args(["audit", self.run().name(), "--workspace"]).arg(self.path("workspace"));
        let Ended { code, stdout, stderr, .. } = ended(audit.output().unwrap());
        assert!(code == 0 && stdout.contains("no leak was found"), "{stdout}{stderr}");
        stdout
    }

    /// The workspace.
    pub fn workspace(&self) -> Workspace {
        Workspace::new(self.path("workspace"))
    }

    /// The only run.
    pub fn run(&self) -> Run {
        let workspace = self.workspace();
        let runs = workspace.runs().expect("the workspace can be read");
        assert_eq!(runs.len(), 1, "one run: {runs:?}");
        workspace.run(&runs[0])
    }

    /// The only run's record.
    pub fn record(&self) -> RunRecord {
        self.run().record().expect("the record can be read").expect("the run has a record")
    }

    /// A file of the only run, as text.
    pub fn view(&self, path: impl Fn(&Run) -> PathBuf) -> String {
        let path = path(&self.run());
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}

/// Splits a command's output.
pub fn ended(output: Output) -> Ended {
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Copies a directory with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a directory can be made");
    for entry in std::fs::read_dir(from).expect("the directory can be read") {
        let entry = entry.expect("the directory can be read");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("the file can be copied");
        }
    }
}

/// Bars of one ticker as CSV text: a slow wave, so that all classes occur.
pub fn csv(rows: usize, phase: f64) -> String {
    let mut text = "Date,Open,High,Low,Close,Volume\n".to_owned();
    for row in 0..rows {
        let date = chrono::NaiveDate::default() + chrono::TimeDelta::days(row as i64);
        let close = 100.0 + 10.0 * (row as f64 / 5.0 + phase).sin() + 3.0 * (row as f64 / 1.7 + phase).cos();
        let (high, low, volume) = (close * 1.01, close * 0.99, 1000 + row % 17);
        text += &format!("{date},{close:.4},{high:.4},{low:.4},{close:.4},{volume}\n");
    }
    text
}

/// Some rows of [`csv`], with its header.
pub fn csv_rows(rows: Range<usize>, phase: f64) -> String {
    let all = csv(rows.end, phase);
    let lines: Vec<&str> = all.lines().collect();
    [&lines[..1], &lines[1 + rows.start..]].concat().join("\n") + "\n"
}

/// A number from 0 to 1 that looks random.
pub fn noise(row: usize, salt: usize) -> f64 {
    // The finalizer of SplitMix64.
    let mixed = (row as u64 * 1000 + salt as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) >> 40) as f64 / f64::from(1 << 24)
}

/// A configuration over [`QUICK`] that reads CSV files of the directory.
pub fn csv_config(files: &[&str]) -> String {
    let files: Vec<String> = files.iter().map(|file| format!("{file:?}")).collect();
    let data = format!("[data]\nsource = \"csv\"\nperiod = \"max\"\nfiles = [{}]\n", files.join(", "));
    QUICK.replacen("[tuner]", &format!("{data}\n[tuner]"), 1)
}

/// The examples of the README are compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// The example of the tuner's page is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/tuner.md")]
struct Tuner;
