//! Studies whose search space varies the task.
//!
//! A task is what a trial predicts: target, label window and threshold. Of these a search space can vary only the label window.
//! Scores of different tasks are compared only as skill over each task's own base rate, so such a study maximises a metric that
//! says of itself that it is one ([`AcrossTasks`]).

use super::Searched;
use artifact_core::Component;
use settings::ConfigError;
use trainer_core::{AcrossTasks, ModelParts, Needs};

/// The parameter that defines the task.
const TIME_WINDOW: &str = "time_window";
/// More values than any search space of windows has.
const MOST_WINDOWS: usize = 1_000_000;

impl Searched {
    /// Whether trials can have different tasks.
    pub fn varies_task(&self) -> bool {
        let listed = self.domain(TIME_WINDOW).map(|domain| domain.listed(MOST_WINDOWS));
        // Windows that are too many to list are several.
        listed.is_some_and(|windows| windows.is_none_or(|windows| windows.len() > 1))
    }

    /// Whether scores of all trials can be compared: they have one task, or the objective can be compared between tasks.
    pub fn is_comparable(&self) -> bool {
        !self.varies_task() || self.objective().part.across_tasks() == AcrossTasks::Comparable
    }

    /// The objective of the settings, if another one took its place.
    pub fn replaced(&self) -> Option<&Component> {
        self.replaced.as_ref()
    }

    /// What to tell users where another objective took the place of that of the settings.
    pub fn replacement(&self) -> Option<String> {
        let (configured, objective) = (self.replaced.as_ref()?, &self.objective().component);
        Some(format!(
            "tuner.search_space.time_window has several values, so the study maximises {} in place of training.objective = \
             \"{}\", whose values differ between label windows without any difference in skill",
            objective.name, configured.name
        ))
    }

    /// The same with an objective whose scores can be compared, where the search space varies the task: its own, if it is skill
    /// over each task's own base rate, or the metric that it names as one. This is the only place where an objective is replaced.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] for `training.objective` if it is neither.
    pub fn comparable(mut self, parts: &ModelParts) -> Result<Self, ConfigError> {
        if self.is_comparable() {
            return Ok(self);
        }
        let AcrossTasks::ComparableAs(name) = self.objective().part.across_tasks() else {
            return Err(ConfigError::of("training.objective", self.refusal(parts)));
        };
        let objective = parts.metrics.choose(&name.into());
        let objective =
            objective.map_err(|error| ConfigError::of_part("training.objective", &error, None))?;
        self.replaced = Some(self.objective().component.clone());
        let trainings = self.trainings.into_iter();
        self.trainings = trainings.map(|training| training.with_objective(objective.clone())).collect();
        Ok(self)
    }

    /// Why the objective is refused.
    fn refusal(&self, parts: &ModelParts) -> String {
        let mut others = [Vec::new(), Vec::new()];
        for name in parts.metrics.names() {
            let Ok(metric) = parts.metrics.get(name) else { continue };
            if metric.across_tasks() == AcrossTasks::Comparable {
                others[usize::from(metric.needs() == Needs::Numbers)].push(name);
            }
        }
        let [any, numbers] = others.map(|names| names.join(", "));
        format!(
            "{} cannot be compared between the label windows of tuner.search_space.time_window: what is reached without skill \
             differs from window to window, as the frequencies of the classes do; fix the window (labels.time_window, without a \
             domain in tuner.search_space), or maximise skill over each task's own base rate: {any}; for predicted numbers also \
             {numbers}",
            self.objective().component.name
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use settings::{Config, Preset};

    const SEVERAL: &str = "[tuner.search_space]\ntime_window = { choices = [3, 5] }\n";

    fn searched(objective: &str, space: &str) -> Result<Searched, ConfigError> {
        let text = format!("[training]\nobjective = '{objective}'\n{space}");
        let config = Config::from_toml(Preset::Empty, &text, "run.toml").unwrap();
        Searched::new(&ModelParts::builtin(), &config)
    }

    #[test]
    fn one_task_takes_every_objective() {
        for space in [
            "",
            "[tuner.search_space]\ntime_window = 7\n",
            "[tuner.search_space]\nseq_length = { choices = [8, 9] }\n",
        ] {
            let found = searched("accuracy", space).unwrap();
            assert!(!found.varies_task() && found.is_comparable(), "{space}");
            assert_eq!(searched("negative_log_loss", space).unwrap().replaced(), None, "{space}");
        }
    }

    #[test]
    fn skill_is_kept_and_a_loss_becomes_skill() {
        let ranges = ["time_window = { low = 3, high = 9 }", "time_window = { choices = [3, 5] }"];
        let spaces = ranges.map(|range| format!("[tuner.search_space]\n{range}\n"));
        for space in spaces.iter().map(String::as_str).chain(["[labels]\ntime_window = 0\n"]) {
            for objective in ["mcc", "log_loss_skill", "sharpe"] {
                let found = searched(objective, space).unwrap();
                assert!(found.varies_task() && found.is_comparable());
                assert_eq!(
                    (found.objective().component.name.as_str(), found.replacement()),
                    (objective, None)
                );
            }
            let found = searched("negative_log_loss", space).unwrap();
            assert_eq!(found.objective().component.name, "log_loss_skill");
            assert_eq!(found.trainings[0].settings.objective, found.objective().component);
            assert_eq!(found.replaced().unwrap().name, "negative_log_loss");
            let said = found.replacement().unwrap();
            for part in [
                "tuner.search_space.time_window",
                "log_loss_skill",
                "training.objective = \"negative_log_loss\"",
            ] {
                assert!(said.contains(part), "{part:?} is not in {said}");
            }
        }
    }

    #[test]
    fn other_objectives_are_refused_with_both_keys_and_the_remedy() {
        for objective in ["accuracy", "balanced_accuracy", "macro_f1"] {
            let error = searched(objective, SEVERAL).unwrap_err().to_string();
            for part in [
                "training.objective",
                objective,
                "tuner.search_space.time_window",
                "labels.time_window",
                "log_loss_skill, mcc, mcc_pooled, mean_return, sharpe",
                "correlation, ic, icir, rank_ic, rank_icir, skill",
            ] {
                assert!(error.contains(part), "{part:?} is not in {error}");
            }
        }
    }

    #[test]
    fn an_earlier_study_keeps_its_objective() {
        let text = format!("[training]\nobjective = 'accuracy'\n{SEVERAL}");
        let config = Config::from_toml(Preset::Empty, &text, "run.toml").unwrap();
        let found = Searched::as_written(&ModelParts::builtin(), &config).unwrap();
        assert!(found.objective().component.name == "accuracy" && !found.is_comparable());
    }
}
