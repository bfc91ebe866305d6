//! Targets: what is to be predicted, as a class or a number by decision row, and the trade behind it.

mod barrier;
mod barriers;
mod by_row;
mod entry;
mod excursion;
mod first_touch;
mod forward_return;
mod horizon;
mod label_matrix;
mod meta;
mod prices;
mod target;
mod target_error;
mod task;
mod volatility;

pub use barrier::Barrier;
pub use entry::Entry;
pub use excursion::Excursion;
pub use first_touch::FirstTouch;
pub use forward_return::{ForwardReturn, Quantiles};
pub use horizon::Horizon;
pub use label_matrix::{Held, LabelMatrix, permute};
pub use meta::Meta;
pub use target::{Class, Exit, Label, MASKED, Outcome, Target};
pub use target_error::TargetError;
pub use task::Task;

use settings::part::Catalog;
use std::sync::Arc;

/// The built-in targets.
pub fn builtin() -> Catalog<dyn Target> {
    let mut catalog: Catalog<dyn Target> = Catalog::new("target");
    catalog.add(Arc::new(Barrier));
    catalog.add(Arc::new(FirstTouch));
    catalog.add(Arc::new(Excursion));
    catalog.add(Arc::new(Horizon));
    catalog.add(Arc::new(Meta));
    catalog.add(Arc::new(ForwardReturn));
    catalog.add(Arc::new(Quantiles));
    catalog
}

#[cfg(test)]
mod tests;
