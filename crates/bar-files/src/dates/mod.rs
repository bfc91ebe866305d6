//! Dates as files write them.
//!
//! A cell alone does not always tell its date: `1/4/1999` is in January or in April. So every cell is first taken apart
//! into a [`Shape`](shape::Shape) and numbers, all cells of the file settle the form ([`survey`]), and only then are they
//! read ([`form`]).

pub(crate) mod clock;
pub(crate) mod form;
pub(crate) mod shape;
pub(crate) mod survey;
