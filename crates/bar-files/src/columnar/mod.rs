//! Files of typed columns: Parquet and Arrow.
//!
//! Their cells become the texts that [`rows`](crate::rows) reads, so that headers, dates and missing values mean the same
//! as in a text file. A number is written with the digits that are read back as the same bits.

mod cell;
mod headings;
mod ipc;
mod open;
#[cfg(feature = "parquet")]
mod pages;
#[cfg(feature = "parquet")]
mod parquet;
mod sheet;
mod table;

pub(crate) use open::open;
