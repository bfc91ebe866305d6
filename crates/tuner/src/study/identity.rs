//! What identifies a study.

use crate::search_space::Searched;
use crate::storage::StudyIdentity;
use artifact_core::schema::{SealId, SnapshotId};
use artifact_core::{Component, Digest, Error};
use settings::Config;
use trainer_core::ENGINE_VERSION;

/// The name and attributes of a configuration's study in the database. The name is the start of its key.
///
/// # Errors
///
/// [`Error::Canonical`].
pub fn study_identity(
    config: &Config,
    searched: &Searched,
    development: SnapshotId,
) -> Result<StudyIdentity, Error> {
    let key = study_key(config, searched, development)?;
    Ok(StudyIdentity {
        name: key.short(),
        metric: searched.objective().component.name.clone(),
        attributes: vec![
            ("holdfast:study_key", key.to_string().into()),
            ("holdfast:engine_version", ENGINE_VERSION.into()),
            ("holdfast:parallelism", config.tuner.parallelism.into()),
        ],
    })
}

/// The study's key: a digest of the settings, the data, and the names and versions of models and objective.
pub(super) fn study_key(
    config: &Config,
    searched: &Searched,
    development: SnapshotId,
) -> Result<Digest, Error> {
    let settings = config.study_key(development, ENGINE_VERSION)?;
    let objective = &searched.objective().component;
    let models: Vec<&Component> =
        searched.trainings.iter().map(|training| &training.model.component).collect();
    let key = match models.as_slice() {
        // Without the list around it: as before a study could have several.
        [model] => artifact_core::canonical_json(&(settings, model, objective)),
        models => artifact_core::canonical_json(&(settings, models, objective)),
    };
    Ok(Digest::of(&key?))
}

/// The key of the tuning phase: runs with the same key end with the same study, here of `total` trials.
///
/// # Errors
///
/// [`Error::Canonical`].
pub fn phase_key(
    config: &Config,
    searched: &Searched,
    seal: SealId,
    development: SnapshotId,
    total: u64,
) -> Result<Digest, Error> {
    let study = study_key(config, searched, development)?;
    // The study's key leaves out the numbers of trials, so that a larger budget continues the same study.
    let stages: Vec<u64> = config.tuner.stages.iter().map(|stage| stage.trials).collect();
    Ok(Digest::of(&artifact_core::canonical_json(&("tuning", study, seal, stages, total))?))
}
