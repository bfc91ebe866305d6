//! Leaks at the test set.

use super::{Mutation, frozen};
use crate::made_run::MadeRun;
use crate::pipeline::counts;
use artifact_core::ledger::Event;
use artifact_core::schema::{Claim, Evaluation, ModelBundle, TestMetrics};

pub(crate) fn all() -> Vec<Mutation> {
    use Claim::*;
    vec![
        frozen("final_fit_on_test_rows", &[FinalFit, TestUntouched, LookBack], |run| {
            let plan = run.get(run.best()).split;
            run.edit(run.bundle(), |bundle| {
                bundle.train = plan.final_train.iter().chain(plan.test.iter()).collect()
            });
        }),
        frozen("final_fit_on_tuning_rows", &[FinalFit], |run| {
            let plan = run.get(run.best()).split;
            run.edit(run.bundle(), |bundle| bundle.train = plan.train);
        }),
        frozen("final_fit_for_another_number_of_epochs", &[FinalFit], |run| {
            run.edit(run.bundle(), |bundle| {
                let mut more = bundle.history[0].clone();
                more.epoch = bundle.epochs_trained + 1;
                bundle.history.push(more);
                bundle.epochs_trained += 1;
            });
        }),
        frozen("final_fit_watched_the_test_set", &[FinalFit], |run| {
            run.edit(run.bundle(), |bundle| bundle.history[0].objective = Some(0.1));
        }),
        frozen("final_model_of_another_configuration", &[FinalFit], |run| {
            let other = run.changed_copy(run.best(), |best| best.schedule_epochs += 1);
            run.edit(run.bundle(), |bundle| bundle.best_configuration = other);
        }),
        frozen("test_scored_on_other_labels", &[EvaluatedLabels], |run| {
            on_figures(run, |evaluation| {
                let (truth, predicted) = some_cell(evaluation);
                evaluation.confusion[truth][predicted] -= 1;
                evaluation.confusion[(truth + 1) % 3][predicted] += 1;
            });
        }),
        frozen("test_samples_left_out", &[EvaluatedLabels], |run| {
            on_figures(run, |evaluation| {
                let (truth, predicted) = some_cell(evaluation);
                evaluation.confusion[truth][predicted] -= 1;
                evaluation.samples -= 1;
            });
        }),
        frozen("majority_class_of_the_test_set", &[EvaluatedLabels], |run| {
            let best = run.get(run.best());
            let in_training = best.preprocessing.class_weights.counts;
            let least = (0..3).min_by_key(|&class| in_training[class]).unwrap();
            let labels = &best.preprocessing.labels;
            let true_counts = counts(&run.panel, labels, &best.split.test, best.split.seq_length);
            run.edit(run.bundle(), |bundle| {
                let majority = baseline(bundle, TestMetrics::MAJORITY);
                for (row, count) in majority.confusion.iter_mut().zip(true_counts) {
                    *row = [0; 3];
                    row[least] = count;
                }
            });
        }),
        frozen("opening_not_in_the_ledger", &[TestLedger], |run| run.ledger.clear()),
        frozen("scored_before_opened", &[TestLedger], |run| run.ledger.swap(0, 1)),
        frozen("ledger_line_removed", &[TestLedger], |run| {
            run.ledger_text = |text| text.split_inclusive('\n').skip(1).collect();
        }),
        frozen("ledger_line_changed", &[TestLedger], |run| {
            run.ledger_text = |text| text.replacen("\"at\":\"2", "\"at\":\"1", 1);
        }),
        frozen("opened_for_another_configuration", &[TestLedger], |run| {
            let other = run.changed_copy(run.best(), |best| best.schedule_epochs += 1);
            for entry in &mut run.ledger {
                if let Event::Unsealed { best_configuration, .. } = &mut entry.event {
                    *best_configuration = other;
                }
            }
        }),
        frozen("figures_changed_after_scoring", &[TestLedger], |run| {
            run.fresh_figures = false;
            run.edit(run.bundle(), |bundle: &mut ModelBundle| bundle.test.model.log_loss *= 0.9);
        }),
    ]
}

/// The test figures of a baseline.
pub(crate) fn baseline<'b>(bundle: &'b mut ModelBundle, name: &str) -> &'b mut Evaluation {
    let found = bundle.test.baselines.iter_mut().find(|own| own.name == name);
    &mut found.expect("a baseline of this name").evaluation
}

/// Changes all test evaluations alike, and the ledger with them.
fn on_figures(run: &mut MadeRun, change: fn(&mut Evaluation)) {
    run.edit(run.bundle(), |bundle| {
        change(&mut bundle.test.model);
        bundle.test.baselines.iter_mut().for_each(|own| change(&mut own.evaluation));
    });
}

/// True and predicted class of some sample.
fn some_cell(evaluation: &Evaluation) -> (usize, usize) {
    let cells = (0..3).flat_map(|truth| (0..3).map(move |predicted| (truth, predicted)));
    cells.into_iter().find(|&(truth, predicted)| evaluation.confusion[truth][predicted] > 0).unwrap()
}
