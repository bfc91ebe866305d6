//! What must hold in a ledger beyond its chain: each score belongs to an opening of its own.

use super::entry::{Entry, Event, chain};
use crate::error::Error;
use std::collections::BTreeMap;
use std::path::Path;

/// Reads and verifies the text of a ledger, oldest entry first; `path` names it in errors.
///
/// # Errors
///
/// [`Error::Ledger`] naming the first line that breaks the chain, or scores what was not opened.
pub fn parse(bytes: &[u8], path: &Path) -> Result<Vec<Entry>, Error> {
    let entries = chain(path).parse(bytes)?;
    check_scores(&entries, path)?;
    Ok(entries)
}

/// Checks that each score names an earlier opening of the same run, settings and test rows, which no other has named.
pub(super) fn check_scores(entries: &[Entry], path: &Path) -> Result<(), Error> {
    let mut unscored = BTreeMap::new();
    for (position, entry) in entries.iter().enumerate() {
        match &entry.event {
            Event::Unsealed { .. } => drop(unscored.insert(entry.digest()?, position)),
            Event::Scored { unsealed, .. } => {
                let opened = unscored.remove(unsealed).map(|opening| &entries[opening]);
                if !opened.is_some_and(|opened| entry.is_about_the_same_as(opened)) {
                    let reason = format!(
                        "it scores opening {}, but its run has no such unscored opening",
                        unsealed.short()
                    );
                    return Err(chain(path).broken(position + 1, reason));
                }
            }
        }
    }
    Ok(())
}
