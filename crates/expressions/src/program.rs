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
    /// The targets, as a set: their buffers are the results.
    kept: HashSet<NodeId>,
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

pub(crate) fn is_leaf(operation: &Operation) -> bool {
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
        let kept: HashSet<NodeId> = targets.iter().copied().collect();
        let mut read_later = kept.clone();
        for step in steps.iter_mut().rev() {
            for node in step.nodes.iter().flat_map(|node| &graph.node(*node).inputs).chain(&step.nodes) {
                if !is_leaf(graph.operation(*node)) && read_later.insert(*node) {
                    step.done.push(*node);
                }
            }
        }
        Self { steps, targets, kept }
    }

    /// Computes the targets for one ticker. `pool` keeps buffers for the next ticker.
    pub(crate) fn run(
        &self,
        graph: &Graph,
        rows: usize,
        leaf: &Leaf<'_>,
        pool: &mut Vec<Vec<f64>>,
    ) -> Vec<Vec<f64>> {
        let mut values: Vec<Vec<f64>> = vec![Vec::new(); graph.len()];
        for step in &self.steps {
            let mut buffers: Vec<Vec<f64>> =
                step.nodes.iter().map(|node| self.buffer(*node, rows, pool)).collect();
            let operands: Vec<Operand<'_>> = graph
                .node(step.nodes[0])
                .inputs
                .iter()
                .map(|input| match graph.operation(*input) {
                    Operation::Number(bits) => Operand::Scalar(f64::from_bits(*bits)),
                    operation if is_leaf(operation) => Operand::Series(leaf(*input)),
                    _ => Operand::Series(&values[input.0]),
                })
                .collect();
            let operations = step.nodes.iter().map(|node| graph.operation(*node));
            let mut outputs: Vec<kernels::Output<'_>> =
                operations.zip(buffers.iter_mut().map(Vec::as_mut_slice)).collect();
            kernels::run(&operands, &mut outputs);
            for (node, buffer) in step.nodes.iter().zip(buffers) {
                values[node.0] = buffer;
            }
            pool.extend(step.done.iter().map(|node| std::mem::take(&mut values[node.0])));
        }
        self.collect(graph, rows, leaf, values)
    }

    fn buffer(&self, node: NodeId, rows: usize, pool: &mut Vec<Vec<f64>>) -> Vec<f64> {
        let spare = if self.kept.contains(&node) { None } else { pool.pop() };
        let mut buffer = spare.unwrap_or_default();
        buffer.resize(rows, 0.0);
        buffer
    }

    fn collect(
        &self,
        graph: &Graph,
        rows: usize,
        leaf: &Leaf<'_>,
        mut values: Vec<Vec<f64>>,
    ) -> Vec<Vec<f64>> {
        let mut results: Vec<Vec<f64>> = Vec::with_capacity(self.targets.len());
        let mut first: HashMap<NodeId, usize> = HashMap::new();
        for (place, target) in self.targets.iter().enumerate() {
            let mut result = match (graph.operation(*target), first.get(target)) {
                (_, Some(same)) => results[*same].clone(),
                (Operation::Number(bits), None) => vec![f64::from_bits(*bits); rows],
                (operation, None) if is_leaf(operation) => leaf(*target).to_vec(),
                _ => std::mem::take(&mut values[target.0]),
            };
            // The sign and the payload of a NaN differ between machines.
            result.iter_mut().for_each(|value| *value = if value.is_nan() { f64::NAN } else { *value });
            first.entry(*target).or_insert(place);
            results.push(result);
        }
        results
    }
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
