//! The report's figures for programs.

use crate::gather::RunData;
use crate::parts::CrossValidationPart;
use crate::selection::Selection;
use crate::verdict::verdict;
use crate::write::Written;
use artifact_core::schema::{BestConfigurationId, CvSummary, Hyperparameters, TestMetrics};
use artifact_core::{Component, Phase};
use chrono::NaiveDate;
use serde::Serialize;
use std::path::PathBuf;

/// What `report --json` says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// The run.
    pub run: String,
    /// The page.
    pub report: PathBuf,
    /// Whether the page was there already.
    pub up_to_date: bool,
    /// The tickers, in column order.
    pub tickers: Vec<String>,
    /// The first date.
    pub first_date: NaiveDate,
    /// The last date, test rows included.
    pub last_date: NaiveDate,
    /// The number of rows, test rows included.
    pub rows: usize,
    /// The phases that are not done yet.
    pub missing: Vec<Phase>,
    /// What no longer fits together, in words.
    pub outdated: Vec<String>,
    /// The chosen configuration.
    pub best_configuration: Option<BestSummary>,
    /// Its cross-validation beside the linear model's.
    pub cross_validation: Option<CvComparison>,
    /// What the number of trials makes of the chosen one's figures.
    pub selection: Option<SelectionSummary>,
    /// The test figures of the final model, the linear model and the majority class.
    pub test: Option<TestMetrics>,
    /// How often the test rows have been opened.
    pub openings: usize,
    /// The result in words.
    pub verdict: String,
}

/// The chosen configuration.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BestSummary {
    /// Its id.
    pub id: BestConfigurationId,
    /// The trial it comes from.
    pub trial_number: u64,
    /// The model.
    pub model: Component,
    /// The configuration.
    pub params: Hyperparameters,
    /// How long the final fit trains, in epochs.
    pub epochs_to_train: u64,
    /// Whether it rests on artifacts that had to be made again.
    pub regenerated: bool,
}

/// Means and standard deviations over the same folds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CvComparison {
    /// Which figure is maximised.
    pub objective: Component,
    /// The number of folds.
    pub folds: usize,
    /// How many training labels, of all folds and configurations, read a row of an evaluated label: 0 when purged.
    pub label_overlap: usize,
    /// The chosen configuration.
    pub best: CvSummary,
    /// The linear model.
    pub baseline: CvSummary,
}

/// The chosen trial among all that were ever finished on the same rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SelectionSummary {
    /// The judged trial.
    pub trial_number: u64,
    /// Every trial that was ever finished on the development rows, deleted ones included.
    pub trials: usize,
    /// The judged trial's Sharpe ratio on validation: of daily returns, not annualised.
    pub sharpe: Option<f64>,
    /// The best one to expect of as many trials without skill, likewise.
    pub expected_best_sharpe: Option<f64>,
    /// The probability that the true one is above that.
    pub deflated_sharpe_ratio: Option<f64>,
    /// The probability of backtest overfitting.
    pub probability_of_overfitting: Option<f64>,
    /// Why figures are absent, in words.
    pub undefined: Vec<String>,
}

impl SelectionSummary {
    fn new(selection: &Selection) -> Self {
        let deflated = selection.deflated_sharpe.as_ref();
        let overfitting = selection.overfitting.as_ref();
        let reasons = deflated.err().into_iter().chain(overfitting.err());
        Self {
            trial_number: selection.trial,
            trials: selection.trials,
            sharpe: deflated.ok().map(|found| found.moments.sharpe),
            expected_best_sharpe: deflated.ok().map(|found| found.benchmark),
            deflated_sharpe_ratio: deflated.ok().map(|found| found.probability),
            probability_of_overfitting: overfitting.ok().map(|found| found.probability),
            undefined: reasons.map(ToString::to_string).collect(),
        }
    }
}

impl Summary {
    /// Sums up a report that is in place.
    pub fn new(written: &Written) -> Self {
        let run: &RunData = &written.data;
        let snapshot = &run.data.snapshot;
        let cv = run.cross_validation.as_ref();
        Self {
            run: run.name.clone(),
            report: written.path.clone(),
            up_to_date: written.up_to_date,
            tickers: snapshot.tickers.clone(),
            first_date: snapshot.first_date,
            last_date: snapshot.last_date,
            rows: snapshot.rows,
            missing: run.missing(),
            outdated: run.outdated(),
            best_configuration: cv.map(|cv| BestSummary {
                id: cv.id,
                trial_number: cv.best.trial_number,
                model: cv.best.model.clone(),
                params: cv.best.params.clone(),
                epochs_to_train: cv.best.epochs_to_train,
                regenerated: cv.best.regenerated,
            }),
            cross_validation: cv.map(|cv| CvComparison {
                objective: cv.best.objective.clone(),
                folds: cv.best.cv_results.folds.len(),
                label_overlap: label_overlap(cv),
                best: cv.best.cv_results.summary.clone(),
                baseline: cv.baseline.summary.clone(),
            }),
            selection: run.selection.as_ref().map(SelectionSummary::new),
            test: run.final_fit.as_ref().map(|last| last.bundle.test.clone()),
            openings: run.times_opened().of_this,
            verdict: verdict(run),
        }
    }
}

fn label_overlap(part: &CrossValidationPart) -> usize {
    let all = part.candidates.iter().map(|(_, cv)| cv).chain([&part.baseline]);
    all.map(artifact_core::schema::CrossValidation::label_overlap).sum()
}
