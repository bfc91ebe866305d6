//! A number, taken apart without deciding what its marks mean.

/// A number without sign, currency and suffix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parts<'t> {
    pub(crate) negative: bool,
    /// Digits and marks.
    pub(crate) digits: &'t str,
    /// The exponent of ten that a suffix (`K`, `M`, `B`, `T`) stands for.
    pub(crate) suffix: u8,
    /// The exponent as written (`e5`), with its letter; empty if there is none.
    pub(crate) exponent: &'t str,
}

/// Why a cell is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoNumber {
    Percent,
    Parentheses,
    /// Any other text.
    Text,
    /// An exponent beyond the range of numbers, or `inf`.
    Infinite,
    /// A suffix such as `M` in a column of prices.
    Suffix,
}

impl NoNumber {
    /// What to do.
    pub(crate) fn remedy(self) -> &'static str {
        match self {
            Self::Percent => "it is a percentage; name the column of prices",
            Self::Parentheses => "parentheses may mean a negative number; write it with a minus sign",
            Self::Text => "expected digits with a decimal mark, or an empty cell where the value is missing",
            Self::Infinite => "expected a finite number, or an empty cell where the value is missing",
            Self::Suffix => "a price has no suffix such as K or M; write it in full",
        }
    }
}

impl NoNumber {
    /// What to do about a cell with characters beyond ASCII, which a wrong encoding may have put there.
    pub(crate) fn remedy_beyond_ascii(self) -> &'static str {
        match self {
            Self::Text => {
                "expected digits with a decimal mark; if the text looks garbled, save the file as UTF-8"
            }
            other => other.remedy(),
        }
    }
}

/// Takes a cell apart that is not missing.
pub(crate) fn parts(cell: &str) -> Result<Parts<'_>, NoNumber> {
    if cell.ends_with('%') {
        return Err(NoNumber::Percent);
    }
    if cell.starts_with('(') && cell.ends_with(')') {
        return Err(NoNumber::Parentheses);
    }
    let (negative, rest) = signed(cell);
    let rest = rest.trim_start_matches(is_currency).trim_end_matches(is_currency).trim();
    // `$-5` and `-$5` are both in use.
    let (second, rest) = if rest.len() == cell.len() || negative { (false, rest) } else { signed(rest) };
    let (rest, suffix) = match rest.as_bytes().last() {
        Some(b'k' | b'K') => (rest.get(..rest.len() - 1).unwrap_or_default(), 3),
        Some(b'm' | b'M') => (rest.get(..rest.len() - 1).unwrap_or_default(), 6),
        Some(b'b' | b'B') => (rest.get(..rest.len() - 1).unwrap_or_default(), 9),
        Some(b't' | b'T') => (rest.get(..rest.len() - 1).unwrap_or_default(), 12),
        _ => (rest, 0),
    };
    let (digits, exponent) = rest.split_at(rest.find(['e', 'E']).unwrap_or(rest.len()));
    let digits = digits.trim_end();
    if exponent_is_odd(exponent) || suffix > 0 && !exponent.is_empty() {
        return Err(no_number(cell));
    }
    let plain = |c: char| c.is_ascii_digit() || is_mark(c);
    if !digits.chars().all(plain) || !digits.bytes().any(|byte| byte.is_ascii_digit()) {
        return Err(no_number(cell));
    }
    Ok(Parts { negative: negative != second, digits, suffix, exponent })
}

/// Whether something other than `e`, a sign and digits stands where an exponent would.
fn exponent_is_odd(exponent: &str) -> bool {
    let Some(number) = exponent.get(1..) else { return false };
    let number = number.strip_prefix(['+', '-']).unwrap_or(number);
    number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit())
}

fn no_number(cell: &str) -> NoNumber {
    let word = cell.trim_start_matches(['+', '-']);
    let infinite = word.eq_ignore_ascii_case("inf") || word.eq_ignore_ascii_case("infinity") || word == "∞";
    if infinite { NoNumber::Infinite } else { NoNumber::Text }
}

/// Splits a sign off. Some programs write a minus of its own.
fn signed(text: &str) -> (bool, &str) {
    match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn is_currency(c: char) -> bool {
    matches!(c, '$' | '€' | '£' | '¥' | '₹' | '₽' | '₩' | '₺' | '₿' | '¢' | '₫' | '₴' | '₪' | '฿')
}

/// Marks that separate thousands or fractions.
pub(crate) fn is_mark(c: char) -> bool {
    matches!(c, '.' | ',') || is_plain_group(c)
}

/// Marks that can only separate thousands.
pub(crate) fn is_plain_group(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '_')
}

/// Whether digits are a whole number, or one with a fraction after `decimal`, with well-formed groups of thousands.
///
/// Groups have three digits, or, before the last, two, as in India.
pub(crate) fn is_written_with(digits: &str, decimal: char) -> bool {
    let (whole, fraction) = match digits.split_once(decimal) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    if fraction.is_some_and(|fraction| !fraction.bytes().all(|byte| byte.is_ascii_digit())) {
        return false;
    }
    let Some(group) = whole.chars().find(|c| !c.is_ascii_digit()) else {
        return !whole.is_empty() || fraction.is_some_and(|fraction| !fraction.is_empty());
    };
    let groups: Vec<&str> = whole.split(group).collect();
    let digits_only =
        groups.iter().all(|one| !one.is_empty() && one.bytes().all(|byte| byte.is_ascii_digit()));
    let [first, inner @ .., last] = groups.as_slice() else { return false };
    // `0,123` is no thousand.
    let first_is_one = first.len() <= 3 && !first.starts_with('0');
    let threes = inner.iter().all(|one| one.len() == 3);
    let twos = !inner.is_empty() && first.len() <= 2 && inner.iter().all(|one| one.len() == 2);
    digits_only && first_is_one && last.len() == 3 && (threes || twos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_have_to_be_in_their_places() {
        for (digits, point, comma) in [
            ("1.5", true, false),
            ("1,5", false, true),
            ("1.234", true, true),
            ("1,234", true, true),
            ("0.123", true, false),
            ("0,123", false, true),
            ("1,234.5", true, false),
            ("1.234,5", false, true),
            ("12,34,567.5", true, false),
            ("1'234.50", true, false),
            ("1 234", true, true),
            ("1234", true, true),
            (".5", true, false),
            ("5.", true, false),
            ("1,2345", false, true),
            ("1.2.3", false, false),
            ("1,,234", false, false),
            (",", false, false),
        ] {
            assert_eq!(is_written_with(digits, '.'), point, "{digits}");
            assert_eq!(is_written_with(digits, ','), comma, "{digits}");
        }
    }
}
