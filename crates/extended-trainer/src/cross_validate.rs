//! Cross-validation: fits every fold of every candidate in parallel.

use crate::aggregate::summarise;
use crate::candidate::Candidate;
use crate::corrected::{Objectives, chosen_by};
use crate::decision::{MOST_PROBABLE, alternatives, choose_decision, curve, evaluation, objectives};
use crate::error::ExtendedError;
use crate::fold_observer::FoldObserver;
use crate::groups::{Group, groups, segments, strangers};
use crate::out_of_fold::{Choice, FoldRows, OutOfFold, out_of_fold, paths};
use crate::racing::{FoldPruner, Lost, losers, rounds};
use artifact_core::schema::{Calibrator, CrossValidation, EpochRecord, FoldResult, Refitted, Role};
use artifact_core::seed::FitSeed;
use data_loader::{Dataset, Fold, SampleWeights, SequenceSet, SplitError, Splitter, folds};
use rayon::prelude::*;
use settings::Config;
use settings::part::Chosen;
use std::ops::Range;
use trainer_core::{
    Checkpoints, Decision, FitConfig, FitError, FitOutcome, Metric, SavedFitError, Temperature, Training,
    labelled_rows,
};

/// The outcome for one candidate.
#[derive(Debug)]
pub enum CrossValidated {
    /// All folds were fitted.
    Complete(Box<Complete>),
    /// It was pruned before its last fold.
    Pruned(Pruned),
    /// A fit failed.
    Failed(FitError),
}

/// A candidate whose folds were all fitted.
#[derive(Debug, Clone)]
pub struct Complete {
    /// The result.
    pub cv: CrossValidation,
    /// The objective by decision between classes, fold and epoch: everything that the choice was made from.
    pub objectives: Vec<Vec<Vec<f64>>>,
    /// For each fold, the folds that evaluate none of its sequences, as places.
    pub strangers: Vec<Vec<usize>>,
    /// The results by row, of each fold at the epoch and by the decision that its strangers choose.
    pub out_of_fold: OutOfFold,
}

/// A candidate that was pruned before its last fold.
#[derive(Debug, Clone, PartialEq)]
pub struct Pruned {
    /// The number of its trial.
    pub trial_number: u64,
    /// The number of the best trial at that point, which it lost to.
    pub against: u64,
    /// The objective on each fold that was fitted, at the epoch whose mean over them is highest.
    pub fold_objectives: Vec<f64>,
    /// The p-value of the fold pruner's test, from 0 to 1: the probability of doing as badly by chance.
    pub p_value: f64,
}

/// Cross-validates all candidates, which come best trial first, and returns the outcomes in the same order.
///
/// Folds run in parallel: all of them, or, with a pruner, those of one round at a time. Every fold starts from a
/// freshly initialised model. `progress` is called after each fold with the candidate and the fold, from any thread. A
/// baseline is never pruned, and no candidate is compared with it.
///
/// # Errors
///
/// If sequences cannot be divided into folds or prepared, or a checkpoint cannot be written. A failed fit fails its
/// candidate only.
pub fn cross_validate(
    dataset: &Dataset,
    config: &Config,
    training: &Training,
    pruner: &Chosen<dyn FoldPruner>,
    candidates: &[Candidate<'_>],
    checkpoints: &Checkpoints,
    progress: &(dyn Fn(&Candidate<'_>, &Fold) + Sync),
) -> Result<Vec<CrossValidated>, ExtendedError> {
    let splitter = &dataset.recipe().splitter;
    let entrants = candidates.iter().map(|candidate| Entrant::new(candidate, splitter));
    let mut entrants: Vec<Entrant<'_>> = entrants.collect::<Result<_, SplitError>>()?;
    // The same number for every entrant: `Splitter::fold_count` depends on the parameters alone, and folds that differ
    // from it are refused.
    let folds = entrants.iter().map(|entrant| entrant.folds.len()).max().unwrap_or(0);
    let objective = &training.objective;
    for round in rounds(pruner, folds) {
        let jobs: Vec<(usize, Fold, Vec<Range<usize>>)> = entrants
            .iter()
            .enumerate()
            // Whoever failed or lost can no longer be chosen, so its other folds are not worth fitting.
            .filter(|(_, entrant)| entrant.is_running())
            .flat_map(|(place, entrant)| {
                let folds = entrant.folds.iter().enumerate().take(round.end).skip(round.start);
                folds.map(move |(number, fold)| (place, fold.clone(), segments(&entrant.groups, number)))
            })
            .collect();
        let fitted: Vec<Result<FittedFold, FitError>> = jobs
            .par_iter()
            .map(|(place, fold, segments)| {
                let candidate = &candidates[*place];
                let fitted = fit_fold(dataset, config, training, candidate, fold, segments, checkpoints)?;
                progress(candidate, fold);
                Ok(fitted)
            })
            .collect::<Result<_, ExtendedError>>()?;
        // In the order of the jobs, not of completion, so that results do not depend on the number of threads.
        for ((place, ..), fitted) in jobs.into_iter().zip(fitted) {
            entrants[place].take(fitted);
        }
        if round.end < folds {
            race(objective, pruner, &mut entrants);
        }
    }
    let numbers: Vec<u64> = candidates.iter().map(|candidate| candidate.located.number).collect();
    let conclude = |entrant: Entrant<'_>| entrant.conclude(config, training, splitter, &numbers);
    Ok(entrants.into_iter().map(conclude).collect())
}

/// A candidate and the state of its folds.
struct Entrant<'a> {
    candidate: &'a Candidate<'a>,
    folds: Vec<Fold>,
    groups: Vec<Group>,
    fitted: Vec<FittedFold>,
    error: Option<FitError>,
    lost: Option<Lost>,
}

impl<'a> Entrant<'a> {
    fn new(candidate: &'a Candidate<'a>, splitter: &Chosen<dyn Splitter>) -> Result<Self, SplitError> {
        let folds = folds(&candidate.located.split, splitter)?;
        let groups = groups(&folds);
        Ok(Self { candidate, folds, groups, fitted: Vec::new(), error: None, lost: None })
    }

    fn is_running(&self) -> bool {
        self.error.is_none() && self.lost.is_none()
    }

    /// Records the outcome of the next fold. The first failure becomes the candidate's error.
    fn take(&mut self, fitted: Result<FittedFold, FitError>) {
        match fitted {
            Ok(fitted) => self.fitted.push(fitted),
            Err(error) => {
                self.error.get_or_insert(error);
            }
        }
    }

    /// The objective by fold and epoch; `None` if it is out of the race or a baseline.
    fn curves(&self, objective: &Chosen<dyn Metric>) -> Option<Vec<Vec<f64>>> {
        let races = self.is_running() && self.candidate.role == Role::Candidate;
        races.then(|| curves(objective, &self.fitted))
    }

    fn conclude(
        self,
        config: &Config,
        training: &Training,
        splitter: &Chosen<dyn Splitter>,
        numbers: &[u64],
    ) -> CrossValidated {
        let located = self.candidate.located;
        if let Some(error) = self.error {
            return CrossValidated::Failed(error);
        }
        if let Some(Lost { against, fold_objectives, p_value }) = self.lost {
            let (trial_number, against) = (located.number, numbers[against]);
            return CrossValidated::Pruned(Pruned { trial_number, against, fold_objectives, p_value });
        }
        let folds = self.folds.into_iter().zip(self.fitted).collect();
        let complete = conclude(config, training, splitter, self.candidate, &self.groups, folds);
        CrossValidated::Complete(Box::new(complete))
    }
}

/// Drops the candidates that lose to the best so far.
fn race(objective: &Chosen<dyn Metric>, pruner: &Chosen<dyn FoldPruner>, entrants: &mut [Entrant<'_>]) {
    let curves: Vec<_> = entrants.iter().map(|entrant| entrant.curves(objective)).collect();
    for (entrant, lost) in entrants.iter_mut().zip(losers(pruner, &curves)) {
        // Whoever lost in an earlier round is no longer compared, and keeps that result.
        entrant.lost = entrant.lost.take().or(lost);
    }
}

/// The objective by fold and epoch.
fn curves(objective: &Chosen<dyn Metric>, fitted: &[FittedFold]) -> Vec<Vec<f64>> {
    fitted.iter().map(|fitted| curve(objective, &fitted.outcome, MOST_PROBABLE)).collect()
}

/// The result of a fold's fit.
struct FittedFold {
    outcome: FitOutcome,
    /// The fold's own scaler and class weights, if it did not use the frozen ones.
    refitted: Option<Refitted>,
    /// The decision rows that have a label, segment by segment.
    labelled: Vec<Vec<usize>>,
    /// The first row that the returns of each segment are of.
    first_bars: Vec<usize>,
    /// The bars of a year; `None` without prices.
    bars_per_year: Option<f64>,
}

impl FittedFold {
    fn rows(&self) -> FoldRows<'_> {
        FoldRows { outcome: &self.outcome, labelled: &self.labelled, first_bars: &self.first_bars }
    }
}

/// Fits one fold. The outer error ends the phase; the inner one fails the candidate only.
fn fit_fold(
    dataset: &Dataset,
    config: &Config,
    training: &Training,
    candidate: &Candidate<'_>,
    fold: &Fold,
    segments: &[Range<usize>],
    checkpoints: &Checkpoints,
) -> Result<Result<FittedFold, FitError>, ExtendedError> {
    let (located, params) = (candidate.located, &candidate.params);
    // A refitted scaler sees the fold's training rows only; the frozen one has seen rows that this fold may evaluate.
    let refitted = config
        .extended
        .refit_preprocessing
        .then(|| dataset.refit(&located.preprocessing, &fold.train, params.seq_length))
        .transpose()?;
    let preprocessing = refitted.as_ref().unwrap_or(&located.preprocessing);
    let prepared = dataset.prepare(params.seq_length, preprocessing)?;
    let fit_config = FitConfig::new(
        &candidate.model,
        params,
        training,
        &preprocessing.class_weights,
        config.extended.epochs as usize,
    );
    let fit_config = match fit_config {
        Ok(config) => config,
        Err(error) => return Ok(Err(error.into())),
    };
    // By trial and fold, not by position: dropping or reordering candidates changes no other candidate's fits.
    let seed = FitSeed { root: config.seed, trial: located.number, fold: fold.number as u64 };
    let train = prepared.training_sequences(&fold.train, SampleWeights::from(&training.settings));
    let evaluated = prepared.sequences(&fold.evaluated);
    let alternatives =
        alternatives(training.settings.decision, train.task(), preprocessing.class_weights.counts);
    let tempers = training.settings.calibration == Calibrator::Temperature;
    let fit_config = FitConfig { alternatives, segments: segments.to_vec(), tempers, ..fit_config };
    let mut watch = FoldObserver { candidate, fold: fold.number };
    let name = watch.name();
    let outcome = match checkpoints.fit(&name, &fit_config, &train, Some(&evaluated), seed, &mut watch) {
        Ok(outcome) => outcome,
        Err(SavedFitError::Fit(error)) => return Ok(Err(error)),
        Err(SavedFitError::File(error)) => return Err(error.into()),
    };
    let refitted = refitted.map(|own| Refitted {
        scaler: own.scaler,
        class_weights: own.class_weights,
        target_scale: own.target_scale,
    });
    let parts: Vec<SequenceSet<'_>> =
        segments.iter().map(|positions| evaluated.segment(positions.clone())).collect();
    Ok(Ok(FittedFold {
        outcome,
        refitted,
        labelled: parts.iter().map(labelled_rows).collect(),
        first_bars: parts.iter().map(|part| part.decision_row(0) + 1).collect(),
        bars_per_year: evaluated.market().map(|market| market.bars_per_year),
    }))
}

fn conclude(
    config: &Config,
    training: &Training,
    splitter: &Chosen<dyn Splitter>,
    candidate: &Candidate<'_>,
    groups: &[Group],
    folds: Vec<(Fold, FittedFold)>,
) -> Complete {
    let objective = &training.objective;
    let outcomes: Vec<&FitOutcome> = folds.iter().map(|(_, fitted)| &fitted.outcome).collect();
    let objectives = objectives(objective, &outcomes);
    // Scored at the epoch that the final fit will train for, not at each fold's own best one.
    let (decision, epoch) = choose_decision(objective, &outcomes);
    let rows: Vec<FoldRows<'_>> = folds.iter().map(|(_, fitted)| fitted.rows()).collect();
    let strangers = strangers(groups, folds.len());
    let bars_per_year = folds.first().and_then(|(_, fitted)| fitted.bars_per_year);
    let choices: Vec<Option<Choice>> = by_strangers(&strangers, &objectives);
    let out_of_fold = out_of_fold(groups, &rows, &choices);
    let paths = paths(groups, &rows, Choice { decision, epoch: epoch - 1 }, bars_per_year);
    let temperature = temperature(training.settings.calibration, &outcomes, epoch - 1);
    let results: Vec<FoldResult> = folds
        .into_iter()
        .map(|(fold, FittedFold { outcome, refitted, .. })| {
            let objectives = curve(objective, &outcome, decision).into_iter();
            let evaluation = evaluation(&outcome, epoch - 1, decision).clone();
            let history = outcome.history.into_iter().zip(objectives);
            FoldResult {
                fold: fold.number as u64,
                train: fold.train,
                evaluated: fold.evaluated,
                refitted,
                initial_weights: outcome.initial_weights,
                evaluation,
                history: history
                    .map(|(record, value)| EpochRecord { objective: Some(value), ..record })
                    .collect(),
            }
        })
        .collect();
    let located = candidate.located;
    let cv = CrossValidation {
        trial: located.id,
        trial_number: located.number,
        role: candidate.role,
        model: candidate.model.component.clone(),
        params: candidate.params.clone(),
        split: located.split_id,
        preprocessing: located.preprocessing_id,
        regenerated: located.regenerated,
        method: splitter.component.clone(),
        refitted_preprocessing: config.extended.refit_preprocessing,
        objective: training.objective.component.clone(),
        epochs_trained: config.extended.epochs,
        epochs_to_train: epoch as u64,
        decision_balance: Decision::BALANCES[decision],
        temperature,
        summary: summarise(objective, &results),
        folds: results,
        paths,
    };
    Complete { cv, objectives, strangers, out_of_fold }
}

/// What the strangers of each fold choose for it.
fn by_strangers(strangers: &[Vec<usize>], objectives: &Objectives) -> Vec<Option<Choice>> {
    strangers.iter().map(|folds| Some(chosen_by(folds, &[objectives])?.1)).collect()
}

/// The temperature with the least log loss on all folds at an epoch; `None` if none is asked for, or no classes are predicted.
fn temperature(calibration: Calibrator, outcomes: &[&FitOutcome], epoch: usize) -> Option<f64> {
    let scores = outcomes.iter().filter_map(|outcome| outcome.segments.get(epoch)).flatten();
    let losses: Vec<&[f64]> = scores.map(|own| own.tempered.as_slice()).collect();
    let fits = calibration == Calibrator::Temperature && losses.iter().any(|own| !own.is_empty());
    fits.then(|| Temperature::fitted(losses).value())
}
