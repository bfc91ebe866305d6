//! What the model is compared with, and what each is called.

use crate::names::{baseline_in_words, model_in_words, namesake_in_words};
use artifact_core::schema::{Evaluation, TestMetrics};

/// The baselines that the model can be compared with.
pub(super) struct Rivals<'a> {
    /// The model in running text.
    pub(super) model: String,
    /// Whether the model is one of the baselines, which is then left out.
    pub(super) model_is_one: bool,
    /// The others: the name, the name in running text, and the figures.
    pub(super) baselines: Vec<(&'a str, String, &'a Evaluation)>,
}

impl<'a> Rivals<'a> {
    pub(super) fn of(test: &'a TestMetrics, model: &str) -> Self {
        let numbers = test.model.numbers.is_some();
        let itself = |name: &str, evaluation: &Evaluation| name == model && *evaluation == test.model;
        let mut rivals = Self { model: model_in_words(model), model_is_one: false, baselines: Vec::new() };
        for baseline in &test.baselines {
            let name = baseline.name.as_str();
            if itself(name, &baseline.evaluation) {
                rivals.model_is_one = true;
                continue;
            }
            // The same kind with other settings: both would be "the linear model".
            let words =
                if name == model { namesake_in_words(name) } else { baseline_in_words(name, numbers) };
            rivals.baselines.push((name, words, &baseline.evaluation));
        }
        rivals
    }
}
