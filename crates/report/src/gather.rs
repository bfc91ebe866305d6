//! Everything a run produced, in one place.

use crate::ReportError;
use crate::format::counted;
use crate::parts::{CrossValidationPart, DataPart, FinalPart, TuningPart};
use crate::selection::SelectionBias;
use artifact_core::ledger::{Event, Openings};
use artifact_core::schema::{
    BestConfigurationId, FrozenPlanId, LeakCertificate, Preprocessing, Seal, SplitPlan,
};
use artifact_core::{Id, Phase, Run, RunRecord, Workspace, load};
use metrics::Metric;
use settings::Config;
use settings::part::Catalog;

/// The parts of a run, loaded and verified; phases that have not finished are `None`.
#[derive(Debug, Clone)]
pub struct RunData {
    /// The run's name.
    pub name: String,
    /// The configuration of the last phase that ran.
    pub config: Config,
    /// The frozen bars.
    pub data: DataPart,
    /// The study, from phase 1.
    pub tuning: Option<TuningPart>,
    /// The cross-validations, from phase 2.
    pub cross_validation: Option<CrossValidationPart>,
    /// The final model, from phase 3.
    pub final_fit: Option<FinalPart>,
    /// The certificate of the latest leak audit.
    pub audit: Option<LeakCertificate>,
    /// The selection statistics; `None` if no trial completed.
    pub selection: Option<SelectionBias>,
    /// Every opening of test rows of this run's snapshot, by any run of the workspace, oldest first.
    pub openings: Vec<Opening>,
}

/// One opening of the test rows, from the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct Opening {
    /// The entry's number in the ledger, from 1.
    pub index: u64,
    /// The time recorded in the ledger.
    pub at: String,
    /// The run that opened them.
    pub run: String,
    /// The first test row.
    pub split_row: usize,
    /// The plan that was frozen beforehand.
    pub plan: FrozenPlanId,
    /// The configuration that was tested.
    pub best_configuration: BestConfigurationId,
}

/// Reads a run's record.
///
/// # Errors
///
/// [`ReportError::NoRun`], naming the existing runs; [`ReportError::Artifact`] if the record cannot be read.
pub fn record(workspace: &Workspace, run: &Run) -> Result<RunRecord, ReportError> {
    if let Some(record) = run.record()? {
        return Ok(record);
    }
    let names = workspace.runs()?;
    let known = match names.is_empty() {
        true => "no runs".to_owned(),
        false => names.join(", "),
    };
    Err(ReportError::NoRun { run: run.name().to_owned(), known })
}

/// Loads everything that the run's record refers to.
///
/// # Errors
///
/// [`ReportError::NothingFrozen`] for a run without bars; [`ReportError::Artifact`] if an object is missing or damaged,
/// or the chain of the ledger or the trial log is broken.
pub fn gather(
    workspace: &Workspace,
    record: &RunRecord,
    metrics: &Catalog<dyn Metric>,
) -> Result<RunData, ReportError> {
    let store = workspace.store();
    let output = |phase, name| record.output(phase, name);
    let (Some(seal), Some(config)) = (output(Phase::Data, "seal"), Config::of_record(record)?) else {
        return Err(ReportError::NothingFrozen { run: record.run.clone() });
    };
    let data = DataPart::load(&store, seal)?;
    let tuning =
        output(Phase::Tuning, "study").map(|id| TuningPart::load(&store, metrics, id)).transpose()?;
    let cross_validation = output(Phase::CrossValidation, "best_configuration")
        .map(|id| CrossValidationPart::load(&store, metrics, id))
        .transpose()?;
    let final_fit = output(Phase::Final, "model_bundle").map(|id| FinalPart::load(&store, id)).transpose()?;
    let audit = output(Phase::Audit, "leak_certificate").map(|id| load(&store, Id::new(id))).transpose()?;
    let chosen = cross_validation.as_ref().map(|cv| cv.best.trial_number);
    let selection = match &tuning {
        Some(tuning) => SelectionBias::load(workspace, tuning, chosen)?,
        None => None,
    };
    let openings = openings(workspace, &data.seal)?;
    Ok(RunData {
        name: record.run.clone(),
        config,
        data,
        tuning,
        cross_validation,
        final_fit,
        audit,
        selection,
        openings,
    })
}

fn openings(workspace: &Workspace, seal: &Seal) -> Result<Vec<Opening>, ReportError> {
    let entries = workspace.ledger().entries()?;
    let opening = |entry: artifact_core::ledger::Entry| match entry.event {
        Event::Unsealed { best_configuration, plan, .. } if entry.snapshot == seal.snapshot => {
            Some(Opening {
                index: entry.index,
                at: entry.at,
                run: entry.run,
                split_row: entry.split_row,
                plan,
                best_configuration,
            })
        }
        _ => None,
    };
    Ok(entries.into_iter().filter_map(opening).collect())
}

impl RunData {
    /// How often the run's test rows have been opened so far.
    pub fn times_opened(&self) -> Openings {
        let of_this =
            self.openings.iter().filter(|opening| opening.split_row == self.data.seal.split_row).count();
        // Every test set of a snapshot runs to its last row, so any other one overlaps this one.
        Openings { of_this, overlapping: self.openings.len() - of_this }
    }

    /// The unfinished phases, in order, leaving out the audit and the report itself.
    pub fn missing(&self) -> Vec<Phase> {
        [
            (Phase::Tuning, self.tuning.is_none()),
            (Phase::CrossValidation, self.cross_validation.is_none()),
            (Phase::Final, self.final_fit.is_none()),
        ]
        .into_iter()
        .filter_map(|(phase, missing)| missing.then_some(phase))
        .collect()
    }

    /// The run's split and preprocessing: those of the chosen configuration if there is one, otherwise of the best
    /// trial.
    pub fn split_and_preprocessing(&self) -> Option<(&SplitPlan, &Preprocessing)> {
        match &self.cross_validation {
            Some(part) => Some((&part.best.split, &part.best.preprocessing)),
            None => {
                let (split, preprocessing) = self.tuning.as_ref()?.best_data.as_ref()?;
                Some((split, preprocessing))
            }
        }
    }

    /// How many trials read rows other than the seal's development rows.
    pub fn trials_on_other_rows(&self) -> usize {
        let development = self.data.seal.development;
        let trials = self.tuning.iter().flat_map(|part| &part.trials);
        trials.filter(|(_, trial)| trial.development_snapshot != development).count()
    }

    /// Which parts are outdated because they were made from an earlier state of a preceding part, with the remedy for
    /// each.
    pub fn outdated(&self) -> Vec<String> {
        let mut found = Vec::new();
        if let Some(tuning) = &self.tuning
            && tuning.study.seal != self.data.id
        {
            found.push(format!(
                "The study ran on seal {}, but the run's seal is now {}; run `holdfast tune` again.",
                tuning.study.seal.short(),
                self.data.id.short()
            ));
        }
        let elsewhere = self.trials_on_other_rows();
        if elsewhere > 0 {
            found.push(format!(
                "{} read other rows than the seal's development rows, so it is not proven that no trial saw the test \
                 rows; run `holdfast tune` again.",
                counted(elsewhere, "trial")
            ));
        }
        if let (Some(tuning), Some(cv)) = (&self.tuning, &self.cross_validation)
            && cv.best.study != tuning.id.into()
        {
            found.push(format!(
                "The cross-validation was made from study {}, but the run's study is now {}; run \
                 `holdfast validate` again.",
                cv.best.study.short(),
                tuning.id.short()
            ));
        }
        if let (Some(cv), Some(last)) = (&self.cross_validation, &self.final_fit)
            && last.bundle.best_configuration != cv.id
        {
            found.push(format!(
                "The final model was fitted from configuration {}, but the run's chosen configuration is now {}; run \
                 `holdfast finalize` again.",
                last.bundle.best_configuration.short(),
                cv.id.short()
            ));
        }
        found
    }
}
