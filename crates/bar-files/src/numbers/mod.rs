//! Numbers as files write them.
//!
//! `1,234` is a thousand or a little over one, depending on the file: all numbers of a file settle its decimal mark
//! ([`survey`]), and only then are they read ([`read`](read::read)).

pub(crate) mod missing;
pub(crate) mod parts;
pub(crate) mod read;
pub(crate) mod survey;
