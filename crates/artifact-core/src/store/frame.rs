//! The form of an object in a file: one zstd frame around its bytes, and a mark that seals the frame.
//!
//! ```text
//! zstd frame | 50 2a 4d 18 | 04 00 00 00 | the first 4 bytes of the SHA-256 of the zstd frame
//! ```
//!
//! The mark is a skippable frame, which every zstd program ignores. Some bits of a zstd frame do not change what is
//! decompressed, so the object's own digest does not cover them; the mark does, and it is checked before untrusted
//! bytes are decompressed.
//!
//! A few bytes can decompress to any number, and anybody can compute a mark. So an object has a greatest size, the frame
//! states the object's size, no more than that is decompressed, and a large one is kept in memory only after its digest
//! was found to be right.

use crate::error::{Error, Invalid};
use crate::id::Digest;
use sha2::{Digest as _, Sha256};
use std::io::{self, Read, Write};
use std::path::Path;

/// The mark's length in bytes.
const MARK: usize = 12;
/// The greatest size of an object, in bytes: 1 GiB. The largest there are, the weights of a model, are far below it.
pub(super) const GREATEST: usize = 1 << 30;
/// The size in bytes from which an object is first hashed and then kept.
const LARGE: usize = 32 << 20;

/// Compresses an object's bytes at a zstd level, for the file at `path`.
///
/// # Errors
///
/// [`Error::Io`]; [`Error::Refused`] for an object above the greatest size.
pub(super) fn encode(bytes: &[u8], level: i32, path: &Path) -> Result<Vec<u8>, Error> {
    if bytes.len() > GREATEST {
        let reason = Invalid {
            field: "its size".to_owned(),
            found: format!("{} bytes", bytes.len()),
            expected: format!("at most {GREATEST}, the greatest size of an object"),
        };
        return Err(Error::Refused { artifact: format!("the object for {}", path.display()), reason });
    }
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
    let undecodable = |error| damaged(format!("{} does not decompress ({error})", path.display()));
    let size = stated_size(frame).map_err(undecodable)?;
    let other = |found: Digest| damaged(format!("the content of {} has digest {found}", path.display()));
    if size > LARGE {
        let mut hash = Hash(Sha256::new());
        decompress(frame, size, &mut hash).map_err(undecodable)?;
        let found = Digest::from_bytes(hash.0.finalize().into());
        if found != *id {
            return Err(other(found));
        }
    }
    let mut bytes = Vec::with_capacity(size);
    decompress(frame, size, &mut bytes).map_err(undecodable)?;
    // The mark vouches only for the frame; the digest shows that the frame holds this object.
    match Digest::of(&bytes) {
        found if found == *id => Ok(bytes),
        found => Err(other(found)),
    }
}

/// The size that a frame states, in bytes.
fn stated_size(frame: &[u8]) -> Result<usize, String> {
    let stated = zstd::zstd_safe::get_frame_content_size(frame);
    let stated = stated.ok().flatten().ok_or("it is no frame that states its size")?;
    let size = usize::try_from(stated).ok().filter(|&size| size <= GREATEST);
    size.ok_or_else(|| {
        format!("it states a size of {stated} bytes, above the {GREATEST} that an object may have")
    })
}

/// Decompresses a frame of exactly this size.
fn decompress(frame: &[u8], size: usize, out: &mut impl Write) -> Result<(), String> {
    let mut decoded = || -> io::Result<u64> {
        // One byte more than stated, so that more than that is noticed.
        let mut frames = zstd::stream::Decoder::with_buffer(frame)?.single_frame();
        let written = io::copy(&mut frames.by_ref().take(size as u64 + 1), out)?;
        match frames.finish() {
            [] => Ok(written),
            rest => Err(io::Error::other(format!("{} bytes follow the frame", rest.len()))),
        }
    };
    match decoded().map_err(|error| error.to_string())? {
        written if written == size as u64 => Ok(()),
        written => Err(format!("it holds {written} bytes or more, but states {size}")),
    }
}

/// Hashes what is written to it.
struct Hash(Sha256);

impl Write for Hash {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
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
        let two =
            [zstd::bulk::compress(b"the", 3).unwrap(), zstd::bulk::compress(b"se", 3).unwrap()].concat();
        refused(&[&two[..], &mark(&two)].concat(), "follow the frame");
    }

    #[test]
    fn a_bomb_is_refused_before_it_goes_off() {
        let sealed = |frame: Vec<u8>| [&frame[..], &mark(&frame)].concat();
        let refused = |content: &[u8], part: &str| {
            let error =
                decode_object(&Digest::of(b"bomb"), content, Path::new("bomb")).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        };
        // Zeros, with the size stated as that of an object that may be, as too much, as too little, and not at all.
        let zeros = |size: u64, stated: Option<u64>| {
            let mut encoder = zstd::stream::Encoder::new(Vec::new(), 1).unwrap();
            encoder.include_contentsize(stated.is_some()).unwrap();
            encoder.set_pledged_src_size(stated).unwrap();
            io::copy(&mut io::repeat(0).take(size), &mut encoder).unwrap();
            encoder.finish().unwrap()
        };
        let large = LARGE as u64 + 1;
        refused(&sealed(zeros(large, Some(large))), "has digest");
        refused(&sealed(zeros(large, None)), "states its size");
        let too_much = GREATEST as u64 + 1;
        refused(&sealed(zeros(too_much, Some(too_much))), "above the");
        // A frame whose header was changed to state less: its last field before the blocks.
        let mut lying = zeros(300, Some(300));
        let place = lying.windows(2).position(|pair| pair == 44_u16.to_le_bytes()).unwrap();
        lying[place] -= 1;
        refused(&sealed(lying), "does not decompress");
    }
}
