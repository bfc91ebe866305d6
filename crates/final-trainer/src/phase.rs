//! The inputs of the phase.

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
    /// The parts that apply the stored preprocessing.
    pub data: &'a DataParts,
    /// The models and metrics that the stored configuration names.
    pub models: &'a ModelParts,
    /// The test ledger.
    pub ledger: &'a Ledger,
    /// The id of the chosen configuration.
    pub best_id: BestConfigurationId,
    /// The chosen configuration, as read from its file.
    pub best: &'a BestConfiguration,
    /// Where running fits are saved.
    pub checkpoints: &'a Checkpoints,
    /// The id of the frozen plan.
    pub plan_id: FrozenPlanId,
    /// The current settings, which must be the frozen ones.
    pub config: &'a Config,
    /// The current time in UTC (RFC 3339), for the ledger.
    pub clock: &'a dyn Fn() -> String,
}
