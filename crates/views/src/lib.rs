//! Views: the files that people and other programs read, derived from the store.
//!
//! One function per phase builds its views, both for the phase itself and for rebuilding them later:
//!
//! | phase | function | files |
//! |---|---|---|
//! | tuning | [`tuning()`] | `trial_results.json` |
//! | cross-validation | [`cross_validation()`] | `extended_training_results.json`, `best_configuration_artifacts.json` |
//! | the same | [`frozen_plan()`] | `frozen_plan.json` |
//! | final | [`final_model()`] | `final_model/` |
//! | audit | [`leak_certificate()`] | `leak_certificate.json` |
//!
//! The report's page is stored verbatim and restored from there.

use artifact_core::Version;

/// Every version of the views that are not stored objects, oldest first: `trial_results.json`,
/// `extended_training_results.json`, and `config.json` and `metrics.json` of a final model.
pub const VERSIONS: &[Version] = &[
    Version { major: 2, minor: 0, change: "Views are derived from stored objects and name them by id." },
    Version::COMPONENTS,
    Version {
        major: 3,
        minor: 1,
        change: "Figures of predicted numbers, where a target is one; weights of samples, several seeds and columns of one's \
                 own, where there are any.",
    },
    Version {
        major: 4,
        minor: 0,
        change: "Figures as in version 4.0 of trials and cross-validations, and 3.0 of model bundles; the verdict in metrics.json.",
    },
    Version {
        major: 4,
        minor: 1,
        change: "The units of trial_results.json: what the numbers of its trials are, field by field. The bias of stopping; bid-ask spread \
                 and market impact, where they are charged; backtest paths and temperatures.",
    },
    Version {
        major: 4,
        minor: 2,
        change: "In config.json of a final model, the data settings of its run, and the digests of the directory's files \
                 and of itself.",
    },
];

/// The major version that is written.
pub const VERSION: u64 = VERSIONS[VERSIONS.len() - 1].major;

mod cross_validation;
mod file;
mod final_model;
#[cfg(feature = "schema")]
pub mod json_schema;
mod leak_certificate;
mod object;
mod rebuild;
mod tuning;
mod units;

pub use cross_validation::{ExtendedResult, ExtendedResults, cross_validation, frozen_plan};
pub use file::{ViewFile, ViewState, write_all};
pub use final_model::{BundleConfig, BundleMetrics, Lineage, ModelDirectory, final_model, trials_before};
pub use leak_certificate::leak_certificate;
pub use object::{
    ObjectView, object_bytes, parse_canonical, parse_object, read_best_configuration, read_object,
    stored_object, write_object,
};
pub use rebuild::{PhaseViews, of_run};
pub use tuning::{TrialArtifacts, TrialResult, TrialResults, tuning};
pub use units::{FieldUnit, LossSettings, NumberOrField};
