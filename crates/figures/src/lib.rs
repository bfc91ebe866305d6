//! What the figures of a model say: their names and units, when they may be shown, and the verdict on the test rows.
//!
//! Everything that presents figures, be it a page, a model card, a terminal or JSON, takes them from here, so that a figure
//! has the same name, the same unit and the same limits everywhere. The crate computes no figures: it reads stored ones.
//!
//! ```
//! use figures::Figure;
//!
//! let figure = Figure::named("strategy.mean_return").expect("a figure of that name");
//! assert_eq!(figure.title, "Mean return per bar after cost, bps");
//! assert_eq!(figure.unit.write(0.000123), "1.23");
//! assert_eq!(figure.unit.name(), "fraction of capital per bar");
//! ```

mod ability;
mod account;
mod assumptions;
pub mod digits;
mod figure;
mod interval;
mod loss;
mod names;
pub mod objective;
mod paths;
mod reasons;
mod shown;
mod stopping;
mod table;
mod ticker;
mod trial;
mod unit;
mod value;
mod verdict;

pub use ability::{ability, ability_rows};
pub use account::{advice, losses};
pub use assumptions::assumptions;
pub use figure::{Better, Figure, Needs};
pub use loss::FitLoss;
pub use names::{baseline_in_words, baseline_title};
pub use objective::Objective;
pub use paths::{PathSpread, path_spreads, paths_in_words};
pub use reasons::Reason;
pub use shown::{LEAST_BARS, LEAST_ROWS, LEAST_ROWS_OF_FOLDS, Shown, too_few_in_folds};
pub use stopping::StoppingBias;
pub use table::{Column, Row, TestTable};
pub use ticker::TickerFigure;
pub use trial::{objective_title, objective_unit, trial_values};
pub use unit::Unit;
pub use value::{
    FigureValue, NamedFigures, TestFigures, buy_and_hold_values, difference_values, model_values, values,
};
pub use verdict::{Outcome, Situation, Verdict};
