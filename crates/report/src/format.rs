//! Number formatting for readers.

pub(crate) use figures::digits::{count, counted, decimals};

/// Like [`decimals`], with a plus sign before positive numbers.
pub(crate) fn signed(value: f64, places: usize) -> String {
    let text = decimals(value, places);
    let positive = value > 0.0 && text.chars().any(|c| c.is_ascii_digit() && c != '0');
    if positive { format!("+{text}") } else { text }
}

/// A fraction in percent with one decimal.
pub(crate) fn percent(fraction: f64) -> String {
    figures::digits::percent(fraction, 1)
}

/// A fraction in basis points with one decimal and its sign.
pub(crate) fn basis_points(fraction: f64) -> String {
    signed(fraction * 1e4, 1)
}

/// A mean and its standard deviation.
pub(crate) fn mean_and_deviation((mean, deviation): (f64, f64), write: impl Fn(f64) -> String) -> String {
    // A deviation has no direction, even if `write` marks positive numbers with a plus.
    format!("{} ± {}", write(mean), write(deviation).trim_start_matches('+'))
}

/// A number of unknown magnitude, such as a learning rate, with three significant digits.
pub(crate) fn significant(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if !value.is_finite() {
        return "–".to_owned();
    }
    if (1e-3..1e4).contains(&value.abs()) {
        // The decimal places that give three significant digits.
        let places = match value.abs() {
            v if v >= 100.0 => 0,
            v if v >= 10.0 => 1,
            v if v >= 1.0 => 2,
            v if v >= 0.1 => 3,
            v if v >= 0.01 => 4,
            _ => 5,
        };
        return decimals(value, places);
    }
    format!("{value:.2e}").replace('-', "−")
}

/// How often something happened: `once`, `2 times`.
pub(crate) fn times(value: usize) -> String {
    if value == 1 { "once".to_owned() } else { format!("{} times", count(value)) }
}

/// The mean and the sample standard deviation (n - 1, 0 for one value); `None` without values.
pub(crate) fn mean_and_std(values: &[f64]) -> Option<(f64, f64)> {
    let n = values.len() as f64;
    if values.is_empty() {
        return None;
    }
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let deviation = if values.len() > 1 { (squares / (n - 1.0)).sqrt() } else { 0.0 };
    Some((mean, deviation))
}

/// A model's name, with the number of seeds where it is several.
pub(crate) fn with_seeds(model: &str, seeds: usize) -> String {
    if seeds > 1 { format!("{model}, {seeds} seeds") } else { model.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minus_signs_are_typographic_and_zero_has_none() {
        assert_eq!(decimals(-0.25, 2), "−0.25");
        assert_eq!(decimals(-0.0001, 2), "0.00");
        assert_eq!(decimals(f64::NAN, 2), "–");
        assert_eq!(signed(0.25, 1), "+0.2");
        assert_eq!(signed(0.0001, 2), "0.00");
        assert_eq!(signed(-1.0, 0), "−1");
    }

    #[test]
    fn units_are_converted() {
        assert_eq!(percent(0.4312), "43.1 %");
        assert_eq!(percent(-0.1), "−10.0 %");
        assert_eq!(basis_points(0.00123), "+12.3");
        assert_eq!(mean_and_deviation((0.001, 0.0002), basis_points), "+10.0 ± 2.0");
    }

    #[test]
    fn significant_digits_follow_the_magnitude() {
        for (value, expected) in [
            (0.0, "0"),
            (1.0, "1.00"),
            (0.25, "0.250"),
            (0.0012345, "0.00123"),
            (1.234e-5, "1.23e−5"),
            (-2e7, "−2.00e7"),
            (123.4, "123"),
        ] {
            assert_eq!(significant(value), expected);
        }
    }

    #[test]
    fn counts_are_grouped() {
        for (value, expected) in [(0u64, "0"), (999, "999"), (1000, "1,000"), (1234567, "1,234,567")] {
            assert_eq!(count(value), expected);
        }
        assert_eq!(counted(1, "row"), "1 row");
        assert_eq!(counted(1200, "row"), "1,200 rows");
    }

    #[test]
    fn deviations_use_the_sample_divisor() {
        assert_eq!(mean_and_std(&[]), None);
        assert_eq!(mean_and_std(&[3.0]), Some((3.0, 0.0)));
        let (mean, deviation) = mean_and_std(&[1.0, 2.0, 3.0]).unwrap();
        assert_eq!((mean, deviation), (2.0, 1.0));
    }
}
