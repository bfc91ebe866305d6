//! Panels whose best possible score is known.
//!
//! Every panel comes with the true distribution of each label, given everything known at the close of its row. The Bayes
//! classifier, which predicts the most probable class, is therefore known, and so is the expected score of any
//! classifier on given rows. A panel is a pure function of its kind, its size and its seed.

mod bars;
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
mod regime;
mod truth;

pub(crate) use kind::Kind;
pub(crate) use panel::{Panel, Ticker};
pub(crate) use truth::{THRESHOLD, Truth};

#[cfg(test)]
mod tests;
