//! Planning splits and fitting scalers and class weights: on development rows only.

use super::{Dataset, DatasetError, check};
use crate::class_weights::class_weights;
use crate::parts::Recipe;
use crate::scalers::fit_scaler;
use crate::snapshot::load_panel;
use crate::splits::{self, CalendarRule, Separation, SplitError};
use crate::subset::Development;
use crate::targets::LabelMatrix;
use crate::windows::Windows;
use artifact_core::schema::{
    ClassWeights, FittedScaler, LabelSpec, Preprocessing, PreprocessingId, ScalerScope, Seal, SplitPlan,
    SplitPlanId,
};
use artifact_core::{Envelope, IndexSet, ObjectStore, producer};
use settings::{Config, SplitConfig};

/// A stored split with its stored preprocessing.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// The id of the stored split.
    pub split_id: SplitPlanId,
    /// The split.
    pub split: SplitPlan,
    /// The id of the stored preprocessing.
    pub preprocessing_id: PreprocessingId,
    /// The preprocessing.
    pub preprocessing: Preprocessing,
}

impl Dataset<Development> {
    /// Loads the rows before the test rows. The test rows are in other blobs, which are never opened.
    ///
    /// # Errors
    ///
    /// As [`load_panel`]; [`Error::Invalid`](artifact_core::Error::Invalid) if the rows do not end at the boundary of
    /// the seal; [`FeatureError`](crate::FeatureError).
    pub fn development(store: &dyn ObjectStore, seal: &Seal, recipe: &Recipe) -> Result<Self, DatasetError> {
        let panel = load_panel(store, seal.development)?.into_subset();
        check("rows", panel.rows(), seal.split_row, seal.development)?;
        Ok(Self::new(seal.development, panel, recipe.clone(), seal.split_row)?)
    }

    /// The names of its features, without the ticker, that have no value in any row of any ticker.
    pub fn features_without_values(&self) -> Vec<&str> {
        let (values, kinds) = (self.matrix.values(), self.matrix.kinds);
        let columns = values.ncols();
        let empty = |kind: &usize| {
            (*kind..columns)
                .step_by(kinds)
                .all(|column| values.column(column).iter().all(|cell| !cell.is_finite()))
        };
        // The names are `<ticker>.<column>`, and those of the first ticker come first.
        let ticker = self.panel.tickers.first().map_or(0, |ticker| ticker.len() + 1);
        (0..kinds).filter(empty).filter_map(|kind| self.matrix.names.get(kind)?.get(ticker..)).collect()
    }

    /// Plans the split for one pair of window lengths by the calendar rule.
    ///
    /// # Errors
    ///
    /// [`SplitError`] if a ratio or length is out of range, or a set would be empty.
    pub fn plan(&self, seal: &Seal, config: &SplitConfig, windows: Windows) -> Result<SplitPlan, SplitError> {
        // The row count of the whole panel comes from the seal: test sequences get numbers, but their rows stay unread.
        let split = splits::calendar(
            seal.rows,
            CalendarRule {
                windows,
                train_test_split_ratio: config.train_test_split_ratio,
                validation_ratio: config.validation_ratio,
                separation: Separation { purge: config.purge, embargo: config.embargo },
            },
        )?;
        Ok(SplitPlan {
            development_snapshot: seal.development,
            rule: config.rule,
            rows: seal.rows,
            seq_length: windows.seq_length,
            time_window: windows.time_window,
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

    /// Fits scaler and class weights on the training sequences of a split, and records them with the features and
    /// labels that they belong to.
    ///
    /// # Errors
    ///
    /// [`ScalerError`](crate::ScalerError), [`DatasetError::NoLabels`], or [`TargetError`](crate::TargetError) if the rows
    /// cannot be labelled.
    pub fn fit_preprocessing(
        &self,
        plan: &SplitPlan,
        id: SplitPlanId,
        config: &Config,
    ) -> Result<Preprocessing, DatasetError> {
        let spec = LabelSpec {
            rule: self.recipe.target.component.clone(),
            time_window: plan.time_window,
            permutation_seed: config.labels.permute.then_some(config.seed),
        };
        let labels = self.labels(&spec)?;
        let fitted = self.fit(&labels, &plan.train, plan.into(), config.scaler.per)?;
        Ok(Preprocessing {
            development_snapshot: plan.development_snapshot,
            split: id,
            tickers: self.panel.tickers.clone(),
            features: self.features(),
            feature_names: self.matrix.names.clone(),
            labels: spec,
            scope: config.training.scope,
            ticker_embedding: config.features.ticker_embedding,
            scaler: fitted.scaler,
            class_weights: fitted.class_weights,
            target_scale: fitted.target_scale,
            warnings: fitted.warnings,
        })
    }

    /// Plans a split, fits its preprocessing, and stores both.
    ///
    /// The objects are the same whichever phase stores them, since this crate is always recorded as their producer.
    ///
    /// # Errors
    ///
    /// As [`Dataset::plan`] and [`Dataset::fit_preprocessing`], and [`Error::Io`](artifact_core::Error::Io)
    /// if the store cannot be written.
    pub fn store_plan(
        &self,
        store: &dyn ObjectStore,
        seal: &Seal,
        config: &Config,
        windows: Windows,
    ) -> Result<Planned, DatasetError> {
        let (split, preprocessing) = self.envelopes(seal, config, windows)?;
        // The split first, since the preprocessing refers to it: a crash in between leaves nothing dangling.
        let (bytes, split_id) = split.to_bytes()?;
        store.put(&bytes)?;
        let (bytes, preprocessing_id) = preprocessing.to_bytes()?;
        store.put(&bytes)?;
        Ok(Planned { split_id, split: split.payload, preprocessing_id, preprocessing: preprocessing.payload })
    }

    /// Builds the objects that [`Dataset::store_plan`] stores, without storing them.
    ///
    /// # Errors
    ///
    /// As [`Dataset::plan`] and [`Dataset::fit_preprocessing`].
    pub fn envelopes(
        &self,
        seal: &Seal,
        config: &Config,
        windows: Windows,
    ) -> Result<(Envelope<SplitPlan>, Envelope<Preprocessing>), DatasetError> {
        let split = Envelope::new(self.plan(seal, &config.split, windows)?, producer!());
        let (_, id) = split.to_bytes()?;
        let preprocessing = self.fit_preprocessing(&split.payload, id, config)?;
        Ok((split, Envelope::new(preprocessing, producer!())))
    }

    /// Refits scaler and class weights on the given training sequences, for folds that fit their own.
    ///
    /// # Errors
    ///
    /// [`ScalerError`](crate::ScalerError), [`DatasetError::NoLabels`], and
    /// [`Error::Invalid`](artifact_core::Error::Invalid) if the preprocessing was made with a scaler or target other than
    /// this data set's.
    pub fn refit(
        &self,
        preprocessing: &Preprocessing,
        train: &IndexSet,
        seq_length: usize,
    ) -> Result<Preprocessing, DatasetError> {
        let (found, expected) = (&self.recipe.scaler.component, &preprocessing.scaler.kind);
        check("scaler.kind", found.to_string(), expected.to_string(), self.snapshot)?;
        let labels = self.labels(&preprocessing.labels)?;
        let windows = Windows { seq_length, time_window: preprocessing.labels.time_window };
        let fitted = self.fit(&labels, train, windows, preprocessing.scaler.per)?;
        Ok(Preprocessing {
            scaler: fitted.scaler,
            class_weights: fitted.class_weights,
            target_scale: fitted.target_scale,
            warnings: fitted.warnings,
            ..preprocessing.clone()
        })
    }

    fn fit(
        &self,
        labels: &LabelMatrix<Development>,
        train: &IndexSet,
        windows: Windows,
        per: ScalerScope,
    ) -> Result<Fitted, DatasetError> {
        // Only rows that training inputs read: statistics of any other row would tell the model about rows that it is
        // evaluated on.
        let rows = input_rows(train, windows);
        let (scaler, constant) = fit_scaler(&self.matrix, &self.recipe.scaler, per, &rows)?;
        let (class_weights, absent) = class_weights(labels, train, windows);
        if class_weights.counts.iter().sum::<u64>() == 0 {
            let target = self.recipe.target.component.to_string();
            return Err(DatasetError::NoLabels { target, sequences: train.len() });
        }
        let target_scale = target_scale(labels, train, windows);
        let warnings = constant.iter().map(ToString::to_string).chain(absent.iter().map(ToString::to_string));
        Ok(Fitted { scaler, class_weights, target_scale, warnings: warnings.collect() })
    }
}

/// What is fitted on training sequences.
struct Fitted {
    scaler: FittedScaler,
    class_weights: ClassWeights,
    target_scale: Option<f64>,
    warnings: Vec<String>,
}

/// The standard deviation (divisor n) of the numbers that the training sequences are to predict; 1 where they do not
/// differ, `None` where classes are predicted.
fn target_scale(labels: &LabelMatrix<Development>, train: &IndexSet, windows: Windows) -> Option<f64> {
    let values = labels.values()?;
    let rows = || train.iter().map(|sequence| windows.decision_row(sequence));
    let known =
        || rows().flat_map(|row| values.row(row)).filter(|value| value.is_finite()).map(|&v| f64::from(v));
    let count = known().count().max(1) as f64;
    let mean = known().sum::<f64>() / count;
    let variance = known().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count;
    let scale = variance.sqrt();
    Some(if scale.is_finite() && scale > 0.0 { scale } else { 1.0 })
}

/// The rows that the sequences read as inputs. Consecutive sequences overlap, so each range of them reads one block.
fn input_rows(sequences: &IndexSet, windows: Windows) -> IndexSet {
    sequences.ranges().flat_map(|range| range.start..windows.input_rows(range.end - 1).end).collect()
}
