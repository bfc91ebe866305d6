//! Leaks in cross-validation.

use super::{Mutation, frozen, judge_by, refitting};
use crate::made_run::MadeRun;
use crate::pipeline::{self, counts, development, fitted};
use artifact_core::IndexSet;
use artifact_core::schema::{Claim, CrossValidation, FoldResult, SplitPlan};

pub(crate) fn all() -> Vec<Mutation> {
    use Claim::*;
    vec![
        frozen("fold_purge_short_by_one", &[LabelSeparation, FoldTraining], |run| {
            on_fold(run, 1, |fold, _| {
                let next = fold.train.ranges().next().unwrap().end;
                fold.train = fold.train.iter().chain([next]).collect();
            });
        }),
        frozen("fold_embargo_ignored", &[Embargo, FoldTraining], |run| {
            on_fold(run, 0, |fold, plan| {
                let first = fold.evaluated.last().unwrap() + plan.time_window;
                fold.train = fold.train.iter().chain(first..first + plan.embargo).collect();
            });
        }),
        frozen("fold_embargo_short_by_one", &[Embargo, FoldTraining], |run| {
            on_fold(run, 1, |fold, _| {
                let after = fold.train.iter().find(|&s| s > fold.evaluated.last().unwrap()).unwrap();
                fold.train = fold.train.iter().chain([after - 1]).collect();
            });
        }),
        frozen("fold_trains_on_what_it_evaluates", &[LabelSeparation, Embargo, FoldTraining], |run| {
            on_fold(run, 1, |fold, plan| fold.train = plan.development.clone());
        }),
        frozen("fold_trains_on_test_rows", &[LookBack, TestUntouched, FoldTraining], |run| {
            on_fold(run, 0, |fold, plan| fold.train = fold.train.iter().chain(plan.test.iter()).collect());
        }),
        frozen("fold_lacks_a_sequence", &[FoldTraining], |run| {
            on_fold(run, 2, |fold, _| fold.train = fold.train.iter().filter(|&s| s != 30).collect());
        }),
        frozen("overlapping_folds", &[LabelSeparation, FoldPartition, FoldTraining], |run| {
            on_fold(run, 1, |fold, _| {
                let first = fold.evaluated.first().unwrap();
                fold.evaluated = IndexSet::from_range(first - 4..fold.evaluated.last().unwrap() + 1);
            });
            judge_folds(run);
        }),
        frozen("sequence_in_no_fold", &[FoldPartition], |run| {
            on_fold(run, 2, |fold, _| {
                let last = fold.evaluated.last().unwrap();
                fold.evaluated = IndexSet::from_range(fold.evaluated.first().unwrap()..last);
            });
            judge_folds(run);
        }),
        frozen("fold_left_out", &[FoldPartition, Selection], |run| {
            run.edit(run.cv(), |cv| drop(cv.folds.remove(0)));
        }),
        frozen("fold_evaluated_on_test_rows", &[LookBack, TestUntouched, FoldPartition], |run| {
            on_fold(run, 2, |fold, plan| {
                fold.evaluated =
                    IndexSet::from_range(fold.evaluated.first().unwrap()..plan.test.last().unwrap() + 1);
            });
        }),
        refitting("fold_trains_on_the_future", &[FoldTraining], |run| {
            on_fold(run, 0, |fold, plan| {
                let last = plan.development.last().unwrap();
                fold.train = fold.train.iter().chain(last - 10..=last).collect();
            });
            refit_fold(run, 0);
        }),
        refitting("fold_under_label_purge", &[StrictSeparation, FoldTraining], |run| {
            on_fold(run, 1, |fold, plan| {
                let end = fold.evaluated.first().unwrap() + 1 - plan.time_window;
                fold.train = IndexSet::from_range(0..end);
            });
            refit_fold(run, 1);
        }),
        refitting("fold_scaler_of_all_development_rows", &[ScalerRefit], |run| {
            let panel = development(run);
            with_own(run, 0, |run, fold, plan| {
                let data = run.get(run.get(run.cv()).preprocessing);
                let all = fitted(run, &panel, &data, &plan.development, plan.seq_length).scaler;
                let own = &mut fold.refitted.as_mut().unwrap().scaler;
                (own.mean, own.std) = (all.mean, all.std);
            });
        }),
        refitting("fold_class_weights_of_the_trial", &[ClassWeightsRefit], |run| {
            with_own(run, 0, |run, fold, _| {
                let frozen = run.get(run.get(run.cv()).preprocessing).class_weights;
                fold.refitted.as_mut().unwrap().class_weights = frozen;
            });
        }),
        refitting("frozen_scaler_where_refits_were_asked", &[SettingsKept], |run| {
            run.edit(run.cv(), |cv| {
                cv.refitted_preprocessing = false;
                cv.folds.iter_mut().for_each(|fold| fold.refitted = None);
            });
        }),
        frozen("fold_judged_on_shifted_labels", &[EvaluatedLabels], |run| {
            let cv: CrossValidation = run.get(run.cv());
            let (plan, own) = (run.get(cv.split), run.get(cv.preprocessing));
            let later: IndexSet = cv.folds[0].evaluated.iter().map(|s| s + 4).collect();
            let counts = counts(&development(run), &own.labels, &later, plan.seq_length);
            run.edit(run.cv(), |cv| judge_by(&mut cv.folds[0].evaluation, counts));
        }),
    ]
}

/// Changes one fold of the chosen cross-validation.
fn on_fold(run: &mut MadeRun, place: usize, change: fn(&mut FoldResult, &SplitPlan)) {
    let plan = run.get(run.get(run.cv()).split);
    run.edit(run.cv(), |cv| change(&mut cv.folds[place], &plan));
}

/// Changes one fold of the chosen cross-validation, by what else is in the run.
fn with_own(run: &mut MadeRun, place: usize, change: impl Fn(&MadeRun, &mut FoldResult, &SplitPlan)) {
    let plan = run.get(run.get(run.cv()).split);
    let mut fold = run.get(run.cv()).folds[place].clone();
    change(run, &mut fold, &plan);
    run.edit(run.cv(), |cv| cv.folds[place] = fold);
}

/// Refits a fold's own scaler and class weights on its current training set.
fn refit_fold(run: &mut MadeRun, place: usize) {
    let panel = development(run);
    with_own(run, place, |run, fold, plan| {
        let data = run.get(run.get(run.cv()).preprocessing);
        pipeline::refit_fold(run, &panel, &data, plan.seq_length, fold);
    });
}

/// Scores the folds again, on the sequences that they evaluate now.
fn judge_folds(run: &mut MadeRun) {
    let panel = development(run);
    let cv = run.get(run.cv());
    for place in 0..cv.folds.len() {
        with_own(run, place, |run, fold, plan| {
            let own = run.get(cv.preprocessing);
            let counts = counts(&panel, &own.labels, &fold.evaluated, plan.seq_length);
            if counts.iter().sum::<u64>() != fold.evaluation.samples {
                judge_by(&mut fold.evaluation, counts);
            }
        });
    }
}
