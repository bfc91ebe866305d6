//! Evaluates a set of expressions over a panel.

use rayon::prelude::*;

use crate::columns::Columns;
use crate::expression::Expression;
use crate::graph::{Graph, NodeId};
use crate::kernels::cross;
use crate::lower::lower;
use crate::operation::{Cross, Operation};
use crate::program::Program;
use crate::suggest::nearest;
use crate::values::Values;

/// Why expressions cannot be evaluated over a panel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvaluateError {
    /// A column is not in the panel.
    #[error("expression `{expression}` reads column `{column}`, expected one of: {known}{}", hint(.nearest.as_deref()))]
    UnknownColumn {
        /// The expression.
        expression: String,
        /// The column that it reads.
        column: String,
        /// The panel's columns, separated by commas.
        known: String,
        /// The nearest of them, if one is near.
        nearest: Option<String>,
    },
    /// A ticker lacks a column that the panel lists.
    #[error(
        "ticker {ticker} has no column `{column}`, which the panel lists; a panel lists the columns that every ticker has"
    )]
    MissingColumn {
        /// The ticker's place, from 0.
        ticker: usize,
        /// The column.
        column: String,
    },
    /// A column is not as long as the panel.
    #[error(
        "column `{column}` of ticker {ticker} has {found} rows, expected {expected}; put NaN where there is no bar"
    )]
    Length {
        /// The ticker's place, from 0.
        ticker: usize,
        /// The column.
        column: String,
        /// The rows of the column.
        found: usize,
        /// The rows of the panel.
        expected: usize,
    },
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

/// Evaluates expressions over a panel: [`Evaluator::new`] and [`Evaluator::evaluate`] in one.
///
/// # Errors
///
/// The panel lacks a column, or has one of another length.
pub fn evaluate(expressions: &[Expression], columns: &dyn Columns) -> Result<Values, EvaluateError> {
    Evaluator::new(expressions).evaluate(columns)
}

/// A set of expressions, ready to be evaluated.
///
/// What several expressions share is computed once. Tickers run in parallel on the current rayon pool; the values have
/// the same bits for any number of threads, and those of the first rows do not depend on later rows.
#[derive(Debug)]
pub struct Evaluator {
    graph: Graph,
    /// For error messages: each expression's text and columns.
    expressions: Vec<(String, Vec<String>)>,
    /// What each round of operations over all tickers needs of each ticker, and the round's nodes.
    rounds: Vec<(Program, Vec<NodeId>)>,
    last: Program,
}

impl Evaluator {
    /// Prepares expressions.
    #[must_use]
    pub fn new(expressions: &[Expression]) -> Self {
        let mut graph = Graph::default();
        let roots: Vec<NodeId> =
            expressions.iter().map(|expression| lower(&mut graph, expression.node())).collect();
        let rounds = rounds(&graph)
            .into_iter()
            .map(|nodes| {
                let inputs = nodes.iter().map(|node| graph.node(*node).inputs[0]).collect();
                (Program::new(&graph, inputs), nodes)
            })
            .collect();
        let last = Program::new(&graph, roots);
        let expressions =
            expressions.iter().map(|expression| (expression.to_string(), expression.columns())).collect();
        Self { graph, expressions, rounds, last }
    }

    /// Evaluates the expressions over a panel.
    ///
    /// # Errors
    ///
    /// The panel lacks a column, or has one of another length.
    pub fn evaluate(&self, columns: &dyn Columns) -> Result<Values, EvaluateError> {
        let panel = self.read(columns)?;
        let (rows, tickers) = (columns.rows(), columns.tickers());
        let mut spanning: Spanning = vec![Vec::new(); self.graph.len()];
        for (program, nodes) in &self.rounds {
            let inputs = self.each_ticker(program, rows, &panel, &spanning);
            for (place, node) in nodes.iter().enumerate() {
                if let Operation::Cross(operation) = self.graph.operation(*node) {
                    let input = |ticker: usize| &inputs[(ticker * nodes.len() + place) * rows..][..rows];
                    spanning[node.0] = across(*operation, rows, &(0..tickers).map(input).collect::<Vec<_>>());
                }
            }
        }
        let cells = self.each_ticker(&self.last, rows, &panel, &spanning);
        Ok(Values::new(rows, self.expressions.len(), tickers, cells))
    }

    /// Looks up the columns that the graph reads: `[ticker][column]`.
    fn read<'a>(&self, columns: &'a dyn Columns) -> Result<Vec<Ticker<'a>>, EvaluateError> {
        let known = columns.names();
        for (expression, names) in &self.expressions {
            if let Some(column) = names.iter().find(|name| !known.contains(name)) {
                return Err(EvaluateError::UnknownColumn {
                    expression: expression.clone(),
                    column: column.clone(),
                    known: known.join(", "),
                    nearest: nearest(column, known.iter().map(String::as_str)).map(str::to_owned),
                });
            }
        }
        let column = |ticker: usize, name: &String| {
            let column = columns
                .column(ticker, name)
                .ok_or_else(|| EvaluateError::MissingColumn { ticker, column: name.clone() })?;
            if column.len() != columns.rows() {
                let (found, expected) = (column.len(), columns.rows());
                return Err(EvaluateError::Length { ticker, column: name.clone(), found, expected });
            }
            Ok(column)
        };
        let of_ticker = |ticker: usize| {
            let columns_read = self.graph.columns().iter().map(|name| column(ticker, name));
            Ok(Ticker { first: first_bar(columns, ticker), columns: columns_read.collect::<Result<_, _>>()? })
        };
        (0..columns.tickers()).map(of_ticker).collect()
    }

    /// Runs a program for every ticker: `[ticker][target][row]`.
    fn each_ticker(
        &self,
        program: &Program,
        rows: usize,
        panel: &[Ticker<'_>],
        spanning: &Spanning,
    ) -> Vec<f64> {
        let size = rows * program.targets();
        let mut cells = vec![0.0; size * panel.len()];
        if size == 0 {
            return cells;
        }
        let of_ticker =
            |pool: &mut Vec<Vec<f64>>, (place, (cells, ticker)): (usize, (&mut [f64], &Ticker<'_>))| {
                let results = cells.chunks_exact_mut(rows).map(|column| {
                    let (before, from) = column.split_at_mut(ticker.first);
                    before.fill(f64::NAN);
                    from
                });
                let leaf = |node: NodeId| match self.graph.operation(node) {
                    Operation::Column(column) => &ticker.columns[*column][ticker.first..],
                    _ => &spanning[node.0][place][ticker.first..],
                };
                program.run(&self.graph, &leaf, results.collect(), pool);
            };
        cells.par_chunks_exact_mut(size).zip(panel).enumerate().for_each_init(Vec::new, of_ticker);
        cells
    }
}

/// What is read of a ticker.
struct Ticker<'a> {
    /// The row of its first bar: earlier rows do not exist for it.
    first: usize,
    columns: Vec<&'a [f64]>,
}

/// Returns the first row on which a column of the bar has a value; the number of rows if there is none.
fn first_bar(columns: &dyn Columns, ticker: usize) -> usize {
    let bar =
        ["open", "high", "low", "close", "volume"].iter().filter_map(|name| columns.column(ticker, name));
    let first = |column: &[f64]| column.iter().position(|value| !value.is_nan()).unwrap_or(columns.rows());
    // A panel without any column of a bar has no rows to leave out.
    bar.map(first).min().unwrap_or(0).min(columns.rows())
}

/// The results of the operations over all tickers: `[node][ticker][row]`, empty for other nodes.
type Spanning = Vec<Vec<Vec<f64>>>;

/// Groups the operations over all tickers into rounds, so that each reads earlier rounds only.
fn rounds(graph: &Graph) -> Vec<Vec<NodeId>> {
    let mut round = vec![0; graph.len()];
    let mut rounds: Vec<Vec<NodeId>> = Vec::new();
    for id in (0..graph.len()).map(NodeId) {
        round[id.0] = graph.node(id).inputs.iter().map(|input| round[input.0]).max().unwrap_or(0);
        if let Operation::Cross(_) = graph.operation(id) {
            if round[id.0] == rounds.len() {
                rounds.push(Vec::new());
            }
            rounds[round[id.0]].push(id);
            round[id.0] += 1;
        }
    }
    rounds
}

/// Applies an operation to every row: from and to `[ticker][row]`.
fn across(operation: Cross, rows: usize, inputs: &[&[f64]]) -> Vec<Vec<f64>> {
    const ROWS: usize = 64;
    let blocks: Vec<Vec<f64>> = (0..rows.div_ceil(ROWS))
        .into_par_iter()
        .map(|block| {
            let (mut values, mut sorted) = (Vec::new(), Vec::new());
            for row in block * ROWS..((block + 1) * ROWS).min(rows) {
                let start = values.len();
                values.extend(inputs.iter().map(|input| input[row]));
                cross::run(operation, &mut values[start..], &mut sorted);
            }
            values
        })
        .collect();
    let tickers = inputs.len();
    let column = |ticker: usize| {
        blocks.iter().flat_map(|block| block.iter().skip(ticker).step_by(tickers).copied()).collect()
    };
    (0..tickers).into_par_iter().map(column).collect()
}
