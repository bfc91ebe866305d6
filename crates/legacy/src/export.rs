//! Exports a run as files of version 1.

use crate::exported::{Export, ExportedFile};
use crate::{native_to_v1, v2_to_v1};
use artifact_core::schema::written::Json;
use artifact_core::schema::{IMPORTED_STUDY, ImportedFile, ImportedForm, ImportedStudy, ImportedStudyId};
use artifact_core::{Error, ObjectStore, Phase, RunRecord, load};

/// Converts a run, imported or not, to files of version 1; `None` for a run without a study.
///
/// # Errors
///
/// Those of [`load`], for any object of the run.
pub fn export(store: &dyn ObjectStore, record: &RunRecord) -> Result<Option<Export>, Error> {
    match record.output(Phase::Import, IMPORTED_STUDY) {
        Some(id) => {
            let mut export = imported(store, ImportedStudyId::new(id))?;
            if record.phases.contains_key(&Phase::CrossValidation) {
                let own = "results that phases of this program added; only the imported results are written";
                export.left_out.push(own.to_owned());
            }
            Ok(Some(export))
        }
        None => native_to_v1::export(store, record),
    }
}

/// The files that a run was imported from, byte for byte; `None` for a run that was not imported.
///
/// # Errors
///
/// Those of [`load`].
pub fn originals(store: &dyn ObjectStore, record: &RunRecord) -> Result<Option<Export>, Error> {
    let Some(id) = record.output(Phase::Import, IMPORTED_STUDY) else {
        return Ok(None);
    };
    let study: ImportedStudy = load(store, ImportedStudyId::new(id))?;
    let file = |file: ImportedFile| Ok(ExportedFile { path: file.path, bytes: store.get(&file.blob)? });
    let files = study.files.into_iter().map(file).collect::<Result<_, Error>>()?;
    Ok(Some(Export { files, left_out: Vec::new() }))
}

fn imported(store: &dyn ObjectStore, id: ImportedStudyId) -> Result<Export, Error> {
    let study = load(store, id)?;
    let mut export = Export::default();
    let trials = study.trials.iter().map(|&id| Ok(v2_to_v1::trial(&load(store, id)?)));
    let mut trials = Some(Json::Array(trials.collect::<Result<_, Error>>()?));
    for file in &study.files {
        let results = || file.results.iter().map(v2_to_v1::result);
        // The import puts the file with the trials first.
        let value = match (trials.take(), file.form) {
            (_, None) => None,
            (Some(trials), Some(_)) => Some(trials),
            (None, Some(ImportedForm::List)) => Some(Json::Array(results().collect())),
            (None, Some(ImportedForm::Single)) => results().next(),
        };
        match value {
            Some(value) => export.files.push(ExportedFile::json(&file.path, &value)),
            None => export.left_out.push(format!("{} could not be read when it was imported", file.path)),
        }
    }
    // A remark is about something that was kept, so the files hold it.
    let findings = study.findings.iter().filter(|finding| !finding.is_remark());
    export.left_out.extend(findings.map(ToString::to_string));
    Ok(export)
}
