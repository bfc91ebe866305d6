//! The threads that the work of a process shares.

use rayon::{ThreadPoolBuildError, ThreadPoolBuilder};
use std::error::Error as _;

/// How many threads `RAYON_NUM_THREADS` may ask for: more than any machine has cores, and few enough that each gets its
/// stack.
const MOST: usize = 1024;

/// Why the threads of a process are not there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ThreadsError {
    /// The environment asks for more than a process can have.
    #[error("RAYON_NUM_THREADS is {0}, expected at most {MOST}; leave it out for one per core")]
    TooMany(usize),
    /// The system refuses a thread.
    #[error(
        "failed to start the threads of this process; allow this user more processes (`ulimit -u`), or set \
         RAYON_NUM_THREADS to 1"
    )]
    Refused(#[source] ThreadPoolBuildError),
}

/// Starts them: as many as `RAYON_NUM_THREADS` says, which is looked up by `variable`, or one per core.
///
/// Otherwise the first work would start them, and panic where the system refuses one.
pub(crate) fn start(variable: impl Fn(&str) -> Option<String>) -> Result<(), ThreadsError> {
    let asked = variable("RAYON_NUM_THREADS").and_then(|text| text.trim().parse::<usize>().ok());
    if let Some(asked) = asked.filter(|asked| *asked > MOST) {
        return Err(ThreadsError::TooMany(asked));
    }
    // 0 means one per core.
    match ThreadPoolBuilder::new().num_threads(asked.unwrap_or(0)).build_global() {
        // A process may get here twice, as tests do; the first threads stay.
        Err(error) if error.source().is_some() => Err(ThreadsError::Refused(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_impossible_number_of_threads_is_refused() {
        let start = |value: &str| start(|name| (name == "RAYON_NUM_THREADS").then(|| value.to_owned()));
        let refused = start("100000").unwrap_err();
        assert!(matches!(refused, ThreadsError::TooMany(100_000)), "{refused}");
        assert!(start("2").is_ok());
        assert!(start("none").is_ok(), "a second time changes nothing");
    }
}
