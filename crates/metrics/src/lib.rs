//! Metrics: the figures by which epochs, trials and configurations are compared.
//!
//! A custom metric implements [`Metric`] and is added to the catalog that is passed to the phases. It is computed
//! from an [`Evaluation`] alone, so that the audit can recompute it from what is stored.
//!
//! ```
//! use metrics::{Evaluation, Metric, Unit, builtin};
//! use artifact_core::Params;
//! use settings::part::{Declaration, Part};
//! use std::sync::Arc;
//!
//! struct Recall;
//!
//! impl Part for Recall {
//!     fn declaration(&self) -> Declaration {
//!         Declaration::new("recall_of_up", "The share of rises that are predicted.")
//!     }
//! }
//!
//! impl Metric for Recall {
//!     fn value(&self, evaluation: &Evaluation, _params: &Params) -> f64 {
//!         let row = evaluation.confusion[1];
//!         row[1] as f64 / row.iter().sum::<u64>().max(1) as f64
//!     }
//!
//!     fn unit(&self) -> Unit {
//!         Unit::Share
//!     }
//! }
//!
//! let mut metrics = builtin();
//! metrics.add(Arc::new(Recall));
//! assert!(metrics.choose(&"recall_of_up".into()).is_ok());
//! ```

mod classification;
mod metric;
mod numbers;
mod ranking;
mod trading;
mod unit;

pub use artifact_core::schema::Evaluation;
pub use metric::{AcrossTasks, Metric, Needs};
pub use ranking::{Ranking, Scored, is_comparable};
pub use unit::Unit;

use classification::{Accuracy, BalancedAccuracy, LogLossSkill, MacroF1, Mcc, MccPooled, NegativeLogLoss};
use numbers::NumberMetric;
use settings::part::Catalog;
use std::sync::Arc;
use trading::{Figures, MeanReturn, Sharpe};

/// The metrics of this crate.
pub fn builtin() -> Catalog<dyn Metric> {
    let mut metrics: Catalog<dyn Metric> = Catalog::new("metric");
    metrics.add(Arc::new(Mcc));
    metrics.add_earlier(Arc::new(MccPooled::EARLIER));
    metrics.add(Arc::new(MccPooled::NOW));
    metrics.add(Arc::new(Accuracy));
    metrics.add(Arc::new(BalancedAccuracy));
    metrics.add(Arc::new(MacroF1));
    metrics.add(Arc::new(NegativeLogLoss));
    metrics.add(Arc::new(LogLossSkill));
    metrics.add(Arc::new(Sharpe(Figures::Strategy)));
    metrics.add_earlier(Arc::new(Sharpe(Figures::Trading)));
    metrics.add(Arc::new(MeanReturn(Figures::Strategy)));
    metrics.add_earlier(Arc::new(MeanReturn(Figures::Trading)));
    for metric in NumberMetric::ALL {
        metrics.add(Arc::new(metric));
    }
    metrics
}
