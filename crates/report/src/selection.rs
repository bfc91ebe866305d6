//! How much of the best trial's score is selection, given how many trials there were.

use crate::ReportError;
use crate::parts::TuningPart;
use artifact_core::schema::{DailyReturns, Study, StudyId, Trial, TrialId};
use artifact_core::{Error, LoggedTrial, ObjectStore, Phase, Workspace, load};
use statistics::{
    DeflatedSharpe, LEAST_FOR_BLOCKS, Overfitting, Undefined, blocks_for, clustered_trials,
    deflated_sharpe_ratio, probability_of_overfitting, sample_variance,
};
use std::collections::BTreeSet;

/// The trials that competed with the judged one, and the selection statistics that follow.
#[derive(Debug, Clone, PartialEq)]
pub struct SelectionBias {
    /// The judged trial: the one that cross-validation chose, or the study's best if none has been chosen.
    pub trial: u64,
    /// Every trial ever finished on the same development rows, in any run, deleted or not.
    pub trials: usize,
    /// The number of studies that they belong to.
    pub studies: usize,
    /// How many trials of the workspace's studies on these rows are missing from the trial log.
    pub unlogged: usize,
    /// How many of them are different bets: groups of trials whose returns go together, and each trial whose returns are gone.
    pub effective_trials: Result<usize, Undefined>,
    /// The place of the judged trial among this study's scored trials by Sharpe ratio, from 1, and how many these are; `None` if it
    /// has none.
    pub rank_by_sharpe: Option<(usize, usize)>,
    /// The bars of a year, by which Sharpe ratios are annualised.
    pub bars_per_year: f64,
    /// Whether the judged trial's Sharpe ratio exceeds what luck over that many trials explains.
    pub deflated_sharpe: Result<DeflatedSharpe, Undefined>,
    /// The same over the effective number of trials.
    pub deflated_by_effective: Result<DeflatedSharpe, Undefined>,
    /// How often the best of this study's trials turns out to be below the median out of sample.
    pub overfitting: Result<Overfitting, Undefined>,
}

impl SelectionBias {
    /// Computes the statistics from the trial log and the daily returns of the study's trials; `None` if all of them
    /// failed.
    ///
    /// # Errors
    ///
    /// If the chain of the trial log is broken, or returns cannot be loaded.
    pub(crate) fn load(
        workspace: &Workspace,
        tuning: &TuningPart,
        chosen: Option<u64>,
    ) -> Result<Option<Self>, ReportError> {
        let store = workspace.store();
        // The trial behind the final model is the one to judge, even if another scored higher in tuning.
        let chosen = chosen.and_then(|number| tuning.trial(number)).filter(|trial| trial.metrics.is_some());
        let Some(judged) = chosen.or_else(|| tuning.best()) else {
            return Ok(None);
        };
        let mut lifetime = workspace.trial_log().trials_on(judged.development_snapshot)?;
        let logged = lifetime.len();
        // A lost or shortened log must not make the count smaller: the trials of every run's study are known either way,
        // and are merged by identity, so that none counts twice.
        for (id, trial) in tuning.trials.iter().chain(&trials_of_runs(workspace)?) {
            if trial.development_snapshot == judged.development_snapshot {
                let own = LoggedTrial::of(&store, *id, trial)?;
                lifetime.entry(own.identity()).or_insert(own);
            }
        }
        // Failed trials count as tries, but only those with a Sharpe ratio say how far the ratios spread.
        let sharpes: Vec<f64> = lifetime.values().filter_map(|trial| trial.sharpe).collect();
        let studies: BTreeSet<_> = lifetime.keys().map(|(study, ..)| study).collect();

        let complete = tuning.trials.iter().map(|(_, trial)| trial).filter(|trial| trial.metrics.is_some());
        let series: Vec<(u64, Vec<f64>)> = complete
            .map(|trial| Ok((trial.number, daily_returns(&store, trial)?)))
            .collect::<Result<_, Error>>()?;
        let candidates: Vec<&[f64]> = series.iter().map(|(_, own)| own.as_slice()).collect();
        let own = daily_returns(&store, judged)?;
        let variance = sample_variance(&sharpes);
        // Trials of other studies, and failed ones, have no returns here: each counts as a bet of its own.
        let others = lifetime.len() - candidates.len();
        let effective_trials = clustered_trials(&candidates).map(|groups| groups + others);
        let deflated = |trials: usize| deflated_sharpe_ratio(&own, trials as u64, variance);
        Ok(Some(Self {
            rank_by_sharpe: rank_by_sharpe(judged.number, &series),
            bars_per_year: bars_per_year(judged),
            deflated_by_effective: effective_trials.and_then(deflated),
            effective_trials,
            trial: judged.number,
            trials: lifetime.len(),
            studies: studies.len(),
            unlogged: lifetime.len() - logged,
            deflated_sharpe: deflated(lifetime.len()),
            overfitting: overfitting(&candidates),
        }))
    }
}

/// The trials of every run's study, as far as they are left.
fn trials_of_runs(workspace: &Workspace) -> Result<Vec<(TrialId, Trial)>, Error> {
    let store = workspace.store();
    let mut trials = Vec::new();
    for name in workspace.runs()? {
        // What is wrong with another run is for its own readers and `fsck` to say.
        let Ok(Some(record)) = workspace.run(&name).record() else { continue };
        let study = record.output(Phase::Tuning, "study").map(|id| load::<Study>(&store, StudyId::new(id)));
        if let Some(Ok(study)) = study {
            trials.extend(study.trials.iter().filter_map(|id| Some((*id, load(&store, *id).ok()?))));
        }
    }
    Ok(trials)
}

/// The place of a trial by the Sharpe ratio of its returns, and the number of trials that have one.
fn rank_by_sharpe(judged: u64, series: &[(u64, Vec<f64>)]) -> Option<(usize, usize)> {
    let sharpe = |values: &[f64]| DailyReturns { values: values.to_vec() }.sharpe();
    let all: Vec<(u64, f64)> =
        series.iter().filter_map(|(number, own)| Some((*number, sharpe(own)?))).collect();
    let (_, own) = all.iter().find(|(number, _)| *number == judged)?;
    Some((1 + all.iter().filter(|(_, other)| other > own).count(), all.len()))
}

/// The bars of a year by the calendar of a trial's rows; the trading days of a year by convention in results of earlier versions.
fn bars_per_year(trial: &Trial) -> f64 {
    const BY_CONVENTION: f64 = 252.0;
    let strategy = trial.metrics.as_ref().and_then(|metrics| metrics.validation.strategy.as_ref());
    strategy.map_or(BY_CONVENTION, |own| own.bars_per_year)
}

fn daily_returns(store: &dyn ObjectStore, trial: &Trial) -> Result<Vec<f64>, Error> {
    let Some(metrics) = &trial.metrics else {
        return Ok(Vec::new());
    };
    let returns = DailyReturns::from_bytes(&store.get(&metrics.daily_returns)?);
    let artifact = || format!("blob {}", metrics.daily_returns.short());
    Ok(returns.map_err(|reason| Error::Invalid { artifact: artifact(), reason })?.values)
}

fn overfitting(candidates: &[&[f64]]) -> Result<Overfitting, Undefined> {
    let found = candidates.first().map_or(0, |series| series.len());
    match blocks_for(found, candidates.len()) {
        Some(blocks) => probability_of_overfitting(candidates, blocks),
        None => Err(Undefined::FewReturns { found, least: LEAST_FOR_BLOCKS }),
    }
}
