//! `holdfast doctor`: the program's version and parts, and whether the workspace is usable.

use crate::Registry;
use artifact_core::Workspace;
use clap::Args;
use settings::cli::output;
use std::io::Write as _;
use std::path::PathBuf;

/// Options of `holdfast doctor`.
#[derive(Debug, Clone, Args)]
pub(crate) struct DoctorArgs {
    /// Directory with store, ledger and runs
    #[arg(long, value_name = "DIR", env = "HOLDFAST_WORKSPACE", default_value = "holdfast")]
    workspace: PathBuf,
}

impl DoctorArgs {
    /// Prints what it finds, and changes nothing.
    pub(crate) fn run(self, registry: &Registry) -> anyhow::Result<()> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let engine = trainer_core::ENGINE_VERSION;
        let mut out = output();
        writeln!(out, "version      {}, engine {engine}", env!("CARGO_PKG_VERSION"))?;
        writeln!(out, "processor    {}, {threads} threads", std::env::consts::ARCH)?;
        writeln!(out, "workspace    {}", self.workspace())?;
        for (kind, names) in parts(registry) {
            writeln!(out, "{kind:<13}{}", names.join(", "))?;
        }
        Ok(())
    }

    fn workspace(&self) -> String {
        let path = self.workspace.display();
        if !self.workspace.exists() {
            return format!("{path} does not exist yet; the first run creates it");
        }
        let runs = match Workspace::new(&self.workspace).runs() {
            Ok(runs) => runs.len(),
            Err(error) => return format!("{path} cannot be read: {error}"),
        };
        // Tried, since permission bits say nothing about read-only mounts; the file has no name to leave behind.
        match tempfile::tempfile_in(&self.workspace) {
            Ok(_) => format!("{path}, {runs} runs, writable; `holdfast artifact fsck` checks every object"),
            Err(error) => format!("{path}, {runs} runs, not writable: {error}"),
        }
    }
}

/// The registered names by kind.
fn parts(registry: &Registry) -> Vec<(&'static str, Vec<&str>)> {
    let Registry { data, training, search, fold_pruners, sections, passwords: _ } = registry;
    vec![
        ("sources", data.sources.names().collect()),
        ("features", data.features.names().collect()),
        ("targets", data.targets.names().collect()),
        ("splitters", data.splitters.names().collect()),
        ("scalers", data.scalers.names().collect()),
        ("models", training.models.names().collect()),
        ("metrics", training.metrics.names().collect()),
        ("samplers", search.samplers.names().collect()),
        ("pruners", search.pruners.names().collect()),
        ("fold pruners", fold_pruners.names().collect()),
        ("report", sections.iter().map(|section| section.id()).collect()),
    ]
}
