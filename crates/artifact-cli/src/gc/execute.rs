//! Executes a plan. May be killed between any two operations without losing anything that is needed.

use super::plan::{Action, Plan, Step};
use super::survey::{last_written, removed_to};
use artifact_core::store::Quarantine;
use artifact_core::{CleanUpLock, Error, Workspace, files};
use std::fs;
use std::io;
use std::path::Path;
use std::time::SystemTime;

/// What a clean-up did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CleanedUp {
    /// The number of steps that were executed.
    pub steps: usize,
    /// The number of bytes deleted for good.
    pub freed: u64,
    /// The steps that were skipped because something changed since the plan was made.
    pub skipped: Vec<Step>,
}

/// Executes a plan in a workspace; calls `before_each` before every step.
///
/// # Errors
///
/// [`Error::Undecided`] for a plan with troubles; [`Error::RunInUse`] if a phase has started on a run that was to be
/// removed; [`Error::Io`]. The workspace is then sound, and the next clean-up continues from there.
pub fn execute(
    workspace: &Workspace,
    _lock: &CleanUpLock,
    plan: &Plan,
    before_each: &mut dyn FnMut(&Step),
) -> Result<CleanedUp, Error> {
    follow(&workspace.store(), Some(workspace), plan, before_each)
}

/// Executes a plan on a store alone, skipping the steps for runs.
///
/// # Errors
///
/// Those of [`execute`].
pub fn execute_on(store: &dyn Quarantine, plan: &Plan) -> Result<CleanedUp, Error> {
    follow(store, None, plan, &mut |_| {})
}

fn follow(
    store: &dyn Quarantine,
    workspace: Option<&Workspace>,
    plan: &Plan,
    before_each: &mut dyn FnMut(&Step),
) -> Result<CleanedUp, Error> {
    if let Some(found) = plan.troubles.first() {
        return Err(Error::Undecided { found: found.clone() });
    }
    let mut done = CleanedUp::default();
    for step in &plan.steps {
        before_each(step);
        let (followed, deleted) = match &step.action {
            Action::BringBack { id, .. } => (store.bring_back(id)?, false),
            Action::SetAside { id, seen, .. } => (store.set_aside(id, seen, plan.at)?, false),
            Action::Purge { item, .. } => (store.purge(item)?, true),
            Action::RemoveLeftover(leftover) => (files::remove_file(&leftover.path)?, true),
            Action::RemoveRun { name, modified } => match workspace {
                Some(workspace) => (remove_run(workspace, name, *modified, plan.at)?, false),
                None => (false, false),
            },
            Action::DeleteRun { name, path } => match workspace {
                Some(workspace) if path.as_os_str().is_empty() => {
                    (delete_run(&removed_to(workspace, name, plan.at))?, true)
                }
                Some(_) => (delete_run(path)?, true),
                None => (false, false),
            },
        };
        // A step that no longer applies is skipped: since the survey, a writer may have put or read the object again.
        if followed {
            done.steps += 1;
            done.freed += if deleted { step.bytes } else { 0 };
        } else {
            done.skipped.push(step.clone());
        }
    }
    Ok(done)
}

/// Moves a run away in one step, under its lock, so that no phase is working on it.
fn remove_run(
    workspace: &Workspace,
    name: &str,
    modified: SystemTime,
    at: SystemTime,
) -> Result<bool, Error> {
    let run = workspace.run(name);
    let _lock = run.lock()?;
    // Written since the survey: it may by now refer to objects that the plan sets aside.
    if last_written(run.directory())? != modified {
        return Err(Error::RunInUse { run: name.to_owned() });
    }
    files::move_durably(run.directory(), &removed_to(workspace, name, at))
}

fn delete_run(path: &Path) -> Result<bool, Error> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        other => other.map_err(Error::io("remove", path))?,
    }
    if let Some(batch) = path.parent() {
        // Fails, as it should, while another run is still in it.
        let _ = fs::remove_dir(batch);
    }
    Ok(true)
}
