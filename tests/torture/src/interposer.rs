//! The library that disturbs system calls.

use anyhow::{Context as _, bail};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A disturbance of one system call.
#[derive(Debug, Clone)]
pub(crate) struct Disturbance {
    /// Which call, as the library names it.
    pub(crate) call: String,
    /// Which of these calls, from 1.
    pub(crate) at: usize,
    /// The error that it returns; 0 kills the process before the call, -1 stops it.
    pub(crate) errno: i32,
    /// Whether every later call fails as well.
    pub(crate) lasts: bool,
}

/// The compiled library.
#[derive(Debug)]
pub(crate) struct Interposer(PathBuf);

impl Interposer {
    /// Compiles the library with `cc`.
    ///
    /// # Errors
    ///
    /// If there is no C compiler.
    pub(crate) fn compile(directory: &Path) -> anyhow::Result<Self> {
        let source = directory.join("interpose.c");
        fs::write(&source, include_str!("interpose.c"))?;
        let library = directory.join("interpose.so");
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-O1", "-o"]).args([&library, &source]).arg("-ldl");
        let status = compiler.status().context("failed to start cc; install a C compiler")?;
        if !status.success() {
            bail!("cc cannot compile {} ({status})", source.display());
        }
        Ok(Self(library))
    }

    /// Disturbs a command's calls below `root`.
    pub(crate) fn disturb(&self, command: &mut Command, root: &Path, how: &Disturbance) {
        command.env("LD_PRELOAD", &self.0).env("TORTURE_ROOT", root).env("TORTURE_CALL", &how.call);
        command.env("TORTURE_AT", how.at.to_string()).env("TORTURE_ERRNO", how.errno.to_string());
        if how.lasts {
            command.env("TORTURE_LASTS", "1");
        }
    }

    /// Has every open of `file` fail with EACCES.
    pub(crate) fn shut(&self, command: &mut Command, file: &Path) {
        command.env("LD_PRELOAD", &self.0).env("TORTURE_SHUT", file);
    }

    /// Has a command start with standard output and standard error closed.
    pub(crate) fn close_output(&self, command: &mut Command) {
        command.env("LD_PRELOAD", &self.0).env("TORTURE_CLOSED", "1");
    }

    /// Where the library lies.
    pub(crate) fn library(&self) -> &Path {
        &self.0
    }

    /// Has a command count its calls below `root`; [`counts`] reads them from `file`.
    pub(crate) fn count(&self, command: &mut Command, root: &Path, file: &Path) {
        command.env("LD_PRELOAD", &self.0).env("TORTURE_ROOT", root).env("TORTURE_COUNTS", file);
    }
}

/// How often each call was made, without calls that were not made.
///
/// # Errors
///
/// If the file cannot be read: the library was not loaded.
pub(crate) fn counts(file: &Path) -> anyhow::Result<BTreeMap<String, usize>> {
    let text =
        fs::read_to_string(file).context("the system calls were not counted; is the program static?")?;
    let entry = |line: &str| {
        let (call, count) = line.split_once(' ')?;
        Some((call.to_owned(), count.parse().ok().filter(|count| *count > 0)?))
    };
    Ok(text.lines().filter_map(entry).collect())
}
