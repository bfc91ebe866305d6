//! A frozen data set, from which every phase prepares its sequences in exactly one way.

mod development;
mod test_set;

pub use development::Planned;

use crate::features::{self, FeatureError, FeatureMatrix};
use crate::inputs::Inputs;
use crate::panel::Panel;
use crate::parts::Recipe;
use crate::sample_weights::SampleWeights;
use crate::scalers::{ScalerError, within_window};
use crate::sequences::{Market, SequenceSet};
use crate::splits::SplitError;
use crate::subset::{Development, Subset};
use crate::targets::{LabelMatrix, TargetError};
use crate::windows::Windows;
use artifact_core::schema::{LabelSpec, Preprocessing, SnapshotId};
use artifact_core::{Component, Error, IndexSet, Invalid};
use ndarray::ArrayView3;
use settings::part::PartError;

/// Why sequences cannot be prepared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatasetError {
    /// An artifact cannot be loaded, or contradicts the data.
    #[error("failed to read or write an artifact")]
    Artifact(#[from] Error),
    /// The rows cannot be split.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// The features cannot be computed.
    #[error(transparent)]
    Feature(#[from] FeatureError),
    /// A part that the stored artifacts were made with is unknown here.
    #[error(transparent)]
    Part(#[from] PartError),
    /// The scaler cannot be fitted or applied.
    #[error(transparent)]
    Scaler(#[from] ScalerError),
    /// No training sequence has a label.
    #[error(
        "the target {target} gives none of the {sequences} training sequences a label: its trade may need more rows, more \
         tickers or other columns than there are"
    )]
    NoLabels {
        /// The target.
        target: String,
        /// The number of training sequences.
        sequences: usize,
    },
    /// A target broke its contract.
    #[error(transparent)]
    Target(#[from] TargetError),
}

/// Rows of a snapshot with their features, before scaling.
///
/// `Dataset<Development>` plans splits and fits scalers and class weights; `Dataset<Test>` can do neither: it
/// only applies what was frozen.
#[derive(Debug, Clone)]
pub struct Dataset<P: Subset = Development> {
    snapshot: SnapshotId,
    panel: Panel<P>,
    matrix: FeatureMatrix<P>,
    recipe: Recipe,
    /// The first test row; negative controls permute no labels that reach it.
    split_row: usize,
}

/// Inputs, labels and returns for one pair of window lengths: to fit on or, after unsealing, to test on.
#[derive(Debug, Clone)]
pub struct Prepared<'d, P: Subset = Development> {
    panel: &'d Panel<P>,
    inputs: Inputs,
    labels: LabelMatrix<P>,
    windows: Windows,
}

impl<P: Subset> Dataset<P> {
    fn new(
        snapshot: SnapshotId,
        panel: Panel<P>,
        recipe: Recipe,
        split_row: usize,
    ) -> Result<Self, FeatureError> {
        let matrix = features::compute(&panel, &recipe.features)?;
        Ok(Self { snapshot, panel, matrix, recipe, split_row })
    }

    /// The parts that prepare and cut its sequences.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// References to its features, in column order.
    fn features(&self) -> Vec<Component> {
        self.recipe.features.iter().map(|chosen| chosen.component.clone()).collect()
    }

    /// The snapshot that the rows come from.
    pub fn snapshot(&self) -> SnapshotId {
        self.snapshot
    }

    /// The bars.
    pub fn panel(&self) -> &Panel<P> {
        &self.panel
    }

    /// Applies a frozen preprocessing to these rows.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if the preprocessing was made for other tickers, features or labels; [`ScalerError`] or
    /// [`TargetError`] if scaling or labelling fails.
    pub fn prepare(
        &self,
        seq_length: usize,
        preprocessing: &Preprocessing,
    ) -> Result<Prepared<'_, P>, DatasetError> {
        // `transform` pairs columns with the scaler's figures by position alone: a different order would go unnoticed.
        let list = |names: &[String]| names.join(", ");
        let snapshot = self.snapshot;
        check("tickers", list(&self.panel.tickers), list(&preprocessing.tickers), snapshot)?;
        let written =
            |features: &[Component]| list(&features.iter().map(ToString::to_string).collect::<Vec<_>>());
        check("features", written(&self.features()), written(&preprocessing.features), snapshot)?;
        check("feature_names", list(&self.matrix.names), list(&preprocessing.feature_names), snapshot)?;
        // The figures are the preprocessing's, and what is done within windows is the recipe's: both must be one scaler's.
        let (scaler, fitted) = (&self.recipe.scaler, &preprocessing.scaler);
        check("scaler.kind", scaler.component.to_string(), fitted.kind.to_string(), snapshot)?;
        let within = within_window(scaler, &features::column_names(&self.recipe.features)?)?;
        let mut labels = self.labels(&preprocessing.labels)?;
        if let Some(scale) = preprocessing.target_scale {
            labels.divide(scale);
        }
        Ok(Prepared {
            panel: &self.panel,
            inputs: Inputs::new(preprocessing, self.matrix.values(), &self.panel.tickers, within)?,
            labels,
            windows: Windows { seq_length, time_window: preprocessing.labels.time_window },
        })
    }

    fn labels(&self, spec: &LabelSpec) -> Result<LabelMatrix<P>, DatasetError> {
        let target = &self.recipe.target;
        check("labels.rule", target.component.to_string(), spec.rule.to_string(), self.snapshot)?;
        let mut labels = LabelMatrix::of(&self.panel, target, spec.time_window)?;
        if let Some(seed) = spec.permutation_seed {
            // Only labels that end before the test rows: a dataset of development rows has no others, and the shuffle
            // gives the same result in every phase only if it runs over the same labels.
            let rows = IndexSet::from_range(0..self.split_row.saturating_sub(spec.time_window));
            labels.permute(&rows, seed);
        }
        Ok(labels)
    }
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

impl Prepared<'_, Development> {
    /// The scaled features, `(blocks, rows, columns)`: one block for each ticker, or one with the columns of all of them.
    /// What is done to windows is not done yet.
    pub fn features(&self) -> ArrayView3<'_, f32> {
        self.inputs.features()
    }
}

impl<P: Subset> Prepared<'_, P> {
    /// The sequences of `indices`, as views into the shared arrays.
    pub fn sequences(&self, indices: &IndexSet) -> SequenceSet<'_, P> {
        SequenceSet::of_subset(self.inputs.features(), (&self.labels).into(), indices, self.windows)
            .formed(self.inputs.form().clone())
            .with_market(Market::of(self.panel))
    }

    /// The sequences of `indices` to train on, whose labels weigh as `weights` says.
    pub fn training_sequences(&self, indices: &IndexSet, weights: SampleWeights) -> SequenceSet<'_, P> {
        let set = self.sequences(indices);
        match weights.of(&set) {
            Some(weights) => set.weighted(weights),
            None => set,
        }
    }
}
