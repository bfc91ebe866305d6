//! One label: a class or a number.

use data_loader::{Label, Outcome};

/// What is to be predicted at one decision row of one ticker.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answer {
    /// A class code.
    Class(usize),
    /// A number, in single precision as models are given it. Its class is its sign.
    Number(f32),
}

impl Answer {
    /// The class code: Hold, Up or Down.
    pub(crate) fn class(self) -> usize {
        match self {
            Answer::Class(class) => class,
            Answer::Number(number) => usize::from(number > 0.0) + 2 * usize::from(number < 0.0),
        }
    }
}

impl PartialEq for Answer {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Answer::Class(own), Answer::Class(other)) => own == other,
            (Answer::Number(own), Answer::Number(other)) => own.to_bits() == other.to_bits(),
            _ => false,
        }
    }
}

impl From<Outcome> for Answer {
    fn from(outcome: Outcome) -> Self {
        match outcome.label {
            Label::Class(class) => Answer::Class(class.code() as usize),
            Label::Value(value) => Answer::Number(value as f32),
        }
    }
}
