//! Operators on the values of one row.

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Comparison {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Equal,
    Unequal,
}

/// How a further term or factor is joined to those before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Join {
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl Comparison {
    /// 1 if it holds, else 0. NaN is unequal to everything, and nothing else holds of it.
    pub(crate) fn value(self, x: f64, y: f64) -> f64 {
        number(match self {
            Self::Greater => x > y,
            Self::GreaterOrEqual => x >= y,
            Self::Less => x < y,
            Self::LessOrEqual => x <= y,
            Self::Equal => x == y,
            Self::Unequal => x != y,
        })
    }
}

impl Join {
    /// The two values joined.
    pub(crate) fn value(self, x: f64, y: f64) -> f64 {
        match self {
            Self::Add => x + y,
            Self::Subtract => x - y,
            Self::Multiply => x * y,
            Self::Divide => x / y,
        }
    }
}

/// 1 if all values are true, else 0; NaN if any is NaN.
pub(crate) fn all(values: &[f64]) -> f64 {
    if values.iter().any(|x| x.is_nan()) { f64::NAN } else { number(values.iter().all(|x| *x != 0.0)) }
}

/// 1 if any value is true, else 0; NaN if any is NaN.
pub(crate) fn any(values: &[f64]) -> f64 {
    if values.iter().any(|x| x.is_nan()) { f64::NAN } else { number(values.iter().any(|x| *x != 0.0)) }
}

/// 1 if the value is 0, else 0; NaN for NaN.
pub(crate) fn not(x: f64) -> f64 {
    if x.is_nan() { x } else { number(x == 0.0) }
}

/// The second value if the first is true, the third if it is 0, NaN if it is NaN.
pub(crate) fn choose(values: &[f64]) -> f64 {
    if values[0].is_nan() {
        f64::NAN
    } else if values[0] != 0.0 {
        values[1]
    } else {
        values[2]
    }
}

/// -1, 0 or 1; NaN for NaN.
pub(crate) fn sign(x: f64) -> f64 {
    if x > 0.0 {
        1.0
    } else if x < 0.0 {
        -1.0
    } else if x == 0.0 {
        0.0
    } else {
        f64::NAN
    }
}

/// The larger value; NaN if either is NaN.
pub(crate) fn greater(x: f64, y: f64) -> f64 {
    if x.is_nan() || y.is_nan() {
        f64::NAN
    } else if x > y {
        x
    } else {
        y
    }
}

/// The smaller value; NaN if either is NaN.
pub(crate) fn less(x: f64, y: f64) -> f64 {
    if x.is_nan() || y.is_nan() {
        f64::NAN
    } else if x < y {
        x
    } else {
        y
    }
}

/// 1 for NaN, else 0.
pub(crate) fn is_nan(x: f64) -> f64 {
    number(x.is_nan())
}

/// The second value where the first is NaN, else the first.
pub(crate) fn fill(x: f64, y: f64) -> f64 {
    if x.is_nan() { y } else { x }
}

fn number(truth: bool) -> f64 {
    if truth { 1.0 } else { 0.0 }
}
