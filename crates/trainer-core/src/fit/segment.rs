//! The segments of a validation set.

use crate::config::FitConfig;
use crate::decision::Decision;
use crate::evaluation::{BaseRates, Scoring, SegmentScores, judge, segment_returns, segment_scores};
use crate::predictions::Predictions;
use data_loader::SequenceSet;
use ndarray::s;
use std::ops::Range;

/// How a fit's predictions are judged by a decision.
pub(super) fn scoring<'a>(
    config: &'a FitConfig,
    base_rates: &'a BaseRates,
    decision: &'a Decision,
) -> Scoring<'a> {
    Scoring { decision, base_rates: Some(base_rates), costs: &config.costs }
}

/// A segment of a validation set, with its sequences.
pub(super) struct Segment<'data> {
    positions: Range<usize>,
    sequences: SequenceSet<'data>,
}

impl<'data> Segment<'data> {
    pub(super) fn of(validation: &SequenceSet<'data>, positions: &Range<usize>) -> Self {
        Self { positions: positions.clone(), sequences: validation.segment(positions.clone()) }
    }

    /// Scores the predictions of the whole validation set on this segment.
    pub(super) fn scores(
        &self,
        config: &FitConfig,
        predictions: &Predictions,
        base_rates: &BaseRates,
    ) -> SegmentScores {
        let (own, set) = (predictions.values.slice(s![self.positions.clone(), .., ..]), &self.sequences);
        let mut scores = segment_scores(own, set, base_rates, config.tempers);
        for decision in std::iter::once(&config.decision).chain(&config.alternatives) {
            let scoring = scoring(config, base_rates, decision);
            let (evaluation, strategy) = judge(own, set, &scoring);
            let objective = config.objective.part.value(&evaluation, &config.objective.params);
            scores.objectives.push(Some(objective).filter(|value| value.is_finite()));
            scores.returns.push(segment_returns(strategy.as_ref(), set));
        }
        scores
    }
}
