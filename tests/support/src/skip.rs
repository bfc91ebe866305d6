//! Tests that need a program this machine may lack, and the count of those skipped.
//!
//! A skipped test passes, and the output of passing tests is swallowed. So it also adds a line to the file that
//! [`REPORT`] names; `cargo xtask test` gives the tests such a file and reads it afterwards.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// The environment variable with the file that skipped tests add a line to.
pub const REPORT: &str = "HOLDFAST_SKIPPED";

/// What a test may need beyond Rust and a C compiler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A PostgreSQL server.
    PostgreSql,
    /// A Python with Optuna.
    Optuna,
}

impl Need {
    /// Every need.
    pub const ALL: [Self; 2] = [Self::PostgreSql, Self::Optuna];

    /// What the summary calls it.
    fn name(self) -> &'static str {
        match self {
            Self::PostgreSql => "PostgreSQL",
            Self::Optuna => "Optuna",
        }
    }

    /// What is missing, and where it comes from.
    fn wanted(self) -> &'static str {
        match self {
            Self::PostgreSql => "PostgreSQL (tests/with-postgres)",
            Self::Optuna => "Python with Optuna (tests/optuna/requirements.txt)",
        }
    }

    /// The environment variable that says where it is.
    fn variable(self) -> &'static str {
        match self {
            Self::PostgreSql => "HOLDFAST_TEST_POSTGRES",
            Self::Optuna => "HOLDFAST_PYTHON",
        }
    }

    /// Where it is on this machine; `None`, after a report that the running test is skipped, if it is missing.
    ///
    /// # Panics
    ///
    /// When [`REPORT`] names a file that cannot be written: a test must not be skipped unseen.
    pub fn or_skip(self) -> Option<String> {
        let found = std::env::var(self.variable()).ok();
        if found.is_none() {
            eprintln!("skipped: needs {}", self.wanted());
            if let Some(report) = std::env::var_os(REPORT) {
                note(Path::new(&report), self, &running_test()).expect("the report can be written");
            }
        }
        found
    }
}

/// The running test, as `package: path`.
fn running_test() -> String {
    // The test harness names each test's thread after it.
    let thread = std::thread::current();
    let package = std::env::var("CARGO_PKG_NAME").unwrap_or_default();
    format!("{package}: {}", thread.name().unwrap_or("a test"))
}

/// Adds a test to the report.
fn note(report: &Path, need: Need, test: &str) -> io::Result<()> {
    // One write each, so that the lines of tests that run side by side do not mix.
    let line = format!("{}\t{test}\n", need.name());
    OpenOptions::new().create(true).append(true).open(report)?.write_all(line.as_bytes())
}

/// The tests that were skipped, each with what it needs. Shown, it is one line that counts them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Skipped(Vec<(Need, String)>);

impl Skipped {
    /// Reads a report; there is none when nothing was skipped.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or a line was written by something else.
    pub fn read(report: &Path) -> io::Result<Self> {
        let text = match fs::read_to_string(report) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            text => text?,
        };
        let entry = |line: &str| {
            let (name, test) = line.split_once('\t')?;
            let need = Need::ALL.into_iter().find(|need| need.name() == name)?;
            Some((need, test.to_owned()))
        };
        let entry =
            |line: &str| entry(line).ok_or_else(|| io::Error::other(format!("{line:?} names no need")));
        text.lines().map(entry).collect::<Result<_, _>>().map(Self)
    }

    /// Whether every test was run.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A line for each test.
    pub fn tests(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(need, test)| format!("{test} needs {}", need.wanted()))
    }
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted = |need: Need| match self.0.iter().filter(|(other, _)| *other == need).count() {
            0 => None,
            1 => Some(format!("1 needs {}", need.name())),
            n => Some(format!("{n} need {}", need.name())),
        };
        let needs = Need::ALL.into_iter().filter_map(counted).collect::<Vec<_>>().join(", ");
        match self.0.len() {
            0 => write!(f, "skipped: none"),
            1 => write!(f, "skipped: 1 test ({needs})"),
            n => write!(f, "skipped: {n} tests ({needs})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skipped_tests_are_counted_by_what_they_need() {
        let directory = tempfile::tempdir().unwrap();
        let report = directory.path().join("skipped");
        let shown = || Skipped::read(&report).unwrap().to_string();
        assert_eq!(shown(), "skipped: none");
        assert!(Skipped::read(&report).unwrap().is_empty());
        note(&report, Need::Optuna, "tests: first").unwrap();
        assert_eq!(shown(), "skipped: 1 test (1 needs Optuna)");
        // As many threads as a test program may run at a time.
        std::thread::scope(|scope| {
            for number in 0..50 {
                let need = [Need::PostgreSql, Need::Optuna][number % 2];
                let report = &report;
                scope.spawn(move || note(report, need, &format!("tuner: number_{number}")).unwrap());
            }
        });
        assert_eq!(shown(), "skipped: 51 tests (25 need PostgreSQL, 26 need Optuna)");
        let tests: Vec<String> = Skipped::read(&report).unwrap().tests().collect();
        assert_eq!(tests[0], "tests: first needs Python with Optuna (tests/optuna/requirements.txt)");
        assert!(tests.contains(&"tuner: number_48 needs PostgreSQL (tests/with-postgres)".to_owned()));
    }

    #[test]
    fn a_report_of_something_else_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let report = directory.path().join("skipped");
        fs::write(&report, "Optuna\ttests: first\nsomething\n").unwrap();
        assert!(Skipped::read(&report).unwrap_err().to_string().contains("something"));
    }

    #[test]
    fn a_test_is_named_by_package_and_path() {
        assert_eq!(running_test(), "test-support: skip::tests::a_test_is_named_by_package_and_path");
    }
}
