//! `artifact import`: imports results of an older pipeline as a run.

use crate::outcome::Outcome;
use crate::output::{self, counted};
use anyhow::Context as _;
use artifact_core::schema::{Finding, ImportedTrial};
use artifact_core::{Workspace, producer};
use clap::Args;
use legacy::{Imported, find_source_files, import};
use serde_json::{Value, json};
use settings::cli::checked_name;
use std::fmt::Write as _;
use std::path::PathBuf;

#[derive(Debug, Clone, Args)]
pub(crate) struct ImportArgs {
    /// Directory with the older results
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Name of the run [default: imported- and the start of the files' digest]
    #[arg(long, value_name = "NAME")]
    run: Option<String>,
}

pub(crate) fn run(workspace: &Workspace, args: &ImportArgs, as_json: bool) -> anyhow::Result<Outcome> {
    let ImportArgs { directory, run } = args;
    let name = run.as_deref().map(checked_name).transpose()?;
    let context = || format!("failed to import {}", directory.display());
    let sources = find_source_files(directory).with_context(context)?;
    let imported = import(workspace, name, &sources, &producer!()).with_context(context)?;
    match as_json {
        true => output::json(&as_document(&imported))?,
        false => output::text(&readable(&imported)?)?,
    }
    Ok(if imported.is_empty() { Outcome::NothingRead } else { Outcome::Sound })
}

/// A finding and its subject.
struct Line<'i> {
    about: String,
    finding: &'i Finding,
}

/// Every finding, about trials, results and files.
fn lines(imported: &Imported) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    for (id, ImportedTrial { number, findings, .. }) in &imported.trials {
        let about = || format!("trial {number} ({})", id.short());
        lines.extend(findings.iter().map(|finding| Line { about: about(), finding }));
    }
    for file in &imported.study.files {
        for (place, result) in file.results.iter().enumerate() {
            let about = || format!("{}, entry {place}", file.path);
            lines.extend(result.findings.iter().map(|finding| Line { about: about(), finding }));
        }
    }
    lines.extend(imported.study.findings.iter().map(|finding| Line { about: String::new(), finding }));
    lines
}

fn sound(imported: &Imported) -> usize {
    imported.trials.iter().filter(|(_, trial)| trial.is_sound()).count()
}

fn readable(imported: &Imported) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    let lines = lines(imported);
    for Line { about, finding } in &lines {
        let colon = if about.is_empty() { "" } else { ": " };
        writeln!(text, "{about}{colon}{finding}")?;
    }
    let (trials, sound) = (imported.trials.len(), sound(imported));
    let results: usize = imported.study.files.iter().map(|file| file.results.len()).sum();
    let read = [counted(trials, "trial", "trials"), counted(results, "later result", "later results")];
    write!(text, "read {}", read.join(" and "))?;
    if sound < trials {
        write!(text, "; {} sound", counted(sound, "trial is", "trials are"))?;
    }
    if imported.lost > 0 {
        write!(text, "; {} lost", counted(imported.lost, "entry is", "entries are"))?;
    }
    writeln!(text)?;
    let verdict = match () {
        () if imported.is_empty() => "nothing could be read; the files are kept as they are",
        () if imported.lost > 0 || sound < trials => {
            "only some entries are sound; the files are kept as they are"
        }
        () if !lines.is_empty() => "everything was read; what is doubtful is listed above",
        () => "everything was read and is sound",
    };
    writeln!(text, "{verdict}")?;
    let news = if imported.already_there { " (already imported)" } else { "" };
    writeln!(text, "run {}{news}: imported_study {}", imported.run, imported.study_id.short())?;
    Ok(text)
}

fn as_document(imported: &Imported) -> Value {
    let findings = lines(imported).into_iter().map(|Line { about, finding }| {
        json!({
            "about": if about.is_empty() { Value::Null } else { about.into() },
            "place": finding.place,
            "damage": finding.damage,
            "found": finding.found,
            "done": finding.done,
        })
    });
    let trials = imported
        .trials
        .iter()
        .map(|(id, trial)| json!({"trial_number": trial.number, "id": id, "sound": trial.is_sound()}));
    json!({
        "run": imported.run,
        "imported_study": imported.study_id,
        "already_there": imported.already_there,
        "trials": trials.collect::<Vec<_>>(),
        "sound_trials": sound(imported),
        "lost_entries": imported.lost,
        "files": imported.study.files.iter().map(|file| {
            json!({"path": file.path, "blob": file.blob, "results": file.results.len()})
        }).collect::<Vec<_>>(),
        "findings": findings.collect::<Vec<_>>(),
    })
}
