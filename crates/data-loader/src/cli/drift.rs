//! Freezing again a run whose source or data settings have changed since.

use super::first_time::{FrozenRun, first_time};
use crate::drift::Drift;
use crate::freeze::Input;
use anyhow::Context as _;
use artifact_core::schema::{Seal, SealId, SnapshotId};
use artifact_core::{Phase, Run, Workspace, load};
use settings::Config;
use settings::cli::{ValidationError, document_output};
use std::io::Write as _;

/// How much of the new snapshot's id goes into the name of its run.
const NAME_DIGITS: usize = 8;

/// A frozen run whose input is no longer the one it was frozen from.
pub(super) struct Drifted<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) run: &'a Run,
    pub(super) config: &'a Config,
    /// The seal of the bars that were frozen.
    pub(super) seal: SealId,
    /// The command that the user ran, for advice.
    pub(super) command: &'a str,
}

impl Drifted<'_> {
    /// Keeps the seal if only the files changed; refuses changed bars, or with `accept_drift` freezes them in a run of
    /// their own.
    pub(super) fn handle(self, input: Input, accept_drift: bool, json: bool) -> anyhow::Result<FrozenRun> {
        let Self { workspace, run, config, seal: seal_id, command } = self;
        let store = workspace.store();
        let seal: Seal = load(&store, seal_id)?;
        let panel = input
            .clone()
            .panel(config)
            .with_context(|| format!("failed to check and align the current bars of run {}", run.name()))?;
        let panel = panel.panel;
        let Some(drift) = Drift::of(&store, &seal, &panel)? else {
            tracing::info!("the files have changed, but the bars have not");
            return Ok(FrozenRun { run: run.clone(), seal: seal_id, nothing_done: true });
        };
        if accept_drift {
            return accept(workspace, run, config, input, drift.present);
        }
        if json {
            let document = serde_json::json!({"run": run.name(), "drift": drift});
            writeln!(document_output(), "{document:#}")?;
        }
        Err(ValidationError(refusal(run.name(), &drift, command)).into())
    }
}

/// Why changed bars are refused, and how to go on.
fn refusal(run: &str, drift: &Drift, command: &str) -> String {
    let accept = format!("run `{command} --accept-drift` with the same options");
    match &drift.extension {
        Some(extension) => format!(
            "the bars of run {run} have grown since they were frozen: {extension}\n  the run stays as it is; to apply its \
             model to the new rows, use `holdfast predict`; to tune and train with them as a separate run, {accept}"
        ),
        None => format!(
            "the bars of run {run} have changed since they were frozen, and its results belong to the old bars: {drift}\n  \
             restore the files, or, to freeze the current bars as a separate run, {accept}"
        ),
    }
}

/// Freezes the current bars as a separate run; the old run, and all that was made from it, stays untouched.
fn accept(
    workspace: &Workspace,
    run: &Run,
    config: &Config,
    input: Input,
    present: SnapshotId,
) -> anyhow::Result<FrozenRun> {
    let name = format!("{}-{}", run.name(), &present.digest().to_string()[..NAME_DIGITS]);
    let separate = workspace.run(&name);
    let known = separate.record()?.and_then(|record| record.output(Phase::Data, "seal"));
    if let Some(seal) = known {
        return Ok(FrozenRun { run: separate, seal: SealId::new(seal), nothing_done: true });
    }
    let _lock = separate.lock()?;
    tracing::warn!("run {} keeps the bars it was frozen with; run {name} has the current ones", run.name());
    first_time(workspace, &separate, config, input)
}
