//! `artifact fsck`: checks that everything in the workspace is as it was written.

mod findings;
mod ledger;
mod leftovers;
mod objects;
mod print;
mod repair;
mod runs;
mod studies;

use crate::outcome::Outcome;
use crate::output;
use artifact_core::ledger::{Entry, Event};
use artifact_core::schema::Study;
use artifact_core::{Digest, Error, Payload as _, Tag, Workspace};
use data_loader::DataParts;
use findings::{Fate, Findings, Problem, Sort};
use objects::Objects;
use settings::cli::UsageError;
use std::collections::BTreeSet;

/// Checks the workspace, repairs it if requested, and prints the findings.
pub(crate) fn run(
    workspace: &Workspace,
    repair: bool,
    as_json: bool,
    parts: &DataParts,
) -> anyhow::Result<Outcome> {
    if !workspace.root().is_dir() {
        let path = workspace.root().display();
        return Err(
            UsageError(format!("{path} is no directory; give that of a workspace with --workspace")).into()
        );
    }
    if repair {
        // Before the check, which would take the rest of a killed writer's line for a broken log.
        for mended in [workspace.ledger().mend(), workspace.trial_log().mend()] {
            // A log that is broken or no file stays as it is, and is among the findings.
            mended.or_else(|error| if error.is_denied() { Err(error) } else { Ok(()) })?;
        }
    }
    let mut findings = check(workspace)?;
    if repair {
        findings = repaired(workspace, findings, parts)?;
    }
    if as_json {
        output::json(&print::as_document(&findings))?;
    } else {
        output::text(&print::readable(&findings, repair)?)?;
    }
    Ok(if findings.is_sound() { Outcome::Sound } else { Outcome::Unsound })
}

fn check(workspace: &Workspace) -> Result<Findings, Error> {
    let (mut findings, mut problems) = (Findings::default(), Vec::new());
    let store = workspace.store();
    // Everything that needs objects is read after them; `report_missing` looks again for those written in between.
    let mut objects = Objects::read(&store, &mut problems)?;
    objects.check_references(&store, &mut problems)?;
    let ledger = match workspace.ledger().entries() {
        Ok(entries) => Some(entries),
        Err(error) => {
            problems.push(Problem { sort: Sort::Ledger, id: None, message: output::chain(&error) });
            None
        }
    };
    let mut roots = runs::check(workspace, &mut objects, ledger.as_deref(), &mut findings, &mut problems)?;
    roots.extend(tags(workspace, &mut objects, &mut findings, &mut problems));
    for entry in ledger.iter().flatten() {
        let line = || format!("line {} of the test ledger", entry.index);
        opened(entry).into_iter().for_each(|id| objects.need(id, line()));
        roots.extend(opened(entry));
    }
    ledger::check(&store, ledger.as_deref().unwrap_or_default(), &mut problems);
    findings.ledger_entries = ledger.map_or(0, |entries| entries.len());
    match workspace.trial_log().entries() {
        Ok(entries) => {
            findings.logged_trials = entries.len();
            problems.extend(studies::unlogged(
                &store,
                (&workspace.trial_log(), &entries),
                objects.of_kind(Study::KIND),
            )?);
        }
        Err(error) => problems.push(Problem { sort: Sort::Ledger, id: None, message: output::chain(&error) }),
    }
    objects.report_missing(&store, &mut problems)?;
    problems.sort();
    findings.problems = problems.into_iter().map(|problem| (problem, Fate::Open)).collect();
    (findings.unreachable, findings.orphaned) = objects.out_of_reach(roots);
    findings.temporary = leftovers::find(workspace.root())?;
    findings.set_aside = objects.needed_aside();
    findings.objects = objects.count();
    findings.kinds = objects.kinds();
    Ok(findings)
}

/// Checks every tag; returns the objects that tags refer to.
fn tags(
    workspace: &Workspace,
    objects: &mut Objects,
    findings: &mut Findings,
    problems: &mut Vec<Problem>,
) -> Vec<Digest> {
    let tags = match workspace.tags().list() {
        Ok(tags) => tags,
        Err(error) => {
            problems.push(Problem { sort: Sort::Tag, id: None, message: error.to_string() });
            return Vec::new();
        }
    };
    findings.tags = tags.len();
    for (name, tag) in &tags {
        tag.objects().for_each(|id| objects.need(id, format!("tag {name}")));
    }
    tags.values().flat_map(Tag::objects).collect()
}

/// The objects that an entry of the ledger refers to; clean-up keeps them.
fn opened(entry: &Entry) -> Vec<Digest> {
    let mut ids = vec![entry.snapshot.digest(), entry.split.digest()];
    if let Event::Unsealed { seal, plan, best_configuration } = &entry.event {
        ids.extend([seal.digest(), plan.digest(), best_configuration.digest()]);
    }
    ids
}

/// Repairs what it can, then checks everything again: only what passes that check counts as repaired. What one pass
/// restores can be what the next one needs, so passes are repeated until one restores nothing.
fn repaired(workspace: &Workspace, before: Findings, parts: &DataParts) -> Result<Findings, Error> {
    if before.problems.is_empty() && before.missing_views.is_empty() {
        return Ok(before);
    }
    let problems = |findings: &Findings| -> BTreeSet<Problem> {
        findings.problems.iter().map(|(problem, _)| problem.clone()).collect()
    };
    let mut known = problems(&before);
    let mut left = before;
    let (after, reasons) = loop {
        let open = problems(&left);
        let lost = open.iter().filter(|problem| matches!(problem.sort, Sort::Damaged | Sort::Missing));
        let lost = lost.filter_map(|problem| problem.id).collect();
        let (reasons, drifted) = repair::objects(workspace, lost, parts)?;
        let reasons = [reasons, repair::views(workspace)?].concat();
        let mut after = check(workspace)?;
        after.drifted = drifted;
        let still = problems(&after);
        // Restored objects can bring problems to light that could not be seen behind them.
        known.extend(still.iter().cloned());
        if still == open || still.is_empty() {
            break (after, reasons);
        }
        left = after;
    };
    let mut after = after;
    let still = std::mem::take(&mut after.problems);
    // By id where there is one: a message about an object also names what needs it, and a repair can change that.
    let same = |a: &Problem, b: &Problem| match a.id {
        Some(_) => (a.sort, a.id) == (b.sort, b.id),
        None => a == b,
    };
    for problem in known {
        if after.problems.iter().any(|(listed, _)| same(listed, &problem)) {
            continue;
        }
        let fate = match still.iter().any(|(left, _)| same(left, &problem)) {
            true => Fate::Unrepaired(why_not(&problem, &reasons)),
            false => Fate::Repaired,
        };
        after.problems.push((problem, fate));
    }
    Ok(after)
}

fn why_not(problem: &Problem, reasons: &[String]) -> String {
    match problem.sort {
        Sort::Damaged | Sort::Missing => {
            let mut text = "no source, parent or view of a run yields this object".to_owned();
            for reason in reasons {
                text.push_str("; ");
                text.push_str(reason);
            }
            text
        }
        Sort::Invalid => "it was written this way, so there is nothing to restore".to_owned(),
        Sort::Ledger | Sort::Run | Sort::Tag => {
            "nothing else holds its content; restore it from a backup".to_owned()
        }
        Sort::View => match reasons.is_empty() {
            true => "its objects cannot be read".to_owned(),
            false => reasons.join("; "),
        },
    }
}
