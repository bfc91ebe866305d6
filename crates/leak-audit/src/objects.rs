//! Reading objects without trusting who wrote them.
//!
//! The format's own checks reject an artifact at its first fault. An audit has to report every fault under its claim,
//! so it reads the fields as they are and checks only identity here. A file that the system does not let it read says
//! nothing about the run: such a failure is kept, and ends the audit without a certificate.

use crate::error::AuditError;
use crate::findings::Findings;
use artifact_core::schema::{Claim, ModelBundleId};
use artifact_core::{Digest, Envelope, Error, Id, ObjectStore, Payload, stored_figures};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// A store's objects; remembers which ones were read.
pub(crate) struct Objects<'a> {
    store: &'a dyn ObjectStore,
    read: RefCell<BTreeSet<Digest>>,
    /// The first object that the system did not let the audit read.
    failure: RefCell<Option<Error>>,
}

impl<'a> Objects<'a> {
    pub(crate) fn new(store: &'a dyn ObjectStore) -> Self {
        Self { store, read: RefCell::default(), failure: RefCell::default() }
    }

    /// Whether the system let the audit read everything that it asked for.
    ///
    /// # Errors
    ///
    /// The first failure to read a file, once; what was found until then is no verdict.
    pub(crate) fn readable(&self) -> Result<(), AuditError> {
        self.failure.take().map_or(Ok(()), |error| Err(AuditError::Unreadable(error)))
    }

    /// The reason why an object cannot be used, as a finding; a failure of the system is kept apart instead.
    fn refused(&self, error: Error) -> Option<Error> {
        if matches!(error, Error::Io { .. }) {
            self.failure.borrow_mut().get_or_insert(error);
            return None;
        }
        Some(error)
    }

    /// The digest of a final model's test figures, as they are stored; `None`, with a finding, if it cannot be read.
    pub(crate) fn test_figures(&self, id: ModelBundleId, findings: &mut Findings) -> Option<Digest> {
        match stored_figures(self.store, id) {
            Ok(figures) => Some(figures),
            Err(error) => {
                let fault = self.refused(error)?;
                findings.unchecked(Claim::ObjectsIntact, &id.short(), fault);
                None
            }
        }
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
                let fault = self.refused(error)?;
                findings.check(Claim::ObjectsIntact, &subject, false, fault, "an object with its digest");
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

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::FileStore;
    use artifact_core::schema::SealId;

    #[cfg(unix)]
    #[test]
    fn a_file_that_cannot_be_read_is_a_failure_and_not_a_finding() {
        let directory = tempfile::tempdir().unwrap();
        let store = FileStore::new(directory.path());
        let id = Digest::of(b"a seal");
        // A link to itself: root cannot read it either.
        std::fs::create_dir_all(store.path(&id).parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(store.path(&id), store.path(&id)).unwrap();
        let (objects, mut findings) = (Objects::new(&store), Findings::default());
        objects.readable().unwrap();
        assert!(objects.read(SealId::new(id), &mut findings).is_none());
        let AuditError::Unreadable(error @ Error::Io { .. }) = objects.readable().unwrap_err() else {
            panic!("another error")
        };
        assert!(error.to_string().contains(&store.path(&id).display().to_string()), "{error}");
        assert!(findings.results().iter().all(|result| result.violations.is_empty()));
        // A lost object, on the other hand, is a fault of the run.
        assert!(objects.read(SealId::new(Digest::of(b"lost")), &mut Findings::default()).is_none());
        objects.readable().unwrap();
    }
}
