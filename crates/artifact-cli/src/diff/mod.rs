//! How two artifacts of one kind differ, in the words of the field: `artifact diff`.
//!
//! [`compare`] looks at payloads alone. The command adds what needs the blobs behind them: the values of two snapshots,
//! the tensors of two models.

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
