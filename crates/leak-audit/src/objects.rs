//! Reading objects without trusting who wrote them.
//!
//! The format's own checks reject an artifact at its first fault. An audit has to report every fault under its claim,
//! so it reads the fields as they are and checks only identity here.

use crate::findings::Findings;
use artifact_core::schema::{Claim, ModelBundleId};
use artifact_core::{Digest, Envelope, Error, Id, ObjectStore, Payload, stored_figures};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// A store's objects; remembers which ones were read.
pub(crate) struct Objects<'a> {
    store: &'a dyn ObjectStore,
    read: RefCell<BTreeSet<Digest>>,
}

impl<'a> Objects<'a> {
    pub(crate) fn new(store: &'a dyn ObjectStore) -> Self {
        Self { store, read: RefCell::default() }
    }

    /// The digest of a final model's test figures, as they are stored; `None`, with a finding, if it cannot be read.
    pub(crate) fn test_figures(&self, id: ModelBundleId, findings: &mut Findings) -> Option<Digest> {
        let figures = stored_figures(self.store, id);
        figures.map_err(|error| findings.unchecked(Claim::ObjectsIntact, &id.short(), error)).ok()
    }

    /// Reads an object and checks its identity; `None`, with a finding, if it cannot be used.
    pub(crate) fn read<P: Payload>(&self, id: Id<P>, findings: &mut Findings) -> Option<P> {
        let subject = format!("{} {}", P::KIND, id.short());
        let bytes = match self.store.get(&id.digest()) {
            Ok(bytes) => bytes,
            // A lost object proves nothing either way, so it leaves the claim unchecked instead of violated.
            Err(error @ Error::NotFound { .. }) => {
                findings.unchecked(Claim::ObjectsIntact, &subject, error);
                return None;
            }
            Err(error) => {
                findings.check(Claim::ObjectsIntact, &subject, false, error, "an object with its digest");
                return None;
            }
        };
        match envelope::<P>(&bytes, id.digest()) {
            Ok(payload) => {
                self.read.borrow_mut().insert(id.digest());
                Some(payload)
            }
            Err(fault) => {
                let expected = format!("a canonical {} with the digest {}", P::KIND, id.short());
                findings.check(Claim::ObjectsIntact, &subject, false, fault, expected);
                None
            }
        }
    }

    /// Reads a blob. The store verifies its digest.
    pub(crate) fn blob(&self, id: Digest) -> Result<Vec<u8>, Error> {
        let bytes = self.store.get(&id)?;
        self.read.borrow_mut().insert(id);
        Ok(bytes)
    }

    /// Records how many objects were read, and the digest over their ids.
    pub(crate) fn conclude(self, findings: &mut Findings) {
        let read = self.read.into_inner();
        let ids: Vec<u8> = read.iter().flat_map(|id| *id.as_bytes()).collect();
        let counts = [("objects", read.len())];
        findings.evidence_with(Claim::ObjectsIntact, "all objects read", &counts, Some(Digest::of(&ids)));
    }
}

/// The payload of an envelope, or what is wrong with its bytes.
fn envelope<P: Payload>(bytes: &[u8], id: Digest) -> Result<P, String> {
    if Digest::of(bytes) != id {
        return Err(format!("bytes with the digest {}", Digest::of(bytes)));
    }
    let envelope = Envelope::<P>::read_form(bytes, P::KIND).map_err(|error| error.to_string())?;
    if envelope.parents != envelope.payload.parents() {
        return Err("parents that are not those of the payload".to_owned());
    }
    Ok(envelope.payload)
}
