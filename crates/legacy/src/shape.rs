//! Matching by shape, for older results, whose trials have no ids.

use artifact_core::IndexSet;
use artifact_core::schema::{ImportedArtifacts, ImportedTrial, ImportedTrialId};
use std::fmt;

/// The parameters by which older results are matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TrialShape {
    /// The number of input rows of a sequence, `S`.
    pub seq_length: u64,
    /// The number of rows that a label reads, `W`.
    pub time_window: u64,
    /// The number of sequences per training step.
    pub batch_size: u64,
}

impl TrialShape {
    /// The shape of an imported trial, if its parameters state all three values.
    pub fn of(trial: &ImportedTrial) -> Option<Self> {
        Some(Self {
            seq_length: trial.param("seq_length")?,
            time_window: trial.param("time_window")?,
            batch_size: trial.param("batch_size")?,
        })
    }
}

impl fmt::Display for TrialShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TrialShape { seq_length, time_window, batch_size } = self;
        write!(f, "seq_length {seq_length}, time_window {time_window}, batch_size {batch_size}")
    }
}

/// Several trials have the shape, and their artifacts differ.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} imported trials have {shape} but different artifacts: {}; remove all but one of them from the older results and \
     import those again",
    matches.len(),
    matches.join("; ")
)]
pub struct AmbiguousShape {
    /// The shape.
    pub shape: TrialShape,
    /// Every match: number, id, set sizes and split date.
    pub matches: Vec<String>,
}

/// Finds the trial with this `shape` among those with a usable split, scaler and class weights.
///
/// If several match and agree, returns the first. `None` if none matches: the artifacts then have to be regenerated.
///
/// # Errors
///
/// [`AmbiguousShape`], naming all matches, if they do not agree.
pub fn find_by_shape(
    trials: &[(ImportedTrialId, ImportedTrial)],
    shape: TrialShape,
) -> Result<Option<&(ImportedTrialId, ImportedTrial)>, AmbiguousShape> {
    let usable =
        |trial: &ImportedTrial| trial.artifacts.as_ref().is_some_and(|artifacts| artifacts.is_complete());
    let matches: Vec<_> =
        trials.iter().filter(|(_, trial)| TrialShape::of(trial) == Some(shape) && usable(trial)).collect();
    let Some(first) = matches.first() else {
        return Ok(None);
    };
    let agree = |(_, other): &(_, ImportedTrial)| {
        first.1.artifacts.as_ref().zip(other.artifacts.as_ref()).is_some_and(|(a, b)| same_artifacts(a, b))
    };
    if matches.iter().all(|other| agree(other)) {
        return Ok(Some(first));
    }
    Err(AmbiguousShape { shape, matches: matches.into_iter().map(describe).collect() })
}

/// Whether both have the same split, scaler and class weights.
pub(crate) fn same_artifacts(a: &ImportedArtifacts, b: &ImportedArtifacts) -> bool {
    // Dates, tickers and counts are only descriptive; two trials that differ in nothing else are interchangeable.
    let parts = |a: &ImportedArtifacts| {
        let (scaler, weights) = ((a.scaler_mean.clone(), a.scaler_std.clone()), a.alpha_weights.clone());
        (a.development.clone(), a.test.clone(), scaler, weights)
    };
    parts(a) == parts(b)
}

fn describe((id, trial): &(ImportedTrialId, ImportedTrial)) -> String {
    let artifacts = trial.artifacts.clone().unwrap_or_default();
    let size = |set: Option<IndexSet>| set.map_or(0, |set| set.len());
    format!(
        "trial {} ({}, {} development and {} test sequences, split {})",
        trial.number,
        id.short(),
        size(artifacts.development),
        size(artifacts.test),
        artifacts.split_date.as_deref().unwrap_or("undated")
    )
}
