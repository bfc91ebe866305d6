//! A frozen run whose source says something else today.

use super::first_time::{FrozenRun, first_time};
use crate::drift::Drift;
use crate::freeze::Input;
use anyhow::Context as _;
use artifact_core::schema::{Seal, SealId, SnapshotId};
use artifact_core::{Phase, Run, Workspace, load};
use settings::Config;
use settings::cli::ValidationError;
use std::io::Write as _;

/// How much of the new snapshot's id goes into the name of its run.
const NAME_DIGITS: usize = 8;

/// A frozen run, and the source's present answer.
pub(super) struct Drifted<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) run: &'a Run,
    pub(super) config: &'a Config,
    /// The seal of the bars that were frozen.
    pub(super) seal: SealId,
}

impl Drifted<'_> {
    /// Keeps the seal when only the files changed, refuses changed bars, or gives them a run of their own if asked to.
    pub(super) fn handle(self, input: Input, accept_drift: bool, json: bool) -> anyhow::Result<FrozenRun> {
        let Self { workspace, run, config, seal: seal_id } = self;
        let store = workspace.store();
        let seal: Seal = load(&store, seal_id)?;
        let (panel, _) = input
            .clone()
            .panel(config)
            .with_context(|| format!("failed to read the bars of run {} again", run.name()))?;
        let Some(drift) = Drift::of(&store, &seal, &panel)? else {
            tracing::info!("the files have changed, the bars have not");
            return Ok(FrozenRun { run: run.clone(), seal: seal_id, nothing_done: true });
        };
        if accept_drift {
            return accept(workspace, run, config, input, drift.present);
        }
        if json {
            let document = serde_json::json!({"run": run.name(), "drift": drift});
            writeln!(std::io::stdout().lock(), "{document:#}")?;
        }
        Err(ValidationError(format!(
        "the bars of run {} have changed since they were frozen; its results belong to the old ones: {drift}\n  restore \
         the files, or freeze the present bars in a run of their own with --accept-drift",
        run.name()
    ))
    .into())
    }
}

/// The present bars become a run of their own: what was made from the old ones stays as it is, and where it is.
fn accept(
    workspace: &Workspace,
    run: &Run,
    config: &Config,
    input: Input,
    present: SnapshotId,
) -> anyhow::Result<FrozenRun> {
    let name = format!("{}-{}", run.name(), &present.digest().to_string()[..NAME_DIGITS]);
    let beside = workspace.run(&name);
    let known = beside.record()?.and_then(|record| record.output(Phase::Data, "seal"));
    if let Some(seal) = known {
        return Ok(FrozenRun { run: beside, seal: SealId::new(seal), nothing_done: true });
    }
    let _lock = beside.lock()?;
    tracing::warn!("run {} keeps the bars it was frozen with; the present ones are run {name}", run.name());
    first_time(workspace, &beside, config, input)
}
