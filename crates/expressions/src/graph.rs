//! The operations of a set of expressions, each distinct one once.

use std::collections::HashMap;

use crate::kernels::{Operand, rowwise};
use crate::operation::{Binary, Operation, Unary, Window};

/// A node's place in the graph; inputs come before the nodes that read them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(pub(crate) usize);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct GraphNode {
    pub(crate) operation: Operation,
    pub(crate) inputs: Vec<NodeId>,
}

/// A directed acyclic graph in which equal nodes are one.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    nodes: Vec<GraphNode>,
    known: HashMap<GraphNode, NodeId>,
    columns: Vec<String>,
}

impl Graph {
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn node(&self, id: NodeId) -> &GraphNode {
        &self.nodes[id.0]
    }

    pub(crate) fn operation(&self, id: NodeId) -> &Operation {
        &self.nodes[id.0].operation
    }

    /// Returns the names of the columns that the graph reads, in the order of first use.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    pub(crate) fn column(&mut self, name: &str) -> NodeId {
        let place = self.columns.iter().position(|known| known == name).unwrap_or_else(|| {
            self.columns.push(name.to_owned());
            self.columns.len() - 1
        });
        self.intern(Operation::Column(place), Vec::new())
    }

    pub(crate) fn number(&mut self, value: f64) -> NodeId {
        self.intern(Operation::Number(value.to_bits()), Vec::new())
    }

    pub(crate) fn unary(&mut self, unary: Unary, x: NodeId) -> NodeId {
        self.add(Operation::Unary(unary), vec![x])
    }

    pub(crate) fn binary(&mut self, binary: Binary, x: NodeId, y: NodeId) -> NodeId {
        let swapped = y < x && matches!(binary, Binary::Add | Binary::Mul);
        self.add(Operation::Binary(binary), if swapped { vec![y, x] } else { vec![x, y] })
    }

    pub(crate) fn window(&mut self, window: Window, x: NodeId, rows: usize) -> NodeId {
        self.add(Operation::Window(window, rows), vec![x])
    }

    pub(crate) fn lag(&mut self, x: NodeId, rows: usize) -> NodeId {
        self.add(Operation::Lag(rows), vec![x])
    }

    /// Adds a node, folds an operation on numbers alone, and spreads a number that a window would read.
    pub(crate) fn add(&mut self, operation: Operation, mut inputs: Vec<NodeId>) -> NodeId {
        if !operation.is_rowwise() {
            for input in &mut inputs {
                if let Operation::Number(_) = self.operation(*input) {
                    *input = self.intern(Operation::Spread, vec![*input]);
                }
            }
        } else if let Some(numbers) = self.numbers(&inputs) {
            let mut folded = [0.0];
            rowwise::evaluate(&operation, &numbers, &mut folded);
            return self.number(folded[0]);
        }
        self.intern(operation, inputs)
    }

    fn numbers(&self, inputs: &[NodeId]) -> Option<Vec<Operand<'static>>> {
        let number = |id: &NodeId| match self.operation(*id) {
            Operation::Number(bits) => Some(Operand::Scalar(f64::from_bits(*bits))),
            _ => None,
        };
        inputs.iter().map(number).collect()
    }

    fn intern(&mut self, operation: Operation, inputs: Vec<NodeId>) -> NodeId {
        let node = GraphNode { operation, inputs };
        if let Some(id) = self.known.get(&node) {
            return *id;
        }
        let id = NodeId(self.nodes.len());
        self.nodes.push(node.clone());
        self.known.insert(node, id);
        id
    }
}
