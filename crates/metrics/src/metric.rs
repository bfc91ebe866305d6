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

/// Whether a metric's values can be compared between tasks. A task is what is predicted: target, label window and threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AcrossTasks {
    /// They cannot: the value that is reached without skill differs from task to task.
    Incomparable,
    /// They can: without skill the value is 0, whatever the task.
    Comparable,
    /// They cannot, but those of the metric of this name can, and it ranks the trials of any one task alike.
    ComparableAs(&'static str),
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

    /// Whether its values can be compared between tasks, as a study that searches `time_window` does. By default they cannot,
    /// which is right unless somebody has made sure of the contrary: a metric of your own says [`AcrossTasks::Comparable`]
    /// if its value is 0 for every model without skill, whatever the frequencies of the classes, the spread of the labels
    /// and their overlap.
    fn across_tasks(&self) -> AcrossTasks {
        AcrossTasks::Incomparable
    }

    /// How its values are written; by default as a number with four decimals.
    fn unit(&self) -> Unit {
        Unit::Number { decimals: 4 }
    }
}
