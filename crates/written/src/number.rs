//! Numbers that keep their decimal text.

use serde_json_canonicalizer::to_vec;

/// The largest integer up to which an f64 represents every integer exactly.
const EXACT: u64 = 1 << 53;

/// A JSON number as it was written.
///
/// Two numbers are equal when they have the same decimal value and are both integers or both not: `1e3` equals
/// `1000.0` but not `1000`.
#[derive(Debug, Clone)]
pub struct Number(Box<str>);

impl Number {
    /// Parses a JSON number; `None` if `text` is anything else.
    pub fn parse(text: &str) -> Option<Self> {
        (number_length(text.as_bytes()) == Some(text.len())).then(|| Self(text.into()))
    }

    /// A finite number with the shortest text that reads back as the same f64, always with a fraction or an exponent;
    /// `None` if `value` is not finite.
    pub fn from_f64(value: f64) -> Option<Self> {
        let bytes = to_vec(&value).ok().filter(|_| value.is_finite())?;
        let number = Self::parse(std::str::from_utf8(&bytes).ok()?)?;
        // Canonical JSON writes -0 as `0`, which would lose the sign.
        if value == 0.0 && value.is_sign_negative() {
            return Some(Self("-0.0".into()));
        }
        // It also writes 150.0 as `150`; the fraction keeps a float from becoming an integer.
        Some(if number.is_integer() { Self(format!("{}.0", number.0).into()) } else { number })
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Whether it was written without a fraction or an exponent.
    pub fn is_integer(&self) -> bool {
        !self.0.contains(['.', 'e', 'E'])
    }

    /// The nearest f64, if it is finite.
    pub fn as_f64(&self) -> Option<f64> {
        self.0.parse().ok().filter(|value: &f64| value.is_finite())
    }

    /// The value, if it is written as an integer from 0 to 2^53.
    pub fn as_u64(&self) -> Option<u64> {
        self.0.parse().ok().filter(|&value| value <= EXACT)
    }

    /// The value, if it is an integer from 0 to 2^53 in any spelling: 7 for `7.0`.
    pub fn to_whole(&self) -> Option<u64> {
        let value =
            self.as_f64().filter(|value| value.fract() == 0.0 && (0.0..=EXACT as f64).contains(value))?;
        // The f64 may have rounded a fraction away, so the decimal digits have the last word.
        let whole = Self::from(value as u64);
        (whole.decimal() == self.decimal()).then_some(value as u64)
    }

    /// Its plain form in canonical JSON, if that reads back equal.
    pub(super) fn plain(&self) -> Option<Plain> {
        if self.is_integer() {
            // `-0` is excluded because an i64 has no negative zero: it would read back as `0`.
            let value: i64 = self.0.parse().ok()?;
            return (value.unsigned_abs() <= EXACT && &*self.0 != "-0").then_some(Plain::Integer(value));
        }
        let value = self.as_f64()?;
        let bytes = to_vec(&value).ok()?;
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
        // Any exponent of zero is still zero, but its sign stays: -0.0 and 0.0 are different f64 values.
        if significant.is_empty() {
            return Some(Decimal { negative, digits: String::new(), point: 0 });
        }
        let leading = digits.len() - significant.len();
        let shift = i64::try_from(whole.len()).ok()?.checked_sub(i64::try_from(leading).ok()?)?;
        let point = exponent.parse::<i64>().ok()?.checked_add(shift)?;
        Some(Decimal { negative, digits: significant.trim_end_matches('0').to_owned(), point })
    }
}

/// A number that canonical JSON represents exactly.
pub(super) enum Plain {
    Integer(i64),
    Float(f64),
}

/// The value `0.digits * 10^point`, without leading or trailing zeros in `digits`.
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
        // Compared by decimal digits, since an f64 would make numbers equal that differ only beyond its precision. An
        // exponent too large for an i64 leaves only the text to compare.
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

/// The length of the JSON number at the start of `bytes`; `None` if there is none.
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
