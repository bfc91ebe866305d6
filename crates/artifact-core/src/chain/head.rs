//! The head: the last line of a log, recorded in a file of its own.
//!
//! A chain vouches for every line but the last, and cannot show that lines are missing from its end. The head covers
//! both. It is written after each line, under the log's lock, so a crash can leave the log one line ahead of it, but
//! never behind; the next writer then writes it before anything else.

use super::link::Link;
use super::log::Log;
use crate::canonical::canonical_json;
use crate::error::Error;
use crate::files;
use crate::id::Digest;
use serde::{Deserialize, Serialize};

/// The last line that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    /// Its place in the log, from 1.
    index: u64,
    /// Its digest.
    digest: Digest,
}

impl Head {
    /// The head of a log that has been followed so far.
    fn of(link: &Link) -> Self {
        Self { index: link.count, digest: link.last }
    }

    /// Reads the head. Only under the log's lock do the two belong together.
    pub(super) fn read(log: &Log) -> Result<Option<Self>, Error> {
        let path = log.head_path();
        let Some(bytes) = files::read_if_there(&path)? else {
            return Ok(None);
        };
        let head = serde_json::from_slice(&bytes);
        head.map(Some).map_err(|error| {
            let head = path.display();
            log.broken(1, format!("nothing vouches for the log, since {head} cannot be read ({error})"))
        })
    }

    /// Records that the log ends here.
    pub(super) fn write(log: &Log, link: &Link) -> Result<(), Error> {
        let mut bytes = canonical_json(&Self::of(link))?;
        bytes.push(b'\n');
        files::write_atomically(&log.head_path(), &bytes)
    }

    /// The place of the last line that it vouches for; 0 where there is no head.
    pub(super) fn place(head: Option<&Self>) -> u64 {
        head.map_or(0, |head| head.index)
    }

    /// Checks where a log ends against its head, whose line the link has watched; returns whether the head is up to date.
    pub(super) fn check(head: Option<&Self>, link: &Link, log: &Log) -> Result<bool, Error> {
        let last = link.count;
        let Some(Self { index, digest }) = head else {
            // A process may have been killed between writing the first line and writing the head.
            if last <= 1 || log.once_headless {
                return Ok(last == 0);
            }
            let reason = format!("nothing vouches for it: {} is gone", log.head_path().display());
            return Err(log.broken(last as usize, reason));
        };
        if last < *index {
            let reason = format!("it is missing; the log had reached line {index}");
            return Err(log.broken(link.next(), reason));
        }
        if link.watched().is_some_and(|found| found != *digest) {
            return Err(log.broken(*index as usize, "it is not the line that was written".to_owned()));
        }
        // One line is what a kill leaves. Earlier versions add any number, and more of them do not make a result better.
        if last > index + 1 && !log.once_headless {
            let reason = format!("it was added from outside: the log ended at line {index}");
            return Err(log.broken(*index as usize + 2, reason));
        }
        Ok(last == *index)
    }
}
