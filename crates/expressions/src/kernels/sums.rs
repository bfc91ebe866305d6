//! Sums, means and counts of windows.

use super::Output;
use crate::operation::{Operation, Window};

pub(super) fn run(x: &[f64], window: usize, outputs: &mut [Output<'_>]) {
    let counts = counts(x, window);
    if outputs.iter().any(|(operation, _)| !matches!(operation, Operation::Window(Window::Count, _))) {
        let sums = sums(x, window);
        for (operation, out) in outputs.iter_mut() {
            match operation {
                Operation::Window(Window::Sum, _) => {
                    for ((out, sum), count) in out.iter_mut().zip(&sums).zip(&counts) {
                        *out = if *count == 0.0 { f64::NAN } else { *sum };
                    }
                }
                Operation::Window(Window::Mean, _) => means(x, &sums, &counts, out),
                _ => {}
            }
        }
    }
    for (operation, out) in outputs.iter_mut() {
        if let Operation::Window(Window::Count, _) = operation {
            out.copy_from_slice(&counts);
        }
    }
}

/// Counts are whole, so that a running one is exact.
fn counts(x: &[f64], window: usize) -> Vec<f64> {
    if x.iter().all(|value| value.is_finite()) {
        return (1..=x.len()).map(|rows| rows.min(window) as f64).collect();
    }
    let present = |value: f64| f64::from(u8::from(value.is_finite()));
    let mut count = 0.0;
    let step = |row: usize| {
        count += present(x[row]) - if row >= window { present(x[row - window]) } else { 0.0 };
        count
    };
    (0..x.len()).map(step).collect()
}

/// Sums as in [`super::slide`], with 0 for a missing value.
fn sums(x: &[f64], window: usize) -> Vec<f64> {
    let width = window.min(x.len()).max(1);
    let values: Vec<f64> = x.iter().map(|value| if value.is_finite() { *value } else { 0.0 }).collect();
    let mut sums = vec![0.0; x.len()];
    let mut earlier: &[f64] = &[];
    for (values, sums) in values.chunks(width).zip(sums.chunks_mut(width)) {
        let mut suffix = 0.0;
        for (value, sum) in earlier.iter().skip(1).zip(0..width).rev() {
            suffix += value;
            if let Some(sum) = sums.get_mut(sum) {
                *sum = suffix;
            }
        }
        let mut prefix = 0.0;
        for (value, sum) in values.iter().zip(sums) {
            prefix += value;
            *sum += prefix;
        }
        earlier = values;
    }
    sums
}

/// A window of equal values has exactly this mean, which a rounded sum need not give.
fn means(x: &[f64], sums: &[f64], counts: &[f64], out: &mut [f64]) {
    let (mut last, mut equal) = (f64::NAN, 0.0);
    for (((out, value), sum), count) in out.iter_mut().zip(x).zip(sums).zip(counts) {
        if value.is_finite() {
            equal = if *value == last { equal + 1.0 } else { 1.0 };
            last = *value;
        }
        *out = if equal >= *count && *count > 0.0 { last } else { sum / count };
    }
}
