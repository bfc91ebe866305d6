//! A tree, and the way of a row through it.

/// A split.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Node {
    /// The column of the table.
    pub(crate) column: u32,
    /// Numbers up to this one go left; finite.
    pub(crate) threshold: f32,
    /// Whether rows where the number is missing go left.
    pub(crate) missing_left: bool,
    /// The left and the right child: a node's place, or the bitwise complement of a leaf's.
    pub(crate) children: [i32; 2],
    /// By how much the split lowered the training loss.
    pub(crate) gain: f32,
}

/// A tree. It has one leaf more than nodes; the first node is the root, and children come after their parents.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
    pub(crate) leaves: Vec<f32>,
}

impl Tree {
    /// The value of the leaf that a row falls into.
    pub(crate) fn value(&self, row: &[f32]) -> f32 {
        let mut place = if self.nodes.is_empty() { !0 } else { 0 };
        while place >= 0 {
            let node = &self.nodes[place as usize];
            let value = row[node.column as usize];
            // An infinite number counts as the last finite one, as it did in training.
            let left = if value.is_nan() { node.missing_left } else { value.min(f32::MAX) <= node.threshold };
            place = node.children[usize::from(!left)];
        }
        self.leaves[!place as usize]
    }
}

/// The nearest finite `f32`.
pub(crate) fn round(value: f64) -> f32 {
    (value as f32).clamp(f32::MIN, f32::MAX)
}
