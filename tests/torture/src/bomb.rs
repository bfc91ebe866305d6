//! An object's file that is small, sealed as it should be, and decompresses to more than anybody expects.

use sha2::{Digest as _, Sha256};

/// The greatest block of a zstd frame, in bytes.
const BLOCK: u32 = 128 << 10;
/// How many blocks of zeros a bomb holds: 64 MiB.
const BLOCKS: u32 = 512;

/// What the frame says that it decompresses to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stated {
    /// As many bytes as it holds.
    Truth,
    /// 2 GiB, above the greatest size of an object.
    TooMuch,
    /// Nothing.
    Nothing,
}

impl Stated {
    /// Every case.
    pub(crate) const ALL: [Self; 3] = [Self::Truth, Self::TooMuch, Self::Nothing];
}

/// A zstd frame of 64 MiB of zeros in a few kilobytes, followed by the mark that seals an object's frame.
pub(crate) fn bomb(stated: Stated) -> Vec<u8> {
    // The magic number; a descriptor, of a frame whose size is stated in 8 bytes or not at all; a window of one block.
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd];
    let size = match stated {
        Stated::Truth => Some(u64::from(BLOCK) * u64::from(BLOCKS)),
        Stated::TooMuch => Some(2 << 30),
        Stated::Nothing => None,
    };
    frame.extend([if size.is_some() { 0xc0 } else { 0 }, 7 << 3]);
    frame.extend(size.into_iter().flat_map(u64::to_le_bytes));
    for block in 1..=BLOCKS {
        // Whether it is the last, its type (1: one byte, repeated), and its size.
        let header = u32::from(block == BLOCKS) | 1 << 1 | BLOCK << 3;
        frame.extend(&header.to_le_bytes()[..3]);
        frame.push(0);
    }
    let digest = Sha256::digest(&frame);
    frame.extend([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0]);
    frame.extend(&digest[..4]);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bomb_is_a_frame_that_any_zstd_program_decompresses() {
        for stated in [Stated::Truth, Stated::Nothing] {
            let zeros = zstd::stream::decode_all(bomb(stated).as_slice()).unwrap();
            assert_eq!(zeros.len(), 64 << 20, "{stated:?}");
        }
        assert!(zstd::stream::decode_all(bomb(Stated::TooMuch).as_slice()).is_err());
    }
}
