//! Search spaces: the values that a study may try.
//!
//! A [`Space`] is a list of named parameters, each with its [`Domain`]. A parameter may depend on the value of an
//! earlier one, and combinations of values may be ruled out. The hyperparameters of the task and of the chosen model,
//! [`Searched`], form one such space: [`HyperparameterSpace`].

mod builder;
mod hyperparameters;
mod searched;
mod space;
mod task;

pub use builder::{SpaceBuilder, SpaceError};
pub use hyperparameters::{EmptySpace, HyperparameterSpace};
pub(crate) use searched::MODEL;
pub use searched::Searched;
pub use settings::part::{Axis, Domain, DomainFault};
pub use space::{Condition, Dimension, Point, PointError, Space};

#[cfg(test)]
pub(crate) use hyperparameters::tests as hyperparameters_tests;
