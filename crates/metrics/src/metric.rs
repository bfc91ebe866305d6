//! What a metric is.

use crate::unit::Unit;
use artifact_core::Params;
use artifact_core::schema::Evaluation;
use settings::part::Part;

/// What a metric needs to be predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Classes or numbers; a number's class is its sign.
    Anything,
    /// Classes.
    Classes,
    /// Numbers: values or quantiles.
    Numbers,
}

/// A figure of an evaluation that can be maximised.
pub trait Metric: Part {
    /// The figure: finite, and larger is better. `params` have their defaults filled in.
    fn value(&self, evaluation: &Evaluation, params: &Params) -> f64;

    /// Its name in running text; by default the declared name, with spaces for underscores.
    fn title(&self) -> String {
        self.declaration().name.replace('_', " ")
    }

    /// What has to be predicted for it to say anything; by default it does not matter.
    fn needs(&self) -> Needs {
        Needs::Anything
    }

    /// How its values are written; by default as a number with four decimals.
    fn unit(&self) -> Unit {
        Unit::Number { decimals: 4 }
    }
}
