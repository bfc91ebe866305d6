//! The segments of a validation set.

use crate::config::FitConfig;
use crate::evaluation::{
    BaseRates, Scoring, SegmentScores, Strategy, judge, segment_returns, segment_scores,
};
use crate::predictions::Predictions;
use artifact_core::schema::Evaluation;
use data_loader::SequenceSet;
use ndarray::{ArrayView3, s};
use std::ops::Range;

/// What a decision makes of predictions.
type Judgement = (Evaluation, Option<Strategy>);

/// What each of a fit's decisions makes of predictions.
pub(super) struct Judged {
    own: Judgement,
    alternatives: Vec<Judgement>,
}

impl Judged {
    pub(super) fn of(
        config: &FitConfig,
        base_rates: &BaseRates,
        predictions: ArrayView3<'_, f32>,
        set: &SequenceSet<'_>,
    ) -> Self {
        let by = |decision| {
            let scoring = Scoring { decision, base_rates: Some(base_rates), costs: &config.costs };
            judge(predictions, set, &scoring)
        };
        Self { own: by(&config.decision), alternatives: config.alternatives.iter().map(by).collect() }
    }

    /// The evaluations: by the settings' decision, and by the alternatives.
    pub(super) fn evaluations(self) -> (Evaluation, Vec<Evaluation>) {
        (self.own.0, self.alternatives.into_iter().map(|(evaluation, _)| evaluation).collect())
    }

    fn iter(&self) -> impl Iterator<Item = &Judgement> {
        std::iter::once(&self.own).chain(&self.alternatives)
    }
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

    /// Scores the predictions of the whole validation set, which `judged` has judged, on this segment.
    pub(super) fn scores(
        &self,
        config: &FitConfig,
        base_rates: &BaseRates,
        predictions: &Predictions,
        judged: &Judged,
    ) -> SegmentScores {
        let (own, set) = (predictions.values.slice(s![self.positions.clone(), .., ..]), &self.sequences);
        let mut scores = segment_scores(own, set, base_rates, config.tempers);
        let mut add = |(evaluation, strategy): &Judgement| {
            let objective = config.objective.part.value(evaluation, &config.objective.params);
            scores.objectives.push(Some(objective).filter(|value| value.is_finite()));
            scores.returns.push(segment_returns(strategy.as_ref(), set));
        };
        // Most folds have one segment: what was judged already.
        if self.positions.len() == predictions.values.dim().0 {
            judged.iter().for_each(&mut add);
        } else {
            Judged::of(config, base_rates, own, set).iter().for_each(&mut add);
        }
        scores
    }
}
