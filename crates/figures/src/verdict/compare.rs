//! The comparison of the model with several others by one figure.

use super::outcome::Outcome;
use crate::interval::Interval;

/// Something the model is compared with.
#[derive(Debug, Clone)]
pub(super) struct Rival {
    /// Its stored name.
    pub(super) name: String,
    /// Its name in running text.
    pub(super) words: String,
    /// Its figure.
    pub(super) value: f64,
    /// The model's figure less its own; none where that is unknown.
    pub(super) difference: Option<Interval>,
}

/// How the model compares.
#[derive(Debug)]
pub(super) struct Comparison<'a> {
    pub(super) outcome: Outcome,
    /// The one that decides: the best, or the best of those that are not beaten.
    pub(super) about: &'a Rival,
    /// The one with the best value.
    pub(super) best: &'a Rival,
}

/// Compares by a figure of which lower values are better, or higher ones. None without a rival.
pub(super) fn compare(rivals: &[Rival], lower_is_better: bool) -> Option<Comparison<'_>> {
    let outcome = |rival: &Rival| outcome(rival.difference, lower_is_better);
    let best = best_of_all(rivals.iter(), lower_is_better)?;
    let unbeaten = rivals.iter().filter(|rival| outcome(rival) != Outcome::Beats);
    let about = match outcome(best) {
        Outcome::Beats => best_of_all(unbeaten, lower_is_better).unwrap_or(best),
        _ => best,
    };
    Some(Comparison { outcome: outcome(about), about, best })
}

impl Comparison<'_> {
    /// Whether the one that decides is the best.
    pub(super) fn is_about_best(&self) -> bool {
        std::ptr::eq(self.about, self.best)
    }

    /// The phrase that says that the one that decides is the best of several `others`, if it is; to be put behind its name.
    pub(super) fn apposition(&self, rivals: &[Rival], others: &str) -> String {
        if self.is_about_best() && rivals.len() > 1 {
            format!(", {},", best_of(rivals, others))
        } else {
            String::new()
        }
    }
}

/// `the better of 2 baselines`, `the best of 3 baselines`.
pub(super) fn best_of(rivals: &[Rival], others: &str) -> String {
    let best = if rivals.len() == 2 { "better" } else { "best" };
    format!("the {best} of {} {others}", rivals.len())
}

fn outcome(difference: Option<Interval>, lower_is_better: bool) -> Outcome {
    let Some(Interval { low, high, .. }) = difference else { return Outcome::NoInterval };
    let (above, below) = (low > 0.0, high < 0.0);
    let (better, worse) = if lower_is_better { (below, above) } else { (above, below) };
    match (better, worse) {
        (true, _) => Outcome::Beats,
        (_, true) => Outcome::Worse,
        _ => Outcome::NotShown,
    }
}

/// The one with the best value; of equal ones the first.
fn best_of_all<'a>(rivals: impl Iterator<Item = &'a Rival>, lower_is_better: bool) -> Option<&'a Rival> {
    let better = |a: &Rival, b: &Rival| if lower_is_better { a.value < b.value } else { a.value > b.value };
    rivals.reduce(|best, rival| if better(rival, best) { rival } else { best })
}
