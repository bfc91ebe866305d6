//! Reading a number whose decimal mark is known.

use super::missing::is_missing;
use super::parts::{NoNumber, is_written_with, parts};
use crate::form::DecimalMark;

/// Which suffixes a column may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Suffixes {
    /// `1.5M` is a million and a half.
    Allowed,
    /// `1.5M` is not a price.
    Refused,
}

/// Reads a cell; NaN if it is missing.
pub(crate) fn read(cell: &str, mark: DecimalMark, suffixes: Suffixes) -> Result<f64, NoNumber> {
    if mark == DecimalMark::Point
        && let Some(number) = plain(cell.as_bytes())
    {
        return Ok(number);
    }
    if is_missing(cell) {
        return Ok(f64::NAN);
    }
    let parts = parts(cell)?;
    if parts.suffix > 0 && suffixes == Suffixes::Refused {
        return Err(NoNumber::Suffix);
    }
    let decimal = mark.character();
    if !is_written_with(parts.digits, decimal) {
        return Err(NoNumber::Text);
    }
    // A suffix becomes an exponent: the number is then rounded once, as if it were written in full.
    let mut written = String::with_capacity(parts.digits.len() + 8);
    written.extend(parts.negative.then_some('-'));
    written.extend(parts.digits.chars().filter_map(|c| match c {
        _ if c.is_ascii_digit() => Some(c),
        _ if c == decimal => Some('.'),
        _ => None,
    }));
    written.push_str(parts.exponent);
    if parts.suffix > 0 {
        written.push_str(&format!("e{}", parts.suffix));
    }
    plain(written.as_bytes()).ok_or(NoNumber::Infinite)
}

/// Reads a number as programs write it, to the same bits as the standard library does; `None` if it is none, or not
/// finite.
pub(crate) fn plain(cell: &[u8]) -> Option<f64> {
    // The parser also reads words such as `nan`, which never begin so.
    let first = cell.first()?;
    if !first.is_ascii_digit() && !matches!(first, b'-' | b'+' | b'.') {
        return None;
    }
    fast_float2::parse::<f64, _>(cell).ok().filter(|number| number.is_finite())
}

/// Reads the number with which a text begins, as [`plain`] does, and its length in bytes.
#[inline]
pub(crate) fn leading(text: &[u8]) -> Option<(f64, usize)> {
    let mut digits = 0_u64;
    let mut point = None;
    let mut at = 0;
    // Seventeen bytes hold sixteen digits at most, which no 64-bit integer overflows.
    for &byte in text.iter().take(17) {
        match byte.wrapping_sub(b'0') {
            digit @ 0..10 => digits = 10 * digits + u64::from(digit),
            _ if byte == b'.' && point.is_none() => point = Some(at),
            _ => break,
        }
        at += 1;
    }
    let fraction = point.map_or(0, |point| at - point - 1);
    let has_digits = at > usize::from(point.is_some());
    // Both are exact, so their quotient is the nearest number: Clinger, How to read floating point numbers accurately, 1990.
    if has_digits
        && at < 17
        && digits <= EXACT
        && !matches!(text.get(at), Some(b'e' | b'E' | b'0'..=b'9' | b'.'))
    {
        return Some((digits as f64 / POWERS[fraction], at));
    }
    let first = text.first()?;
    if !first.is_ascii_digit() && !matches!(first, b'-' | b'+' | b'.') {
        return None;
    }
    fast_float2::parse_partial::<f64, _>(text).ok().filter(|(number, _)| number.is_finite())
}

/// The largest integer below which every integer is a 64-bit float.
const EXACT: u64 = 1 << 53;

/// Powers of ten, each a 64-bit float.
const POWERS: [f64; 17] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16];

impl DecimalMark {
    /// The mark itself.
    pub(crate) fn character(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(cell: &str, mark: DecimalMark, expected: f64) {
        assert_eq!(read(cell, mark, Suffixes::Allowed), Ok(expected), "{cell:?}");
    }

    #[test]
    fn numbers_are_read_by_their_mark() {
        check("50.32", DecimalMark::Point, 50.32);
        check("5,143.00", DecimalMark::Point, 5143.0);
        check("5.143,00", DecimalMark::Comma, 5143.0);
        check("5 143,00", DecimalMark::Comma, 5143.0);
        check("5'143.5", DecimalMark::Point, 5143.5);
        check("-1.5e3", DecimalMark::Point, -1500.0);
        check("1,5E+2", DecimalMark::Comma, 150.0);
        check("$1,234.50", DecimalMark::Point, 1234.5);
        check("-$5.5", DecimalMark::Point, -5.5);
        check("$-5.5", DecimalMark::Point, -5.5);
        check("5,5 €", DecimalMark::Comma, 5.5);
        check("1.5M", DecimalMark::Point, 1_500_000.0);
        check("2.3K", DecimalMark::Point, 2300.0);
        check("1B", DecimalMark::Point, 1e9);
        check("+.5", DecimalMark::Point, 0.5);
    }

    #[test]
    fn cells_without_a_value_are_nan() {
        for cell in ["", "NaN", "NA", "N/A", "null", "None", "-", "--", ".", "#N/A"] {
            assert!(read(cell, DecimalMark::Point, Suffixes::Refused).unwrap().is_nan(), "{cell:?}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for (cell, expected) in [
            ("x", NoNumber::Text),
            ("1x", NoNumber::Text),
            ("1,5", NoNumber::Text),
            ("5%", NoNumber::Percent),
            ("(5)", NoNumber::Parentheses),
            ("inf", NoNumber::Infinite),
            ("-Infinity", NoNumber::Infinite),
            ("1e999", NoNumber::Infinite),
            ("1.5M", NoNumber::Suffix),
            ("1e", NoNumber::Text),
            ("--5", NoNumber::Text),
            ("nan5", NoNumber::Text),
        ] {
            assert_eq!(read(cell, DecimalMark::Point, Suffixes::Refused), Err(expected), "{cell:?}");
        }
    }

    proptest! {
        #[test]
        fn finite_numbers_read_as_the_standard_library_reads_them(bits: u64) {
            let number = f64::from_bits(bits);
            prop_assume!(number.is_finite());
            for text in [number.to_string(), format!("{number:e}"), format!("{number:.3}")] {
                let expected = text.parse::<f64>().unwrap();
                prop_assert_eq!(plain(text.as_bytes()).unwrap().to_bits(), expected.to_bits());
            }
        }

        #[test]
        fn digits_read_as_the_standard_library_reads_them(text in "[-+]?[0-9]{0,25}\\.?[0-9]{0,25}(e[-+]?[0-9]{1,\
            3})?") {
            let expected = text.parse::<f64>().ok().filter(|number| number.is_finite());
            prop_assert_eq!(plain(text.as_bytes()).map(f64::to_bits), expected.map(f64::to_bits));
        }
    }
}
