//! What the caller knows of a file and the file may not say.

use crate::date_format::DateFormat;
use crate::field::Field;
use std::collections::BTreeMap;

/// What the caller knows of a file and the file may not say. The default knows nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reading {
    /// The ticker, where neither a column nor the layout gives one.
    pub ticker: Option<String>,
    /// Where the columns are.
    pub names: Names,
    /// How dates are written. Without it, all dates of the file decide.
    pub date_format: Option<DateFormat>,
    /// Headers of further columns of numbers to read.
    pub own: Vec<String>,
}

/// Where the columns are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Names {
    /// The header names them.
    #[default]
    Found,
    /// The headers of some fields; those of the others are found.
    Mapped(BTreeMap<Field, String>),
    /// The file has no header line: the names of all its columns, in order. They are read as headers would be, and a name
    /// that stands for no field is ignored. Values are read as written: the daily prices of QuantConnect Lean, for
    /// example, are in ten-thousandths, and whoever reads them has to divide.
    Listed(Vec<String>),
}
