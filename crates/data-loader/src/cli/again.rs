//! A run whose frozen bars are lost: the same bars are frozen again.

use super::first_time::{FrozenRun, first_time};
use crate::freeze::Input;
use anyhow::bail;
use artifact_core::schema::{Seal, SealId};
use artifact_core::{Error, ObjectStore, Run, Workspace, load, load_whole, unless_lost};
use settings::Config;

/// Whether seal, snapshots and rows of a frozen run are all there; a warning says what is not.
pub(super) fn is_whole(store: &dyn ObjectStore, seal: SealId) -> Result<bool, Error> {
    let bars = || {
        let seal: Seal = load(store, seal)?;
        load_whole(store, seal.snapshot)?;
        load_whole(store, seal.development).map(drop)
    };
    Ok(unless_lost("freezing the bars", bars())?.is_some())
}

/// Freezes what the source gives now, which has to be what the run has frozen.
pub(super) fn freeze_again(
    workspace: &Workspace,
    run: &Run,
    config: &Config,
    input: Input,
    seal: SealId,
) -> anyhow::Result<FrozenRun> {
    let made = first_time(workspace, run, config, input)?;
    if made.seal != seal {
        bail!(
            "the frozen bars of run {} (seal {}) are lost, and its source or this version of the program now gives others \
             (seal {}); restore the store from a copy, or freeze these bars under another --run",
            run.name(),
            seal.short(),
            made.seal.short()
        );
    }
    Ok(made)
}
