//! What is in a store, and what it refers to.

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
    /// What killed writers left behind.
    pub leftovers: Vec<Leftover>,
}

/// An object.
#[derive(Debug, Clone)]
pub struct Item {
    /// Size and age, as they were before the object was read.
    pub metadata: Metadata,
    /// What it holds.
    pub content: Content,
}

/// An object in quarantine.
#[derive(Debug, Clone)]
pub struct Aside {
    /// Which, since when.
    pub item: Quarantined,
    /// What it holds.
    pub content: Content,
}

/// What an object holds, as far as clean-up cares.
#[derive(Debug, Clone, Default)]
pub struct Content {
    /// The written kind.
    pub kind: String,
    /// The objects it was made from; they must be there.
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
    /// [`Error::Io`] when the store cannot be listed; an unreadable object is part of the inventory.
    pub fn read(store: &dyn Quarantine) -> Result<Self, Error> {
        let mut inventory = Self { leftovers: store.leftovers()?, ..Self::default() };
        // The quarantine first: an object brought back meanwhile is then seen twice rather than never.
        for item in store.quarantined()? {
            match store.peek(&item) {
                Err(Error::NotFound { .. }) => {}
                bytes => inventory.aside.push(Aside { item, content: Content::new(bytes) }),
            }
        }
        for id in store.list()? {
            let metadata = match store.metadata(&id) {
                Ok(metadata) => metadata,
                Err(Error::NotFound { .. }) => continue,
                Err(error) => return Err(error),
            };
            let content = Content::new(store.get(&id));
            inventory.objects.insert(id, Item { metadata, content });
        }
        Ok(inventory)
    }

    /// What an object holds, wherever it is.
    pub(super) fn contents(&self) -> BTreeMap<Digest, &Content> {
        let aside = self.aside.iter().map(|aside| (aside.item.id, &aside.content));
        let objects = self.objects.iter().map(|(&id, item)| (id, &item.content));
        // An object in both places counts as outside the quarantine.
        aside.chain(objects).collect()
    }
}
