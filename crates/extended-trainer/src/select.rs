//! The choice: ranks the cross-validated candidates and stores what the final fit needs.

use crate::candidate::Candidate;
use crate::corrected::corrected;
use crate::cross_validate::{Complete, CrossValidated, cross_validate};
use crate::error::ExtendedError;
use crate::imported::{locate_imported, rank_imported};
use crate::lookup::{Located, choose, locate, rank};
use crate::racing::FoldPruner;
use crate::superior::{Before, Entrant, superior_ability};
use artifact_core::schema::label_overlap;
use artifact_core::schema::{
    AnyStudy, AnyStudyId, Baseline, BestConfiguration, BestConfigurationId, CLASS_NAMES, CLASSES,
    CrossValidation, CrossValidationId, FrozenPlan, FrozenPlanId, Hyperparameters, ImportedStudy, Role, Seal,
    SealId, StudyId, SuperiorAbilityTest,
};
use artifact_core::verify::Parents;
use artifact_core::{
    Component, Digest, Error, ObjectStore, Params, Run, load, load_envelope, load_study, producer, save,
};
use data_loader::{Dataset, Fold};
use settings::Config;
use settings::part::Chosen;
use trainer_core::{Checkpoints, ENGINE_VERSION, ModelParts, Training, check_engine};
use views::{self, ViewState, write_all};

/// Phase 2 of a run.
pub struct ExtendedTrainer<'a> {
    /// The run whose views are written.
    pub run: &'a Run,
    /// The object store.
    pub store: &'a dyn ObjectStore,
    /// The configuration.
    pub config: &'a Config,
    /// The models and metrics, for trials and the baseline.
    pub parts: &'a ModelParts,
    /// The models of the study, at least one, each with the metric and settings that the configuration chooses.
    pub trainings: &'a [Training],
    /// The fold pruner that the configuration names.
    pub pruner: &'a Chosen<dyn FoldPruner>,
    /// The sealed data.
    pub seal_id: SealId,
    /// The same, loaded.
    pub seal: &'a Seal,
    /// The development rows.
    pub dataset: &'a Dataset,
    /// The finished study, or an imported one.
    pub study: AnyStudyId,
}

/// The result of phase 2.
#[derive(Debug, Clone)]
pub struct Extended {
    /// The cross-validations, best first, the baselines last.
    pub results: Vec<(CrossValidationId, CrossValidation)>,
    /// The chosen configuration's object.
    pub best_id: BestConfigurationId,
    /// The chosen configuration.
    pub best: BestConfiguration,
}

/// The models that every candidate is compared with, the linear one first.
pub(crate) const BASELINES: [&str; 2] = ["linear", "gbdt"];

impl ExtendedTrainer<'_> {
    /// Cross-validates the best trials and the baseline, chooses the best one, stores the results and writes the views.
    ///
    /// # Errors
    ///
    /// [`ExtendedError`].
    pub fn run(&self, progress: &(dyn Fn(&Candidate<'_>, &Fold) + Sync)) -> Result<Extended, ExtendedError> {
        let parents = Parents::new(self.store);
        parents.verify(self.study.digest())?;
        let located = match parents.study(self.study)? {
            AnyStudy::Native(_) => self.locate_best(self.study.native())?,
            AnyStudy::Imported(study) => self.locate_best_imported(&study)?,
        };
        let first = located.first().ok_or(ExtendedError::NoTrials)?;

        let mut candidates: Vec<Candidate<'_>> = Vec::new();
        for located in &located {
            let model = self.parts.models.find(&located.model)?;
            candidates.push(Candidate {
                role: Role::Candidate,
                model,
                params: located.params.clone(),
                located,
            });
        }
        for name in BASELINES {
            candidates.push(Candidate {
                role: Role::Baseline,
                model: self.parts.models.choose(&name.into())?,
                // It shares the best trial's data, and has its model's defaults. A linear model's penalty is chosen like the
                // number of epochs.
                params: Hyperparameters { model: Params::default(), ..first.params },
                located: first,
            });
        }
        let checkpoints = Checkpoints::new(self.run.checkpoints(), self.config.checkpoints.epochs);
        let mut outcomes = cross_validate(
            self.dataset,
            self.config,
            &self.trainings[0],
            self.pruner,
            &candidates,
            &checkpoints,
            progress,
        )?;
        // The baselines were the last candidates.
        let baselines = outcomes.split_off(outcomes.len() - BASELINES.len());
        let completed = |(outcome, name)| match outcome {
            CrossValidated::Complete(baseline) => Ok(*baseline),
            CrossValidated::Failed(source) => Err(ExtendedError::Baseline { name, source }),
            // A baseline is never pruned.
            CrossValidated::Pruned(_) => Err(ExtendedError::NoTrials),
        };
        let baselines = baselines.into_iter().zip(BASELINES).map(completed).collect::<Result<_, _>>()?;
        let ranked = rank_results(outcomes)?;
        self.conclude(&located, ranked, baselines)
    }

    /// The best trials of a native study.
    fn locate_best(&self, study: StudyId) -> Result<Vec<Located>, ExtendedError> {
        // Under another engine the same seed gives other bits, so the trials' ranks would not describe these fits.
        check_engine(&load_envelope(self.store, study)?.producer)?;
        let (_, trials) = load_study(self.store, study)?;
        choose(&rank(&trials, &self.parts.metrics), self.config.extended.top_n, |(_, trial)| {
            &trial.model.name
        })
        .into_iter()
        .map(|(id, trial)| locate(self.store, self.seal, self.dataset, self.config, id, trial))
        .collect()
    }

    /// The best trials of older results.
    fn locate_best_imported(&self, study: &ImportedStudy) -> Result<Vec<Located>, ExtendedError> {
        let [training] = self.trainings else { return Err(ExtendedError::ModelOfImported) };
        let trials = study.trials.iter().map(|&id| Ok((id, load(self.store, id)?)));
        let trials = trials.collect::<Result<Vec<_>, Error>>()?;
        rank_imported(&trials)?
            .into_iter()
            .take(self.config.extended.top_n)
            .map(|ranked| {
                locate_imported(
                    self.store,
                    self.seal,
                    self.dataset,
                    self.config,
                    &training.model.component,
                    &trials,
                    ranked,
                )
            })
            .collect()
    }

    fn conclude(
        &self,
        located: &[Located],
        ranked: Vec<Complete>,
        baselines: Vec<Complete>,
    ) -> Result<Extended, ExtendedError> {
        let engine = || producer!(Some(ENGINE_VERSION));
        let mut results = Vec::new();
        let objectives: Vec<_> = ranked.iter().map(|own| &own.objectives).collect();
        let strangers = ranked.first().map(|own| own.strangers.as_slice()).unwrap_or_default();
        let corrected_objective = corrected(&objectives, strangers, &untouched(&ranked, located));
        let superior_ability = self.superior_ability(located, &ranked, &baselines);
        for cv in ranked.into_iter().chain(baselines).map(|own| own.cv) {
            results.push((save(self.store, cv.clone(), engine())?, cv));
        }
        // Not the baseline: `rank_results` fails if every candidate failed, and a race never prunes its best one.
        let (cv_id, cv) = results[0].clone();
        let (candidates, baselines) = results.split_at(results.len() - BASELINES.len());
        let candidates: Vec<CrossValidationId> = candidates.iter().map(|(id, _)| *id).collect();
        let mut baselines = baselines.iter().map(baseline);
        let baseline = baselines.next().ok_or(ExtendedError::NoTrials)?;
        let further_baselines = baselines.collect();
        let evaluations = cv.folds.iter().map(|fold| &fold.evaluation);
        let of_classes = evaluations.filter(|evaluation| evaluation.numbers.is_none());
        if let Some(class) = only_class(of_classes.map(|evaluation| &evaluation.confusion)) {
            tracing::warn!(
                "trial {} predicts {class} for every sample of every fold; if labels are imbalanced, \
                 training.decision = \"tuned\" or training.class_weight_mix = 1 help rare classes",
                cv.trial_number
            );
        }
        let chosen = located.iter().find(|located| located.id == cv.trial).ok_or(ExtendedError::NoTrials)?;
        let training = self.trainings.iter().find(|training| training.model.component == cv.model);
        let best = BestConfiguration {
            seal: self.seal_id,
            snapshot: self.seal.snapshot,
            study: self.study,
            trial: chosen.id,
            trial_number: chosen.number,
            seed: self.config.seed,
            model: cv.model.clone(),
            params: cv.params.clone(),
            training: training.unwrap_or(&self.trainings[0]).settings.clone(),
            objective: cv.objective.clone(),
            schedule_epochs: cv.epochs_trained,
            epochs_to_train: cv.epochs_to_train,
            split: chosen.split.clone(),
            preprocessing: chosen.preprocessing.clone(),
            candidates,
            cross_validation: cv_id,
            regenerated: cv.regenerated,
            cv_results: cv,
            corrected_objective,
            superior_ability,
            baseline,
            further_baselines,
        };
        let best_id = save(self.store, best.clone(), engine())?;
        self.write_views(best_id)?;
        Ok(Extended { results, best_id, best })
    }

    /// Tests whether the best candidate is better than the luckiest of several would be, on the rows before those on which tuning
    /// has ranked its trials.
    fn superior_ability(
        &self,
        located: &[Located],
        ranked: &[Complete],
        baselines: &[Complete],
    ) -> Vec<SuperiorAbilityTest> {
        let first = |own: &Located| Some(own.split.validation.first()? + own.split.seq_length - 1);
        let Some(row) = located.iter().filter_map(first).min() else { return Vec::new() };
        superior_ability(&entrants(ranked), &entrants(baselines), Before { row }, self.config.seed)
    }

    /// Writes `extended_training_results.json` and `best_configuration_artifacts.json` from the store.
    ///
    /// # Errors
    ///
    /// As [`artifact_core::load`], and [`Error::Io`].
    pub fn write_views(&self, best_id: BestConfigurationId) -> Result<(), Error> {
        write_all(&views::cross_validation(self.store, self.run, best_id)?)
    }

    /// Freezes the plan of the final phase: the chosen configuration, these settings and this program's version.
    /// Calling it again with the same inputs gives the same object.
    ///
    /// # Errors
    ///
    /// [`Error::Canonical`], or [`Error::Io`] if the store or the view cannot be written.
    pub fn freeze_plan(
        &self,
        id: BestConfigurationId,
        best: &BestConfiguration,
    ) -> Result<FrozenPlanId, Error> {
        let plan =
            FrozenPlan::new(id, best, self.config.settings()?, ENGINE_VERSION, env!("CARGO_PKG_VERSION"))?;
        let plan = save(self.store, plan, producer!(Some(ENGINE_VERSION)))?;
        let view = views::frozen_plan(self.store, self.run, plan)?;
        if view.state()? != ViewState::Current {
            view.write()?;
        }
        Ok(plan)
    }

    /// Loads the result of an earlier run of this phase.
    ///
    /// # Errors
    ///
    /// As [`artifact_core::load`].
    pub fn reload(&self, best_id: BestConfigurationId) -> Result<Extended, Error> {
        let best: BestConfiguration = load(self.store, best_id)?;
        let baselines = best.baselines().map(|(_, own)| own.cross_validation);
        let ids = best.candidates.iter().copied().chain(baselines);
        let results = ids.map(|id| Ok((id, load(self.store, id)?)));
        let results: Vec<(CrossValidationId, CrossValidation)> = results.collect::<Result<_, Error>>()?;
        // The final fit reads the preprocessing, which this phase may have made again.
        results.iter().try_for_each(|(_, cv)| load(self.store, cv.preprocessing).map(drop))?;
        Ok(Extended { results, best_id, best })
    }
}

fn entrants(all: &[Complete]) -> Vec<Entrant<'_>> {
    let entrants = all.iter().map(|own| Entrant {
        trial: own.cv.trial_number,
        name: &own.cv.model.name,
        time_window: own.cv.params.time_window,
        rows: &own.out_of_fold,
    });
    entrants.collect()
}

/// What the final fit needs of a baseline.
fn baseline((id, cv): &(CrossValidationId, CrossValidation)) -> Baseline {
    Baseline {
        cross_validation: *id,
        model: cv.model.clone(),
        params: cv.params.clone(),
        epochs_to_train: cv.epochs_to_train,
        decision_balance: cv.decision_balance,
        temperature: cv.temperature,
    }
}

/// Of each fold, whether no candidate's evaluated sequences have a label in the rows on which tuning has ranked its trials.
fn untouched(candidates: &[Complete], located: &[Located]) -> Vec<bool> {
    let folds = candidates.iter().map(|own| own.cv.folds.len()).min().unwrap_or(0);
    let ranked_on = |own: &Complete, fold: usize| {
        let located = located.iter().find(|located| located.id == own.cv.trial);
        located.is_some_and(|located| {
            let evaluated = &own.cv.folds[fold].evaluated;
            label_overlap(evaluated, &located.split.validation, own.cv.params.time_window) > 0
        })
    };
    (0..folds).map(|fold| !candidates.iter().any(|own| ranked_on(own, fold))).collect()
}

/// Sorts candidates by mean objective, the highest first; on ties, the better trial first. Leaves out candidates whose
/// cross-validation failed, with a warning, and pruned ones, with a log line.
fn rank_results(outcomes: Vec<CrossValidated>) -> Result<Vec<Complete>, ExtendedError> {
    let mut results = Vec::new();
    let mut first_error = None;
    for outcome in outcomes {
        match outcome {
            CrossValidated::Complete(complete) => results.push(*complete),
            CrossValidated::Pruned(pruned) => tracing::info!(
                "trial {} was pruned after {} folds: worse than trial {} (p = {:.3})",
                pruned.trial_number,
                pruned.fold_objectives.len(),
                pruned.against,
                pruned.p_value
            ),
            CrossValidated::Failed(error) => {
                tracing::warn!("cross-validation failed for a candidate: {error}");
                first_error.get_or_insert(error);
            }
        }
    }
    if let (true, Some(first)) = (results.is_empty(), first_error) {
        return Err(ExtendedError::AllFailed { first });
    }
    // The sort is stable and candidates come in the order of their trials' ranks, so on ties the better trial stays
    // first.
    results.sort_by(|a, b| b.cv.summary.avg_objective.total_cmp(&a.cv.summary.avg_objective));
    Ok(results)
}

/// The name of the class that is predicted for every sample, if it is the same one.
fn only_class<'a>(confusions: impl Iterator<Item = &'a [[u64; CLASSES]; CLASSES]>) -> Option<&'static str> {
    let mut predicted = [0; CLASSES];
    for (class, count) in confusions.flatten().flat_map(|row| row.iter().enumerate()) {
        predicted[class] += count;
    }
    let mut classes = CLASS_NAMES.into_iter().zip(predicted).filter(|&(_, count)| count > 0);
    let (only, _) = classes.next()?;
    classes.next().is_none().then_some(only)
}

/// The key of this phase: the digest of the engine version, the study, the splitter and the settings of the section
/// `extended`. All other settings that its result depends on are fixed within a run.
///
/// # Errors
///
/// [`Error::Canonical`].
pub fn phase_key(config: &Config, splitter: &Component, study: AnyStudyId) -> Result<Digest, Error> {
    // The splitter besides the settings that name it, since they lack its version.
    let parts = ("cross_validation", ENGINE_VERSION, study, splitter, config.settings_of("extended")?);
    Ok(Digest::of(&artifact_core::canonical_json(&parts)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_that_is_always_predicted_is_found() {
        let hold = [[5, 0, 0], [3, 0, 0], [2, 0, 0]];
        let down = [[0, 0, 0], [0, 0, 0], [0, 0, 1]];
        assert_eq!(only_class([&hold, &hold].into_iter()), Some("Hold"));
        assert_eq!(only_class([&hold, &down].into_iter()), None);
        assert_eq!(only_class([].into_iter()), None);
    }
}
