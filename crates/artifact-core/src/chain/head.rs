//! The head: the last line of a log, recorded in a file of its own.
//!
//! A chain vouches for every line but the last, and cannot show that lines are missing from its end. The head covers
//! both. It is written after each line, under the log's lock, so a crash can leave the log one line ahead of it, but
//! never behind; the next writer then writes it before anything else.

use super::{Chain, Line, Link};
use crate::canonical::canonical_json;
use crate::error::Error;
use crate::files;
use crate::id::Digest;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

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
}

impl<L: Line> Chain<L> {
    /// The head's file beside the log.
    pub(super) fn head_path(&self) -> PathBuf {
        self.path.with_extension("head")
    }

    /// Reads the head. Only under the log's lock do the two belong together.
    pub(super) fn read_head(&self) -> Result<Option<Head>, Error> {
        let path = self.head_path();
        let Some(bytes) = files::read_if_there(&path)? else {
            return Ok(None);
        };
        let head = serde_json::from_slice(&bytes);
        head.map(Some).map_err(|error| {
            let head = path.display();
            self.broken(1, format!("nothing vouches for the log, since {head} cannot be read ({error})"))
        })
    }

    /// Records that the log ends here.
    pub(super) fn write_head(&self, link: &Link) -> Result<(), Error> {
        let mut bytes = canonical_json(&Head::of(link))?;
        bytes.push(b'\n');
        files::write_atomically(&self.head_path(), &bytes)
    }

    /// Checks where a log ends against its head; returns whether the head says so, and not just the line before.
    pub(super) fn check_head(&self, head: Option<&Head>, link: &Link) -> Result<bool, Error> {
        let last = link.count;
        let Some(head) = head else {
            if last <= self.headless {
                return Ok(last == 0);
            }
            let path = self.head_path();
            return Err(self.broken(last as usize, format!("nothing vouches for it: {} is gone", path.display())));
        };
        let Head { index, digest } = *head;
        let recorded = match last.checked_sub(index) {
            None => {
                let reason = format!("it is missing; the log had reached line {index}");
                return Err(self.broken(link.next(), reason));
            }
            Some(0) => link.last,
            Some(1) => link.before,
            Some(_) => {
                let reason = format!("it was added from outside: the log ended at line {index}");
                return Err(self.broken(index as usize + 2, reason));
            }
        };
        if recorded != digest {
            return Err(self.broken(index as usize, "it is not the line that was written".to_owned()));
        }
        Ok(index == last)
    }
}
