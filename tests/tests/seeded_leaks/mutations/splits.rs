//! Leaks in the splits of trials.

use super::{Mutation, frozen, judge_by, refitting};
use crate::made_run::MadeRun;
use crate::pipeline::{counts, development, recut, refit, refold};
use artifact_core::IndexSet;
use artifact_core::schema::{Claim, Purge, SplitPlan, SplitPlanId, SplitRule, Trial};

pub(crate) fn all() -> Vec<Mutation> {
    use Claim::*;
    vec![
        frozen("purge_short_by_one", &[SequenceSets], |run| {
            // The label of this sequence ends at the first validation row, which no evaluated label reads.
            on_split(run, |plan| plan.train = until(plan.train.last().unwrap() + 2));
        }),
        frozen("purge_short_by_two", &[SequenceSets, LabelSeparation], |run| {
            on_split(run, |plan| plan.train = until(plan.train.last().unwrap() + 3));
        }),
        frozen("no_purge_before_validation", &[SequenceSets, LabelSeparation], |run| {
            on_split(run, |plan| plan.train = until(plan.validation.first().unwrap()));
        }),
        frozen("training_on_validation", &[SequenceSets, LabelSeparation], |run| {
            on_split(run, |plan| plan.train = plan.development.clone());
        }),
        refitting("label_purge_where_strict_was_asked", &[SequenceSets, StrictSeparation], |run| {
            on_split(run, |plan| {
                plan.train = until(plan.validation.first().unwrap() + 1 - plan.time_window);
            });
        }),
        frozen(
            "test_rows_in_development",
            &[SequenceSets, TestUntouched, FoldPartition, FoldTraining],
            |run| {
                on_split(run, |plan| plan.development = until(plan.development.last().unwrap() + 4));
            },
        ),
        frozen("validation_on_test_rows", &[SequenceSets, LookBack, TestUntouched, EvaluatedLabels], |run| {
            on_split(run, |plan| {
                let first = plan.validation.first().unwrap();
                plan.validation = IndexSet::from_range(first..plan.test.last().unwrap() + 1);
            });
            judge_again(run);
        }),
        frozen("missing_validation_sequence", &[SequenceSets], |run| {
            on_split(run, |plan| {
                let middle = plan.validation.first().unwrap() + 5;
                plan.validation = plan.validation.iter().filter(|&s| s != middle).collect();
            });
            judge_again(run);
        }),
        frozen("missing_training_sequence", &[SequenceSets], |run| {
            on_split(run, |plan| plan.train = plan.train.iter().filter(|&s| s != 50).collect());
        }),
        frozen("test_set_without_its_worst_days", &[SequenceSets, EvaluatedLabels], |run| {
            on_split(run, |plan| {
                let first = plan.test.first().unwrap();
                plan.test = plan.test.iter().filter(|s| !(first + 4..first + 9).contains(s)).collect();
            });
        }),
        frozen("different_boundary_for_one_split", &[SplitBoundaries, SequenceSets], |run| {
            on_split(run, |plan| plan.split_row += 1);
        }),
        frozen("different_validation_ratio", &[SettingsKept, SplitBoundaries, SequenceSets], |run| {
            on_split(run, |plan| {
                plan.validation_ratio = 0.3;
                plan.validation_row -= 20;
            });
        }),
        frozen("boundary_on_the_list_of_sequences", &[SplitBoundaries], |run| {
            on_split(run, |plan| plan.rule = SplitRule::SequenceRatio);
        }),
        frozen("embargo_left_out_of_the_plan", &[SettingsKept], |run| {
            replan(run, |plan| plan.embargo = 0);
        }),
        refitting("purge_left_out_of_the_plan", &[SettingsKept], |run| {
            replan(run, |plan| plan.purge = Purge::Label);
        }),
        frozen("split_date_of_another_row", &[SplitBoundaries], |run| {
            on_split(run, |plan| plan.validation_date += chrono::TimeDelta::days(1));
        }),
    ]
}

fn until(end: usize) -> IndexSet {
    IndexSet::from_range(0..end)
}

/// Changes the split of the chosen configuration, and refits scalers and class weights accordingly.
fn on_split(run: &mut MadeRun, change: impl FnOnce(&mut SplitPlan)) {
    let id: SplitPlanId = run.get(run.cv()).split;
    run.edit(id, change);
    let panel = development(run);
    refit(run, &panel);
}

/// Changes the settings of every split, and carries the change through as the pipeline would: sets, fits, folds.
fn replan(run: &mut MadeRun, change: impl Fn(&mut SplitPlan)) {
    for id in run.all::<SplitPlan>() {
        run.edit(id, |plan| {
            change(plan);
            recut(plan);
        });
    }
    let panel = development(run);
    refit(run, &panel);
    refold(run, &panel);
    let train = run.get(run.get(run.cv()).split).final_train;
    run.edit(run.bundle(), |bundle| bundle.train = train);
}

/// Scores the trials again, on the validation sequences that their splits have now.
fn judge_again(run: &mut MadeRun) {
    for id in run.all::<Trial>() {
        let trial = run.get(id);
        let (Some(split), Some(own)) = (trial.split, trial.preprocessing) else { continue };
        let (plan, own) = (run.get(split), run.get(own));
        let counts = counts(&run.panel, &own.labels, &plan.validation, plan.seq_length);
        run.edit(id, |trial| judge_by(&mut trial.metrics.as_mut().unwrap().validation, counts));
    }
}
