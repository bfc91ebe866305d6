//! From market bars to training batches.
//!
//! The steps, each in a module that can be used on its own:
//!
//! | step | module | result |
//! |---|---|---|
//! | read bars | [`sources`] | [`RawBars`] per ticker |
//! | find and handle faults | [`quality`] | clean [`RawBars`], a [`QualityReport`] |
//! | align them on one time axis | [`panel`], [`period`] | a [`Panel`], `T` rows x `K` tickers |
//! | compute causal features | [`features`] | a [`FeatureMatrix`], `(T, K * f)` |
//! | label what is to be predicted | [`targets`] | labels and what their trades earn, `(T, K)` |
//! | choose sequences to train, validate, test | [`windows`], [`splits`] | [`IndexSet`](artifact_core::IndexSet)s |
//! | scale features, weight classes | [`scalers`], [`class_weights`] | figures fitted on training rows only |
//! | batch | [`Inputs`], [`SequenceSet`] | windows gathered on demand |
//! | write frozen bars to files | [`export`] | a table that freezes to the same snapshot |
//! | report on files without a run | [`inspect()`] | what is in them, and what is wrong with it |
//! | report how a source has changed | [`Drift`] | changed tickers, rows and values |
//! | freeze everything | [`freeze()`], [`Dataset`] | artifacts in the store, and sequences prepared from them |
//!
//! None of these modules prints, reads a clock or looks at the environment. Logarithms, exponentials and cosines come
//! from `libm`, not from the platform, so that features and synthetic bars are bit-identical everywhere.

mod account;
pub mod class_weights;
pub mod cli;
mod compare;
mod dataset;
mod drift;
pub mod export;
pub mod features;
mod freeze;
mod inputs;
mod inspect;
pub mod panel;
mod parts;
pub mod period;
pub mod quality;
mod random;
mod resample;
mod sample_weights;
pub mod scalers;
mod sequences;
mod snapshot;
pub mod sources;
pub mod splits;
pub mod subset;
pub mod targets;
mod ticker_bars;
mod ticker_columns;
mod window_form;
pub mod windows;

pub use compare::{PanelDifference, ValueDifference, compare_panels};
pub use dataset::{Dataset, DatasetError, Planned, Prepared};
pub use drift::{Drift, Extension, Rescaling, Shift};
pub use expressions::Lookback;
pub use features::{Feature, FeatureError, FeatureMatrix};
pub use freeze::{Cleaned, FreezeError, Input, MissingVolume, freeze, seal_panel};
pub use inputs::Inputs;
pub use inspect::{InspectedFile, InspectedTicker, Inspection, inspect};
pub use panel::{Panel, PanelError};
pub use parts::{DataParts, Recipe};
pub use period::{DateRange, Period};
#[cfg(feature = "postgres")]
pub use postgres_tls::Passwords;
pub use quality::{QualityError, QualityPolicy, QualityReport};
pub use resample::{ResampleError, Steps};
pub use sample_weights::SampleWeights;
pub use scalers::{Affine, Scaler, ScalerError, WithinWindow};
pub use sequences::{Labels, Market, Sample, SequenceSet, Truth};
pub use snapshot::{differing_dates, freeze_panel, load_panel, panel_of};
pub use sources::files::{FileOptions, FilesRead};
pub use sources::synthetic::SyntheticSpec;
pub use sources::{
    Actions, RawBar, RawBars, RawCell, RawColumn, Source, SourceBars, SourceError, SourceRequest,
};
pub use splits::{
    CalendarRule, CalendarSplit, CombinatorialPurgedCv, Fold, Separation, SplitError, Splitter, folds,
};
pub use subset::{Development, Subset, Test, Whole};
pub use targets::{Class, Entry, Exit, Held, Label, LabelMatrix, MASKED, Outcome, Target, TargetError, Task};
pub use ticker_bars::{BarColumns, TickerBars};
pub use ticker_columns::TickerColumns;
pub use windows::Windows;
