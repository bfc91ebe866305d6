//! Plans for made-up surveys, and a model-based test of clean-up.

mod model;
mod plans;
