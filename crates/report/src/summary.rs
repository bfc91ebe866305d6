//! The report's figures, in machine-readable form.

use crate::gather::RunData;
use crate::parts::CrossValidationPart;
use crate::selection::SelectionBias;
use crate::verdict::{verdict, verdict_text};
use crate::write::Written;
use artifact_core::Moment;
use artifact_core::schema::{
    BestConfigurationId, CvSummary, Hyperparameters, PathFigures, SuperiorAbilityTest, TestMetrics,
};
use artifact_core::{Component, Phase};
use figures::{TestFigures, Verdict};
use serde::Serialize;
use std::path::PathBuf;

/// The output of `report --json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// The run.
    pub run: String,
    /// The path of the page.
    pub report: PathBuf,
    /// Whether the page was already up to date.
    pub up_to_date: bool,
    /// The tickers, in column order.
    pub tickers: Vec<String>,
    /// The first date.
    pub first_date: Moment,
    /// The last date, test rows included.
    pub last_date: Moment,
    /// The number of rows, test rows included.
    pub rows: usize,
    /// The unfinished phases.
    pub missing: Vec<Phase>,
    /// Which parts are outdated, as sentences.
    pub outdated: Vec<String>,
    /// The chosen configuration.
    pub best_configuration: Option<BestSummary>,
    /// Its cross-validation next to the linear model's.
    pub cross_validation: Option<CvComparison>,
    /// The selection statistics of the judged trial.
    pub selection: Option<SelectionSummary>,
    /// The test figures of the final model and of what it is compared with, each with its unit, interval and independent
    /// observations.
    pub figures: Option<TestFigures>,
    /// The same as they are stored.
    pub test: Option<TestMetrics>,
    /// How often the test rows have been opened.
    pub openings: usize,
    /// What the test figures say, in sentences.
    pub verdict: String,
    /// How the model compares with its baselines, in the study's objective and in money.
    pub comparison: Option<Verdict>,
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
    /// How many models with different seeds are averaged.
    pub seeds: usize,
    /// The configuration.
    pub params: Hyperparameters,
    /// How many epochs the final fit trains for.
    pub epochs_to_train: u64,
    /// Whether it rests on regenerated artifacts.
    pub regenerated: bool,
}

/// Means and standard deviations over the same folds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CvComparison {
    /// The metric that is maximised.
    pub objective: Component,
    /// The number of folds.
    pub folds: usize,
    /// How many training labels, over all folds and configurations, share a row with an evaluated label; 0 with
    /// purging.
    pub label_overlap: usize,
    /// The chosen configuration.
    pub best: CvSummary,
    /// The linear model.
    pub baseline: CvSummary,
    /// The chosen configuration's mean objective without the luck of the choice; null where it is not known.
    pub corrected_objective: Option<f64>,
    /// Whether the best of the candidates is better than luck among several explains; empty where there is nothing to test it on.
    pub superior_ability: Vec<SuperiorAbilityTest>,
    /// The chosen configuration's figures along each backtest path.
    pub paths: Vec<PathFigures>,
}

/// The judged trial among all trials ever finished on the same development rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SelectionSummary {
    /// The judged trial.
    pub trial_number: u64,
    /// Every trial ever finished on the development rows, deleted ones included.
    pub trials: usize,
    /// How many of them are different bets: groups of trials whose returns go together.
    pub effective_trials: Option<usize>,
    /// The probability that the true Sharpe ratio exceeds the best to expect from that many without skill, 0 to 1.
    pub deflated_by_effective_trials: Option<f64>,
    /// The judged trial's place by Sharpe ratio among the study's trials that have one, from 1.
    pub rank_by_sharpe: Option<usize>,
    /// The judged trial's Sharpe ratio on the validation rows: of returns per bar, not annualised.
    pub sharpe: Option<f64>,
    /// The best Sharpe ratio to expect from that many trials without skill, in the same unit.
    pub expected_best_sharpe: Option<f64>,
    /// The probability that the true Sharpe ratio exceeds that, 0 to 1.
    pub deflated_sharpe_ratio: Option<f64>,
    /// The probability of backtest overfitting, 0 to 1.
    pub probability_of_overfitting: Option<f64>,
    /// Why figures are absent, as clauses.
    pub undefined: Vec<String>,
}

impl SelectionSummary {
    fn new(selection: &SelectionBias) -> Self {
        let deflated = selection.deflated_sharpe.as_ref();
        let overfitting = selection.overfitting.as_ref();
        let reasons = deflated.err().into_iter().chain(overfitting.err());
        Self {
            trial_number: selection.trial,
            trials: selection.trials,
            effective_trials: selection.effective_trials.as_ref().ok().copied(),
            deflated_by_effective_trials: selection
                .deflated_by_effective
                .as_ref()
                .ok()
                .map(|own| own.probability),
            rank_by_sharpe: selection.rank_by_sharpe.map(|(rank, _)| rank),
            sharpe: deflated.ok().map(|found| found.moments.sharpe),
            expected_best_sharpe: deflated.ok().map(|found| found.benchmark),
            deflated_sharpe_ratio: deflated.ok().map(|found| found.probability),
            probability_of_overfitting: overfitting.ok().map(|found| found.probability),
            undefined: reasons.map(ToString::to_string).collect(),
        }
    }
}

impl Summary {
    /// Summarises a written report.
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
                seeds: cv.best.training.seeds,
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
                corrected_objective: cv.best.corrected_objective,
                superior_ability: cv.best.superior_ability.clone(),
                paths: cv.best.cv_results.paths.clone(),
            }),
            selection: run.selection.as_ref().map(SelectionSummary::new),
            figures: run.final_fit.as_ref().map(|last| TestFigures::of(&last.bundle.test)),
            test: run.final_fit.as_ref().map(|last| last.bundle.test.clone()),
            openings: run.times_opened().of_this,
            verdict: verdict_text(run),
            comparison: verdict(run),
        }
    }
}

fn label_overlap(part: &CrossValidationPart) -> usize {
    let all = part.candidates.iter().map(|(_, cv)| cv).chain([&part.baseline]).chain(&part.further_baselines);
    all.map(artifact_core::schema::CrossValidation::label_overlap).sum()
}
