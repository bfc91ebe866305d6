//! The folds of a splitter, checked: whoever wrote it, no fold trains on a sequence that purge or embargo forbids.

use super::{Fold, Separation, SplitError, Splitter};
use crate::windows::Windows;
use artifact_core::schema::SplitPlan;
use settings::part::Chosen;
use std::fmt::Display;

/// Cuts the development sequences of a plan into folds, with the plan's purge and embargo, and checks them: at least 2
/// folds, as many as [`Splitter::fold_count`] says, numbered from 1, no empty set, development sequences only, and no
/// training sequence that purge or embargo forbids.
///
/// # Errors
///
/// [`SplitError`] if the sequences cannot be cut, [`SplitError::Unsound`] if the splitter breaks one of these rules.
pub fn folds(plan: &SplitPlan, splitter: &Chosen<dyn Splitter>) -> Result<Vec<Fold>, SplitError> {
    let (windows, separation) = (Windows::from(plan), Separation::from(plan));
    let folds = splitter.part.folds(&plan.development, windows, separation, &splitter.params)?;
    // Not even the built-in splitters are trusted: a leaking fold would quietly favour whatever overfits.
    let count = splitter.part.fold_count(&splitter.params);
    check(plan, &folds, count).map_err(|Broken { field, found, expected }| {
        let splitter = splitter.component.to_string();
        SplitError::Unsound { splitter, field, found, expected }
    })?;
    Ok(folds)
}

/// A rule that folds break.
struct Broken {
    field: String,
    found: String,
    expected: String,
}

fn check(plan: &SplitPlan, folds: &[Fold], count: Option<usize>) -> Result<(), Broken> {
    let ensure = |holds: bool, field: &str, found: &dyn Display, expected: String| match holds {
        true => Ok(()),
        false => Err(Broken { field: field.to_owned(), found: found.to_string(), expected }),
    };
    ensure(folds.len() >= 2, "the number of folds", &folds.len(), "at least 2".to_owned())?;
    // Candidates are compared fold by fold: with fewer folds, one would be judged on less than the others.
    if let Some(count) = count {
        ensure(
            folds.len() == count,
            "the number of folds",
            &folds.len(),
            format!("{count}, as fold_count returns"),
        )?;
    }
    for (place, fold) in folds.iter().enumerate() {
        let number = place + 1;
        let at = |name: &str| format!("{name} of fold {number}");
        ensure(fold.number == number, &at("the number"), &fold.number, number.to_string())?;
        for (name, set) in [("train", &fold.train), ("evaluated", &fold.evaluated)] {
            ensure(!set.is_empty(), &at(name), &"empty", "at least one sequence".to_owned())?;
            let inside = set.is_subset(&plan.development);
            ensure(inside, &at(name), set, format!("a subset of {}", plan.development))?;
        }
        // Not by `purge`, which splitters use: a mistake there must not approve itself.
        let forbidden = plan.off_limits(&fold.evaluated);
        let clear = fold.train.is_disjoint(&forbidden) && fold.train.is_disjoint(&fold.evaluated);
        let expected = format!("none of {forbidden}, by purge and embargo");
        ensure(clear, &at("train"), &fold.train, expected)?;
    }
    Ok(())
}
