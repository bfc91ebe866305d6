//! The contract: what is written, what is refused, and what must never change.

mod breakage;
mod door;
mod golden;
mod parents;
mod properties;
mod rfc8785;
mod versions;
mod workspace;
