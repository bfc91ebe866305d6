//! Lookup among older results: the best imported trials, and whether their artifacts can be reused.
//!
//! Older results split the list of sequences, so their development labels read test rows; and they fitted the scaler on
//! all rows before that boundary, validation rows included. Phase 2 never reads test rows, and never reuses a scaler
//! that has seen rows it must not see. So split, scaler and class weights are recomputed from the frozen bars by the
//! usual rules and compared with what the trial states: if every number agrees, they are the trial's own; otherwise
//! they are marked as regenerated.

use crate::error::ExtendedError;
use crate::lookup::Located;
use artifact_core::schema::{
    Damage, Hyperparameters, ImportedArtifacts, ImportedTrial, ImportedTrialId, Seal,
};
use artifact_core::{Component, Invalid, ObjectStore};
use data_loader::{Dataset, Planned, Windows};
use legacy::{AmbiguousShape, TrialShape, find_by_shape};
use settings::Config;
use trainer_core::{Ranking, Scored};

/// An imported trial that can be cross-validated.
#[derive(Debug, Clone)]
pub struct Ranked<'t> {
    /// Its object.
    pub id: ImportedTrialId,
    /// The trial.
    pub trial: &'t ImportedTrial,
    /// Its parameters, in this program's form.
    pub params: Hyperparameters,
}

/// The imported trials that have a score and all parameters, highest `validation_accuracy` first; on ties, the first in
/// the file. Each of the others is skipped with a warning.
///
/// The accuracy is the only metric that all older results have. It cannot be compared between label windows, so trials are ranked
/// within the window that most of them have; the others are left out, with a warning. An accuracy of exactly 0 counts as no score, since
/// older writers stored failures that way.
///
/// # Errors
///
/// [`ExtendedError::NoImportedTrials`] if none is left.
pub fn rank_imported(trials: &[(ImportedTrialId, ImportedTrial)]) -> Result<Vec<Ranked<'_>>, ExtendedError> {
    let (mut scored, mut first): (Vec<Scored<Ranked<'_>>>, Option<Invalid>) = (Vec::new(), None);
    for (id, trial) in trials {
        let Some(score) = score(trial) else {
            tracing::warn!("skipping imported trial {} ({}): it has no score", trial.number, id.short());
            continue;
        };
        match trial.hyperparameters() {
            Ok(params) => scored.push(Scored {
                time_window: params.time_window,
                score,
                trial: Ranked { id: *id, trial, params },
            }),
            Err(invalid) => {
                tracing::warn!("skipping imported trial {} ({}): {invalid}", trial.number, id.short());
                first.get_or_insert(invalid);
            }
        }
    }
    if scored.is_empty() {
        return Err(ExtendedError::NoImportedTrials { trials: trials.len(), first });
    }
    let ranking = Ranking::of(scored, false);
    if let Some(warning) = ranking.warning("validation_accuracy") {
        tracing::warn!("imported trials: {warning}");
    }
    Ok(ranking.ranked)
}

fn score(trial: &ImportedTrial) -> Option<f64> {
    let failed = trial.findings.iter().any(|finding| finding.damage == Damage::SuspectedFailure);
    trial.metric("validation_accuracy").filter(|_| !failed)
}

/// Recomputes split and preprocessing of an imported trial from the frozen bars, and marks them as regenerated unless
/// they equal what the trial states.
///
/// Older results do not name their model, so `model` is the one that the settings name. If the trial states no complete
/// artifacts of its own, those of a trial of the same shape among `trials` are used for the comparison.
///
/// # Errors
///
/// [`ExtendedError::Ambiguous`] if trials of its shape state different artifacts,
/// [`ExtendedError::UnusableArtifacts`] if the artifacts differ and the configuration does not allow that.
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
            "imported trial {number} ({}): {reason}; recomputing split and scaler by the usual rules and marking all \
             later results as regenerated",
            id.short()
        );
    }
    Ok(Located::new(id.into(), number, model.clone(), params, planned, difference.is_some()))
}

/// The artifacts that a trial states itself or, failing that, those of the trials of its shape.
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

/// How the recomputed artifacts differ from the stated ones; `None` if they are equal.
fn difference(stated: Option<&ImportedArtifacts>, planned: &Planned) -> Option<String> {
    let Some(stated) = stated else {
        return Some(
            "neither it nor a trial with its seq_length, time_window and batch_size states a complete split, scaler \
             and class weights"
                .to_owned(),
        );
    };
    let difference = stated.agrees_with_native(&planned.split, &planned.preprocessing).err()?;
    Some(format!(
        "the artifacts stated for it differ from those of the frozen bars and the sealed split ({difference})"
    ))
}
