//! The output of fsck.

use super::findings::{Drifted, Fate, Findings};
use crate::output::counted;
use artifact_core::Digest;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// The most items of a long list that are printed.
const NAMED: usize = 5;

pub(super) fn readable(findings: &Findings, repair: bool) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    for (problem, fate) in &findings.problems {
        writeln!(text, "{}: {}", problem.sort.name(), problem.message)?;
        match fate {
            Fate::Open => {}
            Fate::Repaired => writeln!(text, "  repaired")?,
            Fate::Unrepaired(reason) => writeln!(text, "  not repaired: {reason}")?,
        }
    }
    for Drifted { run, drift } in &findings.drifted {
        writeln!(text, "the source of run {run} has changed since its bars were frozen: {drift}")?;
    }
    let kinds: Vec<String> = findings.kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    writeln!(text, "{}: {}", counted(findings.objects, "object", "objects"), kinds.join(", "))?;
    writeln!(
        text,
        "{}, {}, {}, {}",
        counted(findings.runs, "run", "runs"),
        counted(findings.tags, "tag", "tags"),
        counted(findings.ledger_entries, "ledger entry", "ledger entries"),
        counted(findings.logged_trials, "logged trial", "logged trials")
    )?;
    information(findings, &mut text)?;
    let left = findings.problems.iter().filter(|(_, fate)| *fate != Fate::Repaired).count();
    match (findings.problems.len(), left) {
        (0, _) => writeln!(text, "sound")?,
        (_, 0) => writeln!(text, "sound again")?,
        _ if repair => writeln!(
            text,
            "{} left; restore the listed objects from a copy, or run the phases again under another --run",
            counted(left, "problem", "problems")
        )?,
        _ => writeln!(
            text,
            "{}; run `holdfast artifact fsck --repair` to rebuild what it can, then restore the rest from a copy, or \
             run the phases again under another --run",
            counted(left, "problem", "problems")
        )?,
    }
    Ok(text)
}

/// Notices about things that are not damage.
fn information(findings: &Findings, text: &mut String) -> std::fmt::Result {
    let ids = |ids: &[Digest]| named(ids.iter().map(Digest::short).collect());
    if !findings.set_aside.is_empty() {
        let count = counted(findings.set_aside.len(), "object is", "objects are");
        let listed = ids(&findings.set_aside);
        writeln!(text, "{count} needed but set aside, until the next reader or clean-up: {listed}")?;
    }
    if !findings.unreachable.is_empty() {
        let count = counted(findings.unreachable.len(), "object that", "objects that");
        let orphans = &findings.orphaned;
        writeln!(
            text,
            "unreachable: {count} no run, tag or ledger entry leads to; {} of them orphaned (needed by no object): {}",
            orphans.len(),
            ids(orphans)
        )?;
    }
    let paths = |paths: &[std::path::PathBuf]| named(paths.iter().map(|p| p.display().to_string()).collect());
    if !findings.temporary.is_empty() {
        let count = counted(findings.temporary.len(), "temporary file", "temporary files");
        writeln!(
            text,
            "{count} left by killed writers or in use by active ones: {}",
            paths(&findings.temporary)
        )?;
    }
    if !findings.missing_views.is_empty() {
        let count = counted(findings.missing_views.len(), "view is", "views are");
        let listed = paths(&findings.missing_views);
        writeln!(
            text,
            "{count} missing; `holdfast artifact rebuild-views` writes what can be derived: {listed}"
        )?;
    }
    if !findings.earlier_views.is_empty() {
        let count = counted(findings.earlier_views.len(), "view is", "views are");
        let listed = paths(&findings.earlier_views);
        writeln!(
            text,
            "{count} in an earlier version of the format; `holdfast artifact rebuild-views` rewrites them in the current \
             one: {listed}"
        )?;
    }
    Ok(())
}

fn named(mut all: Vec<String>) -> String {
    let more = all.len().saturating_sub(NAMED);
    all.truncate(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", all.join(", "))
}

pub(super) fn as_document(findings: &Findings) -> Value {
    let problems = findings.problems.iter().map(|(problem, fate)| {
        let (repaired, reason) = match fate {
            Fate::Open => (None, None),
            Fate::Repaired => (Some(true), None),
            Fate::Unrepaired(reason) => (Some(false), Some(reason)),
        };
        json!({
            "sort": problem.sort.name(),
            "id": problem.id,
            "message": problem.message,
            "repaired": repaired,
            "reason": reason,
        })
    });
    let drifted = findings.drifted.iter().map(|it| json!({"run": it.run, "drift": it.drift}));
    json!({
        "sound": findings.is_sound(),
        "objects": findings.objects,
        "kinds": findings.kinds,
        "runs": findings.runs,
        "tags": findings.tags,
        "ledger_entries": findings.ledger_entries,
        "logged_trials": findings.logged_trials,
        "problems": problems.collect::<Vec<_>>(),
        "drift": drifted.collect::<Vec<_>>(),
        "set_aside": findings.set_aside,
        "unreachable": findings.unreachable,
        "orphaned": findings.orphaned,
        "temporary_files": findings.temporary,
        "missing_views": findings.missing_views,
        "earlier_views": findings.earlier_views,
    })
}
