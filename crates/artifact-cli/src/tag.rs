//! `artifact tag`: names runs so that clean-up keeps them.

use crate::output;
use crate::resolve::no_run;
use artifact_core::{Error, Tag, Workspace, is_plain_name};
use clap::Args;
use serde_json::json;
use settings::cli::UsageError;

#[derive(Debug, Clone, Args)]
pub(crate) struct TagArgs {
    /// The run
    #[arg(requires = "name")]
    run: Option<String>,
    /// The tag
    name: Option<String>,
    /// Move the tag if it is on another run
    #[arg(long, requires = "name")]
    force: bool,
    /// Delete this tag
    #[arg(long, value_name = "NAME", conflicts_with_all = ["run", "name"])]
    delete: Option<String>,
}

pub(crate) fn run(workspace: &Workspace, args: &TagArgs, as_json: bool) -> anyhow::Result<()> {
    match (&args.delete, &args.run, &args.name) {
        (Some(name), _, _) => delete(workspace, name, as_json),
        (None, Some(run), Some(name)) => tag(workspace, run, name, args.force, as_json),
        _ => list(workspace, as_json),
    }
}

fn list(workspace: &Workspace, as_json: bool) -> anyhow::Result<()> {
    let tags = workspace.tags().list()?;
    if as_json {
        return output::json(&json!(tags));
    }
    if tags.is_empty() {
        return output::text("no tags; create one with `holdfast artifact tag RUN NAME`");
    }
    let mut rows = vec![["tag", "run", "objects"].map(String::from).to_vec()];
    rows.extend(
        tags.iter().map(|(name, tag)| vec![name.clone(), tag.run.clone(), tag.objects().count().to_string()]),
    );
    output::text(&output::table(&rows))
}

fn tag(workspace: &Workspace, run: &str, name: &str, force: bool, as_json: bool) -> anyhow::Result<()> {
    for name in [run, name] {
        checked(name)?;
    }
    // Looked up twice: first without the lock, which would create a missing workspace, then under it, so that no
    // clean-up removes the run before it is tagged.
    let known = || -> anyhow::Result<_> {
        match workspace.run(run).record()? {
            Some(record) => Ok(record),
            None => Err(no_run(workspace, run)?.into()),
        }
    };
    known()?;
    let _lock = workspace.lock_for_clean_up()?;
    let tag = Tag::new(&known()?);
    let tags = workspace.tags();
    if force {
        tags.replace(name, &tag)?;
    } else if !tags.create(name, &tag)? {
        let found = tags.list()?.remove(name);
        if found.as_ref() != Some(&tag) {
            let on = found.map(|tag| tag.run).unwrap_or_default();
            return Err(UsageError(format!(
                "tag {name} is already on run {on}, or the run has changed since; move it with --force, or choose \
                 another name"
            ))
            .into());
        }
    }
    if as_json {
        return output::json(&json!({name: tag}));
    }
    output::text(&format!("run {run} is tagged {name}"))
}

fn delete(workspace: &Workspace, name: &str, as_json: bool) -> anyhow::Result<()> {
    checked(name)?;
    let missing = || UsageError(format!("there is no tag {name}; see `holdfast artifact tag`"));
    if !workspace.tags().list()?.contains_key(name) {
        return Err(missing().into());
    }
    let _lock = workspace.lock_for_clean_up()?;
    if !workspace.tags().delete(name)? {
        return Err(missing().into());
    }
    if as_json {
        return output::json(&json!({"deleted": name}));
    }
    output::text(&format!("deleted tag {name}; its run is kept"))
}

fn checked(name: &str) -> Result<(), UsageError> {
    match is_plain_name(name) {
        true => Ok(()),
        false => Err(UsageError(Error::InvalidName { name: name.to_owned() }.to_string())),
    }
}
