//! Everything that was imported from one directory of older results.

use super::imported_trial::ensure_json;
use super::{Finding, ImportedTrialId, Place};
use crate::envelope::Payload;
use crate::error::{Invalid, ensure};
use crate::id::{Digest, Id};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Component, Path};
use written::Members;

/// The id of an [`ImportedStudy`].
pub type ImportedStudyId = Id<ImportedStudy>;

/// The name of the study among the outputs of [`Phase::Import`](crate::Phase::Import).
pub const IMPORTED_STUDY: &str = "imported_study";

/// The trials and later results of one older pipeline, and the files they were read from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImportedStudy {
    /// The files, each kept as it was; the first one is the file of the trials.
    pub files: Vec<ImportedFile>,
    /// The trials, in the order of their file.
    pub trials: Vec<ImportedTrialId>,
    /// What was wrong with the files, and with trials when compared with each other.
    pub findings: Vec<Finding>,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImportedFile {
    /// Its path below the directory, with forward slashes.
    pub path: String,
    /// Its bytes.
    pub blob: Digest,
    /// Whether it holds a list of entries or a single one; absent when it could not be read at all.
    pub form: Option<ImportedForm>,
    /// The results of extended training, or the best configuration, that it holds.
    pub results: Vec<ImportedResult>,
}

/// Whether a file holds a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ImportedForm {
    /// A list of entries.
    List,
    /// One entry.
    Single,
}

/// One configuration with its cross-validation, from extended training or as the best configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImportedResult {
    /// The configuration.
    pub config: Members,
    /// The folds; absent when there are none.
    pub cv_results: Option<Vec<Members>>,
    /// Every other key: `avg_accuracy`, `avg_return`, `std_accuracy`, `epochs_trained`, and in a best configuration
    /// `timestamp`, `data_period` and `tickers`.
    pub extra: Members,
    /// What was wrong with it.
    pub findings: Vec<Finding>,
    /// Where it was found.
    pub original: Place,
}

impl ImportedResult {
    /// Whether it is stored as it was found.
    pub fn is_sound(&self) -> bool {
        self.findings.iter().all(Finding::is_remark)
    }

    fn validate(&self, place: &str) -> Result<(), Invalid> {
        ensure_json(&format!("{place}.config"), &self.config)?;
        self.cv_results
            .iter()
            .flatten()
            .try_for_each(|fold| ensure_json(&format!("{place}.cv_results"), fold))?;
        ensure_json(&format!("{place}.extra"), &self.extra)?;
        self.original.validate()
    }
}

impl Payload for ImportedStudy {
    const KIND: &'static str = "imported_study";

    fn parents(&self) -> Vec<Digest> {
        self.trials.iter().map(|id| id.digest()).collect()
    }

    fn blobs(&self) -> Vec<Digest> {
        self.files.iter().map(|file| file.blob).collect()
    }

    fn validate(&self) -> Result<(), Invalid> {
        ensure(!self.files.is_empty(), "files", "empty", "at least one file")?;
        let mut paths = BTreeSet::new();
        for ImportedFile { path, blob, results, .. } in &self.files {
            // An export writes to these paths: none may lead out of its directory.
            let plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
            let below = plain && !path.is_empty() && !path.contains('\\');
            ensure(below, "files.path", format!("{path:?}"), "a path below the directory")?;
            ensure(paths.insert(path), "files.path", format!("{path:?} twice"), "every path once")?;
            for (place, result) in results.iter().enumerate() {
                let field = format!("files[{path}].results[{place}]");
                result.validate(&field)?;
                let found = result.original.blob;
                ensure(
                    found == *blob,
                    &format!("{field}.original.blob"),
                    found,
                    format!("the file's {blob}"),
                )?;
            }
        }
        Ok(())
    }
}
