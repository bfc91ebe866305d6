//! Fitting a differentiable model by gradient steps.

mod origin;
mod run;
mod slices;

pub(crate) use run::Run;
