//! The payloads: one module per kind of artifact.
//!
//! ```text
//! snapshot ── seal                       frozen bars; where the test rows begin
//!    └─ split_plan ── preprocessing      which sequences train and validate; features, labels, scaler, weights
//!          └─ trial ── study             one tuning result; all of them
//!                └─ cross_validation     one configuration on k folds
//!                      └─ best_configuration ── model_bundle
//!                            │                     └─ leak_certificate      what an independent check found
//!                            └─ frozen_plan      what may be done with the test rows, fixed before
//!
//! imported_trial ── imported_study       what version 1 left; it has no bars behind it, and may take the place of
//!                                        trial and study in a cross-validation and in what follows
//! ```

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
mod preprocessing;
mod returns;
mod seal;
mod shape;
mod snapshot;
mod split;
mod study;
mod training_settings;
mod trial;
pub(crate) mod upgrade;
pub mod written;

pub use best_configuration::{Baseline, BestConfiguration};
pub use combinations::{binomial, combinations, group_bounds};
pub use cross_validation::{CrossValidation, CvSummary, FoldResult, Refitted, Role};
pub use evaluation::{CLASS_NAMES, CLASSES, EpochRecord, Evaluation, TradingFigures};
pub use fault::{Fault, FaultAction, FaultKind};
pub use finding::{Damage, Done, Finding};
pub use flat_settings::{FlatSettings, flatten, settings_digest};
pub use frozen_plan::{FrozenPlan, PlanDifference, PlannedFit, Thresholds};
pub use hyperparameters::Hyperparameters;
pub use imported_study::{IMPORTED_STUDY, ImportedFile, ImportedForm, ImportedResult, ImportedStudy};
pub use imported_trial::{ImportedArtifacts, ImportedTrial, Place, are_counts, scaler_values, values};
pub use leak_certificate::{
    Claim, ClaimResult, ClaimStatus, Count, Evidence, LeakCertificate, Leakage, LeakageKind, Unchecked,
    Verdict, Violation,
};
pub use model_bundle::{ModelBundle, TestMetrics};
pub use origin::{AnyStudy, AnyTrial};
pub use preprocessing::{
    ClassWeights, FeatureSet, LabelRule, LabelSpec, Preprocessing, Scaler, ScalerKind, ScalerScope,
};
pub use returns::DailyReturns;
pub use seal::{Alignment, DataSource, Seal, SourceFile};
pub use shape::{AmbiguousShape, Shape, find_by_shape};
pub use snapshot::{COLUMNS, RowChunk, Snapshot};
pub use split::{CvMethod, Purge, SplitPlan, SplitRule, label_overlap};
pub use study::Study;
pub use training_settings::TrainingSettings;
pub use trial::{Pruning, Trial, TrialMetrics, TrialState};

use crate::Id;

/// The id of a [`Snapshot`].
pub type SnapshotId = Id<Snapshot>;
/// The id of a [`Seal`].
pub type SealId = Id<Seal>;
/// The id of a [`SplitPlan`].
pub type SplitPlanId = Id<SplitPlan>;
/// The id of a [`Preprocessing`].
pub type PreprocessingId = Id<Preprocessing>;
/// The id of a [`Trial`].
pub type TrialId = Id<Trial>;
/// The id of a [`Study`].
pub type StudyId = Id<Study>;
/// The id of a [`CrossValidation`].
pub type CrossValidationId = Id<CrossValidation>;
/// The id of a [`BestConfiguration`].
pub type BestConfigurationId = Id<BestConfiguration>;
/// The id of a [`FrozenPlan`].
pub type FrozenPlanId = Id<FrozenPlan>;
/// The id of a [`ModelBundle`].
pub type ModelBundleId = Id<ModelBundle>;
/// The id of an [`ImportedTrial`].
pub type ImportedTrialId = Id<ImportedTrial>;
/// The id of an [`ImportedStudy`].
pub type ImportedStudyId = Id<ImportedStudy>;
/// The id of a [`LeakCertificate`].
pub type LeakCertificateId = Id<LeakCertificate>;
/// The id of a trial of this program or of an imported one: see [`AnyTrial`].
pub type AnyTrialId = Id<AnyTrial>;
/// The id of a study of this program or of an imported one: see [`AnyStudy`].
pub type AnyStudyId = Id<AnyStudy>;
