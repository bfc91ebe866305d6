//! How two artifacts of one kind differ, in the words of the field: `artifact diff`.
//!
//! [`compare`] looks at payloads alone; what takes the blobs behind them, the values of two snapshots or the tensors of two
//! models, the command adds.

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
