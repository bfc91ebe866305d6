//! A file whose layout is known.

use crate::form::Layout;
use crate::header::heading::Heading;

/// A file whose layout is known: what stands above its columns, and its rows.
#[derive(Debug)]
pub(crate) struct Opened<S> {
    pub(crate) headings: Vec<Heading>,
    pub(crate) layout: Layout,
    /// What separates cells, if something does.
    pub(crate) separator: Option<char>,
    pub(crate) sheet: S,
}
