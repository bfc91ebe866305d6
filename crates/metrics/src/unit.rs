//! How figures are written.

/// How a metric's values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A plain number.
    Number {
        /// The digits after the decimal point.
        decimals: usize,
    },
    /// A share from 0 to 1, written in percent.
    Share,
    /// A return, written in basis points: 0.0001 is 1.
    BasisPoints,
}

impl Unit {
    /// The factor by which to multiply a value that is written without its unit, as on an axis.
    pub fn scale(self) -> f64 {
        match self {
            Unit::Number { .. } | Unit::Share => 1.0,
            Unit::BasisPoints => 1e4,
        }
    }
}
