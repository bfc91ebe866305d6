//! Leaks from one fit into another.

use super::{Mutation, frozen};
use artifact_core::schema::Claim::FreshWeights;

pub(crate) fn all() -> Vec<Mutation> {
    vec![
        frozen("fold_reuses_a_model", &[FreshWeights], |run| {
            let trained = run.get(run.get(run.best()).trial.native()).metrics.unwrap().best_weights;
            run.edit(run.cv(), |cv| cv.folds[1].initial_weights = trained);
        }),
        frozen("fold_continues_the_fold_before", &[FreshWeights], |run| {
            let trained = artifact_core::Digest::of(b"the weights after the first fold");
            run.edit(run.cv(), |cv| cv.folds[1].initial_weights = trained);
        }),
        frozen("folds_share_a_start", &[FreshWeights], |run| {
            run.edit(run.cv(), |cv| cv.folds[2].initial_weights = cv.folds[0].initial_weights);
        }),
        frozen("trial_continues_the_trial_before", &[FreshWeights], |run| {
            let trained = run.get(run.trial(2)).metrics.unwrap().best_weights;
            run.edit(run.trial(3), |trial| trial.metrics.as_mut().unwrap().initial_weights = trained);
        }),
        frozen("final_model_continues_the_trial", &[FreshWeights], |run| {
            let trained = run.get(run.get(run.best()).trial.native()).metrics.unwrap().best_weights;
            run.edit(run.bundle(), |bundle| bundle.initial_weights = trained);
        }),
        frozen("final_model_starts_as_a_fold", &[FreshWeights], |run| {
            let start = run.get(run.cv()).folds[0].initial_weights;
            run.edit(run.bundle(), |bundle| bundle.initial_weights = start);
        }),
    ]
}
