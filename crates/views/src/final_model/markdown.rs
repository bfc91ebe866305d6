//! Text inside Markdown.

use artifact_core::shown;
use std::fmt::Display;

/// A text that Markdown shows as it stands: a ticker may hold anything but control characters, and must neither become
/// HTML in the reader's browser nor break the cell of a table.
pub(super) fn plain(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in shown::line(text).chars() {
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

/// A part, a value or a sentence whose own brackets and lists are to be kept: nothing in it becomes HTML, a link, or the end
/// of a table's cell.
pub(super) fn inert(text: impl Display) -> String {
    let text = text.to_string();
    let text = shown::line(&text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('|', "\\|").replace("](", "]\\(")
}

/// A text between backticks, where Markdown reads nothing but their end.
pub(super) fn code(text: impl Display) -> String {
    format!("`{}`", shown::line(&text.to_string()).replace('`', "'"))
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
        assert_eq!(plain("a\nb\u{202e}"), "a\\\\nb\\\\u{202e}");
        assert_eq!(inert("gru <b>[1, 2]|[x](y)\n"), "gru &lt;b&gt;[1, 2]\\|[x]\\(y)\\n");
        assert_eq!(code("1y` <b>\n"), "`1y' <b>\\n`");
        assert_eq!(plain_list(&["M&M.NS".into(), "^GSPC".into(), "BF_B".into()]), "M&amp;M.NS, ^GSPC, BF_B");
    }
}
