//! What has been done in a run, by phase.

use crate::canonical::canonical_json;
use crate::error::Error;
use crate::files::parse_checked;
use crate::id::Digest;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The phases of a run, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Results of an older pipeline imported.
    Import,
    /// Bars frozen and sealed.
    Data,
    /// Hyperparameters tuned.
    Tuning,
    /// The best trials cross-validated, one chosen.
    CrossValidation,
    /// The final model fitted and tested.
    Final,
    /// The run checked for leaks.
    Audit,
    /// The report written.
    Report,
}

impl Phase {
    /// All phases, in order.
    pub const ALL: [Phase; 7] = [
        Phase::Import,
        Phase::Data,
        Phase::Tuning,
        Phase::CrossValidation,
        Phase::Final,
        Phase::Audit,
        Phase::Report,
    ];

    /// The written name.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Import => "import",
            Phase::Data => "data",
            Phase::Tuning => "tuning",
            Phase::CrossValidation => "cross_validation",
            Phase::Final => "final",
            Phase::Audit => "audit",
            Phase::Report => "report",
        }
    }
}

/// What has been done in a run: the pointers from its directory into the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRecord {
    /// The run's name.
    pub run: String,
    /// The configuration last used, as a document that only its readers understand; null for an imported run that no
    /// phase has continued yet.
    pub config: Option<Value>,
    /// The finished phases.
    pub phases: BTreeMap<Phase, PhaseRecord>,
}

impl RunRecord {
    /// A run in which no phase is finished yet.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`], naming the setting, for a number that JSON would change.
    pub fn new(run: &str, config: &impl Serialize) -> Result<Self, Error> {
        // Check before converting: in a `Value`, a number that is not finite would be null.
        canonical_json(config)?;
        let config = serde_json::to_value(config).map_err(|source| Error::Canonical { source })?;
        Ok(Self { run: run.to_owned(), config: Some(config), phases: BTreeMap::new() })
    }

    /// A run that holds the results of an older pipeline, and that no phase has continued yet.
    pub fn imported(run: &str, done: PhaseRecord) -> Self {
        Self { run: run.to_owned(), config: None, phases: BTreeMap::from([(Phase::Import, done)]) }
    }

    /// Reads the text of a record, and checks its digest; `what` names it in errors. Whether the configuration still
    /// suits today's programs is for its readers to decide.
    ///
    /// # Errors
    ///
    /// [`Error::Json`], or [`Error::Invalid`] when it was changed by hand or by accident.
    pub fn parse(text: &[u8], what: &str) -> Result<Self, Error> {
        parse_checked(text, what)
    }

    /// The record of a phase, if it finished with exactly these inputs.
    pub fn done(&self, phase: Phase, key: Digest) -> Option<&PhaseRecord> {
        self.phases.get(&phase).filter(|done| done.key == key)
    }

    /// An output of a finished phase.
    pub fn output(&self, phase: Phase, name: &str) -> Option<Digest> {
        self.phases.get(&phase)?.outputs.get(name).copied()
    }
}

/// A finished phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhaseRecord {
    /// The digest of the phase's input ids, settings and engine version.
    pub key: Digest,
    /// The objects it produced, by name.
    pub outputs: BTreeMap<String, Digest>,
}

impl PhaseRecord {
    /// A phase that finished with `key` and produced these objects.
    pub fn new<const N: usize>(key: Digest, outputs: [(&str, Digest); N]) -> Self {
        Self { key, outputs: outputs.into_iter().map(|(name, id)| (name.to_owned(), id)).collect() }
    }
}
