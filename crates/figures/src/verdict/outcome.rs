//! How a comparison ends.

use serde::Serialize;

/// How a comparison of the model with others ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is better than every other by more than chance explains.
    Beats,
    /// It is worse by more than chance explains.
    Worse,
    /// The interval of the difference holds 0.
    NotShown,
    /// There are too few observations to say anything.
    TooFew,
    /// There is no interval, or nothing to compare: how far chance moves the figures is unknown.
    NoInterval,
}
