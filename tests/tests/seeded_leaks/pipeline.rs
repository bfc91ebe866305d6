//! The pipeline's own fitting, for mutations that a faulty pipeline would apply consistently.

use crate::made_run::MadeRun;
use crate::mutations::test_set::baseline;
use artifact_core::schema::{
    BestConfiguration, CLASSES, CrossValidation, FoldResult, LabelSpec, Preprocessing, Seal, SplitPlan,
    TestMetrics,
};
use artifact_core::{IndexSet, MemoryStore};
use data_loader::splits::{CalendarRule, Separation, calendar};
use data_loader::{DataParts, Dataset, LabelMatrix, Panel, Windows};

/// The input rows of some sequences.
pub(crate) fn input_rows(sequences: &IndexSet, seq_length: usize) -> IndexSet {
    sequences.iter().flat_map(|sequence| sequence..sequence + seq_length).collect()
}

/// The scaler and class weights that the pipeline fits on the sequences `train` of a panel, whatever rows it holds, as
/// a preprocessing.
pub(crate) fn fitted(
    run: &MadeRun,
    panel: &Panel,
    own: &Preprocessing,
    train: &IndexSet,
    seq_length: usize,
) -> Preprocessing {
    let store = MemoryStore::default();
    let development = data_loader::freeze_panel(&store, panel, artifact_core::producer!()).unwrap();
    let seal = Seal { development, split_row: panel.rows(), ..run.get(run.seal()) };
    let best = BestConfiguration { preprocessing: own.clone(), ..run.get(run.best()) };
    let recipe = run.parts.stored(&best).unwrap();
    let dataset = Dataset::development(&store, &seal, &recipe).unwrap();
    dataset.refit(own, train, seq_length).unwrap()
}

/// How often each class occurs in the labels of some sequences.
pub(crate) fn counts(
    panel: &Panel,
    spec: &LabelSpec,
    sequences: &IndexSet,
    seq_length: usize,
) -> [u64; CLASSES] {
    let target = DataParts::builtin().targets.find(&spec.rule).unwrap();
    let labels = LabelMatrix::of(panel, &target, spec.time_window).unwrap();
    let labels = labels.codes();
    let mut counts = [0; CLASSES];
    for sequence in sequences.iter() {
        let row = labels.row(sequence + seq_length - 1);
        row.iter().filter(|&&label| label >= 0).for_each(|&label| counts[label as usize] += 1);
    }
    counts
}

/// The rows before the test rows.
pub(crate) fn development(run: &MadeRun) -> Panel {
    let seal = run.get(run.seal());
    run.panel.slice_rows(0..seal.split_row)
}

/// Refits every preprocessing of the run on `panel`, by its current split and settings.
pub(crate) fn refit(run: &mut MadeRun, panel: &Panel) {
    for id in run.all::<Preprocessing>() {
        let plan: SplitPlan = run.get(run.get(id).split);
        let new = fitted(run, panel, &run.get(id), &plan.train, plan.seq_length);
        run.edit(id, |own| (own.scaler, own.class_weights) = (new.scaler, new.class_weights));
    }
    follow_majority(run);
}

/// The majority class of the test figures is that of the chosen configuration's training.
fn follow_majority(run: &mut MadeRun) {
    let counts = run.get(run.get(run.cv()).preprocessing).class_weights.counts;
    let most = (0..counts.len()).rev().max_by_key(|&class| counts[class]).unwrap();
    run.edit(run.bundle(), |bundle| {
        for row in &mut baseline(bundle, TestMetrics::MAJORITY).confusion {
            let all = row.iter().sum();
            *row = [0; 3];
            row[most] = all;
        }
    });
}

/// Recomputes the sets of a split from its current settings.
pub(crate) fn recut(plan: &mut SplitPlan) {
    let rule = CalendarRule {
        windows: Windows::from(&*plan),
        train_test_split_ratio: plan.train_test_split_ratio,
        validation_ratio: plan.validation_ratio,
        separation: Separation::from(&*plan),
    };
    let cut = calendar(plan.rows, rule).unwrap();
    (plan.train, plan.final_train) = (cut.train, cut.final_train);
}

/// Recomputes the training sets of all folds, and refits the folds' own scalers and class weights.
pub(crate) fn refold(run: &mut MadeRun, panel: &Panel) {
    for id in run.all::<CrossValidation>() {
        let mut cv = run.get(id);
        let (plan, data) = (run.get(cv.split), run.get(cv.preprocessing));
        let splitter = run.parts.splitters.find(&cv.method).unwrap();
        let cut = data_loader::folds(&plan, &splitter).unwrap();
        for (fold, cut) in cv.folds.iter_mut().zip(cut) {
            fold.train = cut.train;
            refit_fold(run, panel, &data, plan.seq_length, fold);
        }
        run.edit(id, |old| *old = cv);
    }
}

/// Refits a fold's own scaler and class weights, if it has any, on its current training set.
pub(crate) fn refit_fold(
    run: &MadeRun,
    panel: &Panel,
    data: &Preprocessing,
    seq_length: usize,
    fold: &mut FoldResult,
) {
    if let Some(own) = &mut fold.refitted {
        let new = fitted(run, panel, data, &fold.train, seq_length);
        (own.scaler, own.class_weights) = (new.scaler, new.class_weights);
    }
}
