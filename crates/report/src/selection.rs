//! What is left of the trials' figures once one knows how many there were.

use crate::ReportError;
use crate::parts::TuningPart;
use crate::statistics::{
    DeflatedSharpe, LEAST_FOR_BLOCKS, Overfitting, Undefined, blocks_for, deflated_sharpe_ratio,
    probability_of_overfitting, sample_variance,
};
use artifact_core::schema::{DailyReturns, Trial};
use artifact_core::{Error, LoggedTrial, ObjectStore, Workspace};
use std::collections::BTreeSet;

/// The trials that compete with the judged one, and what that makes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// The judged trial: the one that cross-validation chose, else the study's best.
    pub trial: u64,
    /// Every trial that was ever finished on the same development rows, in whatever run, deleted or not.
    pub trials: usize,
    /// The studies that they belong to.
    pub studies: usize,
    /// How many of this study's trials the trial log does not know.
    pub unlogged: usize,
    /// Whether the judged trial's Sharpe ratio is more than the luck of so many tries.
    pub deflated_sharpe: Result<DeflatedSharpe, Undefined>,
    /// How often choosing the best of this study's trials is choosing one below the median.
    pub overfitting: Result<Overfitting, Undefined>,
}

impl Selection {
    /// Works it out from the trial log, and the daily returns of the study's trials; `None` when all of them failed.
    ///
    /// # Errors
    ///
    /// A trial log whose chain is broken, or returns that cannot be loaded.
    pub(crate) fn load(
        workspace: &Workspace,
        tuning: &TuningPart,
        chosen: Option<u64>,
    ) -> Result<Option<Self>, ReportError> {
        let store = workspace.store();
        let chosen = chosen.and_then(|number| tuning.trial(number)).filter(|trial| trial.metrics.is_some());
        let Some(judged) = chosen.or_else(|| tuning.best()) else {
            return Ok(None);
        };
        let mut lifetime = workspace.trial_log().trials_on(judged.development_snapshot)?;
        let logged = lifetime.len();
        for (id, trial) in &tuning.trials {
            if trial.development_snapshot == judged.development_snapshot {
                let own = LoggedTrial::of(&store, *id, trial)?;
                lifetime.entry(own.identity()).or_insert(own);
            }
        }
        let sharpes: Vec<f64> = lifetime.values().filter_map(|trial| trial.sharpe).collect();
        let studies: BTreeSet<_> = lifetime.keys().map(|(study, ..)| study).collect();

        let complete = tuning.trials.iter().map(|(_, trial)| trial).filter(|trial| trial.metrics.is_some());
        let series: Vec<Vec<f64>> =
            complete.map(|trial| daily_returns(&store, trial)).collect::<Result<_, _>>()?;
        let candidates: Vec<&[f64]> = series.iter().map(Vec::as_slice).collect();
        Ok(Some(Self {
            trial: judged.number,
            trials: lifetime.len(),
            studies: studies.len(),
            unlogged: lifetime.len() - logged,
            deflated_sharpe: deflated_sharpe_ratio(
                &daily_returns(&store, judged)?,
                lifetime.len() as u64,
                sample_variance(&sharpes),
            ),
            overfitting: overfitting(&candidates),
        }))
    }
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
