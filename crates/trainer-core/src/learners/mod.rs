//! The models of this crate by name.

mod ensemble;
mod gbdt;
mod linear;
mod network;
mod per_output;
mod table;

pub use ensemble::with_seeds;
pub use gbdt::GbdtLearner;
pub use linear::LinearLearner;
pub use network::Network;

use crate::learner::Learner;
use crate::model::{
    GruArchitecture, LstmArchitecture, SoftmaxArchitecture, TcnArchitecture, TransformerArchitecture,
};
use settings::part::Catalog;
use std::sync::Arc;

/// The models of this crate.
pub(crate) fn builtin() -> Catalog<dyn Learner> {
    let mut models: Catalog<dyn Learner> = Catalog::new("model");
    models.add(Arc::new(Network(TransformerArchitecture)));
    models.add(Arc::new(Network(GruArchitecture)));
    models.add(Arc::new(Network(LstmArchitecture)));
    models.add(Arc::new(Network(TcnArchitecture)));
    models.add(Arc::new(GbdtLearner));
    models.add(Arc::new(LinearLearner));
    models.add_earlier(Arc::new(Network(SoftmaxArchitecture)));
    models
}
