//! `artifact diff`: how two artifacts of one kind differ, in domain terms.
//!
//! [`compare`] looks at payloads only. The command adds what is in the blobs behind them: the values of snapshots and
//! the tensors of models.

mod bars;
mod change;
pub(crate) mod command;
mod document;
mod imported;
mod payloads;
mod preprocessing;
mod split;
mod weights;

pub use change::{Change, LISTED, Topic, ulps};
pub use payloads::compare;
