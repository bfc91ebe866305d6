//! A frozen data set: what every phase prepares its sequences from, in exactly one way.

use crate::class_weights::class_weights;
use crate::features::{self, FeatureMatrix};
use crate::labels;
use crate::panel::Panel;
use crate::scalers::{ScalerError, fit_scaler, transform};
use crate::sequences::SequenceSet;
use crate::snapshot::load_panel;
use crate::splits::{self, Fold, SplitError};
use artifact_core::config::{Config, SplitConfig};
use artifact_core::ledger::{Entry, Event};
use artifact_core::schema::{
    ClassWeights, CvMethod, FeatureSet, LabelSpec, Preprocessing, PreprocessingId, Scaler, ScalerScope, Seal,
    SealId, SnapshotId, SplitPlan, SplitPlanId,
};
use artifact_core::{Envelope, Error, IndexSet, Invalid, ObjectStore, load, producer};
use ndarray::{Array2, ArrayView2};

/// Why sequences cannot be prepared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatasetError {
    /// An artifact cannot be loaded, or contradicts the data.
    #[error("an artifact cannot be used")]
    Artifact(#[from] Error),
    /// The rows cannot be split.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// The scaler cannot be fitted or applied.
    #[error(transparent)]
    Scaler(#[from] ScalerError),
}

/// Rows of a snapshot with their features, before scaling.
#[derive(Debug, Clone)]
pub struct Dataset {
    snapshot: SnapshotId,
    panel: Panel,
    matrix: FeatureMatrix,
    set: FeatureSet,
    /// The first test row: labels are only permuted before it, in negative controls.
    split_row: usize,
}

/// A stored split with its stored preprocessing.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// The split's object.
    pub split_id: SplitPlanId,
    /// The split.
    pub split: SplitPlan,
    /// The preprocessing's object.
    pub preprocessing_id: PreprocessingId,
    /// The preprocessing.
    pub preprocessing: Preprocessing,
}

/// Inputs and targets of one sequence geometry, ready to fit.
#[derive(Debug, Clone)]
pub struct Prepared {
    features: Array2<f32>,
    labels: Array2<i8>,
    returns: Array2<f32>,
    seq_length: usize,
    time_window: usize,
}

impl Dataset {
    /// Loads the rows before the test rows. The test rows are in other blobs, which are not opened.
    ///
    /// # Errors
    ///
    /// As [`load_panel`].
    pub fn development(store: &dyn ObjectStore, seal: &Seal, set: FeatureSet) -> Result<Self, DatasetError> {
        let panel = load_panel(store, seal.development)?;
        check("rows", panel.rows(), seal.split_row, seal.development)?;
        Ok(Self::new(seal.development, panel, set, seal.split_row))
    }

    /// Loads all rows, for the final phase: `unsealed` is the ledger entry that says so.
    ///
    /// # Errors
    ///
    /// As [`load_panel`], and [`Error::Invalid`] when the entry opens another seal, or the rows before the test rows
    /// are not the development rows.
    pub fn unsealed(
        store: &dyn ObjectStore,
        id: SealId,
        set: FeatureSet,
        unsealed: &Entry,
    ) -> Result<Self, DatasetError> {
        let seal: Seal = load(store, id)?;
        let opened = match &unsealed.event {
            Event::Unsealed { seal, .. } => seal.short(),
            Event::Scored { .. } => "none".to_owned(),
        };
        check("ledger entry", opened, id.short(), seal.snapshot)?;
        let panel = load_panel(store, seal.snapshot)?;
        check("rows", panel.rows(), seal.rows, seal.snapshot)?;
        let development = load_panel(store, seal.development)?;
        let differing = crate::snapshot::differing_dates(&panel.slice_rows(0..seal.split_row), &development);
        check("development rows that differ", differing.len(), 0, seal.snapshot)?;
        Ok(Self::new(seal.snapshot, panel, set, seal.split_row))
    }

    fn new(snapshot: SnapshotId, panel: Panel, set: FeatureSet, split_row: usize) -> Self {
        let matrix = features::compute(&panel, set);
        Self { snapshot, panel, matrix, set, split_row }
    }

    /// The rows' snapshot.
    pub fn snapshot(&self) -> SnapshotId {
        self.snapshot
    }

    /// The bars.
    pub fn panel(&self) -> &Panel {
        &self.panel
    }

    /// Plans the split of one sequence geometry by the calendar rule.
    ///
    /// # Errors
    ///
    /// [`SplitError`] when a set would be empty.
    pub fn plan(
        &self,
        seal: &Seal,
        config: &SplitConfig,
        seq_length: usize,
        time_window: usize,
    ) -> Result<SplitPlan, SplitError> {
        let split = splits::calendar(
            seal.rows,
            seq_length,
            time_window,
            config.train_test_split_ratio,
            config.validation_ratio,
            config.purge,
            config.embargo,
        )?;
        Ok(SplitPlan {
            development_snapshot: seal.development,
            rule: config.rule,
            rows: seal.rows,
            seq_length,
            time_window,
            train_test_split_ratio: config.train_test_split_ratio,
            validation_ratio: config.validation_ratio,
            split_row: split.split_row,
            split_date: seal.split_date,
            validation_row: split.validation_row,
            validation_date: self.panel.dates[split.validation_row],
            purge: config.purge,
            embargo: config.embargo,
            train: split.train,
            validation: split.validation,
            development: split.development,
            final_train: split.final_train,
            test: split.test,
        })
    }

    /// Fixes features, labels, scaler and class weights on the training part of a split.
    ///
    /// # Errors
    ///
    /// [`ScalerError`].
    pub fn fit_preprocessing(
        &self,
        plan: &SplitPlan,
        id: SplitPlanId,
        config: &Config,
    ) -> Result<Preprocessing, DatasetError> {
        let spec = LabelSpec {
            rule: config.labels.rule,
            threshold: config.labels.threshold,
            time_window: plan.time_window,
            permutation_seed: config.labels.permute.then_some(config.seed),
        };
        let labels = self.labels(&spec);
        let fitted = self.fit(labels.view(), &plan.train, plan.seq_length, config.scaler.per)?;
        Ok(Preprocessing {
            development_snapshot: plan.development_snapshot,
            split: id,
            tickers: self.panel.tickers.clone(),
            features: self.set,
            feature_names: self.matrix.names.clone(),
            labels: spec,
            scaler: fitted.scaler,
            class_weights: fitted.class_weights,
            warnings: fitted.warnings,
        })
    }

    /// Plans a split, fits its preprocessing, and stores both.
    ///
    /// Whichever phase asks, the objects are the same: this crate is their producer.
    ///
    /// # Errors
    ///
    /// As [`Dataset::plan`] and [`Dataset::fit_preprocessing`], and [`Error::Io`] when the store cannot be written.
    pub fn store_plan(
        &self,
        store: &dyn ObjectStore,
        seal: &Seal,
        config: &Config,
        seq_length: usize,
        time_window: usize,
    ) -> Result<Planned, DatasetError> {
        let (split, preprocessing) = self.envelopes(seal, config, seq_length, time_window)?;
        let (bytes, split_id) = split.to_bytes()?;
        store.put(&bytes)?;
        let (bytes, preprocessing_id) = preprocessing.to_bytes()?;
        store.put(&bytes)?;
        Ok(Planned { split_id, split: split.payload, preprocessing_id, preprocessing: preprocessing.payload })
    }

    /// The objects that [`Dataset::store_plan`] stores, without storing them.
    ///
    /// # Errors
    ///
    /// As [`Dataset::plan`] and [`Dataset::fit_preprocessing`].
    pub fn envelopes(
        &self,
        seal: &Seal,
        config: &Config,
        seq_length: usize,
        time_window: usize,
    ) -> Result<(Envelope<SplitPlan>, Envelope<Preprocessing>), DatasetError> {
        let split = Envelope::new(self.plan(seal, &config.split, seq_length, time_window)?, producer!());
        let (_, id) = split.to_bytes()?;
        let preprocessing = self.fit_preprocessing(&split.payload, id, config)?;
        Ok((split, Envelope::new(preprocessing, producer!())))
    }

    /// Scaler and class weights of the given training sequences, for folds that fit their own.
    ///
    /// # Errors
    ///
    /// [`ScalerError`].
    pub fn refit(
        &self,
        preprocessing: &Preprocessing,
        train: &IndexSet,
        seq_length: usize,
    ) -> Result<Preprocessing, DatasetError> {
        let labels = self.labels(&preprocessing.labels);
        let fitted = self.fit(labels.view(), train, seq_length, preprocessing.scaler.per)?;
        Ok(Preprocessing {
            scaler: fitted.scaler,
            class_weights: fitted.class_weights,
            warnings: fitted.warnings,
            ..preprocessing.clone()
        })
    }

    /// Applies a frozen preprocessing to these rows.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] when the preprocessing belongs to other tickers or features.
    pub fn prepare(
        &self,
        seq_length: usize,
        preprocessing: &Preprocessing,
    ) -> Result<Prepared, DatasetError> {
        let list = |names: &[String]| names.join(", ");
        let snapshot = self.snapshot;
        check("tickers", list(&self.panel.tickers), list(&preprocessing.tickers), snapshot)?;
        check("features", list(&self.matrix.names), list(&preprocessing.feature_names), snapshot)?;
        Ok(Prepared {
            features: transform(&preprocessing.scaler, self.matrix.values.view())?,
            labels: self.labels(&preprocessing.labels),
            returns: labels::returns(self.panel.close(), preprocessing.labels.time_window),
            seq_length,
            time_window: preprocessing.labels.time_window,
        })
    }

    fn labels(&self, spec: &LabelSpec) -> Array2<i8> {
        let mut labels = labels::labels(self.panel.close(), spec.rule, spec.threshold, spec.time_window);
        if let Some(seed) = spec.permutation_seed {
            // Only labels that are known before the test rows, so that all phases permute the same ones.
            let rows = IndexSet::from_range(0..self.split_row.saturating_sub(spec.time_window));
            labels::permute(&mut labels, &rows, seed);
        }
        labels
    }

    fn fit(
        &self,
        labels: ArrayView2<i8>,
        train: &IndexSet,
        seq_length: usize,
        per: ScalerScope,
    ) -> Result<Fitted, ScalerError> {
        let rows = input_rows(train, seq_length);
        let (scaler, constant) = fit_scaler(self.matrix.values.view(), self.matrix.kinds, per, &rows)?;
        let (class_weights, absent) = class_weights(labels, train, seq_length);
        let warnings = constant.iter().map(ToString::to_string).chain(absent.iter().map(ToString::to_string));
        Ok(Fitted { scaler, class_weights, warnings: warnings.collect() })
    }
}

/// What is fitted on training sequences.
struct Fitted {
    scaler: Scaler,
    class_weights: ClassWeights,
    warnings: Vec<String>,
}

/// The rows that the sequences read as inputs.
fn input_rows(sequences: &IndexSet, seq_length: usize) -> IndexSet {
    sequences.ranges().flat_map(|range| range.start..range.end + seq_length - 1).collect()
}

fn check<T: PartialEq + ToString>(
    field: &str,
    found: T,
    expected: T,
    snapshot: SnapshotId,
) -> Result<(), Error> {
    if found == expected {
        return Ok(());
    }
    Err(Error::Invalid {
        artifact: format!("snapshot {}", snapshot.short()),
        reason: Invalid { field: field.to_owned(), found: found.to_string(), expected: expected.to_string() },
    })
}

impl Prepared {
    /// The sequences of `indices`, as views into the shared arrays.
    pub fn sequences(&self, indices: &IndexSet) -> SequenceSet<'_> {
        SequenceSet::new(
            self.features.view(),
            self.labels.view(),
            self.returns.view(),
            indices,
            self.seq_length,
            self.time_window,
        )
    }

    /// The scaled features, `(rows, features)`.
    pub fn features(&self) -> ArrayView2<'_, f32> {
        self.features.view()
    }
}

/// Cuts the development sequences of a plan into folds, purged and embargoed as the plan says.
///
/// # Errors
///
/// [`SplitError`] when there are too few sequences.
pub fn folds(plan: &SplitPlan, method: CvMethod, count: usize) -> Result<Vec<Fold>, SplitError> {
    let cut = match method {
        CvMethod::Kfold => splits::kfold,
        CvMethod::WalkForward => splits::walk_forward,
    };
    cut(&plan.development, count, plan.seq_length, plan.time_window, plan.purge, plan.embargo)
}
