//! Where bars come from.
//!
//! A source is a [`Part`](settings::part::Part) that reads the bars of all tickers; [`quality`](crate::quality) and
//! [`panel`](crate::panel) do the rest.

mod error;
pub mod files;
pub mod sample;
pub mod series;
mod sessions;
mod source;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub(crate) mod sql;
pub mod synthetic;
#[cfg(feature = "yahoo")]
mod yahoo;

pub use error::SourceError;
pub use source::{Actions, RawBar, RawBars, RawCell, RawColumn, Source, SourceBars, SourceRequest};

use settings::part::Catalog;
use std::sync::Arc;

/// The sources of this crate.
pub(crate) fn builtin() -> Catalog<dyn Source> {
    let mut catalog: Catalog<dyn Source> = Catalog::new("source");
    catalog.add(Arc::new(sample::Sample));
    catalog.add(Arc::new(files::Files));
    catalog.add(Arc::new(synthetic::Synthetic));
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    catalog.add(Arc::new(sql::Sql::default()));
    #[cfg(feature = "yahoo")]
    catalog.add(Arc::new(yahoo::Yahoo));
    catalog
}
