//! The head: the last line of the chain, recorded in a file of its own.
//!
//! A chain vouches for every line but the last, and cannot show that lines are missing from its end. The head covers
//! both. It is written after each line, so a crash can leave the ledger one line ahead of it, but never behind.

use super::entry::{Entry, chain};
use crate::canonical::canonical_json;
use crate::error::Error;
use crate::files::write_atomically;
use crate::id::Digest;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// The last line that was written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    /// Its place in the ledger, from 1.
    index: u64,
    /// Its digest.
    digest: Digest,
}

impl Head {
    /// The head's file beside a ledger.
    fn path(ledger: &Path) -> PathBuf {
        ledger.with_extension("head")
    }

    pub(super) fn read(ledger: &Path) -> Result<Option<Self>, Error> {
        let path = Self::path(ledger);
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|source| Error::Json { what: path.display().to_string(), source }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io("read", &path)(error)),
        }
    }

    pub(super) fn write(ledger: &Path, last: &Entry) -> Result<(), Error> {
        let mut bytes = canonical_json(&Self { index: last.index, digest: last.digest()? })?;
        bytes.push(b'\n');
        write_atomically(&Self::path(ledger), &bytes)
    }

    /// Checks a chain against the head that was read before it.
    pub(super) fn check(head: Option<&Self>, entries: &[Entry], ledger: &Path) -> Result<(), Error> {
        let broken = |line: u64, reason| chain(ledger).broken(line as usize, reason);
        let last = entries.len() as u64;
        let Some(Self { index, digest }) = head else {
            // A process may have been killed between writing the first line and writing the head.
            let reason = || format!("nothing vouches for it: {} is gone", Self::path(ledger).display());
            return if last > 1 { Err(broken(last, reason())) } else { Ok(()) };
        };
        match usize::try_from(*index).ok().and_then(|index| entries.get(index.checked_sub(1)?)) {
            None => Err(broken(last + 1, format!("it is missing; the ledger had reached line {index}"))),
            Some(entry) if entry.digest()? != *digest => {
                Err(broken(*index, "it is not the line that was written".to_owned()))
            }
            Some(_) if last > index + 1 => {
                Err(broken(index + 2, format!("it was added from outside: the ledger ended at line {index}")))
            }
            Some(_) => Ok(()),
        }
    }
}
