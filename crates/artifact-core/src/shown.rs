//! Text of unknown origin as people are shown it: tickers, names, paths, and what messages quote of files.
//!
//! A control character can move a terminal's cursor or colour its text, a mark of direction can turn a line around, and a
//! line separator can forge a line of its own. All are shown as escapes, such as `\u{202e}`.

use std::borrow::Cow;

/// The most characters that are quoted of a text.
pub const QUOTED: usize = 200;

/// The most characters of one line of a message.
const LINE: usize = 4000;

/// Whether a character acts on the text around it instead of being seen: controls, line separators, marks of direction.
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text in one line: every unseen character is escaped, line breaks too.
pub fn line(text: &str) -> Cow<'_, str> {
    escaped(text, is_unseen)
}

/// The text with its line breaks, and every other unseen character escaped.
pub fn lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c != '\n' && is_unseen(c))
}

/// A message: as [`lines`], and the middle of a line of more than 4000 characters is left out, since it quotes a file.
pub fn message(text: &str) -> String {
    let cut = |own: &str| {
        let (head, tail) = (LINE / 2, QUOTED);
        let count = own.chars().count();
        if count <= LINE {
            return own.to_owned();
        }
        let first: String = own.chars().take(head).collect();
        let last: String = own.chars().skip(count - tail).collect();
        format!("{first}... ({count} characters) ...{last}")
    };
    // Cut first: escapes make a text longer, and one of 50 MB should not be copied to be thrown away.
    let cut: Vec<String> = text.split('\n').map(cut).collect();
    lines(&cut.join("\n")).into_owned()
}

/// What a message quotes of a file: as [`line()`], and cut after 200 characters, with how many there are.
pub fn quoted(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(QUOTED) {
        None => line(text),
        Some((end, _)) => {
            let count = text.chars().count();
            Cow::Owned(format!("{}... ({count} characters)", line(&text[..end])))
        }
    }
}

fn escaped(text: &str, hidden: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match hidden(c) {
            true => shown.extend(c.escape_default()),
            false => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_shown_instead() {
        assert_eq!(line("A\u{1b}[2J\u{202e}\0\n\u{9b}é"), "A\\u{1b}[2J\\u{202e}\\u{0}\\n\\u{9b}é");
        assert_eq!(lines("a\nb\r\u{2028}"), "a\nb\\r\\u{2028}");
        assert!(matches!(line("^GSPC, BF-B ü 株"), Cow::Borrowed(_)));
    }

    #[test]
    fn long_quotations_are_cut_with_their_length() {
        let long = "x".repeat(50_000);
        assert_eq!(quoted(&long), format!("{}... (50000 characters)", "x".repeat(QUOTED)));
        assert_eq!(quoted("short"), "short");
        let shown = message(&format!("key: {long}\nremedy"));
        assert!(shown.len() < 2 * LINE && shown.contains("(50005 characters)"), "{shown}");
        assert!(shown.ends_with("\nremedy"), "{shown}");
    }
}
