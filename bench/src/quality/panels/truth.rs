//! What is known of the label at a close.

/// The simple return beyond which the next row is Up, or below minus which it is Down.
///
/// The returns of every panel have a standard deviation of [`SD`], and a normal variable is beyond 0.4307 standard
/// deviations on either side with probability 1/3: the classes are about equally frequent, each between 28 % and 36 % of the rows.
pub(crate) const THRESHOLD: f64 = 0.0052;

/// The standard deviation of simple returns that every panel aims at.
pub(crate) const SD: f64 = 0.012;

/// The true distribution of the label of one row and ticker, given everything known at the row's close.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Truth {
    /// The probabilities of Hold, Up and Down.
    pub(crate) probabilities: [f64; 3],
    /// The mean of the next simple return.
    pub(crate) mean: f64,
    /// The standard deviation of the next simple return.
    pub(crate) sd: f64,
}

/// The class of a simple return: 0 Hold, 1 Up, 2 Down.
pub(crate) fn class(change: f64) -> usize {
    if change > THRESHOLD {
        1
    } else if change < -THRESHOLD {
        2
    } else {
        0
    }
}
