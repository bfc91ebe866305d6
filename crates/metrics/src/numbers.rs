//! Metrics of predicted numbers; 0 for an evaluation without them.

use crate::{AcrossTasks, Metric, Needs};
use artifact_core::Params;
use artifact_core::schema::{Evaluation, NumberFigures};
use settings::part::{Declaration, Part};

/// A figure of predicted numbers.
#[derive(Clone, Copy)]
pub(crate) enum NumberMetric {
    Ic,
    RankIc,
    Icir,
    RankIcir,
    Correlation,
    Skill,
}

impl NumberMetric {
    pub(crate) const ALL: [NumberMetric; 6] = [
        NumberMetric::Ic,
        NumberMetric::RankIc,
        NumberMetric::Icir,
        NumberMetric::RankIcir,
        NumberMetric::Correlation,
        NumberMetric::Skill,
    ];
}

impl Part for NumberMetric {
    fn declaration(&self) -> Declaration {
        let (name, doc) = match self {
            NumberMetric::Ic => {
                ("ic", "The mean information coefficient: the correlation over tickers, date by date.")
            }
            NumberMetric::RankIc => ("rank_ic", "The mean rank correlation over tickers, date by date."),
            NumberMetric::Icir => ("icir", "The mean information coefficient over its standard deviation."),
            NumberMetric::RankIcir => ("rank_icir", "The mean rank correlation over its standard deviation."),
            NumberMetric::Correlation => (
                "correlation",
                "The correlation over all samples; for a single ticker, which has no cross-section.",
            ),
            NumberMetric::Skill => (
                "skill",
                "One less the loss over that of always predicting 0; for values, an R squared against 0.",
            ),
        };
        Declaration::new(name, doc)
    }
}

impl Metric for NumberMetric {
    fn value(&self, evaluation: &Evaluation, _params: &Params) -> f64 {
        let figure = |numbers: &NumberFigures| match self {
            NumberMetric::Ic => numbers.ic,
            NumberMetric::RankIc => numbers.rank_ic,
            NumberMetric::Icir => numbers.icir,
            NumberMetric::RankIcir => numbers.rank_icir,
            NumberMetric::Correlation => numbers.correlation,
            NumberMetric::Skill => numbers.skill,
        };
        evaluation.numbers.as_ref().map_or(0.0, figure)
    }

    fn title(&self) -> String {
        match self {
            NumberMetric::Ic => "IC".to_owned(),
            NumberMetric::RankIc => "rank IC".to_owned(),
            NumberMetric::Icir => "ICIR".to_owned(),
            NumberMetric::RankIcir => "rank ICIR".to_owned(),
            NumberMetric::Correlation | NumberMetric::Skill => self.declaration().name.to_owned(),
        }
    }

    fn needs(&self) -> Needs {
        Needs::Numbers
    }

    fn across_tasks(&self) -> AcrossTasks {
        AcrossTasks::Comparable
    }
}
