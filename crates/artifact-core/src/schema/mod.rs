//! The payloads: one module per kind of artifact.
//!
//! ```text
//! snapshot ── seal                       frozen bars; where the test rows begin
//!    └─ split_plan ── preprocessing      which sequences train and validate; features, labels, scaler, weights
//!          └─ trial ── study             one tuning result; all of them
//!                └─ cross_validation     one configuration on k folds
//!                      └─ best_configuration ── model_bundle
//!                            │                     └─ leak_certificate      what an independent check found
//!                            └─ frozen_plan      what may be done with the test rows, fixed beforehand
//!
//! imported_trial ── imported_study       results of version 1, with no bars behind them; they may take the place of
//!                                        trial and study in a cross-validation and everything after it
//! ```

mod account;
mod best_configuration;
mod combinations;
mod cross_validation;
mod evaluation;
mod fault;
mod figures;
mod finding;
mod flat_settings;
mod frozen_plan;
mod hyperparameters;
mod imported_study;
mod imported_trial;
mod leak_certificate;
mod model_bundle;
mod origin;
mod planned;
mod preprocessing;
mod returns;
mod rows;
mod seal;
mod slippage;
mod snapshot;
mod split;
mod strategy;
mod study;
mod test_metrics;
mod training_settings;
mod trial;
pub mod upgrade;

pub use crate::error::PlanDifference;
/// The values of older documents, in which numbers keep their decimal text.
pub use ::written;
pub use account::{Account, Clock, Spacing, TickerAccount};
pub use best_configuration::{
    Baseline, BestConfiguration, BestConfigurationId, Measure, SuperiorAbilityTest,
};
pub use combinations::{binomial, combinations, group_bounds};
pub use cross_validation::{
    CrossValidation, CrossValidationId, CvSummary, FoldResult, PathFigures, PathReturns, Refitted, Role,
};
pub use evaluation::{CLASS_NAMES, CLASSES, EpochRecord, Evaluation, NumberFigures};
pub use fault::{Fault, FaultAction, FaultKind, Severity};
pub use finding::{Damage, Done, Finding};
pub use flat_settings::{FlatSettings, flatten, flatten_to, settings_digest};
pub use frozen_plan::{FrozenPlan, FrozenPlanId, PlannedFit, Thresholds};
pub use hyperparameters::Hyperparameters;
pub use imported_study::{
    IMPORTED_STUDY, ImportedFile, ImportedForm, ImportedResult, ImportedStudy, ImportedStudyId,
};
pub use imported_trial::{
    ImportedArtifacts, ImportedTrial, ImportedTrialId, Place, are_counts, scaler_values, values,
};
pub use leak_certificate::{
    Claim, ClaimResult, ClaimStatus, Count, Evidence, LeakCertificate, LeakCertificateId, Leakage,
    LeakageKind, Unchecked, Verdict, Violation,
};
pub use model_bundle::{ModelBundle, ModelBundleId, TestReturns};
pub use origin::{AnyStudy, AnyStudyId, AnyTrial, AnyTrialId};
pub use preprocessing::{
    ClassWeights, FittedScaler, LabelSpec, Preprocessing, PreprocessingId, ScalerScope, Scope,
};
pub use returns::DailyReturns;
pub use seal::{Alignment, DataSource, GivenColumn, Seal, SealId, SourceFile};
pub use slippage::{Impact, Spread};
pub use snapshot::{COLUMNS, RowChunk, Snapshot, SnapshotId, is_own_column};
pub use split::{Purge, SplitPlan, SplitPlanId, SplitRule, label_overlap};
pub use strategy::{StrategyFigures, TradingFigures};
pub use study::{Study, StudyId};
pub use test_metrics::{
    BaselineFigures, Calibration, CalibrationBin, CostPoint, Difference, FigureInterval, Inference,
    TestMetrics, TickerFigures,
};
pub use training_settings::{Calibrator, DecisionRule, TrainingSettings};
pub use trial::{Pruning, Trial, TrialId, TrialMetrics, TrialState};
