//! Text of a file as messages show it.

use std::fmt;

/// The most characters of a cell that a message shows.
const CELL: usize = 40;

/// The most headers that a message lists.
const HEADERS: usize = 12;

/// A cell: in quotes, escaped, and shortened to 40 characters.
pub(crate) fn cell(text: &str) -> String {
    let mut shown: String = text.chars().take(CELL).collect();
    if text.chars().nth(CELL).is_some() {
        shown.push('…');
    }
    format!("{shown:?}")
}

/// Headers: at most 12, each escaped and shortened.
pub(crate) fn headers<H: AsRef<str>>(all: &[H]) -> String {
    let shown: Vec<String> = all.iter().take(HEADERS).map(|header| bare(header.as_ref())).collect();
    let more = all.len().saturating_sub(HEADERS);
    match more {
        0 => shown.join(", "),
        _ => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A name in full, with control characters escaped.
pub(crate) fn name(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c.is_control() {
            true => shown.extend(c.escape_default()),
            false => shown.push(c),
        }
    }
    shown
}

/// A header without quotes, unless it is blank.
pub(crate) fn bare(header: &str) -> String {
    if header.trim().is_empty() {
        return cell(header);
    }
    let quoted = cell(header);
    quoted.get(1..quoted.len() - 1).unwrap_or_default().replace("\\\"", "\"").replace("\\'", "'")
}

/// Writes a list of names with backticks, such as `` `open`, `high` or `low` ``.
pub(crate) struct Names<'a>(pub(crate) &'a [&'a str]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, name) in self.0.iter().enumerate() {
            match position {
                0 => {}
                _ if position + 1 == self.0.len() => f.write_str(" and ")?,
                _ => f.write_str(", ")?,
            }
            write!(f, "`{name}`")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_escaped_and_shortened() {
        assert_eq!(cell("a\nb"), "\"a\\nb\"");
        assert_eq!(cell(&"é".repeat(41)), format!("\"{}…\"", "é".repeat(40)));
    }

    #[test]
    fn headers_are_at_most_twelve() {
        assert_eq!(headers(&["a", "", "c\u{1b}"]), "a, \"\", c\\u{1b}");
        let many: Vec<String> = (0..14).map(|header| header.to_string()).collect();
        assert!(headers(&many).ends_with("10, 11 and 2 more"));
    }
}
