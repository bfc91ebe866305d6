//! Which trials can be ranked together, and in which order.
//!
//! A trial's task is what it predicts. Within a study only the label window differs: target and threshold are settings. Scores of
//! different tasks are compared only where the objective is 0 without skill whatever the task
//! ([`AcrossTasks::Comparable`]). Otherwise trials are ranked within the task that most of them have, of equally frequent ones
//! within that of the shortest window, which leaves the most independent rows; the others are left out.

use crate::{AcrossTasks, Metric};
use artifact_core::Component;
use artifact_core::schema::{Trial, TrialState};
use settings::part::Catalog;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// A trial with what it is ranked by.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored<T> {
    /// Its label window in bars.
    pub time_window: usize,
    /// Its score; higher is better.
    pub score: f64,
    /// The trial.
    pub trial: T,
}

/// The trials that can be ranked together, and what was left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking<T> {
    /// The trials, best first; of equal scores, the one that came first.
    pub ranked: Vec<T>,
    /// How many trials there are of each label window in bars, those left out included.
    windows: BTreeMap<usize, usize>,
    /// The window of the ranked trials, if others had to be left out.
    only: Option<usize>,
}

/// Whether scores by an objective can be compared between tasks. Those by a metric that is not in the catalog cannot.
pub fn is_comparable(metrics: &Catalog<dyn Metric>, objective: &Component) -> bool {
    metrics.find(objective).is_ok_and(|metric| metric.part.across_tasks() == AcrossTasks::Comparable)
}

impl<T> Ranking<T> {
    /// Ranks trials; `comparable` says whether their scores can be compared between tasks.
    pub fn of(scored: impl IntoIterator<Item = Scored<T>>, comparable: bool) -> Self {
        let mut scored: Vec<Scored<T>> = scored.into_iter().collect();
        let mut windows = BTreeMap::new();
        for own in &scored {
            *windows.entry(own.time_window).or_insert(0) += 1;
        }
        let most = windows.iter().max_by_key(|&(&window, &trials)| (trials, Reverse(window)));
        let only = most.map(|(window, _)| *window).filter(|_| !comparable && windows.len() > 1);
        scored.retain(|own| only.is_none_or(|window| own.time_window == window));
        // The sort is stable: of equal scores the first stays first.
        scored.sort_by(|a, b| b.score.total_cmp(&a.score));
        Self { ranked: scored.into_iter().map(|own| own.trial).collect(), windows, only }
    }

    /// The best trial.
    pub fn best(&self) -> Option<&T> {
        self.ranked.first()
    }

    /// Whether the trials have several tasks.
    pub fn has_several_tasks(&self) -> bool {
        self.windows.len() > 1
    }

    /// The label windows of all trials in bars, the shortest first, each with how many trials have it.
    pub fn windows(&self) -> &BTreeMap<usize, usize> {
        &self.windows
    }

    /// The label window of the ranked trials, if trials of other windows were left out.
    pub fn only(&self) -> Option<usize> {
        self.only
    }

    /// Whether a trial of this label window is ranked rather than left out.
    pub fn holds(&self, time_window: usize) -> bool {
        self.only.is_none_or(|only| only == time_window)
    }

    /// A sentence on trials that were left out; none if all are ranked. `objective` is what scores are called.
    pub fn warning(&self, objective: &str) -> Option<String> {
        let only = self.only?;
        let others = || self.windows.iter().filter(|(window, _)| **window != only);
        let left_out: usize = others().map(|(_, trials)| trials).sum();
        let all: usize = self.windows.values().sum();
        let of_each: Vec<String> =
            others().map(|(window, trials)| format!("{trials} with time_window = {window}")).collect();
        Some(format!(
            "{left_out} of {all} scored trials are left out of the ranking ({}): {objective} cannot be compared between label \
             windows, since what it is without skill differs; only those with time_window = {only} are ranked, the largest group",
            of_each.join(", ")
        ))
    }

    /// What to say of scores of several tasks: that they can be compared, or which trials were left out; none for one task.
    pub fn note(&self, objective: &str) -> Option<String> {
        if let Some(warning) = self.warning(objective) {
            return Some(format!("{warning}."));
        }
        let windows: Vec<String> = self.windows.keys().map(usize::to_string).collect();
        self.has_several_tasks().then(|| {
            format!(
                "The trials have different label windows ({} bars), and so different tasks. Scores are skill over each task's \
                 own base rate: {objective} is 0 without skill whatever the window.",
                windows.join(", ")
            )
        })
    }
}

impl<'t> Ranking<&'t Trial> {
    /// Ranks the complete ones of a study's trials, given in number order.
    pub fn of_trials(trials: impl IntoIterator<Item = &'t Trial>, comparable: bool) -> Self {
        let complete = trials.into_iter().filter(|trial| trial.state == TrialState::Complete);
        let scored = complete.filter_map(|trial| {
            let score = trial.metrics.as_ref()?.objective_value;
            Some(Scored { time_window: trial.params.time_window, score, trial })
        });
        Self::of(scored, comparable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin;

    /// Ranks trials by name, given their windows and scores.
    fn ranking(trials: &[(usize, f64)], comparable: bool) -> Ranking<usize> {
        let scored = trials.iter().enumerate();
        let scored = scored.map(|(trial, &(time_window, score))| Scored { time_window, score, trial });
        Ranking::of(scored, comparable)
    }

    #[test]
    fn comparable_scores_are_ranked_together() {
        let found = ranking(&[(5, 0.1), (7, 0.3), (5, 0.3), (7, 0.2)], true);
        assert_eq!((found.ranked.as_slice(), found.only()), ([1, 2, 3, 0].as_slice(), None));
        assert_eq!(found.warning("mcc"), None);
        let note = found.note("mcc").unwrap();
        assert!(note.contains("(5, 7 bars)") && note.contains("own base rate"), "{note}");
        assert!(found.holds(5) && found.holds(7));
    }

    #[test]
    fn others_are_ranked_within_the_largest_group() {
        let found = ranking(&[(7, 0.9), (5, 0.1), (3, 0.8), (5, 0.4)], false);
        assert_eq!((found.ranked.as_slice(), found.only()), ([3, 1].as_slice(), Some(5)));
        assert_eq!(
            found.warning("accuracy").unwrap(),
            "2 of 4 scored trials are left out of the ranking (1 with time_window = 3, 1 with time_window = 7): accuracy cannot \
             be compared between label windows, since what it is without skill differs; only those with time_window = 5 are \
             ranked, the largest group"
        );
        assert!(found.holds(5) && !found.holds(7));
        let tied = ranking(&[(7, 0.9), (5, 0.1)], false);
        assert_eq!(
            (tied.best(), tied.only()),
            (Some(&1), Some(5)),
            "of equal groups that of the shortest window"
        );
    }

    #[test]
    fn one_task_needs_no_words() {
        for comparable in [true, false] {
            let found = ranking(&[(5, 0.1), (5, 0.2)], comparable);
            assert_eq!((found.ranked.as_slice(), found.note("accuracy")), ([1, 0].as_slice(), None));
        }
        assert_eq!(ranking(&[], false).best(), None);
    }

    #[test]
    fn metrics_say_whether_they_compare_across_tasks() {
        let metrics = builtin();
        let incomparable: Vec<&str> = metrics
            .declarations()
            .map(|declaration| declaration.name)
            .filter(|name| {
                let chosen = metrics.choose(&(*name).into()).unwrap();
                !is_comparable(&metrics, &chosen.component)
            })
            .collect();
        assert_eq!(incomparable, ["accuracy", "balanced_accuracy", "macro_f1", "negative_log_loss"]);
        for name in incomparable {
            let replaced = metrics.choose(&name.into()).unwrap().part.across_tasks();
            if let AcrossTasks::ComparableAs(other) = replaced {
                let other = metrics.choose(&other.into()).unwrap();
                assert!(is_comparable(&metrics, &other.component), "{name}");
            }
        }
        assert!(!is_comparable(&metrics, &Component::new("of_a_user", 1)));
    }
}
