//! From bytes to characters.

use crate::error::Fault;
use crate::form::Encoding;
use crate::kind;
use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// How many of a file's first bytes show whether it is UTF-16.
const SAMPLE: usize = 64;

/// Decodes a text. One in UTF-8 is borrowed.
///
/// Bytes that are not UTF-8 are read as Windows-1252, in which every byte is a character; whoever reads a number or a
/// ticker of such a text has to see whether that was right.
pub(crate) fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, Encoding), Fault> {
    let (encoding, bytes) = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => (Encoding::Utf8, rest),
        [0xff, 0xfe, rest @ ..] => (Encoding::Utf16Le, rest),
        [0xfe, 0xff, rest @ ..] => (Encoding::Utf16Be, rest),
        _ => (unmarked(bytes), bytes),
    };
    let text = match encoding {
        Encoding::Utf16Le => UTF_16LE.decode_without_bom_handling_and_without_replacement(bytes),
        Encoding::Utf16Be => UTF_16BE.decode_without_bom_handling_and_without_replacement(bytes),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => Some(Cow::Borrowed(text)),
            Err(_) => return windows(bytes),
        },
    };
    match text {
        Some(text) if memchr::memchr(0, text.as_bytes()).is_some() => Err(kind::binary()),
        Some(text) => Ok((text, encoding)),
        None => Err(Fault::Encoding { encoding: name(encoding) }),
    }
}

fn windows(bytes: &[u8]) -> Result<(Cow<'_, str>, Encoding), Fault> {
    // Text has no control characters but breaks and tabs; a file with many others is none.
    let odd = bytes.iter().filter(|byte| matches!(byte, 0..=8 | 14..=31 | 127)).count();
    if odd > 0 {
        return Err(kind::binary());
    }
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
    Ok((text, Encoding::Windows1252))
}

/// UTF-16 without a mark shows in zeros: of every two bytes of an ASCII character, one is 0.
fn unmarked(bytes: &[u8]) -> Encoding {
    let sample = bytes.get(..SAMPLE.min(bytes.len()) / 2 * 2).unwrap_or_default();
    let zeros = |odd: usize| sample.iter().skip(odd).step_by(2).filter(|&&byte| byte == 0).count();
    let most = sample.len() * 3 / 8;
    match (zeros(0), zeros(1)) {
        (0, high) if high > most => Encoding::Utf16Le,
        (high, 0) if high > most => Encoding::Utf16Be,
        _ => Encoding::Utf8,
    }
}

fn name(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Utf8 => "UTF-8",
        Encoding::Utf16Le => "UTF-16 LE",
        Encoding::Utf16Be => "UTF-16 BE",
        Encoding::Windows1252 => "Windows-1252",
    }
}
