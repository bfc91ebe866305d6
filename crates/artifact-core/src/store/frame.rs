//! The form of an object in a file: one zstd frame around its bytes.

use crate::{Digest, Error};
use std::path::Path;

/// Compresses an object's bytes at a zstd level, for the file at `path`.
///
/// # Errors
///
/// [`Error::Io`].
pub(super) fn encode(bytes: &[u8], level: i32, path: &Path) -> Result<Vec<u8>, Error> {
    zstd::bulk::compress(bytes, level).map_err(Error::io("compress", path))
}

/// The bytes of object `id` from the content of its file; `path` names the file in errors.
///
/// # Errors
///
/// [`Error::Damaged`] when the content does not decompress, or not to the object.
pub fn decode_object(id: &Digest, content: &[u8], path: &Path) -> Result<Vec<u8>, Error> {
    let damaged = |found: String| Error::Damaged { id: *id, found };
    let bytes = zstd::stream::decode_all(content)
        .map_err(|error| damaged(format!("{} does not decompress ({error})", path.display())))?;
    let found = Digest::of(&bytes);
    if found != *id {
        return Err(damaged(format!("the content of {} has digest {found}", path.display())));
    }
    Ok(bytes)
}
