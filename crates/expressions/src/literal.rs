//! Numbers written in an expression.

use std::fmt;

/// A number written in an expression, never negative and never NaN; equal if the bits are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Literal {
    /// A lag or a window, in rows.
    Rows(usize),
    /// Any other number, as its bits.
    Real(u64),
}

impl Literal {
    pub(crate) fn real(value: f64) -> Self {
        Self::Real(value.to_bits())
    }

    pub(crate) fn rows(self) -> usize {
        match self {
            Self::Rows(rows) => rows,
            Self::Real(bits) => f64::from_bits(bits) as usize,
        }
    }

    pub(crate) fn value(self) -> f64 {
        match self {
            Self::Rows(rows) => rows as f64,
            Self::Real(bits) => f64::from_bits(bits),
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rows(rows) => write!(f, "{rows}"),
            Self::Real(bits) => {
                // `Debug` is the shortest text that reads back to the same bits, with an exponent where that is shorter.
                let text = format!("{:?}", f64::from_bits(*bits));
                f.write_str(text.strip_suffix(".0").unwrap_or(&text))
            }
        }
    }
}
