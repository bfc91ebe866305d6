//! The links of a chain: lines, each with the digest of the one before.

use super::log::Log;
use crate::canonical::canonical_json;
use crate::error::Error;
use crate::files::parse_checked;
use crate::id::Digest;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A line of a chain. On disk it also has its own digest, as `digest`.
pub(crate) trait Line: Serialize + DeserializeOwned {
    /// The place in the log, from 1.
    fn index(&self) -> u64;
    /// The digest of the line before, or of the empty string for the first.
    fn previous(&self) -> Digest;
}

/// The digest of a line's canonical JSON, which the line and the next one carry.
fn digest(line: &impl Line) -> Result<Digest, Error> {
    Ok(Digest::of(&canonical_json(line)?))
}

/// How far a chain has been followed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link {
    /// The number of lines so far.
    pub(super) count: u64,
    /// The digest of the last one, or of the empty string.
    pub(super) last: Digest,
    /// The digest of the one before.
    before: Digest,
    /// The place of the line whose digest is kept, and the digest once it is known.
    watched: (u64, Option<Digest>),
}

impl Link {
    /// Before the first line.
    pub(super) fn start() -> Self {
        let empty = Digest::of(b"");
        Self { count: 0, last: empty, before: empty, watched: (0, None) }
    }

    /// The same link, which keeps the digest of the line at this place: one of the last two so far, or of those to come.
    pub(super) fn watching(self, place: u64) -> Self {
        let known = match self.count.checked_sub(place) {
            Some(0) => Some(self.last),
            Some(1) => Some(self.before),
            _ => None,
        };
        Self { watched: (place, known), ..self }
    }

    /// The digest that was to be kept.
    pub(super) fn watched(&self) -> Option<Digest> {
        self.watched.1
    }

    /// After one more line.
    pub(super) fn then(&self, line: &impl Line) -> Result<Self, Error> {
        let (count, last, (place, known)) = (line.index(), digest(line)?, self.watched);
        let watched = (place, if count == place { Some(last) } else { known });
        Ok(Self { count, last, before: self.last, watched })
    }

    /// The place of the next line.
    pub(super) fn next(&self) -> usize {
        self.count as usize + 1
    }

    /// Reads and verifies the lines of a log that come next.
    pub(super) fn follow<L: Line>(&mut self, bytes: &[u8], log: &Log) -> Result<Vec<L>, Error> {
        let mut lines = Vec::new();
        for text in bytes.split_inclusive(|&byte| byte == b'\n') {
            let line: L = self.read(text).map_err(|reason| log.broken(self.next(), reason))?;
            *self = self.then(&line)?;
            lines.push(line);
        }
        Ok(lines)
    }

    fn read<L: Line>(&self, text: &[u8]) -> Result<L, String> {
        // Without its line feed the line was cut short, even if its JSON is complete.
        if text.last() != Some(&b'\n') {
            return Err("it is cut off".to_owned());
        }
        let line: L = parse_checked(text, "it").map_err(|error| reason(&error))?;
        let expected = self.count + 1;
        if line.index() != expected {
            return Err(format!("its index is {}, expected {expected}", line.index()));
        }
        if line.previous() != self.last {
            return Err("the line before it was changed, removed or reordered".to_owned());
        }
        Ok(line)
    }
}

/// Why a line cannot be read, without the error's own remedy: only the whole file can be restored.
fn reason(error: &Error) -> String {
    match error {
        Error::Json { source, .. } => source.to_string(),
        Error::Invalid { reason, .. } => reason.to_string(),
        other => other.to_string(),
    }
}
