//! Starts the measured programs.

use super::process::{Figures, measure};
use std::path::PathBuf;
use std::process::Command;
use xtask::command::root;

/// Starts the measured programs.
pub(super) struct Runner {
    /// The directory of this project's programs.
    pub(super) binaries: PathBuf,
    /// The Python for the peers; `None` to skip them.
    pub(super) python: Option<PathBuf>,
}

impl Runner {
    /// One of this project's programs.
    pub(super) fn own(&self, name: &str) -> Command {
        Command::new(self.binaries.join(name).with_extension(std::env::consts::EXE_EXTENSION))
    }

    /// Measures a command of the program `bench` on this many threads.
    pub(super) fn measure_own(&self, args: &[String], threads: usize) -> anyhow::Result<Figures> {
        measure(self.own("bench").args(args).env("RAYON_NUM_THREADS", threads.to_string()))
    }

    /// Measures a peer; `None` if peers are skipped or, with a message, if it fails.
    pub(super) fn measure_peer(&self, script: &str, args: &[String]) -> Option<Figures> {
        let python = self.python.as_ref()?;
        let path = root().join("bench/peers").join(script);
        match measure(Command::new(python).arg(path).args(args)) {
            Ok(figures) => Some(figures),
            Err(error) => {
                eprintln!(
                    "skipped: {script} needs the packages of bench/peers/requirements.txt in {} (--python or \
                     HOLDFAST_PYTHON): {error:#}",
                    python.display()
                );
                None
            }
        }
    }
}

/// `--name value` for each pair.
pub(super) fn options<const N: usize>(pairs: [(&str, usize); N]) -> Vec<String> {
    pairs.into_iter().flat_map(|(name, value)| [format!("--{name}"), value.to_string()]).collect()
}
