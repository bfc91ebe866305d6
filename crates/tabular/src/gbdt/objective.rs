//! What a fit minimises.

use crate::Targets;
use crate::gbdt::error::Error;
use std::sync::Arc;

/// What a fit minimises.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Objective {
    /// The cross-entropy of classes, one output each, whose scores are unnormalised logarithms of probabilities. Takes
    /// [`Targets::Classes`].
    Softmax,
    /// The squared error of one output. Takes [`Targets::Values`].
    Squared,
    /// The pinball losses of quantiles at these levels, each above 0 and below 1, one output each. Takes
    /// [`Targets::Values`]. Outputs are fitted independently, so that neighbouring quantiles may cross.
    Quantiles(Vec<f64>),
}

/// An objective with targets that fit it.
#[derive(Debug, Clone)]
pub(crate) enum Problem {
    Softmax { of: Arc<[u8]>, classes: usize },
    Squared(Arc<[f32]>),
    Quantiles(Arc<[f32]>, Vec<f64>),
}

impl Problem {
    /// Checks the targets of so many rows against the objective.
    pub(crate) fn new(objective: &Objective, targets: Targets, rows: usize) -> Result<Self, Error> {
        if targets.len() != rows {
            return Err(Error::Length { what: "targets", found: targets.len(), expected: rows });
        }
        match (objective, targets) {
            (Objective::Softmax, Targets::Classes { of, classes }) => {
                if !(2..=256).contains(&classes) {
                    let expected = "from 2 to 256";
                    return Err(Error::Setting { name: "classes", found: classes.to_string(), expected });
                }
                check(&of, |&class| usize::from(class) < classes, &format!("a class below {classes}"))?;
                Ok(Self::Softmax { of, classes })
            }
            (Objective::Squared, Targets::Values(values)) => {
                check(&values, |value| value.is_finite(), "finite")?;
                Ok(Self::Squared(values))
            }
            (Objective::Quantiles(levels), Targets::Values(values)) => {
                if levels.is_empty() || levels.iter().any(|&level| !(level > 0.0 && level < 1.0)) {
                    let expected = "one or more levels above 0 and below 1";
                    return Err(Error::Setting { name: "quantiles", found: format!("{levels:?}"), expected });
                }
                check(&values, |value| value.is_finite(), "finite")?;
                Ok(Self::Quantiles(values, levels.clone()))
            }
            (Objective::Softmax, _) => Err(Error::Targets { objective: "Softmax", expected: "Classes" }),
            (Objective::Squared, _) => Err(Error::Targets { objective: "Squared", expected: "Values" }),
            (Objective::Quantiles(_), _) => {
                Err(Error::Targets { objective: "Quantiles", expected: "Values" })
            }
        }
    }

    /// The number of outputs.
    pub(crate) fn outputs(&self) -> usize {
        match self {
            Self::Softmax { classes, .. } => *classes,
            Self::Squared(_) => 1,
            Self::Quantiles(_, levels) => levels.len(),
        }
    }
}

fn check<T: ToString>(targets: &[T], fits: impl Fn(&T) -> bool, expected: &str) -> Result<(), Error> {
    let Some(row) = targets.iter().position(|target| !fits(target)) else { return Ok(()) };
    Err(Error::Target { row, found: targets[row].to_string(), expected: expected.to_owned() })
}
