//! What can go wrong with artifacts.

use crate::id::Digest;
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// A failure to store, load or check an artifact.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The object is not in the store.
    #[error(
        "{what} {id} is not in the store; run the phase that made it again, or `holdfast artifact fsck --repair`, or \
         restore it from a copy"
    )]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// Its id.
        id: Digest,
    },
    /// The stored bytes are not the ones that were written.
    #[error(
        "object {id} is damaged: {found}; run the phase that made it again, or `holdfast artifact fsck --repair`, or \
         restore it from a copy"
    )]
    Damaged {
        /// The object's id.
        id: Digest,
        /// What was found instead.
        found: String,
    },
    /// The object is of another kind.
    #[error(
        "object {id} is a {found}, expected a {expected}; give the id of a {expected}, or restore the artifact that \
         refers to this one from a copy"
    )]
    WrongKind {
        /// The object's id.
        id: Digest,
        /// Its kind.
        found: String,
        /// The kind that was asked for.
        expected: &'static str,
    },
    /// The object is of a kind unknown to this program.
    #[error("object {id} is a {kind}, a kind unknown to this program; use a newer one")]
    UnknownKind {
        /// The object's id.
        id: Digest,
        /// Its kind.
        kind: String,
    },
    /// The artifact was written by another version of the schema.
    #[error(
        "{what} has schema version {found}, but this program reads version {supported}; use one that reads {found}"
    )]
    UnsupportedVersion {
        /// Which artifact.
        what: String,
        /// The version found.
        found: u64,
        /// The version this program reads.
        supported: u64,
    },
    /// The artifact is well-formed but its content contradicts itself or its parents.
    #[error(
        "{artifact} is not valid: {reason}; restore it from a copy, or run the phases again under another --run"
    )]
    Invalid {
        /// Which artifact.
        artifact: String,
        /// Field, what was found, what was expected.
        reason: Invalid,
    },
    /// Content that must not be written: it contradicts itself, or holds a number that JSON would change.
    #[error(
        "{artifact} cannot be stored: {reason}; nothing was written; correct the value and store it again"
    )]
    Refused {
        /// Which artifact.
        artifact: String,
        /// Field, what was found, what was expected.
        reason: Invalid,
    },
    /// A JSON document cannot be read.
    #[error("{what} is not a valid Holdfast document; restore it, or rerun the phase that writes it")]
    Json {
        /// Which document.
        what: String,
        /// The parser's message.
        source: serde_json::Error,
    },
    /// A value has no canonical JSON form.
    #[error("the value cannot be written as canonical JSON")]
    Canonical {
        /// The writer's message.
        source: serde_json::Error,
    },
    /// A file operation failed.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was attempted.
        action: &'static str,
        /// On which path.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// Another process is working on the run.
    #[error("run {run} is in use by another process; wait for it, or choose another run with --run NAME")]
    RunInUse {
        /// The run's name.
        run: String,
    },
    /// Another process is changing tags or cleaning up.
    #[error("{} is locked by another process that is cleaning up or tagging; wait for it", path.display())]
    StoreInUse {
        /// The lock.
        path: PathBuf,
    },
    /// A name that no run or tag may have.
    #[error(
        "{name:?} cannot name a run or tag; use letters, digits, '-', '_' and '.', not starting with '.'"
    )]
    InvalidName {
        /// The name.
        name: String,
    },
    /// It is unknown which objects are still needed.
    #[error(
        "{found}, so it is unknown what else is needed, and nothing is deleted; run `holdfast artifact fsck`, and \
         restore what it names from a copy"
    )]
    Undecided {
        /// What is wrong.
        found: String,
    },
    /// The present plan for the test rows differs from the frozen one.
    #[error(
        "the test rows stay sealed, because frozen plan {} no longer holds: {}; restore what differs, or run \
         `holdfast validate` to freeze another plan",
        plan.short(),
        list(differences)
    )]
    Plan {
        /// The plan.
        plan: Digest,
        /// What differs from it.
        differences: Vec<PlanDifference>,
    },
    /// An opening of test rows has other figures on record than those that were computed now.
    #[error(
        "the test set of run {run} was scored before with other figures, in line {line} of {}, although its frozen plan is \
         the same; keep the final model with those figures: restore the run from a copy, or freeze another plan with \
         `holdfast validate` (digest of the figures now: {found})",
        path.display()
    )]
    OtherFigures {
        /// The test ledger.
        path: PathBuf,
        /// The line of the score, from 1.
        line: u64,
        /// The run.
        run: String,
        /// The digest of the figures that were computed now.
        found: Digest,
    },
    /// The chain of the test ledger or the trial log is broken.
    #[error("line {line} of the {name} {}: {reason}; restore the file from a copy", path.display())]
    Ledger {
        /// Which of the two.
        name: &'static str,
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
}

fn list(differences: &[PlanDifference]) -> String {
    differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl Error {
    /// Attaches the attempted action and the path to a system error.
    pub fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Error {
        let path = path.into();
        move |source| Error::Io { action, path, source }
    }

    /// Whether the system refused a file operation because the file, or all of its file system, may not be written, or
    /// not be used by this user at all.
    pub fn is_denied(&self) -> bool {
        use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
        matches!(self, Error::Io { source, .. } if matches!(source.kind(), PermissionDenied | ReadOnlyFilesystem))
    }

    /// Whether a stored object is gone, or no longer what was stored: the phase that made it can make it again.
    pub fn is_lost(&self) -> bool {
        matches!(self, Error::NotFound { .. } | Error::Damaged { .. })
    }

    /// Whether the artifact itself is at fault, rather than the system or the caller.
    pub fn is_validation(&self) -> bool {
        !matches!(
            self,
            Error::Io { .. }
                | Error::RunInUse { .. }
                | Error::StoreInUse { .. }
                | Error::InvalidName { .. }
                | Error::NotFound { .. }
                | Error::Canonical { .. }
        )
    }
}

/// One point on which the present plan differs from the frozen one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanDifference {
    /// The field's path; a setting's is its dotted key.
    pub field: String,
    /// The frozen value as JSON.
    pub frozen: String,
    /// The present value as JSON.
    pub present: String,
}

impl fmt::Display for PlanDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was frozen as {}, but is now {}", self.field, self.frozen, self.present)
    }
}

/// A field whose value cannot be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} is {found}, expected {expected}")]
pub struct Invalid {
    /// The field's path in the payload.
    pub field: String,
    /// What it holds.
    pub found: String,
    /// What it should hold.
    pub expected: String,
}

impl Invalid {
    /// The same error, with `outer` in front of the field's path.
    pub(crate) fn within(self, outer: &str) -> Self {
        Self { field: format!("{outer}.{}", self.field), ..self }
    }
}

/// Whether two figures computed from the same numbers agree, up to rounding.
pub(crate) fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-12 * found.abs().max(expected.abs()).max(1.0)
}

/// Refuses a figure unless it is the one computed from others, up to rounding.
pub(crate) fn ensure_close(found: f64, expected: f64, field: &str, from: &str) -> Result<(), Invalid> {
    ensure(close(found, expected), field, found, format!("{expected}, computed from {from}"))
}

/// Refuses a field unless `holds`.
pub(crate) fn ensure(
    holds: bool,
    field: &str,
    found: impl fmt::Display,
    expected: impl fmt::Display,
) -> Result<(), Invalid> {
    if holds {
        return Ok(());
    }
    Err(Invalid { field: field.to_owned(), found: found.to_string(), expected: expected.to_string() })
}
