//! The objects of a store, and what they need from each other.

use super::findings::{Problem, Sort};
use crate::kinds::{parent_kinds, row_bytes};
use artifact_core::schema::Snapshot;
use artifact_core::store::Quarantine;
use artifact_core::verify::Parents;
use artifact_core::{AnyPayload, BLOB, Digest, Error, Object, ObjectStore};
use data_loader::panel_of;
use std::collections::{BTreeMap, BTreeSet};

/// The most referrers of a missing object that a message names.
const NAMED: usize = 5;

/// What is remembered about a sound object; a blob's bytes, which may be large, are not.
#[derive(Debug, Clone)]
struct Known {
    kind: &'static str,
    parents: Vec<Digest>,
    blobs: Vec<Digest>,
    snapshot: Option<Snapshot>,
}

impl Known {
    fn new(object: Object) -> Self {
        let kind = object.kind();
        let Object::Artifact(envelope) = object else {
            return Self { kind, parents: Vec::new(), blobs: Vec::new(), snapshot: None };
        };
        let (parents, blobs) = (envelope.parents, envelope.payload.blobs());
        let snapshot = match envelope.payload {
            AnyPayload::Snapshot(snapshot) => Some(snapshot),
            _ => None,
        };
        Self { kind, parents, blobs, snapshot }
    }

    fn needs(&self) -> Vec<Digest> {
        self.parents.iter().chain(&self.blobs).copied().collect()
    }
}

fn known(id: Digest, bytes: Result<Vec<u8>, Error>) -> Result<Known, Error> {
    Object::read(id, bytes?).map(Known::new)
}

/// An object that does not match its id or its kind.
fn unsound(id: Digest, error: &Error) -> Problem {
    let sort = match error {
        Error::Damaged { .. } | Error::Io { .. } => Sort::Damaged,
        _ => Sort::Invalid,
    };
    Problem { sort, id: Some(id), message: with_id(id, error) }
}

/// Every object of a store.
pub(super) struct Objects {
    /// The objects; `None` for one that is not sound.
    read: BTreeMap<Digest, Option<Known>>,
    /// The sound objects that a clean-up has set aside.
    aside: BTreeMap<Digest, Known>,
    /// The objects set aside that are still needed; their first reader brings them back.
    needed_aside: BTreeSet<Digest>,
    /// The missing objects, and what needs them.
    missing: BTreeMap<Digest, Vec<String>>,
}

impl Objects {
    /// Reads and checks every object on its own: digest, envelope, payload. Objects set aside are read in place: a
    /// check must not bring anything back.
    pub(super) fn read(store: &dyn Quarantine, problems: &mut Vec<Problem>) -> Result<Self, Error> {
        let mut read = BTreeMap::new();
        for id in store.list()? {
            let object = known(id, store.get(&id));
            // A clean-up has deleted it since it was listed.
            if matches!(object, Err(Error::NotFound { .. })) {
                continue;
            }
            read.insert(id, object.map_err(|error| problems.push(unsound(id, &error))).ok());
        }
        let mut aside = BTreeMap::new();
        for item in store.quarantined()? {
            match known(item.id, store.peek(&item)) {
                Ok(object) => drop(aside.insert(item.id, object)),
                // It was brought back or deleted in the meantime.
                Err(Error::NotFound { .. }) => {}
                Err(error) => problems.push(unsound(item.id, &error)),
            }
        }
        Ok(Self { read, aside, needed_aside: BTreeSet::new(), missing: BTreeMap::new() })
    }

    /// Records that `by` needs the object.
    pub(super) fn need(&mut self, id: Digest, by: String) {
        if self.read.contains_key(&id) || self.needed_aside.contains(&id) {
            return;
        }
        let Some(known) = self.aside.get(&id) else {
            return self.missing.entry(id).or_default().push(by);
        };
        let (name, needs) = (format!("{} {}", known.kind, id.short()), known.needs());
        self.needed_aside.insert(id);
        needs.into_iter().for_each(|needed| self.need(needed, name.clone()));
    }

    /// The objects that are needed but set aside.
    pub(super) fn needed_aside(&self) -> Vec<Digest> {
        self.needed_aside.iter().copied().collect()
    }

    /// Checks that every parent and every row blob exists and has the right kind and size.
    pub(super) fn check_references(
        &mut self,
        store: &dyn ObjectStore,
        problems: &mut Vec<Problem>,
    ) -> Result<(), Error> {
        let sound: Vec<(Digest, Known)> =
            self.read.iter().filter_map(|(id, object)| Some((*id, object.clone()?))).collect();
        let parents = Parents::new(store);
        for (id, object) in sound {
            let name = format!("{} {}", object.kind, id.short());
            for parent in &object.parents {
                self.need(*parent, name.clone());
                if let Some(found) = self.kind(parent)
                    && !parent_kinds(object.kind).contains(&found)
                {
                    problems.push(Problem {
                        sort: Sort::Invalid,
                        id: Some(id),
                        message: format!(
                            "{name} ({id}) has a {found} as parent ({}), expected {}",
                            parent.short(),
                            parent_kinds(object.kind).join(" or ")
                        ),
                    });
                }
            }
            match &object.snapshot {
                Some(snapshot) => self.check_chunks(store, (id, &name), snapshot, problems)?,
                None => object.blobs.iter().for_each(|&blob| self.need(blob, name.clone())),
            }
            // Objects that are missing, damaged or of another kind are already reported.
            if let Err(error @ Error::Invalid { .. }) = parents.verify(id) {
                problems.push(Problem { sort: Sort::Invalid, id: Some(id), message: with_id(id, &error) });
            }
        }
        Ok(())
    }

    /// The kind of a sound object.
    fn kind(&self, id: &Digest) -> Option<&'static str> {
        Some(self.read.get(id)?.as_ref()?.kind)
    }

    fn check_chunks(
        &mut self,
        store: &dyn ObjectStore,
        (id, name): (Digest, &str),
        snapshot: &Snapshot,
        problems: &mut Vec<Problem>,
    ) -> Result<(), Error> {
        let before = problems.len();
        let mut whole = true;
        for chunk in &snapshot.chunks {
            let rows = format!("rows {} to {}", chunk.start, chunk.end - 1);
            self.need(chunk.blob, format!("{name}, {rows}"));
            // Missing and damaged objects are already reported.
            if self.kind(&chunk.blob) != Some(BLOB) {
                whole = false;
                continue;
            }
            let found = store.get(&chunk.blob)?.len();
            let expected = (chunk.end - chunk.start).saturating_mul(row_bytes(snapshot));
            if found != expected {
                problems.push(Problem {
                    sort: Sort::Invalid,
                    id: Some(id),
                    message: format!(
                        "{name} ({id}): the blob {} of {rows} has {found} bytes, expected {expected}",
                        chunk.blob.short()
                    ),
                });
            }
        }
        // Reading the rows verifies the fingerprint, which ties the snapshot to exactly these rows.
        if whole
            && problems.len() == before
            && let Err(error) = panel_of(store, snapshot, name)
        {
            problems.push(Problem { sort: Sort::Invalid, id: Some(id), message: with_id(id, &error) });
        }
        Ok(())
    }

    /// The objects that cannot be reached from `roots`, and those of them that no unreachable object needs.
    pub(super) fn out_of_reach(&self, roots: Vec<Digest>) -> (Vec<Digest>, Vec<Digest>) {
        let mut waiting = roots;
        let mut reached = BTreeSet::new();
        while let Some(id) = waiting.pop() {
            if reached.insert(id) {
                waiting.extend(self.needs(&id));
            }
        }
        let unreachable: Vec<Digest> = self.read.keys().filter(|id| !reached.contains(id)).copied().collect();
        let needed: BTreeSet<Digest> = unreachable.iter().flat_map(|id| self.needs(id)).collect();
        let orphaned = unreachable.iter().filter(|id| !needed.contains(id)).copied().collect();
        (unreachable, orphaned)
    }

    fn needs(&self, id: &Digest) -> Vec<Digest> {
        match self.read.get(id) {
            Some(Some(known)) => known.needs(),
            _ => self.aside.get(id).map(Known::needs).unwrap_or_default(),
        }
    }

    /// Reports the missing objects, each with some of its referrers.
    pub(super) fn report_missing(
        &self,
        store: &dyn ObjectStore,
        problems: &mut Vec<Problem>,
    ) -> Result<(), Error> {
        for (id, needed_by) in &self.missing {
            // It may have been written or brought back since the objects were listed.
            if store.contains(id)? {
                continue;
            }
            let named = &needed_by[..needed_by.len().min(NAMED)];
            let more = match needed_by.len() - named.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            problems.push(Problem {
                sort: Sort::Missing,
                id: Some(*id),
                message: format!("object {id} is not in the store; needed by {}{more}", named.join("; ")),
            });
        }
        Ok(())
    }

    /// The number of objects, sound or not.
    pub(super) fn count(&self) -> usize {
        self.read.len()
    }

    /// The sound objects of a kind.
    pub(super) fn of_kind<'o>(&'o self, kind: &'o str) -> impl Iterator<Item = Digest> + 'o {
        let of_kind = move |object: &Option<Known>| object.as_ref().is_some_and(|object| object.kind == kind);
        self.read.iter().filter(move |(_, object)| of_kind(object)).map(|(id, _)| *id)
    }

    /// The sound objects by kind.
    pub(super) fn kinds(&self) -> BTreeMap<String, usize> {
        let mut kinds = BTreeMap::new();
        for object in self.read.values().flatten() {
            *kinds.entry(object.kind.to_owned()).or_default() += 1;
        }
        kinds
    }
}

/// The error with its cause and the full id, which some errors shorten.
fn with_id(id: Digest, error: &Error) -> String {
    let mut text = error.to_string();
    if let Some(cause) = std::error::Error::source(error) {
        text.push_str(&format!(" ({cause})"));
    }
    if text.contains(&id.to_string()) { text } else { format!("object {id}: {text}") }
}
