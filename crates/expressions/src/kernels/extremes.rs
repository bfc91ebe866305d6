//! Smallest and largest values of windows, and their places.

use super::Output;
use crate::operation::{Operation, Window};

/// Writes extreme values and the places of their first rows; `beats` orders two different values.
pub(super) fn run(
    x: &[f64],
    window: usize,
    outputs: &mut [Output<'_>],
    beats: impl Fn(f64, f64) -> bool + Copy,
) {
    extremes(x, window, beats, |row, best| {
        for (operation, out) in outputs.iter_mut() {
            out[row] = match operation {
                _ if best.row == NONE => f64::NAN,
                Operation::Window(Window::Min | Window::Max, _) => best.value,
                _ => place(row, window, best),
            };
        }
    });
}

/// Writes the places of the last rows that hold extreme values; `holds` also takes equal values.
pub(super) fn last_place(x: &[f64], window: usize, out: &mut [f64], holds: impl Fn(f64, f64) -> bool + Copy) {
    extremes(x, window, holds, |row, best| {
        out[row] = if best.row == NONE { f64::NAN } else { place(row, window, best) };
    });
}

/// The place of a row in the window, from 1 for the oldest row.
fn place(row: usize, window: usize, best: Extreme) -> f64 {
    (best.row - (row + 1).saturating_sub(window) + 1) as f64
}

/// A row and its value; no row before the first value.
#[derive(Debug, Clone, Copy)]
struct Extreme {
    row: usize,
    value: f64,
}

const NONE: usize = usize::MAX;

/// Calls `emit` with the extreme of each window; `replaces` says whether a later value takes an earlier one's place.
///
/// Blocks as in [`super::slide`], except that rows of a suffix come in falling order, so the roles of the two values swap.
fn extremes(
    x: &[f64],
    window: usize,
    replaces: impl Fn(f64, f64) -> bool,
    mut emit: impl FnMut(usize, Extreme),
) {
    let none = Extreme { row: NONE, value: f64::NAN };
    let better = |earlier: Extreme, later: Extreme| {
        if earlier.row == NONE || (later.row != NONE && replaces(later.value, earlier.value)) {
            later
        } else {
            earlier
        }
    };
    let at = |row: usize| if x[row].is_finite() { Extreme { row, value: x[row] } } else { none };
    let width = window.min(x.len()).max(1);
    let mut suffixes = vec![none; width + 1];
    for start in (0..x.len()).step_by(width) {
        if start > 0 {
            let mut best = none;
            for place in (1..width).rev() {
                best = better(at(start - width + place), best);
                suffixes[place] = best;
            }
        }
        let mut best = none;
        for row in start..(start + width).min(x.len()) {
            best = better(best, at(row));
            emit(row, better(suffixes[row - start + 1], best));
        }
    }
}
