//! Sums of derivatives per bin.

use crate::gbdt::binned::{Cells, LANES};
use crate::gbdt::sum::Sum;

/// The sums of a column's bins.
pub(crate) type Lane = [Sum; 256];

/// The sums of a block of columns.
pub(crate) type Block = [Lane; LANES];

/// The sums of all blocks.
pub(crate) type Histogram = Vec<Block>;

/// Sums over rows, whose derivatives come in the same order, for the columns of a block that a tree may use.
pub(crate) fn fill(block: &mut Block, lanes: &[usize], cells: &[Cells], rows: &[u32], derivatives: &[Sum]) {
    for &lane in lanes {
        block[lane] = [Sum::default(); 256];
    }
    match *lanes {
        [0, 1, 2, 3] => add(block, [0, 1, 2, 3], cells, rows, derivatives),
        [a, b, c] => add(block, [a, b, c], cells, rows, derivatives),
        [a, b] => add(block, [a, b], cells, rows, derivatives),
        [a] => add(block, [a], cells, rows, derivatives),
        _ => lanes.iter().for_each(|&lane| add(block, [lane], cells, rows, derivatives)),
    }
}

#[inline(always)]
fn add<const N: usize>(
    block: &mut Block,
    lanes: [usize; N],
    cells: &[Cells],
    rows: &[u32],
    derivatives: &[Sum],
) {
    for (&row, &sum) in rows.iter().zip(derivatives) {
        let cells = cells[row as usize];
        for lane in lanes {
            block[lane][usize::from(cells[lane])] += sum;
        }
    }
}

/// Takes away the sums over a part of the rows, which leaves those over the others.
pub(crate) fn subtract(block: &mut Block, part: &Block, lanes: &[usize]) {
    for &lane in lanes {
        for (sum, part) in block[lane].iter_mut().zip(&part[lane]) {
            *sum -= *part;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_fall_into_their_bins_and_can_be_taken_away() {
        let cells = [[0, 1, 2, 3], [0, 9, 2, 255], [7, 1, 2, 3]];
        let derivatives = [1, 10, 100].map(|gradient| Sum { gradient, packed: 1 });
        let gradients = |block: &Block, lane: usize| {
            let bins = block[lane].iter().enumerate().filter(|(_, sum)| sum.packed > 0);
            bins.map(|(bin, sum)| (bin, sum.gradient)).collect::<Vec<_>>()
        };
        for lanes in [&[0, 1, 2, 3][..], &[0, 1, 3], &[1, 3], &[3], &[]] {
            let mut all = [[Sum { gradient: 5, packed: 5 }; 256]; LANES];
            fill(&mut all, lanes, &cells, &[0, 1, 2], &derivatives);
            let mut part = all;
            fill(&mut part, lanes, &cells, &[1], &derivatives[1..2]);
            subtract(&mut all, &part, lanes);
            let expected = [vec![(0, 1), (7, 100)], vec![(1, 101)], vec![(2, 101)], vec![(3, 101)]];
            for &lane in lanes {
                assert_eq!(gradients(&all, lane), expected[lane]);
            }
        }
    }
}
