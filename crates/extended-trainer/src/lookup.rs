//! Lookup: the best trials, and the artifacts that each one names.

use crate::error::ExtendedError;
use artifact_core::schema::{
    AnyTrialId, Hyperparameters, Preprocessing, PreprocessingId, Seal, SplitPlan, SplitPlanId, Trial,
    TrialId, TrialState,
};
use artifact_core::verify::Parents;
use artifact_core::{Component, Error, ObjectStore};
use data_loader::{Dataset, Planned, Windows};
use settings::Config;
use settings::part::Catalog;
use trainer_core::{Metric, Ranking, Scored, is_comparable};

/// A trial with the split and the preprocessing it was scored with.
#[derive(Debug, Clone)]
pub struct Located {
    /// The trial's object.
    pub id: AnyTrialId,
    /// The trial's number.
    pub number: u64,
    /// The model.
    pub model: Component,
    /// The hyperparameters.
    pub params: Hyperparameters,
    /// Its split's object.
    pub split_id: SplitPlanId,
    /// Its split.
    pub split: SplitPlan,
    /// Its preprocessing's object.
    pub preprocessing_id: PreprocessingId,
    /// Its preprocessing.
    pub preprocessing: Preprocessing,
    /// Whether split and preprocessing had to be recomputed.
    pub regenerated: bool,
}

/// The complete trials that can be compared, best objective first; on ties, the lowest number first. `trials` come in number
/// order. Those of other tasks are left out, with a warning, where the objective cannot be compared between tasks.
pub fn rank<'t>(trials: &'t [(TrialId, Trial)], metrics: &Catalog<dyn Metric>) -> Vec<(TrialId, &'t Trial)> {
    let objective = trials.iter().find_map(|(_, trial)| Some(&trial.metrics.as_ref()?.objective));
    let Some(objective) = objective else { return Vec::new() };
    let of_state = trials.iter().filter(|(_, trial)| trial.state == TrialState::Complete);
    let scored = of_state.filter_map(|(id, trial)| {
        let score = trial.metrics.as_ref()?.objective_value;
        Some(Scored { time_window: trial.params.time_window, score, trial: (*id, trial) })
    });
    let ranking = Ranking::of(scored, is_comparable(metrics, objective));
    if let Some(warning) = ranking.warning(&objective.name) {
        tracing::warn!("{warning}");
    }
    ranking.ranked
}

/// The trials to cross-validate: `most` of `ranked`, which come best first, in the same order.
///
/// The best trial of each model comes before all others: one validation block ranks models less reliably than
/// cross-validation does, and several trials of one model are often nearly the same configuration. With fewer places
/// than models, the models with the best trials have them.
pub(crate) fn choose<'m, T: Copy>(ranked: &[T], most: usize, model: impl Fn(&T) -> &'m str) -> Vec<T> {
    let is_first = |place: usize| !ranked[..place].iter().any(|other| model(other) == model(&ranked[place]));
    let (first, others): (Vec<usize>, Vec<usize>) = (0..ranked.len()).partition(|&place| is_first(place));
    let mut places: Vec<usize> = first.into_iter().chain(others).take(most).collect();
    places.sort_unstable();
    places.into_iter().map(|place| ranked[place]).collect()
}

/// Finds a trial's split and preprocessing. If either is missing, recomputes both by the same rules, with a warning.
///
/// # Errors
///
/// [`ExtendedError::MissingArtifacts`] if one is missing and the configuration requires both; a damaged one is always
/// an error.
pub fn locate(
    store: &dyn ObjectStore,
    seal: &Seal,
    dataset: &Dataset,
    config: &Config,
    id: TrialId,
    trial: &Trial,
) -> Result<Located, ExtendedError> {
    let missing = match trial.split.zip(trial.preprocessing) {
        None => "the trial names none".to_owned(),
        Some((split_id, preprocessing_id)) => match load_all(store, id, split_id, preprocessing_id) {
            Ok((split, preprocessing)) => {
                let planned = Planned { split_id, split, preprocessing_id, preprocessing };
                return Ok(located(id, trial, planned, false));
            }
            // Only absence may be repaired: recomputing would hide damage or tampering.
            Err(error @ Error::NotFound { .. }) => error.to_string(),
            Err(error) => return Err(error.into()),
        },
    };
    if config.extended.require_artifacts {
        return Err(ExtendedError::MissingArtifacts { number: trial.number, reason: missing });
    }
    let planned = dataset.store_plan(store, seal, config, Windows::from(&trial.params))?;
    // What came out as it was is no other artifact: nothing about the results has to be qualified.
    let same = (trial.split, trial.preprocessing) == (Some(planned.split_id), Some(planned.preprocessing_id));
    let outcome = if same {
        "both came out the same"
    } else {
        "they differ, so all later results are marked as regenerated"
    };
    tracing::warn!(
        "the split or scaler of trial {} was missing ({missing}) and both were made again by the same rules: {outcome}",
        trial.number
    );
    Ok(located(id, trial, planned, !same))
}

fn located(id: TrialId, trial: &Trial, planned: Planned, regenerated: bool) -> Located {
    let (number, model, params) = (trial.number, trial.model.clone(), trial.params.clone());
    Located::new(id.into(), number, model, params, planned, regenerated)
}

impl Located {
    pub(crate) fn new(
        id: AnyTrialId,
        number: u64,
        model: Component,
        params: Hyperparameters,
        planned: Planned,
        regenerated: bool,
    ) -> Self {
        let Planned { split_id, split, preprocessing_id, preprocessing } = planned;
        Self { id, number, model, params, split_id, split, preprocessing_id, preprocessing, regenerated }
    }
}

/// Loads split and preprocessing, and checks that both, and the trial, agree with their parents.
fn load_all(
    store: &dyn ObjectStore,
    trial: TrialId,
    split: SplitPlanId,
    preprocessing: PreprocessingId,
) -> Result<(SplitPlan, Preprocessing), Error> {
    let parents = Parents::new(store);
    let loaded = (parents.load_verified(split)?, parents.load_verified(preprocessing)?);
    parents.verify(trial.digest())?;
    Ok(loaded)
}

#[cfg(test)]
mod tests {
    use super::choose;

    #[test]
    fn the_best_trial_of_each_model_has_a_place() {
        let ranked = ["a1", "a2", "a3", "b1", "a4", "c1"];
        let chosen = |most| choose(&ranked, most, |name| &name[..1]);
        assert_eq!(chosen(4), ["a1", "a2", "b1", "c1"]);
        assert_eq!(chosen(3), ["a1", "b1", "c1"]);
        assert_eq!(chosen(2), ["a1", "b1"]);
        assert_eq!(chosen(9), ranked);
        let one = ["a1", "a2", "a3"];
        assert_eq!(choose(&one, 2, |name| &name[..1]), ["a1", "a2"], "of one model, the best");
    }
}
