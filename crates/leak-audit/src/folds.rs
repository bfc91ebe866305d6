//! Claims about cross-validations.

use crate::context::Context;
use crate::findings::Findings;
use crate::fits;
use crate::labels::Labels;
use crate::preprocessing;
use crate::rows::Reach;
use crate::separation::Evaluated;
use crate::splits::{equal_sets, reads_development_only};
use artifact_core::schema::{Claim, CrossValidation, CvMethod, SplitPlan};
use artifact_core::{Component, IndexSet};
use std::collections::BTreeMap;

/// A cross-validation with what its folds were cut from.
pub(crate) struct Cut<'a> {
    pub(crate) subject: String,
    pub(crate) cv: &'a CrossValidation,
    pub(crate) plan: &'a SplitPlan,
    pub(crate) reach: Reach,
    pub(crate) labels: &'a Labels,
    pub(crate) features: &'a [Component],
}

/// Checks the cut and every fold.
pub(crate) fn check(context: &Context<'_>, cut: &Cut<'_>, findings: &mut Findings) {
    let (cv, subject, claim) = (cut.cv, &cut.subject, Claim::SettingsKept);
    let wanted = &context.config.extended;
    let method = cv.method == wanted.method;
    findings.check(claim, subject, method, format!("{:?} folds", cv.method), format!("{:?}", wanted.method));
    let refitted = "refitting of scaler and class weights";
    findings.equal(claim, subject, refitted, cv.refitted_preprocessing, wanted.refit_preprocessing);
    findings.evidence(claim, subject, &[("settings", 2)]);

    let mut usable = true;
    for fold in &cv.folds {
        for (name, set) in [("train", &fold.train), ("evaluated", &fold.evaluated)] {
            let subject = format!("{subject}, fold {}", fold.fold);
            usable &= context.fits(Claim::TestUntouched, &subject, name, set, cut.reach, findings);
        }
    }
    if !usable {
        return;
    }
    partition(cut, findings);
    for place in 0..cv.folds.len() {
        check_fold(context, cut, place, findings);
    }
}

fn check_fold(context: &Context<'_>, cut: &Cut<'_>, place: usize, findings: &mut Findings) {
    let fold = &cut.cv.folds[place];
    let (plan, reach) = (cut.plan, cut.reach);
    let subject = format!("{}, fold {}", cut.subject, fold.fold);
    let evaluated = Evaluated::new(plan, reach, &fold.evaluated);
    evaluated.check(&subject, &fold.train, findings);
    for (name, set) in [("train", &fold.train), ("evaluated", &fold.evaluated)] {
        reads_development_only(context, &format!("{subject}, {name}"), set, reach, findings);
    }

    // Walking forward, only what lies before the block may train.
    let past_only = cut.cv.method == CvMethod::WalkForward;
    let first = fold.evaluated.first().unwrap_or(0);
    let may_train = |&sequence: &usize| evaluated.allows(sequence) && (!past_only || sequence < first);
    let expected: IndexSet = plan.development.iter().filter(may_train).collect();
    equal_sets(Claim::FoldTraining, &subject, "train", &fold.train, &expected, findings);
    let counts = [("train", expected.len()), ("evaluated", fold.evaluated.len())];
    findings.evidence(Claim::FoldTraining, &subject, &counts);

    fits::evaluated(&subject, &fold.evaluation, &fold.evaluated, reach, cut.labels, findings);
    let own = fold.refitted.is_some();
    findings.equal(Claim::ScalerRefit, &subject, "a scaler of its own:", own, cut.cv.refitted_preprocessing);
    if let Some(own) = &fold.refitted {
        let features = cut.features;
        preprocessing::fitted_scaler(context, &subject, features, &own.scaler, &fold.train, reach, findings);
        preprocessing::counted(&subject, &own.class_weights, &fold.train, reach, cut.labels, findings);
        let pooling = own.scaler.per == context.config.scaler.per;
        findings.check(Claim::SettingsKept, &subject, pooling, "another pooling", "the run's own");
    }
}

/// The evaluated sets are those that the method cuts out of the development sequences.
fn partition(cut: &Cut<'_>, findings: &mut Findings) {
    let (claim, subject, folds) = (Claim::FoldPartition, &cut.subject, &cut.cv.folds);
    let all: Vec<usize> = cut.plan.development.iter().collect();
    let expected = match cut.cv.method {
        // k blocks of n / k sequences, the last one with the remainder.
        CvMethod::Kfold => Some(blocks(&all, folds.len())),
        // k + 1 such blocks; the first one is never evaluated.
        CvMethod::WalkForward => Some(blocks(&all, folds.len() + 1).split_off(1)),
        // Every choice of some groups: checked by how often each sequence is evaluated.
        CvMethod::CombinatorialPurged => None,
    };
    match expected {
        Some(expected) => {
            for (fold, expected) in folds.iter().zip(&expected) {
                let subject = format!("{subject}, fold {}", fold.fold);
                equal_sets(claim, &subject, "evaluated", &fold.evaluated, expected, findings);
            }
        }
        None => evaluated_equally_often(cut, &all, findings),
    }
    let numbered = folds.iter().enumerate().all(|(place, fold)| fold.fold == place as u64 + 1);
    findings.check(claim, subject, numbered, "folds that are not numbered from 1", "1, 2, ...");
    let evaluated: usize = folds.iter().map(|fold| fold.evaluated.len()).sum();
    let counts = [("folds", folds.len()), ("development", all.len()), ("evaluated", evaluated)];
    findings.evidence(claim, subject, &counts);
}

/// `count` blocks of equal size, the last one with the remainder.
fn blocks(all: &[usize], count: usize) -> Vec<IndexSet> {
    let size = all.len() / count.max(1);
    let block = |number: usize| {
        let end = if number + 1 == count { all.len() } else { (number + 1) * size };
        all[number * size..end].iter().copied().collect()
    };
    (0..count).map(block).collect()
}

/// Every development sequence is evaluated, and each as often as any other.
fn evaluated_equally_often(cut: &Cut<'_>, all: &[usize], findings: &mut Findings) {
    let mut times: BTreeMap<usize, usize> = all.iter().map(|&sequence| (sequence, 0)).collect();
    for fold in &cut.cv.folds {
        fold.evaluated.iter().for_each(|sequence| *times.entry(sequence).or_default() += 1);
    }
    let (least, most) =
        (times.values().min().copied().unwrap_or(0), times.values().max().copied().unwrap_or(0));
    let found = format!("sequences that are evaluated {least} to {most} times");
    let expected = "every development sequence as often as any other, and no other sequence";
    let only = times.len() == all.len();
    findings.check(Claim::FoldPartition, &cut.subject, only && least == most && least > 0, found, expected);
}
