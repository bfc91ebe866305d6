//! What a metric is.

use crate::unit::Unit;
use artifact_core::Params;
use artifact_core::schema::Evaluation;
use settings::part::Part;

/// A figure of an evaluation that can be maximised.
pub trait Metric: Part {
    /// The figure; finite, and larger is better. `params` are complete.
    fn value(&self, evaluation: &Evaluation, params: &Params) -> f64;

    /// How it is called in running text. By default its name, with spaces.
    fn title(&self) -> String {
        self.declaration().name.replace('_', " ")
    }

    /// How it is written.
    fn unit(&self) -> Unit {
        Unit::Number { decimals: 4 }
    }
}
