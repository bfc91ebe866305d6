//! `artifact fsck`: is everything in the workspace as it was written?

mod objects;

use crate::cli::Outcome;
use crate::output;
use artifact_core::{Digest, Workspace};
use objects::Objects;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What is wrong with a workspace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Problem {
    sort: Sort,
    /// The object concerned, if it is one.
    id: Option<Digest>,
    message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    Damaged,
    Invalid,
    Missing,
    Ledger,
    Run,
}

impl Sort {
    fn name(self) -> &'static str {
        match self {
            Sort::Damaged => "damaged",
            Sort::Invalid => "invalid",
            Sort::Missing => "missing",
            Sort::Ledger => "ledger",
            Sort::Run => "run",
        }
    }
}

/// What was looked at, and what was found.
#[derive(Debug, Default)]
struct Findings {
    /// The sound objects by kind.
    kinds: BTreeMap<String, usize>,
    objects: usize,
    runs: usize,
    ledger_entries: usize,
    problems: Vec<Problem>,
}

/// Checks the workspace and prints what was found.
pub(crate) fn run(workspace: &Workspace, as_json: bool) -> anyhow::Result<Outcome> {
    let findings = check(workspace)?;
    if as_json {
        output::json(&as_document(&findings))?;
    } else {
        output::text(&readable(&findings)?)?;
    }
    Ok(match findings.problems.is_empty() {
        true => Outcome::Sound,
        false => Outcome::Unsound,
    })
}

fn check(workspace: &Workspace) -> Result<Findings, artifact_core::Error> {
    let mut findings = Findings::default();
    let mut objects = Objects::read(&workspace.store(), &mut findings.problems)?;
    objects.check_references(&workspace.store(), &mut findings.problems)?;
    findings.runs = check_runs(workspace, &mut objects, &mut findings.problems)?;
    match workspace.ledger().entries() {
        Ok(entries) => findings.ledger_entries = entries.len(),
        Err(error) => {
            findings.problems.push(Problem { sort: Sort::Ledger, id: None, message: error.to_string() })
        }
    }
    objects.report_missing(&mut findings.problems);
    findings.problems.sort();
    findings.objects = objects.count();
    findings.kinds = objects.kinds();
    Ok(findings)
}

fn check_runs(
    workspace: &Workspace,
    objects: &mut Objects,
    problems: &mut Vec<Problem>,
) -> Result<usize, artifact_core::Error> {
    let names = workspace.runs()?;
    for name in &names {
        match workspace.run(name).record() {
            Ok(Some(record)) => {
                for (phase, done) in &record.phases {
                    for (output, id) in &done.outputs {
                        objects.need(*id, format!("run {name} ({}, {output})", phase.name()));
                    }
                }
            }
            Ok(None) => {}
            Err(error) => problems.push(Problem {
                sort: Sort::Run,
                id: None,
                message: format!("run {name} cannot be read: {error}"),
            }),
        }
    }
    Ok(names.len())
}

fn readable(findings: &Findings) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    for problem in &findings.problems {
        writeln!(text, "{}: {}", problem.sort.name(), problem.message)?;
    }
    let kinds: Vec<String> = findings.kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    writeln!(text, "{}: {}", counted(findings.objects, "object", "objects"), kinds.join(", "))?;
    writeln!(
        text,
        "{}, {}",
        counted(findings.runs, "run", "runs"),
        counted(findings.ledger_entries, "ledger entry", "ledger entries")
    )?;
    match findings.problems.len() {
        0 => writeln!(text, "sound")?,
        n => writeln!(
            text,
            "{}; restore what is listed from a copy, or run the phases that make it again",
            counted(n, "problem", "problems")
        )?,
    }
    Ok(text)
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn as_document(findings: &Findings) -> Value {
    let problems = findings.problems.iter().map(|problem| {
        json!({
            "sort": problem.sort.name(),
            "id": problem.id,
            "message": problem.message,
        })
    });
    json!({
        "sound": findings.problems.is_empty(),
        "objects": findings.objects,
        "kinds": findings.kinds,
        "runs": findings.runs,
        "ledger_entries": findings.ledger_entries,
        "problems": problems.collect::<Vec<_>>(),
    })
}
