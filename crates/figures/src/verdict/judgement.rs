//! What a comparison found.

use super::outcome::Outcome;

/// How the model compares in one respect: by the objective's figure, or in money.
pub(super) struct Judgement {
    pub(super) outcome: Outcome,
    /// The name of the best of what it is compared with.
    pub(super) best: Option<String>,
    /// What the outcome is about, in running text.
    pub(super) about: Option<String>,
    pub(super) sentences: Vec<String>,
}

impl Judgement {
    pub(super) fn without_comparison(outcome: Outcome, sentences: Vec<String>) -> Self {
        Self { outcome, best: None, about: None, sentences }
    }
}
