//! Parts that are not built in: the audit calls them, and holds them to the same rules as every other part.

use crate::bases::Base;
use crate::made_run::MadeRun;
use crate::{names, violated};
use artifact_core::schema::{Claim, ClaimStatus, CrossValidation, LeakCertificate};
use artifact_core::{Component, IndexSet, Params};
use data_loader::splits::kfold;
use data_loader::{Fold, Separation, SplitError, Splitter, Windows};
use settings::part::{Declaration, Parameter, Part};
use std::sync::Arc;

/// Contiguous folds, each evaluated by a model trained on all the others: no purge, no embargo.
struct Forgetful;

impl Part for Forgetful {
    fn declaration(&self) -> Declaration {
        Declaration::new("forgetful", "Contiguous folds without a purge.")
            .parameter(Parameter::int("folds", "The number of folds.", 2, 100).default(5))
    }
}

impl Splitter for Forgetful {
    fn folds(
        &self,
        development: &IndexSet,
        windows: Windows,
        separation: Separation,
        params: &Params,
    ) -> Result<Vec<Fold>, SplitError> {
        let mut folds = kfold(development, params.size("folds").unwrap_or(0), windows, separation)?;
        for fold in &mut folds {
            fold.train = development.iter().filter(|&i| !fold.evaluated.contains(i)).collect();
        }
        Ok(folds)
    }

    fn fold_count(&self, params: &Params) -> Option<usize> {
        params.size("folds")
    }
}

/// A run whose folds claim to be those of a splitter called `name`; without a purge if `forget`.
fn cut_by(name: &str, forget: bool) -> MadeRun {
    let mut run = Base::Frozen.run().clone();
    run.record.config.as_mut().unwrap()["extended"]["method"] = name.into();
    for id in run.all::<CrossValidation>() {
        let development = run.get(run.get(id).split).development;
        run.edit(id, |cv| {
            cv.method = Component { name: name.to_owned(), ..cv.method.clone() };
            for fold in cv.folds.iter_mut().filter(|_| forget) {
                fold.train = development.iter().filter(|&i| !fold.evaluated.contains(i)).collect();
            }
        });
    }
    run
}

fn status(certificate: &LeakCertificate, claim: Claim) -> (ClaimStatus, String) {
    let result = certificate.claims.iter().find(|result| result.claim == claim).unwrap();
    let texts = result.unchecked.iter().map(|unchecked| unchecked.reason.clone());
    let texts = texts.chain(result.evidence.iter().map(|evidence| evidence.subject.clone()));
    (result.status, texts.collect::<Vec<_>>().join("; "))
}

#[test]
fn a_foreign_splitter_that_forgets_the_purge_is_caught() {
    let mut run = cut_by("forgetful", true);
    run.parts.splitters.add(Arc::new(Forgetful));
    let certificate = run.written().audit();
    assert_eq!(violated(&certificate), names(&[Claim::LabelSeparation, Claim::Embargo]));
    for claim in [Claim::FoldPartition, Claim::FoldTraining] {
        let (status, text) = status(&certificate, claim);
        assert_eq!(status, ClaimStatus::Holds);
        assert!(text.contains("only cut again by forgetful"), "{text}");
    }
}

#[test]
fn folds_of_an_unknown_splitter_are_unchecked_with_the_reason() {
    let certificate = cut_by("elsewhere", false).written().audit();
    assert!(violated(&certificate).is_empty());
    for claim in [Claim::FoldPartition, Claim::FoldTraining, Claim::SettingsKept] {
        let (status, text) = status(&certificate, claim);
        assert_eq!(status, ClaimStatus::Unchecked);
        assert!(text.contains("\"elsewhere\" is not a known splitter"), "{text}");
    }
    let (status, _) = status(&certificate, Claim::LabelSeparation);
    assert_eq!(status, ClaimStatus::Holds);
}
