//! Forests as arrays of `f32`, for files of tensors.
//!
//! | array | length | holds |
//! |---|---|---|
//! | `columns` | 1 | the number of columns of the table |
//! | `base_scores` | outputs | the score of each output before the first round |
//! | `tree_offsets` | trees + 1 | the first node of each tree, and the number of nodes |
//! | `features` | nodes | the column a node looks at |
//! | `thresholds` | nodes | numbers up to this go left |
//! | `missing_left` | nodes | 1 if rows where the number is missing go left, or else 0 |
//! | `left_children`, `right_children` | nodes | the child within the tree: node n is n, leaf n is -1 - n |
//! | `gains` | nodes | by how much the split lowered the training loss |
//! | `leaf_values` | nodes + trees | the values of each tree's leaves, one more than its nodes |
//!
//! Trees are in the order of their rounds, one per output. A tree's first node is its root, children come after their
//! parents, and each node and leaf but the root is the child of one node. Whole numbers are below 2^24, which `f32` holds
//! exactly.

use crate::gbdt::array_error::ArrayError;
use crate::gbdt::forest::Forest;
use crate::gbdt::tree::{Node, Tree};
use std::ops::Range;

/// Whole numbers from here on are not exact in `f32`.
const INEXACT: usize = 1 << 24;

/// An array of a stored forest.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// Its name.
    pub name: String,
    /// Its shape; always of one dimension.
    pub shape: Vec<usize>,
    /// Its numbers.
    pub values: Vec<f32>,
}

impl Forest {
    /// Checks that the forest has a form as arrays; training can go beyond it.
    ///
    /// # Errors
    ///
    /// As [`Forest::to_arrays`].
    pub fn check_size(&self) -> Result<(), ArrayError> {
        let nodes = self.trees.iter().map(|tree| tree.nodes.len()).sum();
        let counts = [("columns", self.columns), ("nodes", nodes), ("trees", self.trees.len())];
        match counts.into_iter().find(|count| count.1 >= INEXACT) {
            Some((what, found)) => Err(ArrayError::TooLarge { what, found, most: INEXACT - 1 }),
            None => Ok(()),
        }
    }

    /// Stores the forest as arrays.
    ///
    /// # Errors
    ///
    /// [`ArrayError::TooLarge`] if it has 2^24 nodes, trees or columns, or more.
    pub fn to_arrays(&self) -> Result<Vec<Array>, ArrayError> {
        self.check_size()?;
        let nodes = || self.trees.iter().flat_map(|tree| &tree.nodes);
        let mut offset = 0;
        let offsets = self.trees.iter().map(|tree| {
            offset += tree.nodes.len();
            offset as f32
        });
        let array =
            |name: &str, values: Vec<f32>| Array { name: name.to_owned(), shape: vec![values.len()], values };
        let of_nodes = |name, of: fn(&Node) -> f32| array(name, nodes().map(of).collect());
        Ok(vec![
            array("columns", vec![self.columns as f32]),
            array("base_scores", self.base.clone()),
            array("tree_offsets", [0.0].into_iter().chain(offsets).collect()),
            of_nodes("features", |node| node.column as f32),
            of_nodes("thresholds", |node| node.threshold),
            of_nodes("missing_left", |node| f32::from(u8::from(node.missing_left))),
            of_nodes("left_children", |node| node.children[0] as f32),
            of_nodes("right_children", |node| node.children[1] as f32),
            of_nodes("gains", |node| node.gain),
            array("leaf_values", self.trees.iter().flat_map(|tree| &tree.leaves).copied().collect()),
        ])
    }

    /// Reads a forest from the arrays of [`Forest::to_arrays`], in any order. Checks everything: whatever the arrays
    /// hold, the outcome is an error or a forest that scores every table.
    ///
    /// # Errors
    ///
    /// [`ArrayError`] if an array is missing or unexpected or has another length than the others imply, or if a number
    /// is out of range.
    pub fn from_arrays(arrays: &[Array]) -> Result<Self, ArrayError> {
        let stored = Stored::new(arrays)?;
        let columns = whole("columns", 0, stored.columns[0], 1..INEXACT)?;
        let trees = stored.offsets.len() - 1;
        let mut forest = Self { columns, base: stored.base.to_vec(), trees: Vec::with_capacity(trees) };
        for tree in 0..trees {
            let [start, end] = [tree, tree + 1].map(|place| stored.offsets[place] as usize);
            forest.trees.push(stored.tree(start..end, &stored.leaves[start + tree..=end + tree], columns)?);
        }
        Ok(forest)
    }
}

/// The arrays of a forest, of lengths that fit together, with finite numbers and ascending offsets.
struct Stored<'a> {
    columns: &'a [f32],
    base: &'a [f32],
    offsets: &'a [f32],
    features: &'a [f32],
    thresholds: &'a [f32],
    missing_left: &'a [f32],
    children: [&'a [f32]; 2],
    gains: &'a [f32],
    leaves: &'a [f32],
}

const CHILDREN: [&str; 2] = ["left_children", "right_children"];

impl<'a> Stored<'a> {
    fn new(arrays: &'a [Array]) -> Result<Self, ArrayError> {
        let mut left: Vec<&Array> = arrays.iter().collect();
        let mut take = |name: &'static str, length: Option<usize>| {
            let place =
                left.iter().position(|array| array.name == name).ok_or(ArrayError::Missing { name })?;
            let Array { shape, values, .. } = left.swap_remove(place);
            if *shape != [values.len()] || length.is_some_and(|length| length != values.len()) {
                let expected =
                    length.map_or("one dimension".to_owned(), |length| format!("{length} in one dimension"));
                return Err(ArrayError::Shape { name, shape: shape.clone(), found: values.len(), expected });
            }
            match values.iter().position(|value| !value.is_finite()) {
                Some(place) => Err(out_of_range(name, place, values[place], "finite")),
                None => Ok(values.as_slice()),
            }
        };
        let columns = take("columns", Some(1))?;
        let base = take("base_scores", None)?;
        let offsets = take("tree_offsets", None)?;
        let trees = offsets.len().wrapping_sub(1);
        if base.is_empty() || offsets.is_empty() || !trees.is_multiple_of(base.len()) {
            let (name, shape, found) = ("tree_offsets", vec![offsets.len()], offsets.len());
            let expected =
                format!("one, and as many for each round as base_scores, which has {}", base.len());
            return Err(ArrayError::Shape { name, shape, found, expected });
        }
        let mut nodes = 0;
        for (tree, &offset) in offsets.iter().enumerate() {
            let allowed = if tree == 0 { 0..1 } else { nodes..INEXACT };
            nodes = whole("tree_offsets", tree, offset, allowed)?;
        }
        let features = take("features", Some(nodes))?;
        let thresholds = take("thresholds", Some(nodes))?;
        let missing_left = take("missing_left", Some(nodes))?;
        let children = [take(CHILDREN[0], Some(nodes))?, take(CHILDREN[1], Some(nodes))?];
        let gains = take("gains", Some(nodes))?;
        let leaves = take("leaf_values", Some(nodes + trees))?;
        match left.first() {
            Some(array) => Err(ArrayError::Unexpected { name: array.name.clone() }),
            None => Ok(Self {
                columns,
                base,
                offsets,
                features,
                thresholds,
                missing_left,
                children,
                gains,
                leaves,
            }),
        }
    }

    /// The tree of a range of nodes.
    fn tree(&self, range: Range<usize>, leaves: &[f32], columns: usize) -> Result<Tree, ArrayError> {
        let count = range.len();
        // Whether a node, or after those a leaf, is a child already.
        let mut is_child = vec![false; count + leaves.len()];
        let mut nodes = Vec::with_capacity(count);
        for place in range.clone() {
            let own = place - range.start;
            let mut children = [0; 2];
            for side in 0..2 {
                let (name, found) = (CHILDREN[side], self.children[side][place]);
                let child = found as i32;
                let is_inner = child >= 0;
                let number = if is_inner { child } else { !child } as usize;
                let exists = if is_inner { number > own && number < count } else { number < leaves.len() };
                let slot = if is_inner { number } else { count.saturating_add(number) };
                if child as f32 != found || !exists || is_child[slot] {
                    let expected = "a later node or a leaf of its tree that is no other node's child";
                    return Err(out_of_range(name, place, found, expected));
                }
                is_child[slot] = true;
                children[side] = child;
            }
            nodes.push(Node {
                column: whole("features", place, self.features[place], 0..columns)? as u32,
                threshold: self.thresholds[place],
                missing_left: whole("missing_left", place, self.missing_left[place], 0..2)? == 1,
                children,
                gain: self.gains[place],
            });
        }
        Ok(Tree { nodes, leaves: leaves.to_vec() })
    }
}

fn whole(name: &'static str, place: usize, found: f32, allowed: Range<usize>) -> Result<usize, ArrayError> {
    let number = found as usize;
    if number as f32 == found && allowed.contains(&number) {
        return Ok(number);
    }
    let expected = format!("a whole number from {} to below {}", allowed.start, allowed.end);
    Err(out_of_range(name, place, found, &expected))
}

fn out_of_range(name: &'static str, place: usize, found: f32, expected: &str) -> ArrayError {
    ArrayError::Value { name, place, found, expected: expected.to_owned() }
}
