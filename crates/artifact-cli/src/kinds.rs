//! Relations between the kinds of artifacts.

use artifact_core::schema::{
    BestConfiguration, CrossValidation, FrozenPlan, ImportedStudy, ImportedTrial, LeakCertificate,
    ModelBundle, Preprocessing, Seal, Snapshot, SplitPlan, Study, Trial,
};
use artifact_core::{Digest, Error, Payload};
use serde_json::Value;

/// The kinds that the parents of `kind` may have.
pub(crate) fn parent_kinds(kind: &str) -> &'static [&'static str] {
    match kind {
        Seal::KIND | SplitPlan::KIND => &[Snapshot::KIND],
        Preprocessing::KIND => &[Snapshot::KIND, SplitPlan::KIND],
        Trial::KIND => &[Snapshot::KIND, SplitPlan::KIND, Preprocessing::KIND],
        Study::KIND => &[Seal::KIND, Trial::KIND],
        CrossValidation::KIND => &[Trial::KIND, ImportedTrial::KIND, SplitPlan::KIND, Preprocessing::KIND],
        BestConfiguration::KIND => &[
            Seal::KIND,
            Study::KIND,
            ImportedStudy::KIND,
            Trial::KIND,
            ImportedTrial::KIND,
            CrossValidation::KIND,
        ],
        FrozenPlan::KIND => &[BestConfiguration::KIND, Seal::KIND],
        ModelBundle::KIND => &[BestConfiguration::KIND],
        LeakCertificate::KIND => &[Seal::KIND, Study::KIND, BestConfiguration::KIND, ModelBundle::KIND],
        ImportedStudy::KIND => &[ImportedTrial::KIND],
        _ => &[],
    }
}

/// The size of a snapshot's row in bytes: those of its date or moment, then 8 for each value.
pub(crate) fn row_bytes(snapshot: &Snapshot) -> usize {
    snapshot.stamp_bytes() + 8 * snapshot.tickers.len() * snapshot.columns.len()
}

/// Parses the bytes of an envelope as a JSON document.
pub(crate) fn document(id: Digest, bytes: &[u8]) -> Result<Value, Error> {
    serde_json::from_slice(bytes).map_err(|source| Error::Json { what: format!("object {id}"), source })
}
