//! One way to fit: models, loss, optimizer, early stopping and metrics, on the CPU.
//!
//! [`fit`] turns a training view and an optional validation view into weights. It opens no file, reads no clock and no
//! environment, prints nothing, and does not know which phase called; progress and cancellation go through the
//! [`Observer`]. [`predict`] applies the weights and [`evaluate`] scores the result; [`Weights`] stores them.
//!
//! ```
//! use artifact_core::IndexSet;
//! use data_loader::{SequenceSet, Windows};
//! use ndarray::Array2;
//! use trainer_core::{Costs, Decision, FitConfig, FitSeed, ModelParts, Scoring, Shape, Steps, fit, predict};
//!
//! // One ticker whose only feature tells whether it goes Up (1) or Down (2); windows of two rows.
//! let features = Array2::from_shape_fn((40, 1), |(row, _)| if row % 3 == 0 { 1.0 } else { -1.0 });
//! let labels = features.mapv(|x: f32| if x > 0.0 { 1 } else { 2 });
//! let returns = features.mapv(|x| 0.01 * x);
//! let set = |rows| {
//!     let indices = IndexSet::from_range(rows);
//!     let windows = Windows { seq_length: 2, time_window: 1 };
//!     SequenceSet::new(features.view(), labels.view(), returns.view(), &indices, windows)
//! };
//! let (train, validation) = (set(0..25), set(28..39));
//!
//! let parts = ModelParts::builtin();
//! let config = FitConfig {
//!     model: parts.models.choose(&"gru".into())?,
//!     steps: Steps {
//!         learning_rate: 0.01,
//!         weight_decay: 0.01,
//!         batch_size: 8,
//!         accumulation_steps: 1,
//!         warmup_fraction: 0.1,
//!         gradient_clip: 1.0,
//!         samples_per_epoch: 0,
//!     },
//!     epochs: 20,
//!     schedule_epochs: 20,
//!     focal_gamma: 2.0,
//!     class_weights: [0.0, 0.5, 0.5],
//!     patience: Some(5),
//!     objective: parts.metrics.choose(&"mcc".into())?,
//!     decision: Decision::MOST_PROBABLE,
//!     alternatives: Vec::new(),
//!     segments: Vec::new(),
//!     tempers: false,
//!     costs: Costs::per_side(5.0),
//! };
//! let seed = FitSeed { root: 42, trial: 0, fold: 0 };
//! let outcome = fit(&config, &train, Some(&validation), seed, &mut ())?;
//! let shape = Shape::of(&validation);
//! let predictions = predict(&config.model, shape, &outcome.weights, &validation)?;
//! assert_eq!(predictions.evaluate(&validation, &Scoring::plain(&config.costs)).accuracy, 1.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Reproducibility
//!
//! Every random stream is derived from the fit's [`FitSeed`], and every sum has a fixed order: the same engine version,
//! configuration, data and seed give the same bits, whatever the number of threads and of concurrent fits. A batch is
//! computed in a fixed number of slices, in parallel where threads of the rayon pool are idle.
//!
//! Vectorised loops and matrix products give the same bits on every machine, with AVX-512, AVX2, NEON or none of them.
//! Every product and sum that are rounded once are written as a fused multiply-add; each element of a matrix product is
//! one chain of them.

mod batches;
mod checkpoint;
mod config;
mod decision;
mod descent;
mod early_stopping;
mod error;
mod evaluation;
mod fit;
#[cfg(test)]
mod gradient_check;
mod kernels;
mod layers;
mod learner;
mod learners;
mod loss;
mod model;
mod optimizer;
mod parts;
mod predict;
mod predictions;
mod schedule;
mod setting_error;
mod steps;
mod temperature;
mod weights;

pub use artifact_core::schema::{CLASSES, EpochRecord, Evaluation, NumberFigures, StrategyFigures};
pub use artifact_core::seed::FitSeed;
pub use checkpoint::{Checkpoint, Checkpoints, FitState, SavedFitError};
pub use config::{FitConfig, with_params};
pub use decision::Decision;
pub use error::{
    CheckpointError, EngineMismatch, FitError, Origin, PredictError, WeightsError, check_engine,
};
pub use evaluation::{
    BaseRates, Contender, Costs, Scoring, SegmentScores, Strategy, Terms, TickerStrategy, buy_and_hold,
    calibration, evaluate, infer, labelled_rows, majority, path_returns, strategy, ticker_figures,
};
pub use fit::{Control, FitOutcome, Observer, fit, fit_model, resume, resume_model};
pub use kernels::mask::{DropoutKey, Mask, Mode};
pub use kernels::real::Real;
pub use learner::{ChosenModel, Fitting, Job, LARGEST_BATCH, Learner, Predictor};
pub use learners::{GbdtLearner, LinearLearner, Network, with_seeds};
pub use loss::{FocalLoss, Loss, LossSum};
pub use metrics::{AcrossTasks, Metric, Needs, Ranking, Scored, Unit, is_comparable};
pub use model::{
    Architecture, BATCH_SIZE, GruArchitecture, GruConfig, GruModel, LEARNING_RATE, Layout, LstmArchitecture,
    LstmConfig, LstmModel, Model, Output, Recurrent, RecurrentConfig, Shape, Slot, SoftmaxArchitecture,
    SoftmaxRegression, Start, Tcn, TcnArchitecture, TcnConfig, TensorSpec, Transformer,
    TransformerArchitecture, TransformerConfig, WEIGHT_DECAY, batch_size, learning_rate, weight_decay,
};
pub use optimizer::{AdamW, clip_scale, global_norm};
pub use parts::{ChosenMetric, ModelParts, Training};
pub use predict::{predict, predict_test, predict_window};
pub use predictions::Predictions;
pub use rand_chacha::ChaCha8Rng;
pub use schedule::Schedule;
pub use setting_error::SettingError;
pub use steps::Steps;
pub use temperature::Temperature;
pub use weights::{Tensor, Weights};

/// The version of the numerics. Trained artifacts record it; resuming or verifying a fit requires the same version.
///
/// It is raised whenever the bits of a fit change. Changes so far:
///
/// 1. The first engine.
/// 2. Our own matrix products, each element one chain of fused multiply-adds. Batches in four slices, each with its own
///    dropout masks, two elements to a hash. The last block's attention without keys and values.
pub const ENGINE_VERSION: u32 = 2;
