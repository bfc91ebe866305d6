//! Means over seeds, and how certain they are.

pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Half the width of the 95 % interval of a mean, by Student's t; `None` for fewer than two values.
pub(super) fn half_width(values: &[f64]) -> Option<f64> {
    // The 97.5 % quantiles for 1, 2, ... degrees of freedom, from a table.
    const QUANTILES: [f64; 10] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
    let count = values.len();
    let quantile = QUANTILES.get(count.checked_sub(2)?).copied().unwrap_or(2.1);
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    Some(quantile * (squares / (count - 1) as f64 / count as f64).sqrt())
}

/// A difference of a predictor to ours, paired over the seeds: its mean, with half the width of its 95 % interval where
/// there are two seeds or more.
pub(super) fn difference(own: &[f64], ours: &[f64]) -> String {
    let less: Vec<f64> = own.iter().zip(ours).map(|(own, ours)| own - ours).collect();
    match half_width(&less) {
        None => format!("{:+.4}", mean(&less)),
        Some(half) => format!("{:+.4} +- {half:.4}", mean(&less)),
    }
}

/// A number with so many digits; `-` if it is not finite.
pub(super) fn shown(value: f64, digits: usize) -> String {
    if value.is_finite() { format!("{value:.digits$}") } else { "-".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_student() {
        // The mean of 1, 2, 3 is 2 with a standard error of 1 / sqrt(3), and t with two degrees of freedom is 4.303.
        let half = half_width(&[1.0, 2.0, 3.0]).unwrap();
        assert!((half - 4.303 / 3f64.sqrt()).abs() < 1e-12);
        assert_eq!((half_width(&[1.0]), half_width(&[])), (None, None));
        assert!(half_width(&[1.0; 40]).unwrap() < 1e-12);
    }

    #[test]
    fn differences_are_paired() {
        assert_eq!(difference(&[0.2], &[0.1]), "+0.1000");
        assert_eq!(difference(&[0.1, 0.3], &[0.2, 0.4]), "-0.1000 +- 0.0000");
        assert_eq!((shown(f64::NAN, 2), shown(0.125, 2)), ("-".to_owned(), "0.12".to_owned()));
    }
}
