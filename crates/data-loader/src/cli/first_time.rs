//! The first freeze of a run.

use crate::freeze::Input;
use anyhow::Context as _;
use artifact_core::schema::SealId;
use artifact_core::{Run, Workspace};
use figures::{Reason, advice};
use settings::Config;

/// The outcome of the command.
pub(super) struct FrozenRun {
    /// The run that holds the bars.
    pub(super) run: Run,
    /// Its seal, which says where the test rows begin.
    pub(super) seal: SealId,
    /// Whether the bars had been frozen before.
    pub(super) nothing_done: bool,
}

/// Freezes the bars of a run that has none, and logs what was found in them, by reason, and what to do about large losses.
pub(super) fn first_time(
    workspace: &Workspace,
    run: &Run,
    config: &Config,
    input: Input,
) -> anyhow::Result<FrozenRun> {
    let made = input.freeze(&workspace.store(), config);
    let (id, seal) = made.with_context(|| format!("failed to freeze the bars of run {}", run.name()))?;
    for line in Reason::all(&seal.faults).iter().flat_map(Reason::lines) {
        tracing::warn!("{line}");
    }
    for line in advice(&seal) {
        tracing::warn!("{line}");
    }
    Ok(FrozenRun { run: run.clone(), seal: id, nothing_done: false })
}
