//! Attacks, and what has to hold after each.

use crate::damage::{Damage, damage, draw};
use crate::fault::{Kind, Phase, Try};
use crate::frozen::beside_frozen;
use crate::interposer::{Disturbance, Interposer, counts};
use crate::program::{Ended, Program, run, run_into_broken_pipe, run_unheard, unheard};
use crate::state::{Figures, contents, copy};
use anyhow::Context as _;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const EIO: i32 = 5;
const EAGAIN: i32 = 11;
const EACCES: i32 = 13;
const ENOSPC: i32 = 28;
/// Not an error: stops the process.
const STOP: i32 = -1;
const SIGKILL: i32 = 9;

/// Not a word of any message.
const PASSWORD: &str = "hunter2xyzzy";
/// Addresses that may hold a password, with `SECRET` in its place.
const ADDRESSES: [&str; 14] = [
    "postgresql://user:SECRET@127.0.0.1:1/none",
    "postgres://user:SECRET@127.0.0.1:1/none",
    "POSTGRESQL://user:SECRET@127.0.0.1:1/none",
    " postgresql://user:SECRET@127.0.0.1:1/none",
    "postgresql://user:a?SECRET@127.0.0.1:1/none",
    "postgresql://user:a#SECRET@127.0.0.1:1/none",
    "postgresql://user:a/SECRET@127.0.0.1:1/none",
    "postgresql://user:a%40SECRET@127.0.0.1:1/none",
    "postgresql://user:a@SECRET@127.0.0.1:1/none",
    "postgresql://user@127.0.0.1:1/none?password=SECRET",
    "postgresql:user:SECRET@127.0.0.1:1/none",
    "postgresql+psycopg2://user:SECRET@127.0.0.1:1/none",
    "mysql://user:SECRET@127.0.0.1:1/none",
    "host=127.0.0.1 port=1 user=user password=SECRET",
];

/// A promise that did not hold.
#[derive(Debug)]
pub struct Find {
    /// What was done.
    pub fault: String,
    /// What happened instead of what was promised.
    pub happened: String,
}

/// Undisturbed workspaces, of which every attack gets a copy.
#[derive(Debug)]
pub struct Arena {
    program: Program,
    directory: TempDir,
    interposer: Interposer,
    expected: Figures,
    calls: BTreeMap<Phase, BTreeMap<String, usize>>,
}

impl Arena {
    /// Runs every phase undisturbed, and counts its system calls.
    ///
    /// # Errors
    ///
    /// If a phase fails, or there is no C compiler.
    pub fn new(mut program: Program) -> anyhow::Result<Self> {
        // The library compares paths with the workspace's, so the latter holds no link.
        let directory = tempfile::tempdir_in(std::env::temp_dir().canonicalize()?)?;
        let path = directory.path();
        let interposer = Interposer::compile(path)?;
        program.end_with_this(interposer.library());
        let now = path.join("now");
        std::fs::create_dir(&now)?;
        let mut calls = BTreeMap::new();
        for phase in Phase::ALL {
            copy(&now, &before(path, phase))?;
            let mut command = program.phase(&now, phase);
            let counted = path.join(format!("counts-{phase}"));
            interposer.count(&mut command, &now, &counted);
            succeeded(&run(&mut command)?).with_context(|| format!("{phase} fails without any fault"))?;
            calls.insert(phase, counts(&counted)?);
        }
        let expected = Figures::read(&now)?;
        Ok(Self { program, directory, interposer, expected, calls })
    }

    /// Carries out one attack; returns the promise that did not hold, if any.
    ///
    /// # Errors
    ///
    /// If the attack itself cannot be carried out.
    pub fn attack(&self, mut attack: Try) -> anyhow::Result<Option<Find>> {
        let copied = tempfile::tempdir_in(self.directory.path())?;
        let workspace = copied.path().join("workspace");
        copy(&before(self.directory.path(), attack.phase), &workspace)?;
        let mut fault = attack.kind.to_string();
        let happened = self.broken(&mut attack, &workspace, &mut fault)?;
        let shown = |text: String| text.replace(&format!("{}/", workspace.display()), "");
        Ok(happened.map(|happened| Find { fault: shown(fault), happened: shown(happened) }))
    }

    fn broken(
        &self,
        attack: &mut Try,
        workspace: &Path,
        fault: &mut String,
    ) -> anyhow::Result<Option<String>> {
        let mut command = self.program.phase(workspace, attack.phase);
        let mut damaged = None;
        let ended = match attack.kind {
            Kind::Killed | Kind::IoError | Kind::DiskFull | Kind::Denied | Kind::NoThreads => {
                let Some(how) = self.disturbance(attack) else { return Ok(None) };
                *fault = format!("{} at {} {}", attack.kind, how.call, how.at);
                self.interposer.disturb(&mut command, workspace, &how);
                run(&mut command)?
            }
            Kind::Frozen => {
                let Some(how) = self.disturbance(attack) else { return Ok(None) };
                *fault = format!("{} at {} {}", attack.kind, how.call, how.at);
                self.interposer.disturb(&mut command, workspace, &how);
                let mut other = self.program.phase(workspace, attack.phase);
                match beside_frozen(&mut command, &mut other)? {
                    Some(ended) => ended,
                    None => return self.continued(workspace),
                }
            }
            Kind::FullOutput => run_unheard(&mut command)?,
            Kind::ClosedOutput => {
                if attack.below(2) == 0 {
                    run_into_broken_pipe(&mut command)?
                } else {
                    self.interposer.close_output(&mut command);
                    unheard(&mut command)?
                }
            }
            Kind::Unreadable => {
                let file = draw(workspace, attack)?;
                *fault = format!("no open of {}", file.display());
                self.interposer.shut(&mut command, &file);
                run(&mut command)?
            }
            Kind::Password => {
                let form = ADDRESSES[attack.below(ADDRESSES.len())];
                *fault = format!("--storage {form:?}");
                let address = form.replace("SECRET", PASSWORD);
                if attack.below(2) == 0 {
                    command.args(["--storage", &address]);
                } else {
                    command.env("HOLDFAST_STORAGE", &address);
                }
                let ended = run(command.current_dir(workspace))?;
                if ended.code != Some(2) {
                    return Ok(Some(format!("is not refused: {}", shown(&ended))));
                }
                if let Some(file) = naming(workspace, PASSWORD)? {
                    return Ok(Some(format!("the password is in {}", file.display())));
                }
                ended
            }
            Kind::Beside => {
                let mut beside = |phase| run(&mut self.program.phase(workspace, phase));
                let (ended, others) = std::thread::scope(|scope| {
                    let ended = scope.spawn(|| run(&mut command));
                    let others: anyhow::Result<Vec<Ended>> =
                        [Phase::Fsck, Phase::Gc].into_iter().map(&mut beside).collect();
                    (ended.join(), others)
                });
                for other in others? {
                    // Two clean-ups exclude each other.
                    if other.code != Some(0) && attack.phase != Phase::Gc {
                        return Ok(Some(format!("fsck or gc beside it: {}", shown(&other))));
                    }
                }
                ended.map_err(|_| anyhow::anyhow!("the thread of the phase panicked"))??
            }
            _ => {
                let done = damage(workspace, attack)?;
                fault.clone_from(&done.said);
                damaged = Some(done);
                run(&mut command)?
            }
        };
        if let Some(broken) = badly_ended(attack.kind, &ended) {
            return Ok(Some(broken));
        }
        damaged.map_or_else(|| self.continued(workspace), |done| self.mended(workspace, &done))
    }

    /// The system call that is disturbed; `None` if the phase makes none of the kind.
    fn disturbance(&self, attack: &mut Try) -> Option<Disturbance> {
        let (wanted, errno, lasts): (&[&str], _, _) = match attack.kind {
            Kind::Killed => (&["open", "write", "sync", "unlink", "mkdir"], 0, false),
            Kind::Frozen => (&["write", "sync"], STOP, false),
            Kind::IoError => (&["open", "write", "sync", "unlink", "mkdir"], EIO, false),
            Kind::DiskFull => (&["write", "mkdir"], ENOSPC, true),
            Kind::Denied => (&["open"], EACCES, false),
            _ => (&["thread"], EAGAIN, true),
        };
        let made: Vec<_> =
            self.calls.get(&attack.phase)?.iter().filter(|call| wanted.contains(&call.0.as_str())).collect();
        if made.is_empty() {
            return None;
        }
        let (call, count) = made[attack.below(made.len())];
        Some(Disturbance { call: call.clone(), at: 1 + attack.below(*count), errno, lasts })
    }

    /// After a fault that damaged nothing, a plain rerun gives the figures of the undisturbed run, in a sound workspace.
    fn continued(&self, workspace: &Path) -> anyhow::Result<Option<String>> {
        for mut command in [self.program.pipeline(workspace), self.program.phase(workspace, Phase::Fsck)] {
            let ended = run(&mut command)?;
            if let Err(error) = succeeded(&ended) {
                return Ok(Some(format!(
                    "afterwards {:?} fails: {error}",
                    command.get_args().next().unwrap_or_default()
                )));
            }
        }
        self.same(workspace)
    }

    /// Damaged bytes are found by the integrity check, or change no figure. A second repair repairs nothing. After a
    /// repair, a plain rerun makes again whatever is no source of truth.
    fn mended(&self, workspace: &Path, damage: &Damage) -> anyhow::Result<Option<String>> {
        let check = run(&mut self.program.phase(workspace, Phase::Fsck))?;
        let repair = run(&mut self.program.phase(workspace, Phase::Repair))?;
        let once = contents(workspace)?;
        let second = run(&mut self.program.phase(workspace, Phase::Repair))?;
        let mut ended = [&check, &repair, &second].into_iter();
        if let Some(broken) = ended.find_map(|ended| badly_ended(Kind::Flipped, ended)) {
            return Ok(Some(broken));
        }
        if repair.code == Some(0) && (second.code != Some(0) || contents(workspace)? != once) {
            return Ok(Some(format!("a second repair repairs something, or fails: {}", shown(&second))));
        }
        let mut rerun = run(&mut self.program.pipeline(workspace))?;
        if let Some(directory) = &damage.in_the_way
            && rerun.said.contains("move that away")
        {
            std::fs::remove_dir(directory)?;
            rerun = run(&mut self.program.pipeline(workspace))?;
        }
        if let Some(broken) = badly_ended(Kind::Flipped, &rerun) {
            return Ok(Some(broken));
        }
        match (rerun.code, check.code) {
            (Some(0), _) => self.same(workspace),
            // What cannot be made again, such as a ledger, stays refused, and the check has said so.
            (_, Some(3)) if damage.source => Ok(None),
            _ if !damage.source => {
                Ok(Some(format!("the rerun after a repair ({}) fails: {}", shown(&repair), shown(&rerun))))
            }
            _ => Ok(Some(format!(
                "the rerun fails, and fsck has not exited with 3 ({}): {}",
                shown(&check),
                shown(&rerun)
            ))),
        }
    }

    fn same(&self, workspace: &Path) -> anyhow::Result<Option<String>> {
        Ok(match Figures::read(workspace) {
            Ok(figures) => figures.difference(&self.expected),
            Err(error) => Some(format!("the rerun succeeds without its results: {error:#}")),
        })
    }
}

/// A file that holds the text in its name or in its content.
fn naming(workspace: &Path, text: &str) -> anyhow::Result<Option<PathBuf>> {
    let holds = |bytes: &[u8]| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    let named = |path: &Path| path.to_string_lossy().contains(text);
    Ok(contents(workspace)?.into_iter().find(|(path, bytes)| named(path) || holds(bytes)).map(|file| file.0))
}

/// The workspace as it is before a phase.
fn before(directory: &Path, phase: Phase) -> PathBuf {
    directory.join(format!("before-{phase}"))
}

fn succeeded(ended: &Ended) -> anyhow::Result<()> {
    anyhow::ensure!(ended.code == Some(0), "{}", shown(ended));
    Ok(())
}

/// How a command ended that must not end so under this fault.
fn badly_ended(kind: Kind, ended: &Ended) -> Option<String> {
    let unheard = matches!(kind, Kind::FullOutput | Kind::ClosedOutput);
    let why = match (ended.code, ended.signal) {
        _ if ended.hung => "hangs",
        _ if ended.said.contains(PASSWORD) => "shows the password",
        (None, Some(SIGKILL)) if kind == Kind::Killed => return None,
        (Some(0), _) => return None,
        (Some(1..=3), _) if unheard || ended.said.contains("error:") => return None,
        // The audit's and the check's own verdicts are no errors.
        (Some(3), _) if !ended.said.is_empty() => return None,
        (Some(1..=3), _) => "fails without an error message",
        _ => "ends in no documented way",
    };
    Some(format!("{why}: {}", shown(ended)))
}

/// The end of what a command said, and how it ended.
fn shown(ended: &Ended) -> String {
    let lines: Vec<&str> = ended.said.lines().collect();
    // Below a panic's message there is only where it came from.
    let panic = lines.iter().position(|line| line.contains("panicked at"));
    let from = panic.unwrap_or(lines.len().saturating_sub(4));
    let last = lines[from..].iter().take(4).copied().collect::<Vec<_>>().join(" | ");
    let how = ended.code.map_or(format!("signal {:?}", ended.signal), |code| format!("exit code {code}"));
    format!("{how}: {}", last.replace(PASSWORD, "<password>"))
}
