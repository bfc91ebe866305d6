//! What is judged, and by what.

use crate::decision::Decision;
use crate::evaluation::base_rates::BaseRates;
use crate::evaluation::costs::Costs;
use ndarray::ArrayView3;

/// Predictions to be judged, with the decision that makes classes of them.
#[derive(Debug, Clone)]
pub struct Contender<'a> {
    /// `model`, or a baseline's name.
    pub name: &'a str,
    /// What it predicts, `(sequences, tickers, width)` in sequence order.
    pub predictions: ArrayView3<'a, f32>,
    /// Which class follows from its probabilities.
    pub decision: &'a Decision,
}

/// What the intervals of a set of predictions depend on besides them.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// What the training labels of each ticker say on their own.
    pub base_rates: &'a BaseRates,
    /// What buying and selling costs.
    pub costs: &'a Costs,
    /// The seeds of the resamples: of decision rows, and of bars.
    pub seeds: [[u8; 32]; 2],
}
