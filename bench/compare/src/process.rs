//! Runs a process and measures it.

use anyhow::{Context as _, bail};
use serde_json::Value;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How often a running process is polled.
const POLL: Duration = Duration::from_millis(5);
/// The ticks per second of `/proc/PID/stat` on Linux, whatever the kernel's own rate.
const TICKS_PER_SECOND: f64 = 100.0;

/// What a process printed, and what it cost.
#[derive(Debug, Clone)]
pub(super) struct Figures {
    /// The JSON on its standard output, or on the last line of it; null if there is none.
    pub(super) json: Value,
    /// The time from start to exit.
    pub(super) wall_seconds: f64,
    /// The user and kernel time of all its threads; 0 if the system does not report it.
    pub(super) cpu_seconds: f64,
    /// The peak resident memory, in MB; 0 if the system does not report it.
    pub(super) peak_mb: f64,
}

impl Figures {
    /// A number in the process's JSON; NaN if it is missing.
    pub(super) fn number(&self, name: &str) -> f64 {
        self.json[name].as_f64().unwrap_or(f64::NAN)
    }
}

/// Runs a command to completion and measures it.
pub(super) fn measure(command: &mut Command) -> anyhow::Result<Figures> {
    let name = command.get_program().to_string_lossy().into_owned();
    let started = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("failed to start {name}"))?;
    let (output, errors) = (drain(child.stdout.take()), drain(child.stderr.take()));
    let (mut cpu_seconds, mut peak_mb) = (0.0f64, 0.0f64);
    // `/proc` of a process is gone once it has been waited for, so read the usage before every `try_wait`.
    let status = loop {
        let usage = Usage::of(&child);
        cpu_seconds = cpu_seconds.max(usage.cpu_seconds);
        peak_mb = peak_mb.max(usage.peak_mb);
        match child.try_wait()? {
            Some(status) => break status,
            None => std::thread::sleep(POLL),
        }
    };
    let wall_seconds = started.elapsed().as_secs_f64();
    let (output, errors) = (output.join().unwrap_or_default(), errors.join().unwrap_or_default());
    if !status.success() {
        bail!("{name} failed ({status}): {}", errors.lines().last().unwrap_or("no message"));
    }
    let last = output.lines().last().unwrap_or_default();
    let json = [&*output, last].into_iter().find_map(|text| serde_json::from_str(text).ok());
    let json = json.unwrap_or(Value::Null);
    Ok(Figures { json, wall_seconds, cpu_seconds, peak_mb })
}

/// Reads a pipe to its end while the process runs: a full pipe would block it.
fn drain(pipe: Option<impl std::io::Read + Send + 'static>) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // Ignore a read error: what came before it may still explain why the process failed.
            pipe.read_to_end(&mut bytes).ok();
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// What the system reports about a running process.
struct Usage {
    cpu_seconds: f64,
    peak_mb: f64,
}

impl Usage {
    fn of(child: &Child) -> Self {
        let read =
            |file: &str| std::fs::read_to_string(format!("/proc/{}/{file}", child.id())).unwrap_or_default();
        Self {
            cpu_seconds: cpu_seconds(&read("stat")).unwrap_or(0.0),
            peak_mb: peak_mb(&read("status")).unwrap_or(0.0),
        }
    }
}

/// User plus kernel time: the 14th and 15th field. Counted from behind the name in parentheses, which may contain
/// spaces and parentheses itself.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |place: usize| fields.get(place)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / TICKS_PER_SECOND)
}

/// The high-water mark of resident memory.
fn peak_mb(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024.0 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proc_files_are_parsed() {
        let stat = "42 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 1 0 100";
        assert_eq!(cpu_seconds(stat), Some(3.0));
        assert_eq!(peak_mb("Name:\tx\nVmHWM:\t  2000 kB\n"), Some(2.048));
        assert_eq!((cpu_seconds(""), peak_mb("")), (None, None));
    }

    #[test]
    fn a_process_is_measured_and_its_last_line_read() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let figures = measure(Command::new(&cargo).arg("--version")).unwrap();
        assert!(figures.wall_seconds > 0.0 && figures.json.is_null());
        let error = measure(Command::new(cargo).arg("no-such-command")).unwrap_err().to_string();
        assert!(error.contains("failed"), "{error}");
    }
}
