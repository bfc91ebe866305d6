//! Tables of figures.

/// Prints rows under a heading; the first column is left-aligned, the others right-aligned.
pub(super) fn print(heading: &[&str], rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([heading[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heading.len()).map(width).collect();
    let line = |cells: &[String]| {
        let cell = |(column, cell): (usize, &String)| match column {
            0 => format!("{cell:<width$}", width = widths[0]),
            _ => format!("{cell:>width$}", width = widths[column]),
        };
        cells.iter().enumerate().map(cell).collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let heading: Vec<String> = heading.iter().map(|&cell| cell.to_owned()).collect();
    println!("{}", line(&heading));
    rows.iter().for_each(|row| println!("{}", line(row)));
    println!();
}

/// A number with three significant digits; `-` if it is not finite.
pub(super) fn figure(value: f64) -> String {
    match value.abs() {
        _ if !value.is_finite() => "-".to_owned(),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        0.0 => "0".to_owned(),
        size if size >= 0.01 => format!("{value:.3}"),
        _ => format!("{value:.1e}"),
    }
}

/// `ours` as a multiple of `other`; `-` if it is not finite.
pub(super) fn ratio(ours: f64, other: f64) -> String {
    let ratio = ours / other;
    if ratio.is_finite() { format!("{}x", figure(ratio)) } else { "-".to_owned() }
}

/// The exponent `b` of `y = a x^b`, by least squares on logarithms; needs `x` and `y` above 0 and two different `x`.
pub(super) fn exponent(points: &[(f64, f64)]) -> f64 {
    let logs: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let count = logs.len() as f64;
    let (mean_x, mean_y) =
        (logs.iter().map(|p| p.0).sum::<f64>() / count, logs.iter().map(|p| p.1).sum::<f64>() / count);
    let along: f64 = logs.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let spread: f64 = logs.iter().map(|(x, _)| (x - mean_x) * (x - mean_x)).sum();
    along / spread
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits() {
        let shown = [1234.5, 12.34, 1.234, 0.1234, 0.0, 0.000_12, f64::NAN].map(figure);
        assert_eq!(shown, ["1234", "12.3", "1.23", "0.123", "0", "1.2e-4", "-"]);
        assert_eq!((ratio(6.0, 2.0), ratio(1.0, f64::NAN)), ("3.00x".to_owned(), "-".to_owned()));
    }

    #[test]
    fn exponents_are_recovered() {
        for power in [0.0, 1.0, 2.5] {
            let points = [2.0f64, 5.0, 11.0].map(|x| (x, 3.0 * x.powf(power)));
            assert!((exponent(&points) - power).abs() < 1e-9);
        }
    }
}
