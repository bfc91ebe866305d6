//! The form of an object in a file: one zstd frame around its bytes, and a mark that seals the frame.
//!
//! ```text
//! zstd frame | 50 2a 4d 18 | 04 00 00 00 | the first 4 bytes of the SHA-256 of the zstd frame
//! ```
//!
//! The mark is a skippable frame, which every zstd program ignores. Some bits of a zstd frame do not change what is
//! decompressed, so the object's own digest does not cover them; the mark does, and it is checked before untrusted
//! bytes are decompressed.

use crate::error::Error;
use crate::id::Digest;
use std::path::Path;

/// The mark's length in bytes.
const MARK: usize = 12;

/// Compresses an object's bytes at a zstd level, for the file at `path`.
///
/// # Errors
///
/// [`Error::Io`].
pub(super) fn encode(bytes: &[u8], level: i32, path: &Path) -> Result<Vec<u8>, Error> {
    let mut content = zstd::bulk::compress(bytes, level).map_err(Error::io("compress", path))?;
    let mark = mark(&content);
    content.extend(mark);
    Ok(content)
}

/// The bytes of object `id` from the content of its file; `path` names the file in errors.
///
/// # Errors
///
/// [`Error::Damaged`] when the content is not what was written, or is another object.
pub fn decode_object(id: &Digest, content: &[u8], path: &Path) -> Result<Vec<u8>, Error> {
    let damaged = |found: String| Error::Damaged { id: *id, found };
    let sealed = content.split_last_chunk().filter(|(frame, found)| mark(frame) == **found);
    let Some((frame, _)) = sealed else {
        return Err(damaged(format!("{} is cut off or was changed", path.display())));
    };
    // The mark vouches only for the frame; the digest below shows that the frame holds this object.
    let bytes = zstd::stream::decode_all(frame)
        .map_err(|error| damaged(format!("{} does not decompress ({error})", path.display())))?;
    let found = Digest::of(&bytes);
    if found != *id {
        return Err(damaged(format!("the content of {} has digest {found}", path.display())));
    }
    Ok(bytes)
}

/// The mark that follows a zstd frame.
fn mark(frame: &[u8]) -> [u8; MARK] {
    let [a, b, c, d, ..] = *Digest::of(frame).as_bytes();
    [0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_zstd_program_reads_what_is_written() {
        let bytes = b"some bytes that are worth keeping".repeat(9);
        let content = encode(&bytes, 3, Path::new("object")).unwrap();
        assert_eq!(zstd::stream::decode_all(content.as_slice()).unwrap(), bytes);
    }

    #[test]
    fn a_sealed_frame_of_other_bytes_is_refused_by_its_digest() {
        let (id, path) = (Digest::of(b"these"), Path::new("object"));
        let refused = |content: &[u8], part: &str| {
            let error = decode_object(&id, content, path).unwrap_err().to_string();
            assert!(error.contains(part) && error.contains(&id.to_string()), "{error}");
        };
        refused(&encode(b"those", 3, path).unwrap(), "has digest");
        let garbage = b"no frame";
        refused(&[&garbage[..], &mark(garbage)].concat(), "does not decompress");
        refused(garbage, "cut off or was changed");
        refused(b"", "cut off or was changed");
    }
}
