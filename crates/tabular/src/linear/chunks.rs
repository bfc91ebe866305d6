//! Sums over rows in an order that does not depend on threads.

use rayon::prelude::*;
use std::ops::Range;

/// The rows whose sum one thread makes; the partial sums are added in the order of the rows.
pub(super) const CHUNK: usize = 256;

/// Chunks worked on before their sums are added, which bounds the memory that partial sums take.
const WAVE: usize = 128;

/// Calls `work` with each chunk of `0..rows`, in parallel, and `add` with the results in the order of the rows.
pub(super) fn in_order<T: Send>(
    rows: usize,
    work: impl Fn(Range<usize>) -> T + Sync,
    mut add: impl FnMut(T),
) {
    let chunks = rows.div_ceil(CHUNK);
    for wave in (0..chunks).step_by(WAVE) {
        let done: Vec<T> = (wave..chunks.min(wave + WAVE))
            .into_par_iter()
            .map(|chunk| work(chunk * CHUNK..rows.min((chunk + 1) * CHUNK)))
            .collect();
        done.into_iter().for_each(&mut add);
    }
}

/// The sum of `term` over `0..rows`.
pub(super) fn sum(rows: usize, term: impl Fn(usize) -> f64 + Sync) -> f64 {
    let mut total = 0.0;
    in_order(rows, |rows| rows.map(&term).sum::<f64>(), |part| total += part);
    total
}
