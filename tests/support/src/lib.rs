//! What the tests of every crate share: skip reports and waiting.
//!
//! It depends on no crate of the workspace, so that the unit tests of any of them can use it.

pub mod skip;
mod wait;

pub use wait::wait_until;
