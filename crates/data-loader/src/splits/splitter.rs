//! Splitters: what cuts the development sequences into folds.

use super::{CombinatorialPurged, Fold, Kfold, Separation, SplitError, WalkForward};
use crate::windows::Windows;
use artifact_core::schema::SplitPlan;
use artifact_core::{IndexSet, Params};
use settings::part::{Catalog, Chosen, Part};
use std::fmt::Display;
use std::sync::Arc;

/// The parameter in which the built-in splitters take their number of folds or groups.
pub(super) const FOLDS: &str = "folds";

/// Cuts development sequences into the folds of a cross-validation.
///
/// Whatever it cuts, [`folds()`] holds it to the rules of every cross-validation; [`purge()`](super::purge()) is there to
/// keep them.
///
/// ```
/// use artifact_core::{IndexSet, Params};
/// use data_loader::Windows;
/// use data_loader::splits::{Fold, Separation, SplitError, Splitter, purge};
/// use settings::part::{Declaration, Part};
///
/// /// The first and the second half, each evaluated by a model of the other.
/// struct Halves;
///
/// impl Part for Halves {
///     fn declaration(&self) -> Declaration {
///         Declaration::new("halves", "Two halves; each is evaluated by a model of the other.")
///     }
/// }
///
/// impl Splitter for Halves {
///     fn folds(
///         &self,
///         development: &IndexSet,
///         windows: Windows,
///         separation: Separation,
///         _params: &Params,
///     ) -> Result<Vec<Fold>, SplitError> {
///         let half = development.len() / 2;
///         let (first, second) = (development.iter().take(half), development.iter().skip(half));
///         let fold = |(place, evaluated): (usize, IndexSet)| {
///             let train = purge(development, &evaluated, windows, separation);
///             Fold { number: place + 1, train, evaluated }
///         };
///         Ok([first.collect(), second.collect()].into_iter().enumerate().map(fold).collect())
///     }
///
///     fn fold_count(&self, _params: &Params) -> Option<usize> {
///         Some(2)
///     }
/// }
/// ```
pub trait Splitter: Part {
    /// The folds of `development`, numbered from 1: of each, which sequences train and which are evaluated.
    ///
    /// The same arguments give the same folds at every call. `params` are complete.
    ///
    /// # Errors
    ///
    /// [`SplitError`] when the sequences cannot be cut; [`SplitError::Other`] for a reason of one's own.
    fn folds(
        &self,
        development: &IndexSet,
        windows: Windows,
        separation: Separation,
        params: &Params,
    ) -> Result<Vec<Fold>, SplitError>;

    /// How many folds it cuts, at least 2 for a cross-validation; `None` where there are too many to count.
    fn fold_count(&self, params: &Params) -> Option<usize>;

    /// How many models evaluate each evaluated sequence. 1 unless said otherwise.
    fn paths(&self, _params: &Params) -> usize {
        1
    }
}

/// The built-in splitters.
pub fn splitters() -> Catalog<dyn Splitter> {
    let mut catalog: Catalog<dyn Splitter> = Catalog::new("splitter");
    catalog.add(Arc::new(Kfold));
    catalog.add(Arc::new(WalkForward));
    catalog.add(Arc::new(CombinatorialPurged));
    catalog
}

/// Cuts the development sequences of a plan, purged and embargoed as the plan says, and checks the cut: at least 2 folds,
/// numbered from 1, none empty, of development sequences only, and no training sequence that purge and embargo forbid.
///
/// # Errors
///
/// [`SplitError`] when the sequences cannot be cut, [`SplitError::Unsound`] when a splitter breaks one of the rules.
pub fn folds(plan: &SplitPlan, splitter: &Chosen<dyn Splitter>) -> Result<Vec<Fold>, SplitError> {
    let (windows, separation) = (Windows::from(plan), Separation::from(plan));
    let folds = splitter.part.folds(&plan.development, windows, separation, &splitter.params)?;
    check(plan, &folds).map_err(|Broken { field, found, expected }| {
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

fn check(plan: &SplitPlan, folds: &[Fold]) -> Result<(), Broken> {
    let ensure = |holds: bool, field: &str, found: &dyn Display, expected: String| match holds {
        true => Ok(()),
        false => Err(Broken { field: field.to_owned(), found: found.to_string(), expected }),
    };
    ensure(folds.len() >= 2, "the number of folds", &folds.len(), "at least 2".to_owned())?;
    for (place, fold) in folds.iter().enumerate() {
        let number = place + 1;
        let at = |name: &str| format!("{name} of fold {number}");
        ensure(fold.number == number, &at("the number"), &fold.number, number.to_string())?;
        for (name, set) in [("train", &fold.train), ("evaluated", &fold.evaluated)] {
            ensure(!set.is_empty(), &at(name), &"empty", "at least one sequence".to_owned())?;
            let inside = set.is_subset(&plan.development);
            ensure(inside, &at(name), set, format!("a part of {}", plan.development))?;
        }
        let forbidden = plan.off_limits(&fold.evaluated);
        let clear = fold.train.is_disjoint(&forbidden) && fold.train.is_disjoint(&fold.evaluated);
        let expected = format!("none of {forbidden}, by purge and embargo");
        ensure(clear, &at("train"), &fold.train, expected)?;
    }
    Ok(())
}

/// A whole number among complete parameters; 0, which no splitter takes, where there is none.
pub(super) fn whole(params: &Params, name: &str) -> usize {
    params.size(name).unwrap_or(0)
}
