//! The first freeze of a run.

use crate::freeze::Input;
use anyhow::Context as _;
use artifact_core::schema::SealId;
use artifact_core::{Run, Workspace};
use settings::Config;

/// How many faults are listed one by one on standard error.
const NAMED_FAULTS: usize = 10;

/// The outcome of the command.
pub(super) struct FrozenRun {
    /// The run that holds the bars.
    pub(super) run: Run,
    /// Its seal, which says where the test rows begin.
    pub(super) seal: SealId,
    /// Whether the bars had been frozen before.
    pub(super) nothing_done: bool,
}

/// Freezes the bars of a run that has none, and logs their faults.
pub(super) fn first_time(
    workspace: &Workspace,
    run: &Run,
    config: &Config,
    input: Input,
) -> anyhow::Result<FrozenRun> {
    let made = input.freeze(&workspace.store(), config);
    let (id, seal) = made.with_context(|| format!("failed to freeze the bars of run {}", run.name()))?;
    for fault in seal.faults.iter().take(NAMED_FAULTS) {
        tracing::warn!("{fault}");
    }
    if let Some(more @ 1..) = seal.faults.len().checked_sub(NAMED_FAULTS) {
        let faults = if more == 1 { "fault is" } else { "faults are" };
        tracing::warn!("{more} more {faults} listed in the seal");
    }
    Ok(FrozenRun { run: run.clone(), seal: id, nothing_done: false })
}
