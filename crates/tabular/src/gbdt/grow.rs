//! Growth of a tree, leaf by leaf.

use crate::gbdt::binned::{Binned, LANES};
use crate::gbdt::histogram::{self, Histogram};
use crate::gbdt::settings::Settings;
use crate::gbdt::split::{self, Limits, Split};
use crate::gbdt::sum::{Scale, Sum};
use crate::gbdt::tree::{Node, Tree, round};
use rayon::prelude::*;
use std::ops::Range;

/// The fewest rows that are worth a thread of their own where there is little to do for each.
const ROWS_PER_THREAD: usize = 1 << 13;

/// A tree and the rows in each of its leaves.
pub(crate) struct Grown {
    pub(crate) tree: Tree,
    rows: Rows,
    others: Rows,
    leaves: Vec<Leaf>,
}

impl Grown {
    /// For each leaf, the rows that it was grown from, in ascending order.
    pub(crate) fn leaves(&self) -> impl ExactSizeIterator<Item = &[u32]> {
        self.leaves.iter().map(|leaf| &self.rows.order[leaf.rows.clone()])
    }

    /// For each leaf, the rows that fall into it without having taken part.
    pub(crate) fn others(&self) -> impl ExactSizeIterator<Item = &[u32]> {
        self.leaves.iter().map(|leaf| &self.others.order[leaf.others.clone()])
    }
}

/// Rows in the order of the leaves that they are in.
struct Rows {
    order: Vec<u32>,
    right: Vec<u32>,
}

impl Rows {
    fn new(order: Vec<u32>) -> Self {
        Self { order, right: Vec::new() }
    }

    /// Moves the rows of a range that go left before those that do not, and returns where those begin. Both keep their
    /// order.
    fn part(&mut self, range: Range<usize>, mut left: impl FnMut(usize) -> bool) -> usize {
        let order = &mut self.order[range.clone()];
        self.right.resize(order.len().max(self.right.len()), 0);
        let (mut lefts, mut rights) = (0, 0);
        for place in 0..order.len() {
            let row = order[place];
            let left = left(row as usize);
            // Both are written, and one of them is written over: a branch would often be mispredicted.
            order[lefts] = row;
            self.right[rights] = row;
            lefts += usize::from(left);
            rights += usize::from(!left);
        }
        order[lefts..].copy_from_slice(&self.right[..rights]);
        range.start + lefts
    }
}

struct Leaf {
    rows: Range<usize>,
    others: Range<usize>,
    depth: usize,
    total: Sum,
    best: Option<Split>,
    histogram: Option<Histogram>,
    /// The node it hangs from, and on which side.
    parent: Option<(usize, usize)>,
}

/// What all trees of a booster are grown from; holds the memory of histograms between trees.
pub(crate) struct Grower {
    spare: Vec<Histogram>,
    /// The derivatives of a leaf's rows, in their order.
    gathered: Vec<Sum>,
}

/// What one tree is grown from.
struct Growth<'a> {
    binned: &'a Binned,
    settings: &'a Settings,
    limits: Limits,
    derivatives: &'a [Sum],
    /// The columns of each block that the tree may use.
    lanes: Vec<Vec<usize>>,
}

impl Grower {
    pub(crate) fn new() -> Self {
        Self { spare: Vec::new(), gathered: Vec::new() }
    }

    /// Grows a tree from `rows`, not empty, with the derivatives of all rows of the table and the places of the columns
    /// it may use, both in ascending order. `others` are rows that take no part.
    pub(crate) fn grow(
        &mut self,
        (binned, settings): (&Binned, &Settings),
        (scale, derivatives): (Scale, &[Sum]),
        places: &[u32],
        (rows, others): (Vec<u32>, Vec<u32>),
    ) -> Grown {
        let mut lanes = vec![Vec::new(); binned.blocks.len()];
        for &place in places {
            lanes[place as usize / LANES].push(place as usize % LANES);
        }
        let growth = Growth { binned, settings, limits: Limits::new(settings, scale), derivatives, lanes };
        let mut total = Sum::default();
        rows.iter().for_each(|&row| total += derivatives[row as usize]);
        let mut root = Leaf {
            rows: 0..rows.len(),
            others: 0..others.len(),
            depth: 0,
            total,
            best: None,
            histogram: None,
            parent: None,
        };
        if growth.may_split(&root) {
            self.search_root(&growth, &rows, &mut root);
        }
        let tree = Tree { nodes: Vec::new(), leaves: Vec::new() };
        let (rows, others) = (Rows::new(rows), Rows::new(others));
        let mut grown = Grown { tree, rows, others, leaves: vec![root] };
        while grown.leaves.len() < settings.max_leaves {
            let Some((place, split)) = next(&grown.leaves) else { break };
            self.split(&growth, &mut grown, place, split);
        }
        for leaf in &mut grown.leaves {
            self.spare.extend(leaf.histogram.take());
        }
        if grown.leaves.len() == 1 {
            grown.tree.leaves.push(0.0);
        } else {
            grown.tree.leaves = grown.leaves.iter().map(|leaf| growth.value(leaf)).collect();
        }
        grown
    }

    fn search_root(&mut self, growth: &Growth<'_>, rows: &[u32], root: &mut Leaf) {
        let mut histogram = self.histogram(growth);
        self.gather(growth, rows);
        let found: Vec<Option<Split>> = histogram
            .par_iter_mut()
            .enumerate()
            .map(|(block, sums)| {
                growth.fill(block, sums, rows, &self.gathered);
                growth.best(block, sums, root.total)
            })
            .collect();
        root.best = found.into_iter().fold(None, Split::better);
        root.histogram = Some(histogram);
    }

    fn split(&mut self, growth: &Growth<'_>, grown: &mut Grown, place: usize, split: Split) {
        let Growth { binned, .. } = growth;
        let column = &binned.columns[split.place];
        let cells = &binned.blocks[split.place / LANES];
        let goes_left = |row: usize| {
            let bin = cells[row][split.place % LANES];
            (bin <= split.bin) | (split.missing_left & (usize::from(bin) == column.missing()))
        };
        let node = grown.tree.nodes.len();
        let new = grown.leaves.len();
        grown.tree.nodes.push(Node {
            column: column.index as u32,
            threshold: column.thresholds.get(usize::from(split.bin)).copied().unwrap_or(f32::MAX),
            missing_left: split.missing_left,
            children: [!(place as i32), !(new as i32)],
            gain: round(growth.limits.scale.gain(split.gain)),
        });
        let leaf = &mut grown.leaves[place];
        if let Some((parent, side)) = leaf.parent {
            grown.tree.nodes[parent].children[side] = node as i32;
        }
        let rows = grown.rows.part(leaf.rows.clone(), goes_left);
        let others = grown.others.part(leaf.others.clone(), goes_left);
        let child = |rows, others, total, side| Leaf {
            rows,
            others,
            depth: leaf.depth + 1,
            total,
            best: None,
            histogram: None,
            parent: Some((node, side)),
        };
        let left = child(leaf.rows.start..rows, leaf.others.start..others, split.left, 0);
        let right = child(rows..leaf.rows.end, others..leaf.others.end, leaf.total - split.left, 1);
        let histogram = leaf.histogram.take();
        *leaf = left;
        grown.leaves.push(right);
        let is_last = grown.leaves.len() == growth.settings.max_leaves;
        if let Some(histogram) = histogram {
            if is_last {
                self.spare.push(histogram);
            } else {
                self.search_children(growth, grown, (place, new), histogram);
            }
        }
    }

    /// Finds the best splits of two new leaves, given the histogram of the leaf that they were. Only the smaller one's
    /// rows are read; the other's sums are the difference.
    fn search_children(
        &mut self,
        growth: &Growth<'_>,
        grown: &mut Grown,
        (left, right): (usize, usize),
        mut parent: Histogram,
    ) {
        let (small, large) = if grown.leaves[right].rows.len() < grown.leaves[left].rows.len() {
            (right, left)
        } else {
            (left, right)
        };
        let may = [small, large].map(|leaf| growth.may_split(&grown.leaves[leaf]));
        if may == [false, false] {
            self.spare.push(parent);
            return;
        }
        let mut part = self.histogram(growth);
        let rows = &grown.rows.order[grown.leaves[small].rows.clone()];
        self.gather(growth, rows);
        let totals = [small, large].map(|leaf| grown.leaves[leaf].total);
        let found: Vec<[Option<Split>; 2]> = parent
            .par_iter_mut()
            .zip(part.par_iter_mut())
            .enumerate()
            .map(|(block, (rest, part))| {
                growth.fill(block, part, rows, &self.gathered);
                histogram::subtract(rest, part, &growth.lanes[block]);
                let search =
                    |may: bool, sums, total| if may { growth.best(block, sums, total) } else { None };
                [search(may[0], part, totals[0]), search(may[1], rest, totals[1])]
            })
            .collect();
        for (side, (leaf, histogram)) in [(small, part), (large, parent)].into_iter().enumerate() {
            let best = found.iter().fold(None, |best, found| Split::better(best, found[side]));
            let leaf = &mut grown.leaves[leaf];
            leaf.best = best;
            if best.is_some() {
                leaf.histogram = Some(histogram);
            } else {
                self.spare.push(histogram);
            }
        }
    }

    fn histogram(&mut self, growth: &Growth<'_>) -> Histogram {
        let blank = || vec![[[Sum::default(); 256]; LANES]; growth.binned.blocks.len()];
        self.spare.pop().unwrap_or_else(blank)
    }

    fn gather(&mut self, growth: &Growth<'_>, rows: &[u32]) {
        let sums = rows.par_iter().with_min_len(ROWS_PER_THREAD).map(|&row| growth.derivatives[row as usize]);
        sums.collect_into_vec(&mut self.gathered);
    }
}

/// The leaf with the highest gain, the first of equal ones.
fn next(leaves: &[Leaf]) -> Option<(usize, Split)> {
    let splits = leaves.iter().enumerate().filter_map(|(place, leaf)| Some((place, leaf.best?)));
    splits.reduce(|best, other| if other.1.gain > best.1.gain { other } else { best })
}

impl Growth<'_> {
    fn may_split(&self, leaf: &Leaf) -> bool {
        self.settings.max_depth.is_none_or(|most| leaf.depth < most) && self.limits.allow(leaf.total)
    }

    fn fill(&self, block: usize, sums: &mut histogram::Block, rows: &[u32], derivatives: &[Sum]) {
        histogram::fill(sums, &self.lanes[block], &self.binned.blocks[block], rows, derivatives);
    }

    fn best(&self, block: usize, sums: &histogram::Block, total: Sum) -> Option<Split> {
        let splits = self.lanes[block].iter().map(|&lane| {
            let place = block * LANES + lane;
            split::best(place, &sums[lane], self.binned.columns[place].missing(), total, &self.limits)
        });
        splits.fold(None, Split::better)
    }

    /// The value of a leaf that minimises the loss's quadratic approximation, times the learning rate.
    fn value(&self, leaf: &Leaf) -> f32 {
        let scale = &self.limits.scale;
        let step = -scale.gradient(leaf.total) / (scale.hessian(leaf.total) + self.settings.l2);
        round(step * self.settings.learning_rate)
    }
}
