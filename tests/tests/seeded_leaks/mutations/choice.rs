//! Leaks in the choice of the configuration.

use super::{Mutation, frozen};
use crate::bases::Base;
use artifact_core::schema::Claim;
use artifact_core::{Id, Phase};

/// The claims that reveal a configuration chosen in another run, with other settings.
const OTHER_RUN: &[Claim] = &[
    Claim::SettingsKept,
    Claim::EvaluatedLabels,
    Claim::FreshWeights,
    Claim::Selection,
    Claim::RegeneratedMarks,
    Claim::FinalFit,
    Claim::TestLedger,
];

pub(crate) fn all() -> Vec<Mutation> {
    use Claim::*;
    vec![
        frozen("best_configuration_of_another_run", OTHER_RUN, |run| {
            let other = Base::Refitting.run();
            run.add_objects_of(other);
            let id = other.best().digest();
            run.record
                .phases
                .get_mut(&Phase::CrossValidation)
                .unwrap()
                .outputs
                .insert("best_configuration".into(), id);
        }),
        frozen("second_best_chosen", &[Selection], |run| {
            run.edit(run.best(), |best| {
                best.candidates.swap(0, 1);
                best.cross_validation = best.candidates[0];
            });
        }),
        frozen("candidate_that_is_not_among_the_best", &[Selection], |run| {
            // The chosen trial would have been the worst by validation.
            let trial = run.get(run.best()).trial.native();
            run.edit(trial, |trial| {
                let metrics = trial.metrics.as_mut().unwrap();
                (metrics.validation.mcc, metrics.objective_value) = (Some(-0.9), -0.9);
            });
        }),
        frozen("parameters_changed_after_the_choice", &[Selection], |run| {
            run.edit(run.best(), |best| best.params.model.set("learning_rate", 0.123));
        }),
        frozen("trial_scored_on_another_figure", &[Selection], |run| {
            run.edit(run.trial(1), |trial| trial.metrics.as_mut().unwrap().objective_value += 0.5);
        }),
        frozen("cross_validation_with_a_better_mean", &[Selection], |run| {
            run.edit(run.cv(), |cv| cv.summary.avg_objective += 0.1);
        }),
        frozen("trial_of_another_study", &[Selection], |run| {
            run.edit(run.trial(2), |trial| trial.study_key = artifact_core::Digest::of(b"another study"));
        }),
        frozen("split_replaced_in_the_copy", &[Selection], |run| {
            run.fresh_copies = false;
            run.edit(run.best(), |best| best.split.train = best.split.development.clone());
        }),
        frozen("regenerated_without_a_mark", &[RegeneratedMarks], |run| {
            let id = run.get(run.cv()).preprocessing;
            let other = run.changed_copy(id, |own| own.warnings.push("rebuilt".into()));
            run.edit(run.cv(), |cv| cv.preprocessing = other);
        }),
        frozen("parents_left_out", &[ObjectsIntact], |run| {
            let id = run.trial(0).digest();
            run.document(id)["parents"] = serde_json::json!([]);
        }),
        frozen("object_of_another_kind", &[ObjectsIntact], |run| {
            let seal = run.seal().digest();
            run.edit(run.study(), |study| study.trials[1] = Id::new(seal));
        }),
    ]
}
