//! Operations on one row.

use super::Operand;
use crate::operation::{Binary, Operation, Unary};

/// The standard deviation up to which Qlib takes a window for flat.
const FLAT: f64 = 2e-5;

/// Computes a rowwise operation.
pub(crate) fn evaluate(operation: &Operation, inputs: &[Operand<'_>], out: &mut [f64]) {
    match (operation, inputs) {
        (Operation::Unary(unary), [x]) => self::unary(*unary, *x, out),
        (Operation::Binary(binary), [x, y]) => self::binary(*binary, *x, *y, out),
        (Operation::Choose, [condition, a, b]) => {
            for (row, out) in out.iter_mut().enumerate() {
                let truth = condition.at(row);
                *out = if truth.is_nan() {
                    f64::NAN
                } else if truth != 0.0 {
                    a.at(row)
                } else {
                    b.at(row)
                };
            }
        }
        _ => {}
    }
}

impl Operand<'_> {
    fn at(&self, row: usize) -> f64 {
        match self {
            Self::Scalar(value) => *value,
            Self::Series(series) => series[row],
        }
    }
}

fn unary(unary: Unary, x: Operand<'_>, out: &mut [f64]) {
    match unary {
        Unary::Negate => map(x, out, |x| -x),
        Unary::Not => map(x, out, |x| if x.is_nan() { f64::NAN } else { truth(x == 0.0) }),
        Unary::Abs => map(x, out, f64::abs),
        Unary::Sign => map(x, out, |x| if x == 0.0 || x.is_nan() { x } else { 1.0_f64.copysign(x) }),
        Unary::Sqrt => map(x, out, f64::sqrt),
        Unary::Exp => map(x, out, libm::exp),
        Unary::Log => map(x, out, libm::log),
        Unary::IsNan => map(x, out, |x| truth(x.is_nan())),
        Unary::Finite => map(x, out, |x| if x.is_finite() { x } else { f64::NAN }),
    }
}

fn binary(binary: Binary, x: Operand<'_>, y: Operand<'_>, out: &mut [f64]) {
    match binary {
        Binary::Or => logic(x, y, out, |x, y| x || y),
        Binary::And => logic(x, y, out, |x, y| x && y),
        Binary::Gt => zip(x, y, out, |x, y| truth(x > y)),
        Binary::Ge => zip(x, y, out, |x, y| truth(x >= y)),
        Binary::Lt => zip(x, y, out, |x, y| truth(x < y)),
        Binary::Le => zip(x, y, out, |x, y| truth(x <= y)),
        Binary::Eq => zip(x, y, out, |x, y| truth(x == y)),
        Binary::Ne => zip(x, y, out, |x, y| truth(x != y)),
        Binary::Add => zip(x, y, out, |x, y| x + y),
        Binary::Sub => zip(x, y, out, |x, y| x - y),
        Binary::Mul => zip(x, y, out, |x, y| x * y),
        Binary::Div => zip(x, y, out, |x, y| x / y),
        Binary::Pow => match y {
            Operand::Scalar(2.0) => map(x, out, |x| x * x),
            _ => zip(x, y, out, libm::pow),
        },
        Binary::Greater => zip(x, y, out, |x, y| if x > y || x.is_nan() { x } else { y }),
        Binary::Less => zip(x, y, out, |x, y| if x < y || x.is_nan() { x } else { y }),
        Binary::Fill => zip(x, y, out, |x, y| if x.is_nan() { y } else { x }),
        Binary::Ratio => zip(x, y, out, |x, y| if y == 0.0 { f64::NAN } else { x / y }),
        Binary::UnlessFlat => zip(x, y, out, |x, y| if y.sqrt() <= FLAT { f64::NAN } else { x }),
    }
}

fn truth(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

fn logic(x: Operand<'_>, y: Operand<'_>, out: &mut [f64], f: impl Fn(bool, bool) -> bool) {
    zip(x, y, out, |x, y| if x.is_nan() || y.is_nan() { f64::NAN } else { truth(f(x != 0.0, y != 0.0)) });
}

fn map(x: Operand<'_>, out: &mut [f64], f: impl Fn(f64) -> f64) {
    match x {
        Operand::Scalar(x) => out.fill(f(x)),
        Operand::Series(x) => {
            for (out, x) in out.iter_mut().zip(x) {
                *out = f(*x);
            }
        }
    }
}

fn zip(x: Operand<'_>, y: Operand<'_>, out: &mut [f64], f: impl Fn(f64, f64) -> f64) {
    match (x, y) {
        (x, Operand::Scalar(y)) => map(x, out, |x| f(x, y)),
        (Operand::Scalar(x), y) => map(y, out, |y| f(x, y)),
        (Operand::Series(x), Operand::Series(y)) => {
            for ((out, x), y) in out.iter_mut().zip(x).zip(y) {
                *out = f(*x, *y);
            }
        }
    }
}
