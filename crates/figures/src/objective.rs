//! Which figure of an evaluation an objective is.

use crate::figure::Figure;
use artifact_core::Component;
use artifact_core::schema::Evaluation;

/// The figure by which a model is compared with its baselines.
#[derive(Debug, Clone, Copy)]
pub struct Objective {
    /// The figure. Whether higher or lower values are better is the figure's: that of `negative_log_loss` is the log loss,
    /// where lower ones are.
    pub figure: &'static Figure,
    /// Whether the figure is the objective itself, and not one that stands in for it.
    pub is_own: bool,
}

/// The figure of an objective; none for earlier versions' trading figures, and for objectives that are not of this project.
///
/// A version that is not known here may measure something else, and has none either.
pub fn figure_of(objective: &Component) -> Option<&'static Figure> {
    let figure = match (objective.name.as_str(), objective.version) {
        ("mcc", 1) | ("mcc_pooled", 1) => "mcc_pooled",
        ("mcc", 2) => "mcc",
        ("accuracy", 1) => "accuracy",
        ("balanced_accuracy", 1) => "balanced_accuracy",
        ("macro_f1", 1) => "macro_f1",
        ("negative_log_loss", 1) => "log_loss",
        ("log_loss_skill", 1) => "log_loss_skill",
        ("sharpe", 2) => "strategy.sharpe",
        ("mean_return", 2) => "strategy.mean_return",
        ("ic", 1) => "numbers.ic",
        ("rank_ic", 1) => "numbers.rank_ic",
        ("icir", 1) => "numbers.icir",
        ("rank_icir", 1) => "numbers.rank_icir",
        ("correlation", 1) => "numbers.correlation",
        ("skill", 1) => "numbers.skill",
        _ => return None,
    };
    Figure::named(figure)
}

impl Objective {
    /// The figure by which models of an objective are compared: the objective's own, or else the Matthews correlation of
    /// classes, or the rank IC of numbers (their correlation where no date has an IC).
    pub fn of(objective: &Component, evaluation: &Evaluation) -> Self {
        match figure_of(objective).filter(|figure| figure.applies_to(evaluation)) {
            Some(figure) => Self { figure, is_own: true },
            None => Self { figure: stand_in(evaluation), is_own: false },
        }
    }
}

fn stand_in(evaluation: &Evaluation) -> &'static Figure {
    let name = match &evaluation.numbers {
        Some(numbers) if numbers.dates == 0 => "numbers.correlation",
        Some(_) => "numbers.rank_ic",
        // Earlier versions had only the one over all samples.
        None if evaluation.mcc.is_none() && evaluation.is_earlier() => "mcc_pooled",
        None => "mcc",
    };
    // The catalogue holds each of these names; a test checks it.
    Figure::named(name).unwrap_or(FIRST)
}

const FIRST: &Figure = &Figure::ALL[0];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Better;

    #[test]
    fn objectives_are_figures() {
        for (name, version, expected) in [
            ("mcc", 1, Some("mcc_pooled")),
            ("mcc", 2, Some("mcc")),
            ("mcc", 3, None),
            ("mcc_pooled", 1, Some("mcc_pooled")),
            ("negative_log_loss", 1, Some("log_loss")),
            ("log_loss_skill", 1, Some("log_loss_skill")),
            ("accuracy", 1, Some("accuracy")),
            ("balanced_accuracy", 1, Some("balanced_accuracy")),
            ("macro_f1", 1, Some("macro_f1")),
            ("sharpe", 1, None),
            ("sharpe", 2, Some("strategy.sharpe")),
            ("mean_return", 1, None),
            ("mean_return", 2, Some("strategy.mean_return")),
            ("ic", 1, Some("numbers.ic")),
            ("rank_ic", 1, Some("numbers.rank_ic")),
            ("icir", 1, Some("numbers.icir")),
            ("rank_icir", 1, Some("numbers.rank_icir")),
            ("correlation", 1, Some("numbers.correlation")),
            ("skill", 1, Some("numbers.skill")),
            ("recall_of_up", 1, None),
        ] {
            let figure = figure_of(&Component::new(name, version));
            assert_eq!(figure.map(|figure| figure.name), expected, "{name} {version}");
            let lower = figure.is_some_and(|figure| figure.better == Better::Lower);
            assert_eq!(lower, name == "negative_log_loss");
            assert!(figure.is_none_or(|figure| figure.better != Better::Neither));
        }
    }
}
