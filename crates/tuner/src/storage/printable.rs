//! Texts of others on a terminal.

/// A text with its control characters escaped: what another program wrote into a database must not steer the terminal
/// that shows it, nor pass for a line of ours.
pub(crate) fn printable(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, c| {
        if c.is_control() || is_invisible(c) {
            shown.extend(c.escape_default())
        } else {
            shown.push(c)
        }
        shown
    })
}

/// Whether a character separates lines, or turns the text around, without being a control character.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn what_steers_a_terminal_is_escaped() {
        assert_eq!(printable("a\u{1b}[2J\nb\0é\u{202e}\u{9b}"), "a\\u{1b}[2J\\nb\\u{0}é\\u{202e}\\u{9b}");
    }
}
