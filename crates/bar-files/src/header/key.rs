//! Headers in the form in which they are compared.

use crate::records::trimmed;

/// A header's letters and digits in lower case: without blanks, `_`, `-`, `.`, `<>`, a number before it (`1. open`) and a
/// unit behind it (`Open (USD)`).
pub(crate) fn key(header: &str) -> String {
    let name = without_unit(without_number(trimmed(header)));
    name.chars().filter(|&c| c.is_alphanumeric() || c == '%').flat_map(char::to_lowercase).collect()
}

/// Removes `1. ` and `1a. `.
fn without_number(header: &str) -> &str {
    let Some((number, rest)) = header.split_once(". ") else { return header };
    let digits = number.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number && number.len() - digits.len() <= 1 { rest } else { header }
}

/// Removes a last part in parentheses or brackets.
fn without_unit(header: &str) -> &str {
    for (open, close) in [('(', ')'), ('[', ']')] {
        if let Some(at) =
            header.strip_suffix(close).and_then(|inside| inside.rfind(open)).filter(|&at| at > 0)
        {
            return header.get(..at).unwrap_or(header);
        }
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_tell_headers_apart_is_removed() {
        for (header, expected) in [
            ("Adj. Close", "adjclose"),
            ("adj_close", "adjclose"),
            ("5. adjusted close", "adjustedclose"),
            ("1a. open (USD)", "open"),
            ("<TICKVOL>", "tickvol"),
            ("Close/Last", "closelast"),
            ("Change %", "change%"),
            ("\u{a0}Vol.", "vol"),
            ("(x)", "x"),
        ] {
            assert_eq!(key(header), expected, "{header:?}");
        }
    }
}
