//! The conversion from version 1 to version 2: pure, total, and without access to files on disk.

mod artifacts;
mod together;

use super::findings::Findings;
use super::source::{OlderFile, SourceSort};
use super::v1::{V1Result, V1Trial};
use crate::json::{Document, Form, Item, JsonFault, Note, Reason, read_document};
use artifact_core::Digest;
use artifact_core::schema::written::Json;
use artifact_core::schema::{
    Damage, Done, Finding, ImportedFile, ImportedForm, ImportedResult, ImportedTrial, Place,
};

/// The result of migrating files of version 1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Migrated {
    /// The trials, in the order of their file.
    pub trials: Vec<ImportedTrial>,
    /// The files, with the results they contain.
    pub files: Vec<ImportedFile>,
    /// The findings about the files, and about the trials taken together.
    pub findings: Vec<Finding>,
    /// How many entries of the files could not be converted.
    pub lost: usize,
}

/// Converts files of version 1 to payloads of version 2.
pub fn migrate(sources: &[OlderFile]) -> Migrated {
    let mut step = Step { migrated: Migrated::default(), findings: Findings::default() };
    sources.iter().for_each(|source| step.file(source));
    // Only after the last file, since these checks compare trials with each other.
    together::compare(&mut step.migrated.trials, &mut step.findings);
    Migrated { findings: step.findings.into_vec(), ..step.migrated }
}

struct Step {
    migrated: Migrated,
    findings: Findings,
}

impl Step {
    fn file(&mut self, source: &OlderFile) {
        let Document { form, entries, notes, end } = read_document(&source.bytes);
        let blob = Digest::of(&source.bytes);
        let mut file = ImportedFile { path: source.path.clone(), blob, form: None, results: Vec::new() };
        for note in &notes {
            note_finding(&source.path, note, &mut self.findings);
        }
        if let Some(fault) = end {
            self.fault(&source.path, &fault);
            self.migrated.lost += 1;
        }
        file.form = Some(if form == Form::List { ImportedForm::List } else { ImportedForm::Single });
        if source.sort == SourceSort::TrialResults && form == Form::Single {
            // Version 1 always wrote a list, so a readable single value is another kind of file, such as the view of a
            // newer version. An unreadable one is reported below, with its fault.
            let found = entries.iter().find_map(|entry| entry.value.as_ref().ok()).map(found_instead);
            if let Some(found) = found {
                self.findings.add(&source.path, Damage::NotVersion1, found, Done::LeftOut);
                self.migrated.lost += 1;
                file.form = None;
                self.migrated.files.push(file);
                return;
            }
        }
        for (number, entry) in entries.into_iter().enumerate() {
            let place = match form {
                Form::List => format!("{}, entry {number}", source.path),
                Form::Single => source.path.clone(),
            };
            self.entry(source.sort, &place, entry, &mut file);
        }
        // A list without results is exported as `[]`; a single value that could not be read leaves nothing to export.
        if form == Form::Single && file.results.is_empty() {
            file.form = None;
        }
        self.migrated.files.push(file);
    }

    fn entry(&mut self, sort: SourceSort, name: &str, entry: Item, file: &mut ImportedFile) {
        let Item { place, value, notes } = entry;
        let value = match value {
            Ok(value) => value,
            Err(fault) => {
                self.migrated.lost += 1;
                return self.fault(name, &fault);
            }
        };
        let mut findings = Findings::default();
        for note in &notes {
            note_finding("the entry", note, &mut findings);
        }
        let original = Place { blob: file.blob, start: place.start as u64, end: place.end as u64 };
        let lost = match sort {
            SourceSort::TrialResults => V1Trial::read(value, &mut findings)
                .map(|trial| self.migrated.trials.push(trial_to_v2(trial, findings, original))),
            SourceSort::Results => V1Result::read(value, &mut findings)
                .map(|result| file.results.push(result_to_v2(result, findings, original))),
        };
        if let Err(finding) = lost {
            self.migrated.lost += 1;
            self.findings.add(
                &format!("{name}, {}", finding.place),
                finding.damage,
                finding.found,
                finding.done,
            );
        }
    }

    fn fault(&mut self, place: &str, fault: &JsonFault) {
        let (damage, found) = match fault.reason {
            Reason::CutOff => (Damage::CutOff, format!("the end at byte {}", fault.offset)),
            _ => (Damage::NotJson, fault.to_string()),
        };
        self.findings.add(place, damage, found, Done::LeftOut);
    }
}

/// Describes what the file holds instead of a list of trials.
fn found_instead(value: &Json) -> String {
    match value {
        Json::Object(members) if members.contains_key("schema_version") => {
            "a file of a newer version, which needs no import".to_owned()
        }
        other => format!("{}, expected a list of trials", other.sort()),
    }
}

fn note_finding(place: &str, note: &Note, findings: &mut Findings) {
    match note {
        Note::ByteOrderMark => findings.add(place, Damage::ByteOrderMark, "U+FEFF", Done::Repaired),
        Note::Trailing { offset } => {
            findings.add(place, Damage::TrailingBytes, format!("bytes from {offset}"), Done::LeftOut);
        }
        Note::RepeatedKey(key) => {
            findings.add(place, Damage::RepeatedKey, Json::from(key.as_str()).excerpt(), Done::Repaired);
        }
        Note::Replaced { offset } => {
            findings.add(place, Damage::NotUnicode, format!("the text at byte {offset}"), Done::Repaired);
        }
    }
}

/// One trial.
fn trial_to_v2(trial: V1Trial, mut findings: Findings, original: Place) -> ImportedTrial {
    let V1Trial { number, params, metrics, timestamp, artifacts, rest } = trial;
    let score = metrics.as_ref().and_then(|metrics| metrics.get("validation_accuracy"));
    match score.and_then(|score| score.as_number()?.as_f64()) {
        // Older pipelines recorded a failed trial as a score of 0. A real 0 looks the same, so it is kept and reported.
        Some(0.0) => findings.add("metrics.validation_accuracy", Damage::SuspectedFailure, "0", Done::Kept),
        Some(_) => {}
        None => {
            let found = if metrics.is_none() { "no metrics" } else { "no validation_accuracy" };
            findings.add("metrics", Damage::NoScore, found, Done::Kept);
        }
    }
    let artifacts = artifacts.map(|artifacts| artifacts::to_v2(artifacts, &params, &mut findings));
    if artifacts.is_none() && rest.get("artifacts").is_none_or(|value| *value == Json::Null) {
        let found = if rest.contains_key("artifacts") { "null" } else { "nothing" };
        findings.add("artifacts", Damage::NoArtifacts, found, Done::Kept);
    }
    let findings = findings.into_vec();
    ImportedTrial { number, params, metrics, timestamp, artifacts, extra: rest, findings, original }
}

fn result_to_v2(result: V1Result, findings: Findings, original: Place) -> ImportedResult {
    let V1Result { config, cv_results, rest } = result;
    ImportedResult { config, cv_results, extra: rest, findings: findings.into_vec(), original }
}
