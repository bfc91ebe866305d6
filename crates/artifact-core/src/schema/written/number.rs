//! Numbers with their decimal text.

use crate::canonical::canonical_json;

/// The largest integer up to which every integer is an f64.
const EXACT: u64 = 1 << 53;

/// A JSON number as it was written.
///
/// Two numbers are equal when they have the same decimal value and are both integers or both not: `1e3` equals
/// `1000.0` but not `1000`.
#[derive(Debug, Clone)]
pub struct Number(Box<str>);

impl Number {
    /// Takes a text that is a JSON number.
    pub fn parse(text: &str) -> Option<Self> {
        (number_length(text.as_bytes()) == Some(text.len())).then(|| Self(text.into()))
    }

    /// A finite number, in the shortest text that reads back as it; always with a fraction or an exponent.
    pub fn from_f64(value: f64) -> Option<Self> {
        let bytes = canonical_json(&value).ok().filter(|_| value.is_finite())?;
        let number = Self::parse(std::str::from_utf8(&bytes).ok()?)?;
        if value == 0.0 && value.is_sign_negative() {
            return Some(Self("-0.0".into()));
        }
        Some(if number.is_integer() { Self(format!("{}.0", number.0).into()) } else { number })
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Whether it was written without fraction and exponent.
    pub fn is_integer(&self) -> bool {
        !self.0.contains(['.', 'e', 'E'])
    }

    /// The nearest f64, where that is finite.
    pub fn as_f64(&self) -> Option<f64> {
        self.0.parse().ok().filter(|value: &f64| value.is_finite())
    }

    /// The value of an integer from 0 to 2^53.
    pub fn as_u64(&self) -> Option<u64> {
        self.0.parse().ok().filter(|&value| value <= EXACT)
    }

    /// The integer that it is, though it may be written with a fraction: 7 for `7.0`.
    pub fn to_whole(&self) -> Option<u64> {
        let value =
            self.as_f64().filter(|value| value.fract() == 0.0 && (0.0..=EXACT as f64).contains(value))?;
        let whole = Self::from(value as u64);
        (whole.decimal() == self.decimal()).then_some(value as u64)
    }

    /// How canonical JSON may hold it so that it comes back equal.
    pub(super) fn plain(&self) -> Option<Plain> {
        if self.is_integer() {
            let value: i64 = self.0.parse().ok()?;
            return (value.unsigned_abs() <= EXACT && &*self.0 != "-0").then_some(Plain::Integer(value));
        }
        let value = self.as_f64()?;
        let bytes = canonical_json(&value).ok()?;
        let written = Self::parse(std::str::from_utf8(&bytes).ok()?)?;
        (written == *self).then_some(Plain::Float(value))
    }

    fn decimal(&self) -> Option<Decimal> {
        let (negative, text) = match self.0.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, &*self.0),
        };
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        let significant = digits.trim_start_matches('0');
        if significant.is_empty() {
            return Some(Decimal { negative, digits: String::new(), point: 0 });
        }
        let leading = digits.len() - significant.len();
        let shift = i64::try_from(whole.len()).ok()?.checked_sub(i64::try_from(leading).ok()?)?;
        let point = exponent.parse::<i64>().ok()?.checked_add(shift)?;
        Some(Decimal { negative, digits: significant.trim_end_matches('0').to_owned(), point })
    }
}

/// A number that canonical JSON can hold.
pub(super) enum Plain {
    Integer(i64),
    Float(f64),
}

/// `0.digits * 10^point`, without zeros at either end of the digits.
#[derive(PartialEq, Eq)]
struct Decimal {
    negative: bool,
    digits: String,
    point: i64,
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        if self.0 == other.0 {
            return true;
        }
        // Where an exponent is beyond all bounds only the text can tell.
        let equal = |(a, b): (Decimal, Decimal)| a == b;
        self.is_integer() == other.is_integer() && self.decimal().zip(other.decimal()).is_some_and(equal)
    }
}

impl Eq for Number {}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self(value.to_string().into())
    }
}

/// The length of the JSON number that `bytes` begins with; `None` where it begins with none.
pub fn number_length(bytes: &[u8]) -> Option<usize> {
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut length = usize::from(bytes.first() == Some(&b'-'));
    length += match bytes.get(length)? {
        b'0' => 1,
        b'1'..=b'9' => digits(length),
        _ => return None,
    };
    if bytes.get(length) == Some(&b'.') {
        let fraction = digits(length + 1);
        length += (fraction > 0).then_some(fraction + 1)?;
    }
    if matches!(bytes.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
        let exponent = digits(length + 1 + sign);
        length += (exponent > 0).then_some(exponent + sign + 1)?;
    }
    Some(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn only_json_numbers_are_taken() {
        for bad in ["", "-", "+1", "01", "1.", ".5", "1e", "1e+", "0x1", "1 ", "NaN", "1_0", "--1"] {
            assert!(Number::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn equal_means_the_same_value_and_the_same_sort() {
        for (a, b) in [
            ("1e3", "1000.0"),
            ("0.10", "1e-1"),
            ("0.0", "0e9"),
            ("1e99999999999999999999", "1e99999999999999999999"),
        ] {
            assert_eq!(number(a), number(b));
        }
        for (a, b) in [("1", "1.0"), ("0", "-0"), ("0.1", "0.1000000000000000055511"), ("1e3", "1000")] {
            assert_ne!(number(a), number(b), "{a} {b}");
        }
    }

    #[test]
    fn whole_numbers_are_recognised() {
        for (text, expected) in [
            ("7", Some(7)),
            ("7.0", Some(7)),
            ("7e1", Some(70)),
            ("7.5", None),
            ("-1", None),
            ("1e300", None),
        ] {
            assert_eq!(number(text).to_whole(), expected, "{text}");
        }
        assert_eq!(number("7.00000000000000000001").to_whole(), None);
        assert_eq!(number("7.0").as_u64(), None);
        assert_eq!(number("9007199254740993").as_u64(), None);
    }

    #[test]
    fn only_numbers_that_come_back_equal_are_stored_plain() {
        for (text, plain) in [
            ("5", "5"),
            ("-5", "-5"),
            ("1e-05", "0.00001"),
            ("0.30000000000000004", "0.30000000000000004"),
            ("150.0", r#"{"$number":"150.0"}"#),
            ("-0", r#"{"$number":"-0"}"#),
            ("1e400", r#"{"$number":"1e400"}"#),
            ("9007199254740993", r#"{"$number":"9007199254740993"}"#),
            ("0.1000000000000000055511", r#"{"$number":"0.1000000000000000055511"}"#),
        ] {
            let bytes = canonical_json(&number(text)).unwrap();
            assert_eq!(String::from_utf8(bytes.clone()).unwrap(), plain);
            assert_eq!(serde_json::from_slice::<Number>(&bytes).unwrap(), number(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_number_survives_canonical_json(text in "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,4})?") {
            let bytes = canonical_json(&number(&text)).unwrap();
            prop_assert_eq!(serde_json::from_slice::<Number>(&bytes).unwrap(), number(&text));
        }

        #[test]
        fn floats_are_written_as_floats(value in any::<f64>()) {
            prop_assume!(value.is_finite());
            let number = Number::from_f64(value).unwrap();
            prop_assert!(!number.is_integer());
            prop_assert_eq!(number.as_f64().unwrap().to_bits(), value.to_bits());
        }
    }
}
