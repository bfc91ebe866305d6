//! Splitters: what cuts the development sequences into folds.

use super::{Fold, Separation, SplitError};
use crate::windows::Windows;
use artifact_core::{IndexSet, Params};
use settings::part::Part;

/// The parameter that gives the built-in splitters their number of folds or groups.
pub(super) const FOLDS: &str = "folds";

/// Cuts development sequences into the folds of a cross-validation.
///
/// [`folds()`](super::folds()) holds every splitter to the rules of a cross-validation; [`purge()`](super::purge())
/// helps to keep them.
///
/// ```
/// use artifact_core::{IndexSet, Params};
/// use data_loader::Windows;
/// use data_loader::splits::{Fold, Separation, SplitError, Splitter, purge};
/// use settings::part::{Declaration, Part};
///
/// /// The first and the second half, each evaluated by a model trained on the other.
/// struct Halves;
///
/// impl Part for Halves {
///     fn declaration(&self) -> Declaration {
///         Declaration::new("halves", "Two halves; each is evaluated by a model trained on the other.")
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
    /// Cuts `development` into folds, numbered from 1: for each, which sequences train and which are evaluated.
    ///
    /// The same arguments must give the same folds on every call. `params` are complete: defaults are filled in.
    ///
    /// # Errors
    ///
    /// [`SplitError`] if the sequences cannot be cut; [`SplitError::Other`] if no other variant fits.
    fn folds(
        &self,
        development: &IndexSet,
        windows: Windows,
        separation: Separation,
        params: &Params,
    ) -> Result<Vec<Fold>, SplitError>;

    /// How many folds it cuts, at least 2 for a cross-validation; `None` if there are too many to count.
    fn fold_count(&self, params: &Params) -> Option<usize>;

    /// How many models evaluate each evaluated sequence; 1 unless overridden.
    fn paths(&self, _params: &Params) -> usize {
        1
    }
}

/// A whole number among complete parameters; 0, which every built-in splitter refuses, if it is missing.
pub(super) fn whole(params: &Params, name: &str) -> usize {
    params.size(name).unwrap_or(0)
}
