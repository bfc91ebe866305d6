//! Digits for readers.

/// `value` with a fixed number of decimals, a true minus sign and no negative zero; a dash where it is not finite.
pub fn decimals(value: f64, places: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let text = format!("{:.places$}", value.abs());
    // The rounded text decides: -0.0001 with two decimals is 0.00 and must not become −0.00.
    if value < 0.0 && !is_zero(&text) { format!("−{text}") } else { text }
}

/// A fraction in percent with a fixed number of decimals: `43.1 %`; a dash where it is not finite.
pub fn percent(fraction: f64, places: usize) -> String {
    if fraction.is_finite() { format!("{} %", decimals(fraction * 1e2, places)) } else { "–".to_owned() }
}

/// Whether a written number has no digit but 0.
pub(crate) fn is_zero(text: &str) -> bool {
    text.chars().all(|c| matches!(c, '0' | '.'))
}

/// `value` with at most two decimals, and none that is not needed: `5`, `2.5`.
pub(crate) fn shortest(value: f64) -> String {
    let text = decimals(value, 2);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A count with commas between thousands.
pub fn count(value: impl TryInto<u64>) -> String {
    // The conversion fails only for numbers that no count reaches.
    let digits = value.try_into().unwrap_or(u64::MAX).to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with its noun in the right number: `1 row`, `2 rows`.
pub fn counted(value: impl TryInto<u64>, noun: &str) -> String {
    let value = value.try_into().unwrap_or(u64::MAX);
    let plural = if value == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(value))
}

/// How often something happened: `once`, `twice`, `3 times`.
pub(crate) fn times(value: usize) -> String {
    match value {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        _ => format!("{} times", count(value as u64)),
    }
}

/// The text with its first letter in upper case.
pub(crate) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minus_signs_are_typographic_and_zero_has_none() {
        assert_eq!(decimals(-0.25, 2), "−0.25");
        assert_eq!(decimals(-0.0001, 2), "0.00");
        assert_eq!(decimals(f64::NAN, 2), "–");
        assert_eq!(decimals(f64::INFINITY, 2), "–");
    }

    #[test]
    fn fractions_are_written_in_percent() {
        for (fraction, places, expected) in
            [(0.4312, 1, "43.1 %"), (-0.1, 1, "−10.0 %"), (0.8, 0, "80 %"), (f64::NAN, 1, "–")]
        {
            assert_eq!(percent(fraction, places), expected);
        }
    }

    #[test]
    fn needless_decimals_are_left_out() {
        for (value, expected) in [(5.0, "5"), (2.5, "2.5"), (0.0, "0"), (10.0, "10"), (100.0, "100")] {
            assert_eq!(shortest(value), expected);
        }
    }

    #[test]
    fn counts_are_grouped_and_agree_with_their_noun() {
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(counted(1, "row"), "1 row");
        assert_eq!(counted(1200, "row"), "1,200 rows");
        assert_eq!([1, 2, 3].map(times), ["once", "twice", "3 times"]);
        assert_eq!(capitalised("buying and holding"), "Buying and holding");
        assert_eq!(capitalised(""), "");
    }
}
