//! What the project's tools share.

pub mod command;
