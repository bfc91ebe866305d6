//! Panels whose best possible score is known.
//!
//! Every panel comes with the true distribution of each label, given everything known at the close of its row. The Bayes
//! classifier, which predicts the most probable class, is therefore known, and so is the expected score of any
//! classifier on given rows. A panel is a pure function of its kind, its size and its seed.
//!
//! | panel | what predicts the next return | highest MCC |
//! |---|---|---|
//! | `momentum-02` to `momentum-40` | the mean of the last ten returns, at five strengths | 0.02, 0.05, 0.10, 0.20, 0.40 |
//! | `cross-section` | the rank among 30 tickers | 0.240 |
//! | `interaction` | the product of two signs | 0.511 |
//! | `order` | a jump and the last large one before it | 0.511 |
//! | `regime` | the last return, as a hidden state has it | 0.259 |
//!
//! Of the panels `planted` (the source `synthetic`) and `sample` the truth is not known.
//!
//! The highest MCC is that of expected counts on many rows, of a classifier that treats Up and Down alike. The most
//! probable class has a slightly lower one where the signal is weak: 0.018, 0.047, 0.093 and 0.183 for the weaker strengths
//! of `momentum`, 0.238 for `cross-section`.

mod bars;
mod choice;
mod cross_section;
pub(crate) mod csv;
mod dates;
mod draws;
mod interaction;
mod kind;
mod law;
mod momentum;
mod order;
mod panel;
mod process;
mod real;
mod regime;
mod truth;

pub(crate) use choice::Choice;
pub(crate) use kind::Kind;
pub(crate) use panel::{Panel, Ticker};
pub(crate) use truth::{THRESHOLD, Truth};

#[cfg(test)]
mod tests;
