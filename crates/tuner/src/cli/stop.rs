//! Stopping a study: by Ctrl-C, by a request to terminate, or because its time is over.

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Why a study stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// A signal came.
    Signal(i32),
    /// The time is over.
    Time,
}

/// Knows whether to stop.
#[derive(Debug)]
pub(super) struct Stop {
    signal: Arc<AtomicUsize>,
    deadline: Option<Instant>,
}

impl Stop {
    /// Listens to signals from here on. The first one asks for an orderly stop, the second one ends the process.
    pub(super) fn new(max_time: Option<Duration>) -> std::io::Result<Self> {
        let (signal, asked) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        for number in [SIGINT, SIGTERM] {
            // In this order: the first signal must not find the flag that it sets itself.
            flag::register_conditional_shutdown(number, 128 + number, Arc::clone(&asked))?;
            flag::register(number, Arc::clone(&asked))?;
            flag::register_usize(number, Arc::clone(&signal), number as usize)?;
        }
        let deadline = max_time.and_then(|time| Instant::now().checked_add(time));
        Ok(Self { signal, deadline })
    }

    /// Why to stop, if there is a reason.
    pub(super) fn reason(&self) -> Option<Reason> {
        match self.signal.load(Ordering::Relaxed) {
            0 => self.deadline.filter(|deadline| Instant::now() >= *deadline).map(|_| Reason::Time),
            signal => Some(Reason::Signal(signal as i32)),
        }
    }
}

impl Reason {
    /// The exit code: a signal's is the shell's own, an end of time is no failure.
    pub(super) fn exit_code(self) -> ExitCode {
        match self {
            Reason::Signal(signal) => ExitCode::from(128u8.wrapping_add(signal as u8)),
            Reason::Time => ExitCode::SUCCESS,
        }
    }
}

/// Reads a length of time: `90`, `90s`, `15m`, `2h`, `1h30m`, `1d`.
pub(super) fn parse_time(text: &str) -> Result<Duration, String> {
    let refuse = || format!("{text:?} is no length of time; write it as 90s, 15m, 2h or 1h30m");
    let (mut total, mut digits) = (0u64, String::new());
    for character in text.chars() {
        if character.is_ascii_digit() {
            digits.push(character);
            continue;
        }
        let unit = match character {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => return Err(refuse()),
        };
        let count: u64 = digits.parse().map_err(|_| refuse())?;
        total = count.checked_mul(unit).and_then(|time| total.checked_add(time)).ok_or_else(refuse)?;
        digits.clear();
    }
    if !digits.is_empty() {
        let seconds: u64 = digits.parse().map_err(|_| refuse())?;
        total = total.checked_add(seconds).ok_or_else(refuse)?;
    }
    if total == 0 { Err(refuse()) } else { Ok(Duration::from_secs(total)) }
}

/// A length of time in the largest two units.
pub(super) fn show_time(time: Duration) -> String {
    match time.as_secs() {
        seconds @ ..60 => format!("{seconds}s"),
        seconds @ 60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        seconds => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read_and_shown() {
        let check = |text: &str, seconds: u64| {
            assert_eq!(parse_time(text), Ok(Duration::from_secs(seconds)), "{text}");
        };
        check("90", 90);
        check("90s", 90);
        check("15m", 900);
        check("1h30m", 5400);
        check("1d", 86_400);
        check("1m5", 65);
        for bad in ["", "0", "s", "5w", "-3s", "1.5h", "99999999999999999999"] {
            assert!(parse_time(bad).is_err(), "{bad}");
        }
        let show = |seconds| show_time(Duration::from_secs(seconds));
        assert_eq!([show(5), show(65), show(3725)], ["5s", "1m05s", "1h02m"]);
    }

    #[test]
    fn the_deadline_is_a_reason() {
        let stop = |deadline| Stop { signal: Arc::default(), deadline };
        assert_eq!(stop(None).reason(), None);
        assert_eq!(stop(Instant::now().checked_add(Duration::from_secs(60))).reason(), None);
        assert_eq!(stop(Some(Instant::now())).reason(), Some(Reason::Time));
        let signalled = Stop { signal: Arc::new(AtomicUsize::new(SIGINT as usize)), deadline: None };
        assert_eq!(signalled.reason(), Some(Reason::Signal(SIGINT)));
    }
}
