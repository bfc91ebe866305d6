//! Why bars could not be read.

use chrono::{NaiveDateTime, NaiveTime};
use std::path::PathBuf;

/// Why bars could not be read. `origin` is the file's name.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// No file was named.
    #[error("no file named: list at least one in data.files")]
    NoFiles,
    /// A setting does not fit the source.
    #[error("{key}: {reason}")]
    Setting {
        /// The key, such as `data.files`.
        key: &'static str,
        /// What was found and what was expected.
        reason: String,
    },
    /// A custom source failed.
    #[error("the source failed")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A file could not be opened or read.
    #[error("failed to read bars from {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A file could not be written.
    #[error("failed to write {}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A service or a database did not give what was asked for.
    #[error("{what} from {service}: {reason}: {remedy}")]
    Service {
        /// What was asked for, such as a ticker.
        what: String,
        /// Who was asked, without any password: a host, a database, or the file that stands for an answer.
        service: String,
        /// What happened.
        reason: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A file does not hold bars, or not in a form that can be read.
    #[error(transparent)]
    File(#[from] bar_files::ReadError),
    /// A ticker has one bar a day, at changing times.
    #[error(
        "{origin}, line {line}: {ticker} has one bar a day, but at no usual time, such as {first} and {next}, so the days \
         of its bars are not certain: stamp each bar with its date alone"
    )]
    NoUsualTime {
        /// The file.
        origin: String,
        /// The ticker.
        ticker: String,
        /// The line of the second stamp, from 1.
        line: u64,
        /// The first stamp.
        first: NaiveDateTime,
        /// One at another time of day.
        next: NaiveDateTime,
    },
    /// A daily bar is stamped with another time of day than the others.
    #[error(
        "{origin}, line {line}: the bar of {stamp} is stamped with another time of day than the others, {}, so its day is \
         not certain: correct the stamp",
        usual.format("%H:%M")
    )]
    OddStamp {
        /// The file.
        origin: String,
        /// The line, from 1.
        line: u64,
        /// The stamp.
        stamp: NaiveDateTime,
        /// The time of day of the others.
        usual: NaiveTime,
    },
    /// Two files hold bars of the same ticker.
    #[error("{ticker} is in both {first} and {second}: leave out one of the files")]
    DuplicateTicker {
        /// The ticker.
        ticker: String,
        /// The first file.
        first: String,
        /// The second file.
        second: String,
    },
}
