//! Starting the program under attack.

use crate::fault::Phase;
use anyhow::Context as _;
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Far longer than any command takes: only one that hangs reaches it.
const BOUND: Duration = Duration::from_secs(60);

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; `None` after a signal.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// Whether it had to be ended after a minute.
    pub hung: bool,
    /// Standard output, then standard error.
    pub said: String,
}

/// The program and where it finds its files.
#[derive(Debug, Clone)]
pub struct Program {
    /// The binary `holdfast`.
    binary: PathBuf,
    /// Files of bars, for predictions.
    bars: PathBuf,
    /// What ends the program when this process is killed.
    library: Option<PathBuf>,
}

impl Program {
    /// The binary `holdfast` at this path, and the directory of its bars.
    pub fn new(binary: PathBuf, bars: PathBuf) -> Self {
        Self { binary, bars, library: None }
    }

    /// Has every command end when this process is killed; `library` is the one that disturbs system calls.
    pub(crate) fn end_with_this(&mut self, library: &Path) {
        self.library = Some(library.to_owned());
    }

    /// A command on a workspace.
    pub fn command(&self, workspace: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("HOLDFAST_"))
        {
            command.env_remove(name);
        }
        command.args(args).env("HOLDFAST_WORKSPACE", workspace).stdin(Stdio::null());
        if let Some(library) = &self.library {
            command.env("LD_PRELOAD", library).env("TORTURE_HARNESS", std::process::id().to_string());
        }
        command
    }

    /// A phase's command on a workspace with one run.
    pub fn phase(&self, workspace: &Path, phase: Phase) -> Command {
        let smoke = |name| self.command(workspace, &[name, "--preset", "smoke"]);
        match phase {
            Phase::Freeze => smoke("freeze"),
            // A trial of a frozen process is taken over soon, not after a minute.
            Phase::Tune => self.command(workspace, &["tune", "--preset", "smoke", "--grace", "5s"]),
            Phase::Validate => smoke("validate"),
            Phase::Finalize => smoke("finalize"),
            Phase::Report => smoke("report"),
            Phase::Fsck => self.command(workspace, &["artifact", "fsck"]),
            Phase::Repair => self.command(workspace, &["artifact", "fsck", "--repair"]),
            Phase::Gc => self.command(workspace, &["artifact", "gc", "--yes"]),
            Phase::Audit => self.command(workspace, &["audit", &run_name(workspace)]),
            Phase::Predict => {
                let mut command = self.command(workspace, &["predict", "--model"]);
                command.arg(workspace.join("runs").join(run_name(workspace)).join("final_model"));
                let files = ["AAPL", "GOOG", "IBM", "MSFT"]
                    .map(|ticker| self.bars.join(ticker).with_extension("csv"));
                command.arg("--bars").args(files);
                command
            }
        }
    }

    /// All phases.
    pub fn pipeline(&self, workspace: &Path) -> Command {
        self.command(workspace, &["pipeline", "--preset", "smoke"])
    }
}

/// The only run's name; empty if there is none.
fn run_name(workspace: &Path) -> String {
    let first = fs::read_dir(workspace.join("runs")).ok().and_then(|mut entries| entries.next()?.ok());
    first.map(|entry| entry.file_name().to_string_lossy().into_owned()).unwrap_or_default()
}

/// Runs a command to its end, or ends it after a minute.
///
/// # Errors
///
/// If it cannot be started.
pub fn run(command: &mut Command) -> anyhow::Result<Ended> {
    let directory = tempfile::tempdir()?;
    let [out, err] = ["out", "err"].map(|name| directory.path().join(name));
    // Files, not pipes: a program whose output nobody reads would wait.
    command.stdout(File::create(&out)?).stderr(File::create(&err)?);
    let (status, hung) = wait(command)?;
    let read = |path| fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Ok(Ended { code: status.code(), signal: status.signal(), hung, said: read(out)? + &read(err)? })
}

/// The same with standard output and standard error full, so that it says nothing.
///
/// # Errors
///
/// If it cannot be started.
pub fn run_unheard(command: &mut Command) -> anyhow::Result<Ended> {
    let full = || File::options().write(true).open("/dev/full");
    command.stdout(full()?).stderr(full()?);
    unheard(command)
}

/// The same with standard output and standard error going to a pipe that nothing reads.
///
/// # Errors
///
/// If it cannot be started.
pub fn run_into_broken_pipe(command: &mut Command) -> anyhow::Result<Ended> {
    let (reader, writer) = std::io::pipe()?;
    drop(reader);
    command.stdout(writer.try_clone()?).stderr(writer);
    unheard(command)
}

/// Runs a command whose output nobody can read.
///
/// # Errors
///
/// If it cannot be started.
pub(crate) fn unheard(command: &mut Command) -> anyhow::Result<Ended> {
    let (status, hung) = wait(command)?;
    Ok(Ended { code: status.code(), signal: status.signal(), hung, said: String::new() })
}

fn wait(command: &mut Command) -> anyhow::Result<(std::process::ExitStatus, bool)> {
    let mut child =
        command.spawn().with_context(|| format!("failed to start {:?}", command.get_program()))?;
    let started = Instant::now();
    while started.elapsed() < BOUND {
        if let Some(status) = child.try_wait()? {
            return Ok((status, false));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill()?;
    Ok((child.wait()?, true))
}
