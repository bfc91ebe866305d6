//! The objects in a store and the references between them.

use super::names::named_ids;
use artifact_core::store::{Leftover, Metadata, Quarantine, Quarantined};
use artifact_core::{BLOB, Digest, Error, Header};
use std::collections::{BTreeMap, BTreeSet};

/// Everything in a store.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    /// The objects.
    pub objects: BTreeMap<Digest, Item>,
    /// The objects in quarantine, oldest first.
    pub aside: Vec<Aside>,
    /// Temporary files that killed writers left behind.
    pub leftovers: Vec<Leftover>,
}

/// An object.
#[derive(Debug, Clone)]
pub struct Item {
    /// Size and age, taken before the object was read.
    pub metadata: Metadata,
    /// Its content.
    pub content: Content,
}

/// An object in quarantine.
#[derive(Debug, Clone)]
pub struct Aside {
    /// Its id, and when it was set aside.
    pub item: Quarantined,
    /// Its content.
    pub content: Content,
}

/// The part of an object's content that matters for clean-up.
#[derive(Debug, Clone, Default)]
pub struct Content {
    /// Its kind, as written.
    pub kind: String,
    /// The objects it derives from; they must exist.
    pub parents: Vec<Digest>,
    /// Every id that occurs in it, whether such an object exists or not.
    pub names: BTreeSet<Digest>,
    /// Why it cannot be read; what it names is then unknown.
    pub trouble: Option<String>,
}

impl Content {
    fn new(bytes: Result<Vec<u8>, Error>) -> Self {
        match bytes {
            Ok(bytes) => {
                let names = named_ids(&bytes);
                match serde_json::from_slice::<Header>(&bytes) {
                    Ok(Header { kind, parents, .. }) => Self { kind, parents, names, trouble: None },
                    // Ids in a blob count too: a false match keeps one object too many, a missed reference loses one.
                    Err(_) => Self { kind: BLOB.to_owned(), names, ..Self::default() },
                }
            }
            Err(error) => {
                let trouble = match &error {
                    Error::Damaged { found, .. } => found.clone(),
                    other => other.to_string(),
                };
                Self { kind: "unreadable".to_owned(), trouble: Some(trouble), ..Self::default() }
            }
        }
    }
}

impl Inventory {
    /// Reads and verifies every object of a store.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the store cannot be listed. An unreadable object is not an error but part of the inventory.
    pub fn read(store: &dyn Quarantine) -> Result<Self, Error> {
        let mut inventory = Self { leftovers: store.leftovers()?, ..Self::default() };
        // The quarantine is read first: an object brought back in between is then seen twice rather than not at all.
        for item in store.quarantined()? {
            match store.peek(&item) {
                Err(Error::NotFound { .. }) => {}
                bytes => inventory.aside.push(Aside { item, content: Content::new(bytes) }),
            }
        }
        for id in store.list()? {
            inventory.add(store, id)?;
        }
        Ok(inventory)
    }

    /// Reads an object that was listed; one that is gone by now is left out.
    fn add(&mut self, store: &dyn Quarantine, id: Digest) -> Result<(), Error> {
        let metadata = match store.metadata(&id) {
            Ok(metadata) => metadata,
            Err(Error::NotFound { .. }) => return Ok(()),
            Err(error) => return Err(error),
        };
        match store.get(&id) {
            Err(Error::NotFound { .. }) => {}
            bytes => drop(self.objects.insert(id, Item { metadata, content: Content::new(bytes) })),
        }
        Ok(())
    }

    /// Looks again for objects that are needed but were not listed, with all that they need: a running phase puts objects
    /// and names them while the store is being read.
    ///
    /// # Errors
    ///
    /// As [`Inventory::read`].
    pub fn complete(
        &mut self,
        store: &dyn Quarantine,
        needed: impl IntoIterator<Item = Digest>,
    ) -> Result<(), Error> {
        let parents = self.objects.values().flat_map(|item| item.content.parents.iter().copied());
        let mut waiting: Vec<Digest> = parents.chain(needed).collect();
        let aside: BTreeSet<Digest> = self.aside.iter().map(|aside| aside.item.id).collect();
        let mut seen = BTreeSet::new();
        while let Some(id) = waiting.pop() {
            if !seen.insert(id) || self.objects.contains_key(&id) || aside.contains(&id) {
                continue;
            }
            self.add(store, id)?;
            waiting
                .extend(self.objects.get(&id).iter().flat_map(|item| item.content.parents.iter().copied()));
        }
        Ok(())
    }

    /// The content of every object, in quarantine or not.
    pub(super) fn contents(&self) -> BTreeMap<Digest, &Content> {
        let aside = self.aside.iter().map(|aside| (aside.item.id, &aside.content));
        let objects = self.objects.iter().map(|(&id, item)| (id, &item.content));
        // Later entries win: an object in both places counts as outside the quarantine.
        aside.chain(objects).collect()
    }
}
