//! Lookup among older results: the best imported trials, and what their artifacts are good for.
//!
//! The split of older results cuts the list of sequences, so that its development labels read rows of its test, and its
//! scaler was fitted on all rows before that cut, validation included. Phase 2 sees neither the test rows nor takes over
//! a scaler that has seen them. So split, scaler and class weights are made from the frozen bars by the usual rules, and
//! then compared with what the trial states: where every number agrees they are the trial's own, anywhere else they are
//! regenerated.

use crate::error::ExtendedError;
use crate::lookup::Located;
use artifact_core::schema::{
    Damage, Hyperparameters, ImportedArtifacts, ImportedTrial, ImportedTrialId, Seal,
};
use artifact_core::{Component, Invalid, ObjectStore};
use data_loader::{Dataset, Planned, Windows};
use legacy::{AmbiguousShape, TrialShape, find_by_shape};
use settings::Config;

/// An imported trial that can be cross-validated.
#[derive(Debug, Clone)]
pub struct Ranked<'t> {
    /// Its object.
    pub id: ImportedTrialId,
    /// The trial.
    pub trial: &'t ImportedTrial,
    /// Its parameters, as this program's.
    pub params: Hyperparameters,
}

/// The imported trials with a score and all parameters, highest `validation_accuracy` first; of equal ones the first in
/// the file. The others are left out, with a warning each.
///
/// The accuracy is the only figure by which all older results can be compared. One of exactly 0 is how older writers
/// stored failures.
///
/// # Errors
///
/// [`ExtendedError::NoImportedTrials`] when none is left.
pub fn rank_imported(trials: &[(ImportedTrialId, ImportedTrial)]) -> Result<Vec<Ranked<'_>>, ExtendedError> {
    let (mut ranked, mut first): (Vec<(f64, Ranked<'_>)>, Option<Invalid>) = (Vec::new(), None);
    for (id, trial) in trials {
        let Some(score) = score(trial) else {
            tracing::warn!("imported trial {} ({}) has no score and is left out", trial.number, id.short());
            continue;
        };
        match trial.hyperparameters() {
            Ok(params) => ranked.push((score, Ranked { id: *id, trial, params })),
            Err(invalid) => {
                tracing::warn!("imported trial {} ({}) is left out: {invalid}", trial.number, id.short());
                first.get_or_insert(invalid);
            }
        }
    }
    if ranked.is_empty() {
        return Err(ExtendedError::NoImportedTrials { trials: trials.len(), first });
    }
    // Stable: of equal scores the first in the file stays first.
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    Ok(ranked.into_iter().map(|(_, ranked)| ranked).collect())
}

fn score(trial: &ImportedTrial) -> Option<f64> {
    let failed = trial.findings.iter().any(|finding| finding.damage == Damage::SuspectedFailure);
    trial.metric("validation_accuracy").filter(|_| !failed)
}

/// Makes split and preprocessing of an imported trial from the frozen bars, and tells whether they are its own.
///
/// Older results do not say which model they had: `model` is what the settings name. What the trial states is looked up
/// by its identity and, where it states nothing, by its shape among all `trials`.
///
/// # Errors
///
/// [`ExtendedError::Ambiguous`] when trials of its shape state different artifacts,
/// [`ExtendedError::UnusableArtifacts`] when they are not its own and the configuration requires that.
pub fn locate_imported(
    store: &dyn ObjectStore,
    seal: &Seal,
    dataset: &Dataset,
    config: &Config,
    model: &Component,
    trials: &[(ImportedTrialId, ImportedTrial)],
    ranked: Ranked<'_>,
) -> Result<Located, ExtendedError> {
    let Ranked { id, trial, params } = ranked;
    let number = trial.number;
    let stated = stated(trials, trial).map_err(|source| ExtendedError::Ambiguous { number, source })?;
    let planned = dataset.store_plan(store, seal, config, Windows::from(&params))?;
    let difference = difference(stated, &planned);
    if let Some(reason) = &difference {
        if config.extended.require_artifacts {
            return Err(ExtendedError::UnusableArtifacts { number, reason: reason.clone() });
        }
        tracing::warn!(
            "imported trial {number} ({}): {reason}; rebuilding split and scaler by the usual rules, and marking all \
             that follows as regenerated",
            id.short()
        );
    }
    Ok(Located::new(id.into(), number, model.clone(), params, planned, difference.is_some()))
}

/// What is known about a trial's data: from itself, else from the trials of its shape.
fn stated<'t>(
    trials: &'t [(ImportedTrialId, ImportedTrial)],
    trial: &'t ImportedTrial,
) -> Result<Option<&'t ImportedArtifacts>, AmbiguousShape> {
    if let Some(own) = trial.artifacts.as_ref().filter(|artifacts| artifacts.is_complete()) {
        return Ok(Some(own));
    }
    let Some(shape) = TrialShape::of(trial) else {
        return Ok(None);
    };
    Ok(find_by_shape(trials, shape)?.and_then(|(_, other)| other.artifacts.as_ref()))
}

/// Why the planned artifacts are not those of the older results; none when they are.
fn difference(stated: Option<&ImportedArtifacts>, planned: &Planned) -> Option<String> {
    let Some(stated) = stated else {
        return Some("neither it nor a trial of its shape has sound artifacts".to_owned());
    };
    let difference = stated.agrees_with_native(&planned.split, &planned.preprocessing).err()?;
    Some(format!("its artifacts are not those of the frozen bars and the sealed split ({difference})"))
}
