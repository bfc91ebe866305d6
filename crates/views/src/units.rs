//! What the numbers of a view are: their units, and what stands behind them.

use artifact_core::schema::{Trial, TrialMetrics};
use artifact_core::{Error, Run};
use figures::{Better, Figure, FitLoss, objective_title, objective_unit};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The field of a trial that holds its label window in bars.
const WINDOW: &str = "params.time_window";
/// The field of a trial that holds the number of its independent validation rows.
const ROWS: &str = "metrics.validation.independent_rows";

/// What the values of a field are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FieldUnit {
    /// What they are of: `Mean return per bar after cost`.
    pub of: String,
    /// Their unit: `fraction of capital per bar`, `nats`.
    pub unit: String,
    /// Which of them are better: `higher`, `lower` or `neither`.
    pub better: String,
    /// How many bars ahead each row behind a value looks: 1, or the field of the same trial that holds the number. Absent where
    /// nothing looks ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub horizon_bars: Option<NumberOrField>,
    /// The field of the same trial that holds the number of independent rows behind a value; absent where it is not stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub independent_observations: Option<String>,
}

/// A number, or the field that holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum NumberOrField {
    /// The number.
    Number(u64),
    /// The path of the field, from a trial on: `params.time_window`.
    Field(String),
}

/// The settings that say which loss classes are fitted by.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LossSettings {
    /// `training.focal_gamma` and `training.class_weight_mix`; none where they are not recorded.
    pub of_classes: Option<(f64, f64)>,
}

impl LossSettings {
    /// The settings in a run's record.
    ///
    /// # Errors
    ///
    /// Those of [`Run::record`].
    pub fn of_run(run: &Run) -> Result<Self, Error> {
        let record = run.record()?;
        let config = record.as_ref().and_then(|record| record.config.as_ref());
        let training = config.and_then(|config| config.get("training"));
        let number = |key: &str| training?.get(key)?.as_f64();
        // A record has every key of its time; what an older one lacks is not known.
        Ok(Self { of_classes: number("focal_gamma").zip(number("class_weight_mix")) })
    }

    /// The loss of a trial's fit.
    pub fn loss(&self, metrics: &TrialMetrics) -> FitLoss {
        FitLoss::of(&metrics.validation, self.of_classes)
    }
}

/// The units of a study's trials, by the path of the field from a trial on: `metrics.objective_value`. All trials of a study
/// predict the same kind of thing, so that one table serves all; empty without a scored trial.
pub(crate) fn units<'a>(
    trials: impl IntoIterator<Item = &'a Trial>,
    settings: &LossSettings,
) -> BTreeMap<String, FieldUnit> {
    let Some(metrics) = trials.into_iter().find_map(|trial| trial.metrics.as_ref()) else {
        return BTreeMap::new();
    };
    let window = || Some(NumberOrField::Field(WINDOW.to_owned()));
    let rows = || Some(ROWS.to_owned());
    let horizon = |figure: &Figure| match figure.horizon_bars(usize::MAX) {
        // What looks ahead by one bar whatever the window.
        1 => Some(NumberOrField::Number(1)),
        _ => window(),
    };
    let mut units = BTreeMap::new();
    let mut add = |field: &str, of: &str, unit: &str, better, horizon_bars, observations| {
        let better = match better {
            Better::Higher => "higher",
            Better::Lower => "lower",
            Better::Neither => "neither",
        };
        let (of, unit, better) = (of.to_owned(), unit.to_owned(), better.to_owned());
        let unit = FieldUnit { of, unit, better, horizon_bars, independent_observations: observations };
        units.insert(format!("metrics.{field}"), unit);
    };
    let objective = figures::objective::figure_of(&metrics.objective);
    for field in ["objective_value", "history.objective"] {
        let horizon = objective.map_or_else(window, horizon);
        let (of, unit) = (objective_title(&metrics.objective), objective_unit(&metrics.objective));
        add(field, &of, unit, Better::Higher, horizon, rows());
    }
    let of = "What choosing the epoch on the rows that score it adds to the objective, estimated";
    add("stopping_bias", of, objective_unit(&metrics.objective), Better::Lower, window(), rows());
    let loss = settings.loss(metrics);
    for (field, on, observations) in [
        ("training_loss", "training", None),
        ("history.train_loss", "training", None),
        ("final_loss", "validation", rows()),
        ("history.validation_loss", "validation", rows()),
    ] {
        let of = format!("{}, {on} rows", loss.words);
        add(field, &of, loss.unit, Better::Lower, window(), observations);
    }
    for figure in Figure::of(&metrics.validation) {
        let field = format!("validation.{}", figure.name);
        let [subject, unit] = [figure.subject(), figure.unit.name()];
        add(&field, subject, unit, figure.better, horizon(figure), rows());
        if figure.name == "accuracy" {
            add("validation_accuracy", subject, unit, figure.better, horizon(figure), rows());
        }
    }
    units
}
