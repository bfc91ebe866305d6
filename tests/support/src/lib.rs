//! What the tests of every crate share: skip reports, waiting, starting Cargo, and the certificates of a server.
//!
//! It depends on no crate of the workspace, so that the unit tests of any of them can use it.

mod cargo;
pub mod skip;
pub mod tls;
mod wait;

pub use cargo::cargo;
pub use wait::wait_until;
