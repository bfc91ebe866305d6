//! How the object store scales.

use artifact_core::{ObjectStore as _, Workspace};
use clap::Args;
use serde_json::{Value, json};
use std::time::Instant;

#[derive(Debug, Args)]
pub(crate) struct StoreArgs {
    /// The number of objects
    #[arg(long)]
    objects: usize,
}

/// Seconds to put this many small objects, to list them all, and to read each back.
pub(crate) fn measure(args: &StoreArgs) -> anyhow::Result<Value> {
    let directory = tempfile::tempdir()?;
    let store = Workspace::new(directory.path()).store();
    let start = Instant::now();
    let ids: Vec<_> = (0..args.objects)
        .map(|number| store.put(format!("object {number} {:>400}", number * 7919).as_bytes()))
        .collect::<Result<_, _>>()?;
    let put = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let listed = store.list()?.len();
    anyhow::ensure!(listed == args.objects, "the store lists {listed} objects, expected {}", args.objects);
    let list = start.elapsed().as_secs_f64();
    let start = Instant::now();
    for id in &ids {
        store.get(id)?;
    }
    let get = start.elapsed().as_secs_f64();
    Ok(json!({ "put_seconds": put, "list_seconds": list, "get_seconds": get }))
}
