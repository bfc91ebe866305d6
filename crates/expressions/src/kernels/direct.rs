//! Operations that visit every value of every window.

use crate::operation::Window;

pub(super) fn run(window: Window, x: &[f64], rows: usize, out: &mut [f64]) {
    let f = match window {
        Window::Skew => skew,
        Window::Kurt => kurt,
        Window::Mad => mean_deviation,
        Window::Wma => qlib_weighted,
        _ => linearly_weighted,
    };
    for (row, out) in out.iter_mut().enumerate() {
        *out = f(&x[(row + 1).saturating_sub(rows)..=row]);
    }
}

fn present(window: &[f64]) -> impl Iterator<Item = f64> + Clone + '_ {
    window.iter().copied().filter(|value| value.is_finite())
}

fn count_and_mean(window: &[f64]) -> (f64, f64) {
    let (mut count, mut sum) = (0.0, 0.0);
    for value in present(window) {
        count += 1.0;
        sum += value;
    }
    (count, sum / count)
}

/// The count and the second, third and fourth central moment; none if all values are equal, or there are none.
fn central(window: &[f64]) -> Option<(f64, [f64; 3])> {
    let first = present(window).next()?;
    if present(window).all(|value| value == first) {
        return None;
    }
    let (count, mean) = count_and_mean(window);
    let mut sums = [0.0; 3];
    for value in present(window) {
        let away = value - mean;
        let square = away * away;
        sums[0] += square;
        sums[1] += square * away;
        sums[2] += square * square;
    }
    Some((count, sums.map(|sum| sum / count)))
}

/// The adjusted Fisher-Pearson coefficient.
fn skew(window: &[f64]) -> f64 {
    match central(window) {
        Some((m, [second, third, _])) if m >= 3.0 => {
            (m * (m - 1.0)).sqrt() / (m - 2.0) * (third / (second * second.sqrt()))
        }
        _ => f64::NAN,
    }
}

/// The unbiased excess kurtosis.
fn kurt(window: &[f64]) -> f64 {
    match central(window) {
        Some((m, [second, _, fourth])) if m >= 4.0 => {
            let scale = (m - 1.0) / ((m - 2.0) * (m - 3.0));
            scale * ((m + 1.0) * (fourth / (second * second)) - 3.0 * (m - 1.0))
        }
        _ => f64::NAN,
    }
}

fn mean_deviation(window: &[f64]) -> f64 {
    let Some(first) = present(window).next() else { return f64::NAN };
    if present(window).all(|value| value == first) {
        return 0.0;
    }
    let (count, mean) = count_and_mean(window);
    present(window).map(|value| (value - mean).abs()).sum::<f64>() / count
}

/// The count, the sum of the places, and the sum of the values times their places.
fn weighted(window: &[f64]) -> (f64, f64, f64) {
    let (mut count, mut places, mut sum) = (0.0, 0.0, 0.0);
    for (place, value) in window.iter().enumerate().filter(|(_, value)| value.is_finite()) {
        let place = (place + 1) as f64;
        count += 1.0;
        places += place;
        sum += place * value;
    }
    (count, places, sum)
}

fn linearly_weighted(window: &[f64]) -> f64 {
    let (_, places, sum) = weighted(window);
    sum / places
}

fn qlib_weighted(window: &[f64]) -> f64 {
    let (count, _, sum) = weighted(window);
    let rows = window.len() as f64;
    sum / (rows * (rows + 1.0) / 2.0) / count
}
