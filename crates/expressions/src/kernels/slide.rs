//! Windows that slide over a series in constant time per row, without subtraction.
//!
//! The rows are cut into blocks as long as the window. A window ends in one block and starts in the block before: it is
//! a suffix of the earlier block and a prefix of the later one. Both are gathered value by value and merged, so that
//! nothing is ever taken out again, and no rounding error outlives its window (van Herk 1992, Gil and Werman 1993, who
//! did this for the largest value).

/// What is known of the values in a window.
pub(super) trait Gathered: Copy {
    /// The state of an empty window.
    const EMPTY: Self;

    /// Returns the state of both windows together; `self` is the earlier.
    fn merge(&self, later: &Self, inverse: &[f64]) -> Self;
}

/// Calls `emit` with the state of the window at each row.
///
/// `push` adds a row to a state; its last arguments are the first row of the later block and the reciprocals `1 / k`.
/// Rows come in falling order in a suffix, in rising order in a prefix.
pub(super) fn slide<S: Gathered>(
    rows: usize,
    window: usize,
    push: impl Fn(&mut S, usize, usize, &[f64]),
    mut emit: impl FnMut(usize, usize, &S),
) {
    let width = window.min(rows).max(1);
    let inverse: Vec<f64> = (0..=width).map(|k| if k == 0 { 0.0 } else { 1.0 / k as f64 }).collect();
    let mut suffixes = vec![S::EMPTY; width + 1];
    for start in (0..rows).step_by(width) {
        if start > 0 {
            let mut state = S::EMPTY;
            for place in (1..width).rev() {
                push(&mut state, start - width + place, start, &inverse);
                suffixes[place] = state;
            }
        }
        let mut state = S::EMPTY;
        for row in start..(start + width).min(rows) {
            push(&mut state, row, start, &inverse);
            emit(row, start, &suffixes[row - start + 1].merge(&state, &inverse));
        }
    }
}
