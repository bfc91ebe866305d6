//! `artifact gc`: shows what is no longer needed, and deletes it on request.

use super::execute::{CleanedUp, execute};
use super::plan::{Action, Plan, Step, plan};
use super::policy::Policy;
use super::survey::survey;
use super::units::{self, bytes};
use crate::outcome::Outcome;
use crate::output::{self, counted};
use artifact_core::{Error, Workspace};
use clap::Args;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

#[derive(Debug, Clone, Args)]
pub(crate) struct GcArgs {
    /// Carry out the plan; without this, only show it
    #[arg(long)]
    yes: bool,
    /// Only show the plan (the default)
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Remove runs, except the N written last
    #[arg(long, value_name = "N")]
    keep_last: Option<usize>,
    /// Remove runs, except the N best by each objective and those without a result
    #[arg(long, value_name = "N")]
    keep_best: Option<usize>,
    /// Keep everything written within this time, such as 30d
    #[arg(long, value_name = "TIME", value_parser = units::duration)]
    older_than: Option<Duration>,
    /// Remove the oldest runs until the remaining objects take no more than this, such as 2GiB
    #[arg(long, value_name = "SIZE", value_parser = units::size)]
    max_size: Option<u64>,
    /// Grace period: how long a new object may stay unreferenced, and then remain set aside; 0 deletes at once
    #[arg(long, value_name = "TIME", value_parser = units::duration, default_value = "1d")]
    grace: Duration,
}

pub(crate) fn run(workspace: &Workspace, args: &GcArgs, as_json: bool) -> anyhow::Result<Outcome> {
    let policy = Policy {
        keep_last: args.keep_last,
        keep_best: args.keep_best,
        older_than: args.older_than.unwrap_or_default(),
        max_bytes: args.max_size,
        grace: args.grace,
    };
    // The lock would create the workspace and may have to wait; showing the plan needs neither.
    let lock = if args.yes { Some(workspace.lock_for_clean_up()?) } else { None };
    let now = SystemTime::now();
    let plan = plan(&survey(workspace)?, &policy, now);
    let undecided = plan.troubles.first().map(|found| Error::Undecided { found: found.clone() });
    if !as_json {
        output::text(&readable(&plan)?)?;
    }
    let done = match (&lock, &undecided) {
        (Some(lock), None) => {
            Some(execute(workspace, lock, &plan, &mut |step| tracing::debug!("{}", line(step).join(" ")))?)
        }
        _ => None,
    };
    if as_json {
        output::json(&as_document(&plan, done.as_ref()))?;
    } else if let Some(done) = &done {
        output::text(&summary(done))?;
    } else if undecided.is_none() && !plan.steps.is_empty() {
        output::text("nothing was changed; run again with --yes to carry this out")?;
    }
    match undecided {
        Some(error) if args.yes => Err(error.into()),
        Some(_) => Ok(Outcome::Unsound),
        None => Ok(Outcome::Sound),
    }
}

/// Action, target, size, reason.
fn line(step: &Step) -> Vec<String> {
    let (action, what) = match &step.action {
        Action::BringBack { id, kind } => ("bring back", format!("{kind} {}", id.short())),
        Action::RemoveRun { name, .. } => ("remove", format!("run {name}")),
        Action::SetAside { id, kind, .. } => ("set aside", format!("{kind} {}", id.short())),
        Action::Purge { item, kind } => ("delete", format!("{kind} {}", item.id.short())),
        Action::DeleteRun { name, .. } => ("delete", format!("removed run {name}")),
        Action::RemoveLeftover(leftover) => ("delete", format!("temporary file {}", leftover.path.display())),
    };
    vec![action.to_owned(), what, bytes(step.bytes), step.why.clone()]
}

fn readable(plan: &Plan) -> Result<String, std::fmt::Error> {
    let rows: Vec<Vec<String>> = plan.steps.iter().map(line).collect();
    let mut text = output::table(&rows);
    for note in &plan.notes {
        writeln!(text, "note: {note}")?;
    }
    for trouble in &plan.troubles {
        writeln!(text, "trouble: {trouble}")?;
    }
    if plan.steps.is_empty() {
        writeln!(text, "nothing to clean up")?;
    }
    let (kept, kept_bytes) = plan.kept;
    let (waiting, waiting_bytes) = plan.waiting;
    let removed = plan.steps.iter().filter(|step| matches!(step.action, Action::RemoveRun { .. })).count();
    let runs = match removed {
        0 => String::new(),
        n => format!("{} removed; ", counted(n, "run", "runs")),
    };
    writeln!(
        text,
        "total: {runs}{} deleted for good; {waiting} set aside ({}); {kept} needed or new ({})",
        bytes(plan.freed()),
        bytes(waiting_bytes),
        bytes(kept_bytes)
    )?;
    Ok(text)
}

fn summary(done: &CleanedUp) -> String {
    let skipped = match done.skipped.len() {
        0 => String::new(),
        n => format!("; {n} skipped: needed again, or already gone"),
    };
    let steps = counted(done.steps, "step", "steps");
    format!("done: {steps}, {} deleted for good{skipped}", bytes(done.freed))
}

fn as_document(plan: &Plan, done: Option<&CleanedUp>) -> Value {
    let count = |(objects, bytes): (usize, u64)| json!({"objects": objects, "bytes": bytes});
    json!({
        "executed": done.is_some(),
        "steps": plan.steps.iter().map(step_document).collect::<Vec<_>>(),
        "deleted_bytes": plan.freed(),
        "kept": count(plan.kept),
        "set_aside": count(plan.waiting),
        "notes": plan.notes,
        "troubles": plan.troubles,
        "skipped": done.map(|done| done.skipped.iter().map(step_document).collect::<Vec<_>>()),
    })
}

fn step_document(step: &Step) -> Value {
    let mut value = match &step.action {
        Action::BringBack { id, kind } => json!({"action": "bring_back", "id": id, "kind": kind}),
        Action::RemoveRun { name, .. } => json!({"action": "remove_run", "run": name}),
        Action::SetAside { id, kind, .. } => json!({"action": "set_aside", "id": id, "kind": kind}),
        Action::Purge { item, kind } => json!({"action": "delete", "id": item.id, "kind": kind}),
        Action::DeleteRun { name, .. } => json!({"action": "delete_run", "run": name}),
        Action::RemoveLeftover(leftover) => json!({"action": "delete_file", "path": leftover.path}),
    };
    value["bytes"] = json!(step.bytes);
    value["why"] = json!(step.why);
    value
}
