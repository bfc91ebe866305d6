//! Segments of a validation set, each scored on its own.

use super::row_losses::{labelled, row_losses};
use super::{BaseRates, Strategy, tempered};
use data_loader::{SequenceSet, Subset};
use ndarray::ArrayView3;
use serde::{Deserialize, Serialize};

/// How one segment of a validation set, a run of its sequences, is scored on its own at one epoch.
///
/// Numbers that only averages are made of have 24 bits, since every epoch of a fit is kept until one is chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SegmentScores {
    /// The objective by decision, that of the fit first and then its alternatives; `None` where it is not finite.
    pub objectives: Vec<Option<f64>>,
    /// How much less each decision row loses than the ticker's training frequencies, in nats, or than predicting 0, in the
    /// task's own loss: a mean over tickers, one for each row of [`labelled_rows`].
    pub skills: Vec<f32>,
    /// What the strategy of each decision returns after cost, row by row from the one after the segment's first decision row to
    /// the end of its last label window; empty without prices or a decision that counts.
    pub returns: Vec<Vec<f32>>,
    /// The log loss at each temperature, as [`Temperature::at`](crate::Temperature::at) has them, summed over samples; empty unless asked
    /// for.
    pub tempered: Vec<f64>,
}

/// The decision rows of a set that have a label, ascending.
pub fn labelled_rows<P: Subset>(set: &SequenceSet<'_, P>) -> Vec<usize> {
    labelled(set).into_iter().map(|position| set.decision_row(position)).collect()
}

/// What does not depend on a decision: the scores of `predictions`, `(sequences, tickers, width)`, without objectives and returns.
pub(crate) fn segment_scores<P: Subset>(
    predictions: ArrayView3<'_, f32>,
    segment: &SequenceSet<'_, P>,
    base_rates: &BaseRates,
    tempers: bool,
) -> SegmentScores {
    let rows = row_losses(predictions.view(), segment, base_rates);
    SegmentScores {
        objectives: Vec::new(),
        skills: rows.iter().map(|row| row.skill() as f32).collect(),
        returns: Vec::new(),
        tempered: if tempers { tempered::losses(predictions, segment) } else { Vec::new() },
    }
}

/// What a segment's strategy returns, row by row.
pub(crate) fn segment_returns<P: Subset>(
    strategy: Option<&Strategy>,
    segment: &SequenceSet<'_, P>,
) -> Vec<f32> {
    let (Some(strategy), Some(last), Some(market)) =
        (strategy, segment.len().checked_sub(1), segment.market())
    else {
        return Vec::new();
    };
    let end = segment.decision_row(last) + segment.windows.time_window + 1;
    let rows = segment.decision_row(0) + 1..end.min(market.close.nrows());
    strategy.returns_on(rows).values.into_iter().map(|value| value as f32).collect()
}
