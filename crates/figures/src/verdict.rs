//! The verdict: what the test rows say about a model, in a few sentences.

mod classes;
mod compare;
mod judgement;
mod money;
mod openings;
mod outcome;
mod predictions;
mod rivals;

pub use outcome::Outcome;

use crate::digits::{capitalised, count};
use crate::objective::Objective;
use artifact_core::Component;
use artifact_core::ledger::Openings;
use artifact_core::schema::{BestConfiguration, TestMetrics};
use rivals::Rivals;
use serde::Serialize;

/// What a verdict is about.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// The figures on the test rows.
    pub test: &'a TestMetrics,
    /// The objective that the configuration was chosen by.
    pub objective: &'a Component,
    /// The name of the model, such as `transformer`.
    pub model: &'a str,
    /// The label window, in bars.
    pub time_window: usize,
    /// How often the test rows had been opened when they were scored.
    pub openings: Openings,
    /// How many trials the configuration was chosen from, if known.
    pub trials: Option<usize>,
}

impl<'a> Situation<'a> {
    /// The situation of a tested configuration.
    pub fn of(
        best: &'a BestConfiguration,
        test: &'a TestMetrics,
        openings: Openings,
        trials: Option<usize>,
    ) -> Self {
        Self {
            test,
            objective: &best.objective,
            model: &best.model.name,
            time_window: best.params.time_window,
            openings,
            trials,
        }
    }
}

/// What the test rows say about a model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// The written name of the figure that the model is compared by: the objective's, or one that stands in for it.
    pub figure: &'static str,
    /// How the model compares with its baselines in that figure.
    pub outcome: Outcome,
    /// How the mean return of its strategy compares with those of its baselines and of buying and holding.
    pub money: Outcome,
    /// The name of the baseline with the best value of the figure; null without one.
    pub best_baseline: Option<String>,
    /// The name of the baseline with the highest mean return, or `buy_and_hold`; null without returns.
    pub best_in_money: Option<String>,
    /// The verdict in sentences.
    pub sentences: Vec<String>,
}

impl Verdict {
    /// The verdict on a model. The same figures always give the same sentences.
    ///
    /// The model beats its baselines only where the interval of the difference from every one of them excludes 0.
    /// Otherwise the verdict is about the best of those that it does not beat.
    pub fn of(situation: &Situation<'_>) -> Self {
        let Situation { test, objective, model, time_window, openings, trials } = *situation;
        let mut sentences = Vec::new();
        let mut rivals = Rivals::of(test, model);
        if rivals.model_is_one {
            sentences.push(format!("{} is one of the baselines itself.", capitalised(&rivals.model)));
            "it".clone_into(&mut rivals.model);
        }
        let chosen = Objective::of(objective, &test.model);
        let predictions = predictions::judge(test, chosen.figure, &rivals, time_window);
        let money = money::judge(test, &rivals);

        if !chosen.is_own {
            sentences.push(format!(
                "The study's own objective, {}, has no interval here, so the comparison is by {}.",
                objective.name, chosen.figure.words
            ));
        }
        sentences.extend(predictions.sentences);
        sentences.extend(money.sentences);
        // Where the objective is itself about money, the two are not about different things.
        if !chosen.figure.is_of_strategy()
            && let Some((at_predicting, at_earning)) = predictions.about.zip(money.about)
        {
            sentences.extend(disagreement(predictions.outcome, money.outcome, &at_predicting, &at_earning));
        }
        sentences.extend(classes::sentence(&test.model));
        sentences.push(openings::sentence(openings));
        if let Some(trials) = trials.filter(|trials| *trials > 1) {
            sentences.push(format!("Its configuration was chosen from {} trials.", count(trials as u64)));
        }
        Self {
            figure: chosen.figure.name,
            outcome: predictions.outcome,
            money: money.outcome,
            best_baseline: predictions.best,
            best_in_money: money.best,
            sentences,
        }
    }

    /// The sentences as one paragraph.
    pub fn text(&self) -> String {
        self.sentences.join(" ")
    }
}

/// A sentence where predictions and money point in different directions.
fn disagreement(predicting: Outcome, earning: Outcome, predictor: &str, earner: &str) -> Option<String> {
    match (predicting, earning) {
        (Outcome::Beats, Outcome::Worse) => {
            Some(format!("It predicts better than {predictor} and still earns less than {earner}."))
        }
        (Outcome::Worse, Outcome::Beats) => {
            Some(format!("It predicts worse than {predictor} and still earns more than {earner}."))
        }
        _ => None,
    }
}
