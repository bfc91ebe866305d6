//! Parts: exchangeable pieces of the pipeline, declared once and chosen by name.
//!
//! A part is a source, feature, target, scaler, splitter, model, metric, sampler, pruner or report section. The trait
//! of each kind is in the crate that calls it; what all kinds share is here:
//!
//! ```text
//! Declaration          a part's name, what it does, and its parameters                    (written next to its code)
//! Catalog              the parts of one kind, by name                                     (passed in by the caller)
//! PartSetting          an entry of the configuration file: "rsi", or { name = "rsi", window = 21 }
//!    └─ choose         looked up in the catalog and checked against the declaration
//! Chosen               the part with complete parameters, ready to be called, and the `Component` that is stored
//! ```

mod axis;
mod catalog;
mod declaration;
mod domain;
mod passed_on;
mod setting;

pub use axis::Axis;
pub use catalog::{Catalog, Chosen, Part, PartError};
pub use declaration::{Constraint, Declaration, Kind, ParamError, Parameter};
pub use domain::{Domain, DomainFault};
pub use passed_on::PassedOn;
pub use setting::{PartSetting, one_or_list};
