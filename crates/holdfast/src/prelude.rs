//! What a part of one's own needs: `use holdfast::prelude::*`.

pub use crate::Registry;
pub use artifact_core::schema::{CLASS_NAMES, CLASSES, Evaluation};
pub use artifact_core::{Component, IndexSet, Params};
pub use chrono::{Datelike, NaiveDate};
pub use data_loader::TickerBars;
pub use data_loader::features::Feature;
pub use data_loader::scalers::Scaler;
pub use data_loader::source::{RawBar, RawBars, Source, SourceBars, SourceError, SourceRequest};
pub use extended_trainer::racing::FoldPruner;
pub use rand::RngExt;
pub use rand_chacha::ChaCha8Rng;
pub use report::RunData;
pub use report::html::{Element, el};
pub use report::sections::Section;
pub use settings::part::{Declaration, Domain, Parameter, Part};
pub use std::process::ExitCode;
pub use tuner::pruners::{Curve, Pruner};
pub use tuner::samplers::{Random, Sampler, Told, TrialOutcome};
pub use tuner::search_space::{Point, Space};
