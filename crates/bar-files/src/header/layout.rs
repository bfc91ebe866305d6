//! The layout that one line of headers shows.

use super::heading::Heading;
use super::prefixed;
use super::vocabulary::keys;
use crate::field::Field;
use crate::form::Layout;

/// The headings of one line of headers: those of one bar, or of one bar for each ticker side by side.
pub(crate) fn headings(headers: &[String]) -> (Vec<Heading>, Layout) {
    let headings: Vec<Heading> = headers.iter().map(|header| Heading::plain(header)).collect();
    if headers.iter().any(|header| header.starts_with('<') && header.ends_with('>')) {
        return (headings, Layout::Bracketed);
    }
    let has = |field| headings.iter().any(|heading| keys(field).contains(&heading.key.as_str()));
    if ![Field::Open, Field::High, Field::Low].into_iter().all(has)
        && let Some(prefixed) = prefixed::headings(headers)
    {
        return (prefixed, Layout::Prefixed);
    }
    (headings, Layout::Plain)
}
