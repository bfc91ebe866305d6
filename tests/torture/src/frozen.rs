//! A process that is frozen in the middle of its work, and the same command beside it.

use crate::program::Ended;
use anyhow::Context as _;
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Far longer than any command takes that does not wait for another one, and longer than one may wait for a lock.
const BOUND: Duration = Duration::from_secs(150);
const SIGINT: i32 = 2;

/// Lets `frozen` run until it stops itself, runs `other` beside it, and kills the frozen one. If `other` says that it
/// waits, it is interrupted. Returns how it ended; `None` for one that was interrupted and ended as it should.
///
/// # Errors
///
/// If one cannot be started.
pub(crate) fn beside_frozen(frozen: &mut Command, other: &mut Command) -> anyhow::Result<Option<Ended>> {
    let mut frozen = Ending(frozen.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?);
    let started = Instant::now();
    while !stopped(frozen.0.id()) && frozen.0.try_wait()?.is_none() && started.elapsed() < BOUND {
        std::thread::sleep(Duration::from_millis(5));
    }
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("said");
    let file = File::create(&path)?;
    let mut other = Ending(other.stdout(file.try_clone()?).stderr(file).spawn()?);
    let said = || fs::read(&path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let mut interrupted = false;
    let mut since = Instant::now();
    while since.elapsed() < BOUND {
        if let Some(status) = other.0.try_wait()? {
            if interrupted && (status.code() == Some(130) || status.signal() == Some(SIGINT)) {
                return Ok(None);
            }
            let (code, signal) = (status.code(), status.signal());
            return Ok(Some(Ended { code, signal, hung: false, said: said()? }));
        }
        if !interrupted && said()?.contains("wait") {
            interrupt(other.0.id())?;
            (interrupted, since) = (true, Instant::now());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(Some(Ended { code: None, signal: None, hung: true, said: said()? }))
}

fn interrupt(process: u32) -> anyhow::Result<()> {
    let status = Command::new("kill").args(["-s", "INT", &process.to_string()]).status();
    status.context("failed to start kill").map(drop)
}

/// Whether SIGSTOP has stopped the process: its state follows its name, which is in parentheses.
fn stopped(process: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with('T'))
}

/// A process that is killed when it is no longer needed.
struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn one_that_waits_beside_a_frozen_one_is_interrupted() {
        let other = &mut shell("echo this process waits; exec sleep 1000");
        assert!(beside_frozen(&mut shell("kill -s STOP $$"), other).unwrap().is_none());
    }

    #[test]
    fn one_that_ends_beside_a_frozen_one_is_left_to_end() {
        let ended = beside_frozen(&mut shell("kill -s STOP $$"), &mut shell("echo no >&2; exit 2")).unwrap();
        let ended = ended.unwrap();
        assert_eq!((ended.code, ended.said.as_str()), (Some(2), "no\n"));
    }
}
