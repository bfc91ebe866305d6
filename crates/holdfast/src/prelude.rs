//! Everything a custom part needs: `use holdfast::prelude::*`.

pub use crate::Registry;
pub use artifact_core::Moment;
pub use artifact_core::schema::{CLASS_NAMES, CLASSES, Evaluation};
pub use artifact_core::{Component, IndexSet, Params};
pub use chrono::{Datelike, NaiveDate};
pub use data_loader::TickerBars;
pub use data_loader::features::Feature;
pub use data_loader::scalers::{Affine, Scaler, WithinWindow};
pub use data_loader::sources::{
    RawBar, RawBars, RawCell, RawColumn, Source, SourceBars, SourceError, SourceRequest,
};
pub use data_loader::splits::{Fold, Separation, SplitError, Splitter, purge};
pub use data_loader::targets::{Class, Entry, Exit, Label, Outcome, Target, Task};
pub use data_loader::windows::Windows;
pub use extended_trainer::racing::FoldPruner;
pub use metrics::{Metric, Unit};
pub use rand::RngExt;
pub use rand_chacha::ChaCha8Rng;
pub use report::RunData;
pub use report::html::{Element, el};
pub use report::sections::Section;
pub use settings::part::{Declaration, Domain, Parameter, Part};
pub use std::process::ExitCode;
pub use trainer_core::{
    Architecture, Layout, Mode, Model, SettingError, Shape, Slot, Start, batch_size, learning_rate,
    weight_decay,
};
pub use tuner::pruners::{Curve, Pruner};
pub use tuner::samplers::{Random, Sampler, Told, TrialOutcome};
pub use tuner::search_space::{Point, Space};
