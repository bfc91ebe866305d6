//! Attacks, and what has to hold after each.

use crate::damage::damage;
use crate::fault::{Kind, Phase, Try};
use crate::interposer::{Disturbance, Interposer, counts};
use crate::program::{Ended, Program, run, run_unheard, run_without_output};
use crate::state::{Figures, contents, copy, files};
use anyhow::Context as _;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const EIO: i32 = 5;
const EAGAIN: i32 = 11;
const EACCES: i32 = 13;
const ENOSPC: i32 = 28;
const SIGKILL: i32 = 9;

/// The seeds of the runs whose final phases run side by side.
const SEEDS: [&str; 4] = ["1", "2", "3", "4"];

/// Not a word of any message.
const PASSWORD: &str = "hunter2xyzzy";

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
    pub fn new(program: Program) -> anyhow::Result<Self> {
        // The library compares paths with the workspace's, so the latter holds no link.
        let directory = tempfile::tempdir_in(std::env::temp_dir().canonicalize()?)?;
        let path = directory.path();
        let interposer = Interposer::compile(path)?;
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
        for seed in SEEDS {
            for name in ["freeze", "tune", "validate"] {
                let ended = run(&mut program.command(&path.join("several"), &of_seed(name, seed)))?;
                succeeded(&ended)
                    .with_context(|| format!("{name} of seed {seed} fails without any fault"))?;
            }
        }
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
        let base = match attack.kind {
            Kind::Several => self.directory.path().join("several"),
            _ => before(self.directory.path(), attack.phase),
        };
        copy(&base, &workspace)?;
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
        let mut damaged = false;
        let ended = match attack.kind {
            Kind::Killed | Kind::IoError | Kind::DiskFull | Kind::Denied | Kind::NoThreads => {
                let Some(how) = self.disturbance(attack) else { return Ok(None) };
                *fault = format!("{} at {} {}", attack.kind, how.call, how.at);
                self.interposer.disturb(&mut command, workspace, &how);
                run(&mut command)?
            }
            Kind::FullOutput => match attack.below(2) {
                0 => run_without_output(&command)?,
                _ => run_unheard(&mut command)?,
            },
            Kind::Several => return self.side_by_side(workspace),
            Kind::Unreadable => {
                let all = files(workspace)?;
                let file = &all[attack.below(all.len())];
                *fault = format!("no open of {} is allowed", file.display());
                let how = Disturbance { call: "open".to_owned(), at: 1, errno: EACCES, lasts: true };
                self.interposer.disturb(&mut command, file, &how);
                let ended = run(&mut command)?;
                if attack.phase == Phase::Audit && ended.code == Some(3) {
                    return Ok(Some(format!("a verdict without having read it: {}", shown(&ended))));
                }
                ended
            }
            Kind::Password => {
                command.args(["--storage", &format!("postgresql://user:{PASSWORD}@127.0.0.1:1/none")]);
                run(&mut command)?
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
                *fault = damage(workspace, attack)?;
                damaged = true;
                run(&mut command)?
            }
        };
        if let Some(broken) = badly_ended(attack.kind, &ended) {
            return Ok(Some(broken));
        }
        if damaged { self.mended(attack.kind, workspace) } else { self.continued(workspace) }
    }

    /// Final phases side by side, and an integrity check and clean-ups beside them, all succeed.
    fn side_by_side(&self, workspace: &Path) -> anyhow::Result<Option<String>> {
        let finalize = |seed| run(&mut self.program.command(workspace, &of_seed("finalize", seed)));
        let beside = |phase| run(&mut self.program.phase(workspace, phase));
        let ended: Vec<anyhow::Result<Ended>> = std::thread::scope(|scope| {
            let finals = SEEDS.map(|seed| scope.spawn(move || finalize(seed)));
            let mut ended = [Phase::Fsck, Phase::Gc, Phase::Fsck].map(beside).into_iter().collect::<Vec<_>>();
            let failed = |_| Err(anyhow::anyhow!("a thread panicked"));
            ended.extend(finals.map(|running| running.join().unwrap_or_else(failed)));
            ended.push(beside(Phase::Fsck));
            ended
        });
        for ended in ended {
            if let Err(error) = succeeded(&ended?) {
                return Ok(Some(error.to_string()));
            }
        }
        let ledger = std::fs::read_to_string(workspace.join("ledger/test-access.jsonl"))?;
        let openings = ledger.matches(r#""kind":"unsealed""#).count();
        Ok((openings != SEEDS.len()).then(|| format!("{openings} openings of {} runs", SEEDS.len())))
    }

    /// The system call that is disturbed; `None` if the phase makes none of the kind.
    fn disturbance(&self, attack: &mut Try) -> Option<Disturbance> {
        let (wanted, errno, lasts): (&[&str], _, _) = match attack.kind {
            Kind::Killed => (&["open", "write", "sync", "unlink", "mkdir"], 0, false),
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

    /// Damaged bytes are found by the integrity check, or change no figure. A second repair repairs nothing.
    fn mended(&self, kind: Kind, workspace: &Path) -> anyhow::Result<Option<String>> {
        let check = run(&mut self.program.phase(workspace, Phase::Fsck))?;
        if kind == Kind::Shortened && check.code != Some(3) {
            return Ok(Some(format!("fsck does not find that lines are gone: {}", shown(&check))));
        }
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
        let rerun = run(&mut self.program.pipeline(workspace))?;
        if let Some(broken) = badly_ended(Kind::Flipped, &rerun) {
            return Ok(Some(broken));
        }
        match (rerun.code, check.code) {
            (Some(0), _) => self.same(workspace),
            // What cannot be made again, such as a ledger, stays refused, and the check has said so.
            (_, Some(3)) => Ok(None),
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

/// A command of the run with this seed.
fn of_seed<'a>(name: &'a str, seed: &'a str) -> [&'a str; 5] {
    [name, "--preset", "smoke", "--seed", seed]
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
    let why = match (ended.code, ended.signal) {
        _ if ended.hung => "hangs",
        _ if ended.said.contains(PASSWORD) => "shows the password",
        (None, Some(SIGKILL)) if kind == Kind::Killed => return None,
        (Some(0), _) => return None,
        (Some(1..=3), _) if kind == Kind::FullOutput || ended.said.contains("error:") => return None,
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
