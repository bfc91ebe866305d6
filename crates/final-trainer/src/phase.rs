//! What the phase works with.

use artifact_core::schema::{BestConfiguration, BestConfigurationId, FrozenPlanId};
use artifact_core::{Ledger, ObjectStore, Run};
use data_loader::DataParts;
use settings::Config;
use trainer_core::{Checkpoints, ModelParts};

/// Phase 3 of a run.
pub struct FinalTrainer<'a> {
    /// The run.
    pub run: &'a Run,
    /// The object store.
    pub store: &'a dyn ObjectStore,
    /// The parts by which the stored preprocessing is applied.
    pub data: &'a DataParts,
    /// The models and metrics, for what is stored.
    pub models: &'a ModelParts,
    /// The test ledger.
    pub ledger: &'a Ledger,
    /// The chosen configuration's object.
    pub best_id: BestConfigurationId,
    /// The chosen configuration, as read from its file.
    pub best: &'a BestConfiguration,
    /// Where fits in flight are saved.
    pub checkpoints: &'a Checkpoints,
    /// The frozen plan's object.
    pub plan_id: FrozenPlanId,
    /// The present settings, which must be the frozen ones.
    pub config: &'a Config,
    /// The present time in UTC (RFC 3339), for the ledger.
    pub clock: &'a dyn Fn() -> String,
}
