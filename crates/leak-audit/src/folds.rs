//! Claims about cross-validations.

use crate::context::Context;
use crate::findings::Findings;
use crate::fits;
use crate::labels::Labels;
use crate::preprocessing;
use crate::rows::Reach;
use crate::separation::Evaluated;
use crate::splits::{equal_sets, reads_development_only};
use crate::splitters::{self, Reimplemented};
use artifact_core::schema::{Claim, CrossValidation, SplitPlan};
use artifact_core::{Component, IndexSet};
use data_loader::{Separation, Windows};
use std::collections::BTreeMap;

/// A cross-validation and what its folds were cut from.
pub(crate) struct Cut<'a> {
    pub(crate) subject: String,
    pub(crate) cv: &'a CrossValidation,
    pub(crate) plan: &'a SplitPlan,
    pub(crate) reach: Reach,
    pub(crate) labels: &'a Labels,
    pub(crate) features: &'a [Component],
}

/// Checks a cross-validation: its method, its partition and every fold.
pub(crate) fn check(context: &Context<'_>, cut: &Cut<'_>, findings: &mut Findings) {
    let (cv, subject, claim) = (cut.cv, &cut.subject, Claim::SettingsKept);
    let wanted = &context.config.extended;
    match context.parts.splitter(wanted) {
        Ok(chosen) => {
            let same = cv.method == chosen.component;
            findings.check(claim, subject, same, format!("folds by {}", cv.method), &chosen.component);
        }
        Err(fault) => findings.unchecked(claim, subject, format!("the splitter of the settings: {fault}")),
    }
    let refitted = "refitting of scaler and class weights";
    findings.equal(claim, subject, refitted, cv.refitted_preprocessing, wanted.refit_preprocessing);
    findings.evidence(claim, subject, &[("settings", 2)]);

    // Folds come from an untrusted artifact; row arithmetic is safe only once every sequence is known to exist.
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
    let own = splitters::reimplemented(&cv.method);
    called(context, cut, own.is_some(), findings);
    partition(cut, own, findings);
    for place in 0..cv.folds.len() {
        check_fold(context, cut, own, place, findings);
    }
}

fn check_fold(
    context: &Context<'_>,
    cut: &Cut<'_>,
    splitter: Option<&Reimplemented>,
    place: usize,
    findings: &mut Findings,
) {
    let fold = &cut.cv.folds[place];
    let (plan, reach) = (cut.plan, cut.reach);
    let subject = format!("{}, fold {}", cut.subject, fold.fold);
    let evaluated = Evaluated::new(plan, reach, &fold.evaluated);
    evaluated.check(&subject, &fold.train, findings);
    for (name, set) in [("train", &fold.train), ("evaluated", &fold.evaluated)] {
        reads_development_only(context, &format!("{subject}, {name}"), set, reach, findings);
    }

    if let Some(splitter) = splitter {
        // Walk-forward trains on the past only.
        let first = fold.evaluated.first().unwrap_or(0);
        let may_train =
            |&sequence: &usize| evaluated.allows(sequence) && (!splitter.past_only || sequence < first);
        let expected: IndexSet = plan.development.iter().filter(may_train).collect();
        equal_sets(Claim::FoldTraining, &subject, "train", &fold.train, &expected, findings);
        let counts = [("train", expected.len()), ("evaluated", fold.evaluated.len())];
        findings.evidence(Claim::FoldTraining, &subject, &counts);
    }

    fits::evaluated(&subject, &fold.evaluation, &fold.evaluated, reach, cut.labels, findings);
    // The frozen scaler is checked once, with its preprocessing; only a fold's own one is refitted here.
    let own = fold.refitted.is_some();
    findings.equal(Claim::ScalerRefit, &subject, "a scaler of its own:", own, cut.cv.refitted_preprocessing);
    if let Some(own) = &fold.refitted {
        let features = cut.features;
        preprocessing::fitted_scaler(context, &subject, features, &own.scaler, &fold.train, reach, findings);
        let weights = (&own.class_weights, own.target_scale);
        preprocessing::counted(&subject, weights, &fold.train, reach, cut.labels, findings);
        let pooling = own.scaler.per == context.config.scaler.per;
        findings.check(Claim::SettingsKept, &subject, pooling, "another pooling", "the run's own");
    }
}

/// Checks that the pipeline's splitter, called again, reproduces the stored folds. `also_recomputed` says whether this
/// crate recomputes them as well.
fn called(context: &Context<'_>, cut: &Cut<'_>, also_recomputed: bool, findings: &mut Findings) {
    let (cv, subject) = (cut.cv, &cut.subject);
    let both = [Claim::FoldPartition, Claim::FoldTraining];
    let splitter = match context.parts.splitters.find(&cv.method) {
        Ok(splitter) => splitter,
        Err(error) => {
            let reason = format!("its splitter {} cannot be called: {error}", cv.method);
            return both.into_iter().for_each(|claim| findings.unchecked(claim, subject, &reason));
        }
    };
    let found = format!("{} folds", cv.folds.len());
    let count = splitter.part.fold_count(&splitter.params);
    let expected = count.map_or("too many to count".to_owned(), |count| count.to_string());
    // Compare the count before calling the splitter: parameters from a file could ask for more folds than fit in
    // memory.
    let same = count == Some(cv.folds.len());
    if !findings.check(Claim::FoldPartition, subject, same, found, format!("{expected}, by {}", cv.method)) {
        return;
    }
    let (windows, separation) = (Windows::from(cut.plan), Separation::from(cut.plan));
    let folds = match splitter.part.folds(&cut.plan.development, windows, separation, &splitter.params) {
        Ok(folds) => folds,
        Err(error) => {
            let found = format!("folds that {} refuses to cut: {error}", cv.method);
            findings.check(Claim::FoldPartition, subject, false, found, "folds that it cuts");
            return;
        }
    };
    findings.equal(Claim::FoldPartition, subject, "folds cut again:", cv.folds.len(), folds.len());
    for (stored, cut) in cv.folds.iter().zip(&folds) {
        let subject = format!("{subject}, fold {}", stored.fold);
        for (claim, name, found, expected) in [
            (Claim::FoldPartition, "evaluated", &stored.evaluated, &cut.evaluated),
            (Claim::FoldTraining, "train", &stored.train, &cut.train),
        ] {
            equal_sets(claim, &subject, name, found, expected, findings);
        }
    }
    // Once per path: a sequence that is evaluated more often would weigh more in the mean than the others.
    let most = evaluations(cut).into_values().max().unwrap_or(0);
    let paths = splitter.part.paths(&splitter.params);
    findings.equal(Claim::FoldPartition, subject, "evaluations of a sequence, at most", most, paths);
    let how = if also_recomputed { "reimplemented, and cut again by" } else { "only cut again by" };
    let subject = format!("{subject}, {how} {}", cv.method);
    both.into_iter().for_each(|claim| findings.evidence(claim, &subject, &[("folds", folds.len())]));
}

/// Checks the numbering of the folds and, for a built-in splitter, recomputes their evaluated sets.
fn partition(cut: &Cut<'_>, splitter: Option<&Reimplemented>, findings: &mut Findings) {
    let (claim, subject, folds) = (Claim::FoldPartition, &cut.subject, &cut.cv.folds);
    let numbered = folds.iter().enumerate().all(|(place, fold)| fold.fold == place as u64 + 1);
    findings.check(claim, subject, numbered, "folds that are not numbered from 1", "1, 2, ...");
    let Some(splitter) = splitter else { return };
    let all: Vec<usize> = cut.plan.development.iter().collect();
    let Some(expected) = (splitter.evaluated)(&all, &cut.cv.method.params, folds.len()) else {
        let found = format!("{} folds", folds.len());
        findings.check(claim, subject, false, found, format!("a different number, by {}", cut.cv.method));
        return;
    };
    for (fold, expected) in folds.iter().zip(&expected) {
        let subject = format!("{subject}, fold {}", fold.fold);
        equal_sets(claim, &subject, "evaluated", &fold.evaluated, expected, findings);
    }
    let evaluated: usize = folds.iter().map(|fold| fold.evaluated.len()).sum();
    let counts = [("folds", folds.len()), ("development", all.len()), ("evaluated", evaluated)];
    findings.evidence(claim, subject, &counts);
}

/// The number of folds that evaluate each sequence.
fn evaluations(cut: &Cut<'_>) -> BTreeMap<usize, usize> {
    let mut times = BTreeMap::new();
    for fold in &cut.cv.folds {
        fold.evaluated.iter().for_each(|sequence| *times.entry(sequence).or_default() += 1);
    }
    times
}
