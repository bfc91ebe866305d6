//! The page's sections, one module each.

pub(crate) mod configuration;
pub(crate) mod cross_validation;
pub(crate) mod data;
pub(crate) mod header;
pub(crate) mod learning;
pub(crate) mod lineage;
pub(crate) mod selection;
pub(crate) mod test;
pub(crate) mod tuning;

use crate::format::{basis_points, decimals, percent};
use artifact_core::Phase;
use artifact_core::schema::Objective;

/// Names a part that is not there yet, and what makes it.
pub(crate) fn missing_part(phase: Phase) -> &'static str {
    match phase {
        Phase::Import => "older results; run `artifact import`",
        Phase::Data => "the frozen bars; run `data-loader freeze`",
        Phase::Tuning => "the tuning study; run `tuner run`",
        Phase::CrossValidation => "the cross-validation; run `extended-trainer run`",
        Phase::Final => "the final model and its test figures; run `final-trainer run`",
        Phase::Audit => "the leak audit; run `artifact audit`",
        Phase::Report => "the report; run `report`",
    }
}

/// An objective's name for people.
fn objective_name(objective: Objective) -> &'static str {
    match objective {
        Objective::Mcc => "MCC",
        Objective::Accuracy => "accuracy",
        Objective::BalancedAccuracy => "balanced accuracy",
        Objective::MacroF1 => "macro F1",
        Objective::NegativeLogLoss => "negative log loss",
        Objective::Sharpe => "Sharpe",
        Objective::MeanReturn => "mean return (bps)",
    }
}

/// An objective's value in the unit that [`objective_name`] says.
fn objective_value(objective: Objective, value: f64) -> String {
    match objective {
        Objective::Accuracy | Objective::BalancedAccuracy => percent(value),
        Objective::Sharpe => decimals(value, 2),
        Objective::MeanReturn => basis_points(value),
        Objective::Mcc | Objective::MacroF1 | Objective::NegativeLogLoss => decimals(value, 4),
    }
}

/// An objective's value as drawn on an axis named [`objective_name`].
fn on_axis(objective: Objective, value: f64) -> f64 {
    match objective {
        Objective::MeanReturn => value * 1e4,
        _ => value,
    }
}
