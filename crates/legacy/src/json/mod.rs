//! A lenient JSON reader for the files of older programs, and a writer for programs that read version 1.
//!
//! Values are represented as in imported payloads: [`artifact_core::schema::written`].

mod document;
mod read;
mod write;

pub use document::{Document, Form, Item, read_document};
pub use read::{DEPTH_LIMIT, JsonFault, Note, Reason, read_value};
pub use write::to_text;
