//! An expression as a tree.

use crate::expressions::functions::{Function, Value};
use crate::expressions::row::{Comparison, Join};

/// A node with all below it.
pub(crate) struct Tree {
    /// Its number within the expression; those below it have smaller ones.
    pub(crate) id: usize,
    pub(crate) node: Node,
}

/// What stands at a node. A chain such as `a + b - c` is one node, so that the tree is no deeper than the text is nested.
pub(crate) enum Node {
    Number(f64),
    Column(String),
    Any(Vec<Tree>),
    All(Vec<Tree>),
    Not(Box<Tree>),
    Compare(Comparison, Box<[Tree; 2]>),
    /// A first value, and those joined to it one after another.
    Chain(Box<Tree>, Vec<(Join, Tree)>),
    Negate(Box<Tree>),
    Power(Box<[Tree; 2]>),
    Call(Call),
}

/// A function with its arguments.
pub(crate) struct Call {
    pub(crate) function: &'static Function,
    pub(crate) expressions: Vec<Tree>,
    pub(crate) counts: Vec<usize>,
    /// The other number; NaN if the function takes none.
    pub(crate) number: f64,
}

impl Tree {
    /// The nodes just below.
    pub(crate) fn below(&self) -> Vec<&Tree> {
        match &self.node {
            Node::Number(_) | Node::Column(_) => Vec::new(),
            Node::Any(parts) | Node::All(parts) => parts.iter().collect(),
            Node::Not(part) | Node::Negate(part) => vec![part],
            Node::Compare(_, parts) | Node::Power(parts) => parts.iter().collect(),
            Node::Chain(first, rest) => {
                std::iter::once(&**first).chain(rest.iter().map(|(_, part)| part)).collect()
            }
            Node::Call(call) => call.expressions.iter().collect(),
        }
    }

    /// Whether a ticker's value depends on other tickers.
    pub(crate) fn compares_tickers(&self) -> bool {
        let here = match &self.node {
            Node::Call(call) => matches!(call.function.value, Value::Across(_) | Value::AcrossWith(_)),
            _ => false,
        };
        here || self.below().into_iter().any(Tree::compares_tickers)
    }

    /// The columns that the node itself reads.
    pub(crate) fn reads(&self) -> Vec<&str> {
        match &self.node {
            Node::Column(name) => vec![name],
            Node::Call(call) => call.function.reads.to_vec(),
            _ => Vec::new(),
        }
    }
}
