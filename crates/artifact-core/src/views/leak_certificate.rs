//! The view of an audit: `leak_certificate.json`.

use super::ViewFile;
use super::object::object_bytes;
use crate::schema::LeakCertificateId;
use crate::{Error, ObjectStore, Run, load_envelope};

/// The view of a leak certificate.
///
/// # Errors
///
/// As [`load`](crate::load).
pub fn leak_certificate(
    store: &dyn ObjectStore,
    run: &Run,
    id: LeakCertificateId,
) -> Result<Vec<ViewFile>, Error> {
    let envelope = load_envelope(store, id)?;
    Ok(vec![ViewFile::new(run.leak_certificate(), object_bytes(&envelope)?)])
}
