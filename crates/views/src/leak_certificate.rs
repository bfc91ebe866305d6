//! The view of an audit: `leak_certificate.json`.

use super::ViewFile;
use super::object::stored_object;
use artifact_core::schema::LeakCertificateId;
use artifact_core::{Error, ObjectStore, Run};

/// The view of a leak certificate.
///
/// # Errors
///
/// Those of [`load`](artifact_core::load).
pub fn leak_certificate(
    store: &dyn ObjectStore,
    run: &Run,
    id: LeakCertificateId,
) -> Result<Vec<ViewFile>, Error> {
    Ok(vec![ViewFile::new(run.leak_certificate(), stored_object(store, id)?)])
}
