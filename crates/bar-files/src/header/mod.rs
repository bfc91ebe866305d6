//! From headers to the columns that are read.

pub(crate) mod columns;
pub(crate) mod find;
pub(crate) mod heading;
pub(crate) mod key;
pub(crate) mod vocabulary;
