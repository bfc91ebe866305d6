//! What a linear model minimises.

use super::error::Error;
use crate::Targets;

/// The loss that a linear model minimises, always with half the penalty times the sum of squared weights added.
///
/// Rows count by their weights, which are divided by their sum. Intercepts are not penalised.
#[derive(Debug, Clone, PartialEq)]
pub enum Objective {
    /// Multinomial logistic regression: the mean negative log-likelihood, in nats, of [`Targets::Classes`]. One output
    /// per class, also for two classes; a class's probability is the softmax of the outputs.
    ///
    /// The weights of a column, and the intercepts, sum to 0 over the classes (before they are rounded). Two classes
    /// with weights `-w/2` and `w/2` are the logistic regression on `w` with half the penalty.
    Logistic,
    /// Ridge regression: half the mean squared error of [`Targets::Values`]. One output.
    Squared,
    /// Quantile regression: the mean pinball loss of [`Targets::Values`] at levels strictly between 0 and 1, summed
    /// over the levels. One output per level; each is fitted on its own, so that quantiles may cross.
    Quantiles(Vec<f64>),
}

impl Objective {
    /// The number of outputs, given the targets, which must be of the kind that the objective needs.
    pub(super) fn check(&self, targets: &Targets) -> Result<usize, Error> {
        match (self, targets) {
            (Objective::Logistic, &Targets::Classes { classes, .. }) => {
                if (2..=256).contains(&classes) {
                    Ok(classes)
                } else {
                    Err(Error::Classes { found: classes })
                }
            }
            (Objective::Squared, Targets::Values(_)) => Ok(1),
            (Objective::Quantiles(levels), Targets::Values(_)) => {
                let inside = |level: &f64| *level > 0.0 && *level < 1.0;
                if !levels.is_empty() && levels.iter().all(inside) {
                    Ok(levels.len())
                } else {
                    Err(Error::Levels { found: levels.clone() })
                }
            }
            (Objective::Logistic, _) => Err(Error::Kind { objective: "Logistic", expected: "classes" }),
            (Objective::Squared, _) => Err(Error::Kind { objective: "Squared", expected: "values" }),
            (Objective::Quantiles(_), _) => Err(Error::Kind { objective: "Quantiles", expected: "values" }),
        }
    }
}
