//! The numeric loops: each takes whole series of one ticker and writes whole series.
//!
//! Every value depends on its row and earlier rows alone, and so do the order and the grouping of every sum, so that a
//! longer panel begins with the same bits.

pub(crate) mod cross;
mod direct;
mod ema;
mod extremes;
mod moments;
mod order;
mod recursive;
pub(crate) mod rowwise;
mod slide;
mod sums;

use crate::operation::{Operation, Pass, Window};

/// An input: a number, or a series with one value per row.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Operand<'a> {
    Scalar(f64),
    Series(&'a [f64]),
}

/// One result of a pass: what it is, and where it goes.
pub(crate) type Output<'a> = (&'a Operation, &'a mut [f64]);

/// Computes the outputs, all of one [`Pass`], or a single one of any other operation.
pub(crate) fn run(inputs: &[Operand<'_>], outputs: &mut [Output<'_>]) {
    let Some((operation, out)) = outputs.first_mut() else { return };
    if operation.is_rowwise() {
        return rowwise::evaluate(operation, inputs, out);
    }
    if let (Operation::Spread, [Operand::Scalar(value)]) = (*operation, inputs) {
        return out.fill(*value);
    }
    let series: Vec<&[f64]> = inputs
        .iter()
        .filter_map(|input| match input {
            Operand::Series(series) => Some(*series),
            Operand::Scalar(_) => None,
        })
        .collect();
    match (operation.pass(), series.as_slice()) {
        (Some(Pass::Sums(n)), [x]) => sums::run(x, n, outputs),
        (Some(Pass::Smallest(n)), [x]) => extremes::run(x, n, outputs, |a, b| a < b),
        (Some(Pass::Largest(n)), [x]) => extremes::run(x, n, outputs, |a, b| a > b),
        (Some(Pass::Order(n)), [x]) => order::run(x, n, outputs),
        (Some(Pass::Pair(n)), [x, y]) => moments::pair(x, y, n, outputs),
        (Some(Pass::Line(n)), [x]) => moments::line(x, n, outputs),
        (None, [x]) => single(operation, x, out),
        (None, _) => {
            if let Operation::Recursive(recursive) = operation {
                recursive::run(*recursive, &series, out);
            }
        }
        (Some(_), _) => {}
    }
}

fn single(operation: &Operation, x: &[f64], out: &mut [f64]) {
    match *operation {
        Operation::Lag(n) => {
            let n = n.min(x.len());
            out[..n].fill(f64::NAN);
            out[n..].copy_from_slice(&x[..x.len() - n]);
        }
        Operation::Window(Window::Var, n) => moments::variance(x, n, out),
        Operation::Window(Window::LastArgMin, n) => extremes::last_place(x, n, out, |a, b| a <= b),
        Operation::Window(Window::LastArgMax, n) => extremes::last_place(x, n, out, |a, b| a >= b),
        Operation::Window(window, n) => direct::run(window, x, n, out),
        Operation::Ema(n) => ema::run(x, n, out),
        Operation::Recursive(recursive) => recursive::run(recursive, &[x], out),
        _ => {}
    }
}
