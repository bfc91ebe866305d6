//! The order in which the nodes of a graph are computed for one ticker, and when their buffers fall free.

use std::collections::{HashMap, HashSet};

use crate::graph::{Graph, NodeId};
use crate::kernels::{self, Operand};
use crate::operation::Operation;

/// A plan to compute some nodes of a graph from columns and from results that span all tickers.
#[derive(Debug)]
pub(crate) struct Program {
    steps: Vec<Step>,
    targets: Vec<NodeId>,
}

/// Nodes that one pass computes.
#[derive(Debug)]
struct Step {
    nodes: Vec<NodeId>,
    /// Nodes that nothing reads after this step.
    done: Vec<NodeId>,
}

/// Returns the series of a leaf: a column, or a result that spans all tickers.
pub(crate) type Leaf<'a> = dyn Fn(NodeId) -> &'a [f64] + 'a;

fn is_leaf(operation: &Operation) -> bool {
    matches!(operation, Operation::Number(_) | Operation::Column(_) | Operation::Cross(_))
}

impl Program {
    pub(crate) fn new(graph: &Graph, targets: Vec<NodeId>) -> Self {
        let nodes = reached(graph, &targets);
        let mut passes: HashMap<NodeId, Vec<NodeId>> = HashMap::new();
        for node in &nodes {
            // A node joins the first one of its pass; both read the same inputs, so the order holds.
            passes.entry(leader(graph, &nodes, *node)).or_default().push(*node);
        }
        let mut steps: Vec<Step> = nodes
            .iter()
            .filter_map(|node| passes.remove(node))
            .map(|nodes| Step { nodes, done: Vec::new() })
            .collect();
        // The targets' buffers are the results.
        let mut read_later: HashSet<NodeId> = targets.iter().copied().collect();
        for step in steps.iter_mut().rev() {
            for node in step.nodes.iter().flat_map(|node| &graph.node(*node).inputs).chain(&step.nodes) {
                if !is_leaf(graph.operation(*node)) && read_later.insert(*node) {
                    step.done.push(*node);
                }
            }
        }
        Self { steps, targets }
    }

    /// Returns how many results the program gives.
    pub(crate) fn targets(&self) -> usize {
        self.targets.len()
    }

    /// Computes the targets for one ticker into `results`, one slice per target, all as long as the leaves' series.
    /// `pool` keeps buffers for the next ticker.
    pub(crate) fn run<'a>(
        &self,
        graph: &Graph,
        leaf: &Leaf<'_>,
        mut results: Vec<&'a mut [f64]>,
        pool: &mut Vec<Vec<f64>>,
    ) {
        let rows = results.first().map_or(0, |result| result.len());
        let mut places: Vec<Option<usize>> = vec![None; graph.len()];
        for (place, target) in self.targets.iter().enumerate().rev() {
            places[target.0] = Some(place);
        }
        let mut values: Vec<Buffer<'a>> = (0..graph.len()).map(|_| Buffer::Empty).collect();
        for step in &self.steps {
            let mut buffers: Vec<Buffer<'a>> = step
                .nodes
                .iter()
                .map(|node| match places[node.0] {
                    Some(place) => Buffer::Result(std::mem::take(&mut results[place])),
                    None => Buffer::Spare(sized(pool.pop().unwrap_or_default(), rows)),
                })
                .collect();
            let input = |input: &NodeId| match graph.operation(*input) {
                Operation::Number(bits) => Operand::Scalar(f64::from_bits(*bits)),
                operation if is_leaf(operation) => Operand::Series(leaf(*input)),
                _ => Operand::Series(values[input.0].series()),
            };
            let operands: Vec<Operand<'_>> = graph.node(step.nodes[0]).inputs.iter().map(input).collect();
            let operations = step.nodes.iter().map(|node| graph.operation(*node));
            let mut outputs: Vec<kernels::Output<'_>> =
                operations.zip(buffers.iter_mut().map(Buffer::series_mut)).collect();
            kernels::run(&operands, &mut outputs);
            for (node, mut buffer) in step.nodes.iter().zip(buffers) {
                if let Buffer::Result(result) = &mut buffer {
                    settle(result);
                }
                values[node.0] = buffer;
            }
            for node in &step.done {
                if let Buffer::Spare(spare) = std::mem::replace(&mut values[node.0], Buffer::Empty) {
                    pool.push(spare);
                }
            }
        }
        for (place, target) in self.targets.iter().enumerate() {
            match (graph.operation(*target), places[target.0]) {
                (Operation::Number(bits), _) => {
                    results[place].fill(f64::from_bits(*bits));
                    settle(results[place]);
                }
                (operation, _) if is_leaf(operation) => {
                    results[place].copy_from_slice(leaf(*target));
                    settle(results[place]);
                }
                (_, Some(first)) if first < place => {
                    let (before, from) = results.split_at_mut(place);
                    from[0].copy_from_slice(before[first]);
                }
                _ => {
                    if let Buffer::Result(result) = std::mem::replace(&mut values[target.0], Buffer::Empty) {
                        results[place] = result;
                    }
                }
            }
        }
    }
}

/// Gives every NaN the same bits: its sign and payload differ between machines.
fn settle(result: &mut [f64]) {
    for value in result {
        *value = if value.is_nan() { f64::NAN } else { *value };
    }
}

/// Where a node's values are.
enum Buffer<'a> {
    Empty,
    Spare(Vec<f64>),
    Result(&'a mut [f64]),
}

impl Buffer<'_> {
    fn series(&self) -> &[f64] {
        match self {
            Self::Empty => &[],
            Self::Spare(spare) => spare,
            Self::Result(result) => result,
        }
    }

    fn series_mut(&mut self) -> &mut [f64] {
        match self {
            Self::Empty => &mut [],
            Self::Spare(spare) => spare,
            Self::Result(result) => result,
        }
    }
}

fn sized(mut buffer: Vec<f64>, rows: usize) -> Vec<f64> {
    buffer.resize(rows, 0.0);
    buffer
}

/// The nodes that the targets need, leaves left out, inputs first.
fn reached(graph: &Graph, targets: &[NodeId]) -> Vec<NodeId> {
    let mut wanted = vec![false; graph.len()];
    for target in targets {
        wanted[target.0] = true;
    }
    for id in (0..graph.len()).rev() {
        if wanted[id] && !is_leaf(graph.operation(NodeId(id))) {
            for input in &graph.node(NodeId(id)).inputs {
                wanted[input.0] = true;
            }
        }
    }
    (0..graph.len()).map(NodeId).filter(|id| wanted[id.0] && !is_leaf(graph.operation(*id))).collect()
}

/// The first node that one pass computes together with `node`.
fn leader(graph: &Graph, nodes: &[NodeId], node: NodeId) -> NodeId {
    let own = graph.node(node);
    let Some(pass) = own.operation.pass() else { return node };
    let same = |other: &&NodeId| {
        let other = graph.node(**other);
        other.operation.pass() == Some(pass) && other.inputs == own.inputs
    };
    nodes.iter().find(same).copied().unwrap_or(node)
}
