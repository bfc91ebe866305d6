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

use artifact_core::Phase;

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
