//! JSON as programs and vendors write tables of bars.

pub(crate) mod alpha_vantage;
pub(crate) mod entries;
pub(crate) mod open;
pub(crate) mod table;
pub(crate) mod yahoo;
