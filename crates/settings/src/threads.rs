//! The threads that the work of a process shares.

use crate::cli::UsageError;
use rayon::ThreadPoolBuilder;
use std::error::Error;

/// How many threads `RAYON_NUM_THREADS` may ask for: more than any machine has cores, and few enough that each gets its
/// stack.
const MOST: usize = 1024;

/// Starts them: as many as `RAYON_NUM_THREADS` says, which is looked up by `variable`, or one per core.
///
/// Otherwise the first work would start them, and panic where the system refuses one.
pub(crate) fn start(variable: impl Fn(&str) -> Option<String>) -> Result<(), Box<dyn Error>> {
    let asked = variable("RAYON_NUM_THREADS").and_then(|text| text.trim().parse::<usize>().ok());
    if let Some(asked) = asked.filter(|asked| *asked > MOST) {
        let reason =
            format!("RAYON_NUM_THREADS is {asked}, expected at most {MOST}; leave it out for one per core");
        return Err(UsageError(reason).into());
    }
    // 0 means one per core.
    match ThreadPoolBuilder::new().num_threads(asked.unwrap_or(0)).build_global() {
        // A process may get here twice, as tests do; the first threads stay.
        Err(error) if error.source().is_some() => Err(Refused { source: error }.into()),
        _ => Ok(()),
    }
}

/// The system refuses a thread.
#[derive(Debug, thiserror::Error)]
#[error(
    "failed to start the threads of this process; allow this user more processes (`ulimit -u`), or set RAYON_NUM_THREADS to 1"
)]
struct Refused {
    source: rayon::ThreadPoolBuildError,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_impossible_number_of_threads_is_refused() {
        let start = |value: &str| start(|name| (name == "RAYON_NUM_THREADS").then(|| value.to_owned()));
        let refused = start("100000").unwrap_err();
        assert!(
            refused.is::<UsageError>() && refused.to_string().contains("RAYON_NUM_THREADS is 100000"),
            "{refused}"
        );
        assert!(start("2").is_ok());
        assert!(start("none").is_ok(), "a second time changes nothing");
    }
}
