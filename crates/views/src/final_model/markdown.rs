//! Text inside Markdown.

/// A text that Markdown shows as it stands: a ticker may hold anything but control characters, and must neither become
/// HTML in the reader's browser nor break the cell of a table.
pub(super) fn plain(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '|' | '*' | '`' | '[' | ']' | '\\' => escaped.extend(['\\', character]),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Names in a list, each as [`plain`] writes it.
pub(super) fn plain_list(names: &[String]) -> String {
    names.iter().map(|name| plain(name)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_becomes_markup() {
        assert_eq!(plain("A<img src=x>|`[b]*"), "A&lt;img src=x&gt;\\|\\`\\[b\\]\\*");
        assert_eq!(plain_list(&["M&M.NS".into(), "^GSPC".into(), "BF_B".into()]), "M&amp;M.NS, ^GSPC, BF_B");
    }
}
