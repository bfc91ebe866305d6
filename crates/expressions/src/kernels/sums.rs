//! Sums, means and counts of windows.

use super::Output;
use super::slide::{Gathered, slide};
use crate::operation::{Operation, Window};

#[derive(Debug, Clone, Copy)]
struct Sum {
    count: usize,
    sum: f64,
}

impl Gathered for Sum {
    const EMPTY: Self = Self { count: 0, sum: 0.0 };

    fn merge(&self, later: &Self, _: &[f64]) -> Self {
        Self { count: self.count + later.count, sum: self.sum + later.sum }
    }
}

pub(super) fn run(x: &[f64], window: usize, outputs: &mut [Output<'_>]) {
    let push = |state: &mut Sum, row: usize, _: usize, _: &[f64]| {
        if x[row].is_finite() {
            state.count += 1;
            state.sum += x[row];
        }
    };
    // A window of equal values has exactly this mean, which a rounded sum need not give.
    let (mut last, mut equal) = (f64::NAN, 0_usize);
    slide(x.len(), window, push, |row, _, state| {
        let value = x[row];
        if value.is_finite() {
            equal = if value == last { equal + 1 } else { 1 };
            last = value;
        }
        for (operation, out) in outputs.iter_mut() {
            out[row] = match operation {
                Operation::Window(Window::Count, _) => state.count as f64,
                _ if state.count == 0 => f64::NAN,
                Operation::Window(Window::Sum, _) => state.sum,
                _ if equal >= state.count => last,
                _ => state.sum / state.count as f64,
            };
        }
    });
}
