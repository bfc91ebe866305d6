//! Weighted second moments of all pairs of columns.

use super::kernels::{LANES, add_tile};
use super::rows::Rows;
use rayon::prelude::*;

/// The rows that are laid out column by column at a time.
const PANEL: usize = 64;

/// The most numbers that panels waiting to be multiplied take.
const WAITING: usize = 1 << 20;

type Quad = [f64; LANES];

/// For each of `pairs` weights of the rows, the sums over the listed rows of weight times row times transposed row: a
/// matrix of [`Rows::side`] rows, of which the lower triangle is set.
///
/// Threads divide the entries of the matrices between them, not the rows, so that no partial sums of whole matrices are
/// kept. `weights` writes the weights of a row.
pub(super) fn grams(
    rows: &Rows<'_>,
    listed: &[usize],
    pairs: usize,
    weights: impl Fn(usize, &mut [f64]) + Sync,
) -> Vec<Vec<f64>> {
    let quads = rows.stride() / LANES;
    let panel = quads * PANEL;
    let panels = (WAITING / (panel * LANES)).clamp(1, 32);
    let mut tiles: Vec<Vec<[Quad; 4]>> =
        (0..pairs * quads).map(|place| vec![[[0.0; LANES]; 4]; place % quads + 1]).collect();
    let mut plain = vec![[0.0; LANES]; panels * panel];
    let mut weighted = vec![vec![[0.0; LANES]; panels * panel]; pairs];
    for listed in listed.chunks(panels * PANEL) {
        plain.par_chunks_mut(panel).zip(listed.par_chunks(PANEL)).for_each(|(panel, listed)| {
            fill(rows, listed, panel);
        });
        let used = listed.len().div_ceil(PANEL);
        for (pair, weighted) in weighted.iter_mut().enumerate() {
            let panels = weighted.par_chunks_mut(panel).zip(plain.par_chunks(panel));
            panels.zip(listed.par_chunks(PANEL)).for_each(|((weighted, plain), listed)| {
                let mut all = vec![0.0; pairs];
                let mut factors = [0.0; PANEL];
                for (factor, row) in factors.iter_mut().zip(listed) {
                    weights(*row, &mut all);
                    *factor = all[pair];
                }
                for (weighted, plain) in weighted.chunks_exact_mut(PANEL).zip(plain.chunks_exact(PANEL)) {
                    for ((weighted, plain), factor) in weighted.iter_mut().zip(plain).zip(&factors) {
                        *weighted = plain.map(|value| value * factor);
                    }
                }
            });
        }
        tiles.par_iter_mut().enumerate().for_each(|(place, tiles)| {
            let (pair, left) = (place / quads, place % quads);
            let panels = plain.chunks_exact(panel).zip(weighted[pair].chunks_exact(panel));
            for (plain, weighted) in panels.take(used) {
                let left = &plain[left * PANEL..(left + 1) * PANEL];
                for (tile, right) in tiles.iter_mut().zip(weighted.chunks_exact(PANEL)) {
                    add_tile(left, right, tile);
                }
            }
        });
    }
    tiles.chunks_exact(quads).map(|tiles| untile(tiles, rows.side())).collect()
}

/// Lays out up to [`PANEL`] rows, four columns side by side; rows that are missing are 0.
fn fill(rows: &Rows<'_>, listed: &[usize], panel: &mut [Quad]) {
    let mut raw = vec![0.0; rows.columns()];
    let mut out = vec![0.0; rows.stride()];
    panel.fill([0.0; LANES]);
    for (place, row) in listed.iter().enumerate() {
        rows.read(*row, &mut raw, &mut out);
        for (quad, values) in out.as_chunks::<LANES>().0.iter().enumerate() {
            panel[quad * PANEL + place] = *values;
        }
    }
}

fn untile(tiles: &[Vec<[Quad; 4]>], side: usize) -> Vec<f64> {
    let mut matrix = vec![0.0; side * side];
    for i in 0..side {
        for j in 0..=i {
            matrix[i * side + j] = tiles[i / LANES][j / LANES][i % LANES][j % LANES];
        }
    }
    matrix
}
