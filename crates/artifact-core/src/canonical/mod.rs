//! Canonical bytes: RFC 8785 JSON, the form that is hashed.

mod difference;
mod numbers;

use crate::error::{Error, Invalid};
use numbers::Integers;
use serde::Serialize;

pub(crate) use difference::difference;
pub use numbers::LARGEST_INTEGER;

/// Writes `value` as canonical JSON (RFC 8785): sorted keys, no white space, shortest round-trip numbers.
///
/// Every finite `f64` is read back bit for bit, with one exception: RFC 8785 gives -0 no form of its own. It is written
/// `0` and read as +0, which compares equal; so equal values have equal ids.
///
/// # Errors
///
/// [`Error::Refused`], naming the field, for NaN, an infinity, or an integer that RFC 8785, whose numbers are 64-bit
/// floats, would round (see [`LARGEST_INTEGER`]); [`Error::Canonical`] when the value has no JSON form for another
/// reason, for example a map whose keys are not strings.
pub fn canonical_json<T: Serialize>(value: &T) -> Result<Vec<u8>, Error> {
    numbers::check(value, Integers::Unchanged)
        .map_err(|reason| Error::Refused { artifact: "the document".to_owned(), reason })?;
    write(value)
}

/// Refuses numbers that JSON would change and integers beyond [`LARGEST_INTEGER`], naming the first one's path.
pub(crate) fn check_numbers<T: Serialize + ?Sized>(payload: &T) -> Result<(), Invalid> {
    numbers::check(payload, Integers::Exact)
}

/// Writes a value whose numbers have been checked.
pub(crate) fn write<T: Serialize>(value: &T) -> Result<Vec<u8>, Error> {
    serde_json_canonicalizer::to_vec(value).map_err(|source| Error::Canonical { source })
}
