//! Stopping a study: by Ctrl-C, by a termination signal, or at its time limit.

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Why a study stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// A signal arrived: its number.
    Signal(i32),
    /// The time limit is reached.
    Time,
}

/// Tells whether to stop.
#[derive(Debug, Clone)]
pub(super) struct Stop {
    signal: Arc<AtomicUsize>,
    deadline: Option<Instant>,
}

impl Stop {
    /// Listens for signals from here on. The first one asks for an orderly stop, the second one ends the process.
    pub(super) fn new(max_time: Option<Duration>) -> std::io::Result<Self> {
        let (signal, asked) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        for number in [SIGINT, SIGTERM] {
            // Handlers run in this order: the first signal must find the flag unset, and only then set it.
            flag::register_conditional_shutdown(number, 128 + number, Arc::clone(&asked))?;
            flag::register(number, Arc::clone(&asked))?;
            flag::register_usize(number, Arc::clone(&signal), number as usize)?;
        }
        let deadline = max_time.and_then(|time| Instant::now().checked_add(time));
        Ok(Self { signal, deadline })
    }

    /// The reason to stop, if any.
    pub(super) fn reason(&self) -> Option<Reason> {
        match self.signal.load(Ordering::Relaxed) {
            0 => self.deadline.filter(|deadline| Instant::now() >= *deadline).map(|_| Reason::Time),
            signal => Some(Reason::Signal(signal as i32)),
        }
    }
}

impl Reason {
    /// The exit code: for a signal the shell's convention, 128 plus its number; a time limit is not a failure.
    pub(super) fn exit_code(self) -> ExitCode {
        match self {
            Reason::Signal(signal) => ExitCode::from(128u8.wrapping_add(signal as u8)),
            Reason::Time => ExitCode::SUCCESS,
        }
    }
}

/// Parses a duration above zero: `90s`, `15m`, `2h`, `1h30m`, `1d`.
pub(super) fn parse_time(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(Duration::ZERO) => Err("expected a duration above zero, such as 90s or 1h30m".to_owned()),
        Ok(time) => Ok(time),
        Err(error) => Err(error.to_string()),
    }
}

/// Formats a duration in its two largest units, up to hours.
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
    fn durations_are_parsed_and_formatted() {
        let check = |text: &str, seconds: u64| {
            assert_eq!(parse_time(text), Ok(Duration::from_secs(seconds)), "{text}");
        };
        check("90s", 90);
        check("15m", 900);
        check("1h30m", 5400);
        check("1d", 86_400);
        check("2w", 1_209_600);
        for bad in ["", "0", "0s", "s", "90", "-3s", "5x", "99999999999999999999s"] {
            assert!(parse_time(bad).is_err(), "{bad}");
        }
        let show = |seconds| show_time(Duration::from_secs(seconds));
        assert_eq!([show(5), show(65), show(3725)], ["5s", "1m05s", "1h02m"]);
    }

    #[test]
    fn signals_and_the_deadline_are_reasons() {
        let stop = |deadline| Stop { signal: Arc::default(), deadline };
        assert_eq!(stop(None).reason(), None);
        assert_eq!(stop(Instant::now().checked_add(Duration::from_secs(60))).reason(), None);
        assert_eq!(stop(Some(Instant::now())).reason(), Some(Reason::Time));
        let signalled = Stop { signal: Arc::new(AtomicUsize::new(SIGINT as usize)), deadline: None };
        assert_eq!(signalled.reason(), Some(Reason::Signal(SIGINT)));
    }
}
