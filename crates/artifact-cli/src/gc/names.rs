//! Finds the ids in any text.

use artifact_core::Digest;
use std::collections::BTreeSet;

const DIGITS: usize = 64;

/// Every id that occurs in `bytes`: 64 lower-case hexadecimal digits, whatever surrounds them.
///
/// Independent of any format, it finds the references in every kind and version of object, known or not, in every view,
/// and in the study database, whose pages hold ids as text. A match that is not a reference at worst keeps one object
/// too many.
pub fn named_ids(bytes: &[u8]) -> BTreeSet<Digest> {
    let hexadecimal = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let runs = bytes.split(|byte| !hexadecimal(byte)).filter(|run| run.len() >= DIGITS);
    let windows = runs.flat_map(|run| run.windows(DIGITS));
    windows.filter_map(|window| std::str::from_utf8(window).ok()?.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_anywhere_in_a_text() {
        let (a, b) = (Digest::of(b"a"), Digest::of(b"b"));
        let check = |text: String, expected: &[Digest]| {
            let expected = expected.iter().copied().collect::<BTreeSet<_>>();
            assert_eq!(named_ids(text.as_bytes()), expected, "{text}");
        };
        check(format!("{{\"parents\":[\"{a}\",\"{b}\"]}}"), &[a, b]);
        check(format!("{a}"), &[a]);
        check(format!("\u{0}\u{7}{a}\u{1}\"{b}"), &[a, b]);
        check(String::new(), &[]);
        check(a.to_string()[1..].to_owned(), &[]);
        check(a.to_string().to_uppercase(), &[]);
        // Hexadecimal digits may surround an id by chance; it must still be found.
        assert!(named_ids(format!("0{a}0").as_bytes()).contains(&a));
    }
}
