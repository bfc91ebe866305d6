//! Every trial, every fold, every fit.

use crate::context::Context;
use crate::findings::Findings;
use crate::fits::{self, Fit};
use crate::folds::{self, Cut};
use crate::run::{Results, Validated};
use crate::shared_data::SharedData;
use artifact_core::schema::Claim;
use artifact_core::seed::FitSeed;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// The fold number in the seed of the final fit; no cross-validation fold has it.
const FINAL_FOLD: u64 = u64::MAX;

/// Checks the true classes that every complete trial was scored on.
pub(crate) fn check_trials(results: &Results, shared: &SharedData, findings: &mut Findings) {
    for trial in results.trials() {
        let Some(metrics) = &trial.metrics else { continue };
        let subject = format!("trial {}", trial.number);
        let Some(data) = results.data(trial.split, trial.preprocessing) else {
            findings.unchecked(Claim::EvaluatedLabels, &subject, "its split or preprocessing is not there");
            continue;
        };
        let own = (trial.params.seq_length, trial.params.time_window);
        let same = own == (data.plan.seq_length, data.plan.time_window);
        findings.check(
            Claim::SettingsKept,
            &subject,
            same,
            "a split of another geometry",
            "its parameters' own",
        );
        if let Some((reach, labels)) = shared.of(&data) {
            let (evaluation, sequences) = (&metrics.validation, &data.plan.validation);
            fits::evaluated(&subject, evaluation, sequences, reach, labels, findings);
        }
    }
}

/// Checks every fold of every cross-validation.
pub(crate) fn check_folds(
    context: &Context<'_>,
    results: &Results,
    shared: &SharedData,
    findings: &mut Findings,
) {
    let mut cuts = Vec::new();
    for Validated { subject, cv } in results.validated() {
        let Some(data) = results.data(Some(cv.split), Some(cv.preprocessing)) else {
            findings.unchecked(Claim::FoldPartition, subject, "its split or preprocessing is not there");
            continue;
        };
        if let Some((reach, labels)) = shared.of(&data) {
            let (subject, features) = (subject.clone(), data.own.features.as_slice());
            cuts.push(Cut { subject, cv, plan: data.plan, reach, labels, features });
        }
    }
    let checked: Vec<Findings> = cuts
        .par_iter()
        .map(|cut| {
            let mut found = Findings::default();
            folds::check(context, cut, &mut found);
            found
        })
        .collect();
    checked.into_iter().for_each(|found| findings.merge(found));
}

/// Checks the weights that every fit started from.
pub(crate) fn check_starts(context: &Context<'_>, results: &Results, findings: &mut Findings) {
    let root = context.config.seed;
    let (mut starts, mut ends) = (Vec::new(), BTreeMap::new());
    for trial in results.trials() {
        let Some(metrics) = &trial.metrics else { continue };
        let subject = format!("trial {}", trial.number);
        ends.insert(metrics.best_weights, subject.clone());
        // Folds of a cross-validation count from 1, so 0 is free for the tuning fit.
        let seed = FitSeed { root, trial: trial.number, fold: 0 };
        let initial_weights = metrics.initial_weights;
        starts.push(Fit { subject, model: &trial.model, params: &trial.params, seed, initial_weights });
    }
    for Validated { subject, cv } in results.validated() {
        for fold in &cv.folds {
            let subject = format!("{subject}, fold {}", fold.fold);
            let seed = FitSeed { root, trial: cv.trial_number, fold: fold.fold };
            let initial_weights = fold.initial_weights;
            starts.push(Fit { subject, model: &cv.model, params: &cv.params, seed, initial_weights });
        }
    }
    if let (Some(model), Some(chosen)) = (&results.final_model, &results.chosen) {
        let (subject, best) = ("the final model".to_owned(), &chosen.best);
        let seed = FitSeed { root, trial: best.trial_number, fold: FINAL_FOLD };
        let initial_weights = model.bundle.initial_weights;
        starts.push(Fit { subject, model: &best.model, params: &best.params, seed, initial_weights });
    }
    fits::starts(context, &starts, &ends, findings);
}
