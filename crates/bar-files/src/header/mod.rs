//! From headers to the columns that are read.

pub(crate) mod columns;
pub(crate) mod find;
pub(crate) mod heading;
pub(crate) mod key;
pub(crate) mod layout;
pub(crate) mod prefixed;
pub(crate) mod stacked;
pub(crate) mod vocabulary;
