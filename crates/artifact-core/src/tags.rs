//! Tags: names for runs to keep.

use crate::envelope::Version;
use crate::error::Error;
use crate::files::Hooks;
use crate::files::{
    self, TEMPORARY_PREFIX, checked_json, create_atomically, parse_checked, write_atomically,
};
use crate::id::Digest;
use crate::record::{Phase, RunRecord};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A tag: a run, and the objects it had when it was tagged.
///
/// Clean-up keeps the run and these objects, even after the run has replaced them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Tag {
    /// Always `tag`.
    pub kind: String,
    /// The schema version.
    pub schema_version: u64,
    /// The run's name.
    pub run: String,
    /// The objects that its finished phases had produced, by name.
    pub outputs: BTreeMap<Phase, BTreeMap<String, Digest>>,
}

impl Tag {
    /// Every version of the written form, the oldest first.
    pub const VERSIONS: &'static [Version] =
        &[Version { major: 2, minor: 0, change: "The first version with tags." }];

    /// The major version that is written.
    pub const VERSION: u64 = Self::VERSIONS[Self::VERSIONS.len() - 1].major;

    /// A tag for a run as it is.
    pub fn new(record: &RunRecord) -> Self {
        let outputs = record.phases.iter().map(|(phase, done)| (*phase, done.outputs.clone())).collect();
        Self { kind: "tag".to_owned(), schema_version: Tag::VERSION, run: record.run.clone(), outputs }
    }

    /// Reads the text of a tag, and checks its digest; `what` names it in errors.
    ///
    /// # Errors
    ///
    /// [`Error::Json`], [`Error::Invalid`], or [`Error::UnsupportedVersion`].
    pub fn parse(text: &[u8], what: &str) -> Result<Self, Error> {
        let tag: Self = parse_checked(text, what)?;
        if tag.schema_version != Tag::VERSION {
            let (found, supported) = (tag.schema_version, Tag::VERSION);
            return Err(Error::UnsupportedVersion { what: what.to_owned(), found, supported });
        }
        Ok(tag)
    }

    /// The objects it names.
    pub fn objects(&self) -> impl Iterator<Item = Digest> + '_ {
        self.outputs.values().flat_map(BTreeMap::values).copied()
    }
}

/// Whether a text can name a run or a tag: letters, digits, `-`, `_` and `.`, not starting with `.`.
pub fn is_plain_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !name.is_empty() && !name.starts_with('.') && name.chars().all(plain)
}

/// The tags of a workspace: one small file each.
#[derive(Debug, Clone)]
pub struct Tags {
    directory: PathBuf,
}

impl Tags {
    /// Uses a directory, which is created at the first write.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    /// All tags, by name.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], or any error of [`Tag::parse`] for a tag that cannot be read: what it keeps is then unknown.
    pub fn list(&self) -> Result<BTreeMap<String, Tag>, Error> {
        let mut tags = BTreeMap::new();
        for path in files::entries(&self.directory)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if !name.starts_with(TEMPORARY_PREFIX) {
                tags.insert(name, Tag::parse(&files::read(&path)?, &path.display().to_string())?);
            }
        }
        Ok(tags)
    }

    /// Creates a tag unless the name is taken; returns whether this call created it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidName`] or [`Error::Io`].
    pub fn create(&self, name: &str, tag: &Tag) -> Result<bool, Error> {
        create_atomically(&self.path(name)?, &checked_json(tag)?)
    }

    /// Creates a tag, or moves it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidName`] or [`Error::Io`].
    pub fn replace(&self, name: &str, tag: &Tag) -> Result<(), Error> {
        write_atomically(&self.path(name)?, &checked_json(tag)?)
    }

    /// Deletes a tag; returns whether there was one.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidName`] or [`Error::Io`].
    pub fn delete(&self, name: &str) -> Result<bool, Error> {
        files::remove(&self.path(name)?, &Hooks::default())
    }

    fn path(&self, name: &str) -> Result<PathBuf, Error> {
        match is_plain_name(name) {
            true => Ok(self.directory.join(name)),
            false => Err(Error::InvalidName { name: name.to_owned() }),
        }
    }
}
