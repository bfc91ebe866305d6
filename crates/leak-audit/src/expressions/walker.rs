//! The value of an expression at one row of one ticker, by recursion.

use crate::expressions::bar_indicators::Bar;
use crate::expressions::error::ExpressionError;
use crate::expressions::functions::{Function, Value};
use crate::expressions::indicators::{Arguments, Earlier};
use crate::expressions::panel::Panel;
use crate::expressions::row;
use crate::expressions::statistics::collected;
use crate::expressions::tree::{Call, Node, Tree};

/// Evaluates an expression at every row of every ticker; the values come row by row, with the tickers of a row side by
/// side. Fails if the panel lacks a column that the expression reads.
pub(crate) fn evaluate(tree: &Tree, panel: &Panel) -> Result<Vec<f64>, ExpressionError> {
    let mut walker = Walker::new(tree, panel)?;
    let mut values = Vec::with_capacity(panel.rows() * panel.tickers());
    for row in 0..panel.rows() {
        for ticker in 0..panel.tickers() {
            values.push(walker.at(tree, row, ticker));
        }
    }
    Ok(values)
}

struct Walker<'p> {
    panel: &'p Panel,
    /// For each node that is a column its place in the panel.
    columns: Vec<usize>,
    /// For each node, row and ticker the value, once it has been computed.
    known: Vec<Vec<Option<f64>>>,
}

impl<'p> Walker<'p> {
    fn new(tree: &Tree, panel: &'p Panel) -> Result<Self, ExpressionError> {
        let nodes = tree.id + 1;
        let mut walker = Self { panel, columns: vec![0; nodes], known: vec![Vec::new(); nodes] };
        walker.find_columns(tree)?;
        Ok(walker)
    }

    fn find_columns(&mut self, tree: &Tree) -> Result<(), ExpressionError> {
        for name in tree.reads() {
            let found = self.panel.column(name).ok_or_else(|| ExpressionError::Column {
                name: name.to_owned(),
                known: self.panel.names().join(", "),
            })?;
            self.columns[tree.id] = found;
        }
        tree.below().into_iter().try_for_each(|part| self.find_columns(part))
    }

    fn at(&mut self, tree: &Tree, row: usize, ticker: usize) -> f64 {
        if row < self.panel.first_bar(ticker) {
            return f64::NAN;
        }
        match &tree.node {
            Node::Number(number) => return *number,
            Node::Column(_) => return self.panel.value(self.columns[tree.id], row, ticker),
            _ => {}
        }
        let cell = row * self.panel.tickers() + ticker;
        if let Some(Some(value)) = self.known[tree.id].get(cell) {
            return *value;
        }
        let value = self.compute(tree, row, ticker);
        let known = &mut self.known[tree.id];
        if known.is_empty() {
            known.resize(self.panel.rows() * self.panel.tickers(), None);
        }
        known[cell] = Some(value);
        value
    }

    fn compute(&mut self, tree: &Tree, row: usize, ticker: usize) -> f64 {
        match &tree.node {
            Node::Number(number) => *number,
            Node::Column(_) => self.panel.value(self.columns[tree.id], row, ticker),
            Node::Any(parts) => row::any(&self.each(parts, row, ticker)),
            Node::All(parts) => row::all(&self.each(parts, row, ticker)),
            Node::Not(part) => row::not(self.at(part, row, ticker)),
            Node::Negate(part) => -self.at(part, row, ticker),
            Node::Compare(comparison, parts) => {
                comparison.value(self.at(&parts[0], row, ticker), self.at(&parts[1], row, ticker))
            }
            Node::Power(parts) => libm::pow(self.at(&parts[0], row, ticker), self.at(&parts[1], row, ticker)),
            Node::Chain(first, rest) => {
                let mut value = self.at(first, row, ticker);
                for (join, part) in rest {
                    value = join.value(value, self.at(part, row, ticker));
                }
                value
            }
            Node::Call(call) => self.call(call, row, ticker),
        }
    }

    fn call(&mut self, call: &Call, row: usize, ticker: usize) -> f64 {
        let (parts, counts, number) = (&call.expressions, &call.counts, call.number);
        match call.function.value {
            Value::Row(value) => value(&self.each(parts, row, ticker)),
            Value::Lag(value) => match row.checked_sub(counts[0]) {
                Some(before) => value(self.at(&parts[0], row, ticker), self.at(&parts[0], before, ticker)),
                None => f64::NAN,
            },
            Value::Window(value) => value(&self.window(&parts[0], counts[0], row, ticker)),
            Value::WindowWith(value) => value(&self.window(&parts[0], counts[0], row, ticker), number),
            Value::Pair(value) => {
                let x = self.window(&parts[0], counts[0], row, ticker);
                value(&x, &self.window(&parts[1], counts[0], row, ticker))
            }
            Value::History(value) => value(&self.window(&parts[0], row + 1, row, ticker), counts[0] as f64),
            Value::Across(value) => self.across(&parts[0], row, ticker, value),
            Value::AcrossWith(value) => {
                self.across(&parts[0], row, ticker, |values, own| value(values, own, number))
            }
            Value::Indicator(value) => {
                let earlier = Earlier { panel: self.panel, row, ticker };
                value(&earlier, &Arguments { counts, number }).unwrap_or(f64::NAN)
            }
            Value::BarIndicator(value) => self
                .bars(call.function, row, ticker)
                .and_then(|bars| value(&bars, counts))
                .unwrap_or(f64::NAN),
        }
    }

    fn each(&mut self, parts: &[Tree], row: usize, ticker: usize) -> Vec<f64> {
        parts.iter().map(|part| self.at(part, row, ticker)).collect()
    }

    /// The values of the window of `n` rows, the oldest first, NaN where one is missing.
    fn window(&mut self, tree: &Tree, n: usize, row: usize, ticker: usize) -> Vec<f64> {
        let first = (row + 1).saturating_sub(n).max(self.panel.first_bar(ticker));
        (first..=row).map(|row| collected(self.at(tree, row, ticker))).collect()
    }

    /// An operator on the values of all tickers that have one; NaN for the others.
    fn across(&mut self, tree: &Tree, row: usize, ticker: usize, value: impl Fn(&[f64], f64) -> f64) -> f64 {
        let all: Vec<f64> =
            (0..self.panel.tickers()).map(|ticker| collected(self.at(tree, row, ticker))).collect();
        let there: Vec<f64> = all.iter().copied().filter(|value| !value.is_nan()).collect();
        if all[ticker].is_nan() { f64::NAN } else { value(&there, all[ticker]) }
    }

    /// The bars up to a row; `None` if it is no bar itself.
    fn bars(&self, function: &Function, row: usize, ticker: usize) -> Option<Vec<Bar>> {
        let cell = |name: &str, row: usize| match self.panel.column(name) {
            Some(column) => self.panel.value(column, row, ticker),
            None => f64::NAN,
        };
        let is_bar = |row: &usize| function.reads.iter().all(|name| cell(name, *row).is_finite());
        let bar = |row: usize| Bar {
            high: cell("high", row),
            low: cell("low", row),
            close: cell("close", row),
            volume: cell("volume", row),
        };
        is_bar(&row).then(|| (0..=row).filter(is_bar).map(bar).collect())
    }
}
