//! Adds the tree of an expression to the graph.

use crate::function::Function;
use crate::graph::{Graph, NodeId};
use crate::indicators;
use crate::node::{Call, Node, Operator};
use crate::operation::{Binary, Cross, Line, Operation, Pair, Unary, Window};

/// Adds `node` and everything it reads; returns the place of its value.
pub(crate) fn lower(graph: &mut Graph, node: &Node) -> NodeId {
    match node {
        Node::Number(literal) => graph.number(literal.value()),
        Node::Column(name) => graph.column(name),
        Node::Negate(operand) => {
            let operand = lower(graph, operand);
            graph.unary(Unary::Negate, operand)
        }
        Node::Not(operand) => {
            let operand = lower(graph, operand);
            graph.unary(Unary::Not, operand)
        }
        Node::Binary(operator, operands) => {
            let (left, right) = (lower(graph, &operands.0), lower(graph, &operands.1));
            graph.binary(binary(*operator), left, right)
        }
        Node::Call(call) => {
            let values: Vec<NodeId> = call.values.iter().map(|value| lower(graph, value)).collect();
            function(graph, call, values)
        }
    }
}

fn binary(operator: Operator) -> Binary {
    match operator {
        Operator::Or => Binary::Or,
        Operator::And => Binary::And,
        Operator::Gt => Binary::Gt,
        Operator::Ge => Binary::Ge,
        Operator::Lt => Binary::Lt,
        Operator::Le => Binary::Le,
        Operator::Eq => Binary::Eq,
        Operator::Ne => Binary::Ne,
        Operator::Add => Binary::Add,
        Operator::Sub => Binary::Sub,
        Operator::Mul => Binary::Mul,
        Operator::Div => Binary::Div,
        Operator::Pow => Binary::Pow,
    }
}

fn function(graph: &mut Graph, call: &Call, values: Vec<NodeId>) -> NodeId {
    use Function as F;
    let rows = call.literals.first().map_or(0, |literal| literal.rows());
    let operation = match call.signature.function {
        F::If => Operation::Choose,
        F::Abs => Operation::Unary(Unary::Abs),
        F::Sign => Operation::Unary(Unary::Sign),
        F::Sqrt => Operation::Unary(Unary::Sqrt),
        F::Exp => Operation::Unary(Unary::Exp),
        F::Log => Operation::Unary(Unary::Log),
        F::IsNan => Operation::Unary(Unary::IsNan),
        F::Greater => Operation::Binary(Binary::Greater),
        F::Less => Operation::Binary(Binary::Less),
        F::Fill => Operation::Binary(Binary::Fill),
        F::Ref => Operation::Lag(rows),
        F::Delta => {
            let earlier = graph.lag(values[0], rows);
            return graph.binary(Binary::Sub, values[0], earlier);
        }
        F::Sum => Operation::Window(Window::Sum, rows),
        F::Mean => Operation::Window(Window::Mean, rows),
        F::Count => Operation::Window(Window::Count, rows),
        F::Var => Operation::Window(Window::Var, rows),
        F::Std => {
            let variance = graph.window(Window::Var, values[0], rows);
            return graph.unary(Unary::Sqrt, variance);
        }
        F::Skew => Operation::Window(Window::Skew, rows),
        F::Kurt => Operation::Window(Window::Kurt, rows),
        F::Mad => Operation::Window(Window::Mad, rows),
        F::Wma => Operation::Window(Window::Wma, rows),
        F::Lwma => Operation::Window(Window::Lwma, rows),
        F::Min => Operation::Window(Window::Min, rows),
        F::Max => Operation::Window(Window::Max, rows),
        F::ArgMin => Operation::Window(Window::ArgMin, rows),
        F::ArgMax => Operation::Window(Window::ArgMax, rows),
        F::TimeRank => Operation::Window(Window::Rank, rows),
        F::Median => Operation::Quantile(rows, 0.5_f64.to_bits()),
        F::Quantile => Operation::Quantile(rows, call.literals[1].value().to_bits()),
        F::Ema => Operation::Ema(rows),
        F::Cov => Operation::Pair(Pair::Cov, rows),
        F::Corr => {
            let mut masked = graph.add(Operation::Pair(Pair::Corr, rows), values.clone());
            for value in values {
                masked = unless_flat(graph, masked, value, rows);
            }
            return masked;
        }
        F::Slope => Operation::Line(Line::Slope, rows),
        F::Resi => Operation::Line(Line::Resi, rows),
        F::Rsquare => {
            let bare = graph.add(Operation::Line(Line::Rsquare, rows), values.clone());
            return unless_flat(graph, bare, values[0], rows);
        }
        F::Rank => Operation::Cross(Cross::Rank),
        F::Demean => Operation::Cross(Cross::Demean),
        F::Zscore => Operation::Cross(Cross::Zscore),
        F::Winsorize => Operation::Cross(Cross::Winsorize(call.literals[0].value().to_bits())),
        _ => return indicators::lower(graph, call),
    };
    graph.add(operation, values)
}

fn unless_flat(graph: &mut Graph, value: NodeId, series: NodeId, rows: usize) -> NodeId {
    let variance = graph.window(Window::Var, series, rows);
    graph.binary(Binary::UnlessFlat, value, variance)
}
