//! Plans on made-up stores, and a model that is followed step by step.

mod model;
mod plans;
