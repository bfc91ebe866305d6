//! Gradient-boosted trees on the flattened window.

use super::per_output::{Fitted, Learned, Method, PerOutput, Rows};
use super::table::{columns, rows};
use crate::error::{FitError, PredictError, WeightsError};
use crate::learner::{Fitting, Job, Learner, Predictor};
use crate::model::{LEARNING_RATE, Output, Shape, number_of, size_of};
use crate::setting_error::SettingError;
use crate::weights::{Tensor, Weights};
use artifact_core::Params;
use artifact_core::seed::Purpose;
use data_loader::Task;
use settings::part::{Declaration, Domain, Parameter, Part};
use tabular::Table;
use tabular::gbdt::{Array, Booster, Forest, Objective, Settings};

/// `gbdt`: histogram gradient boosting: of the softmax loss of classes, the squared error of values, or the
/// pinball loss of quantiles. One epoch is `rounds_per_epoch` rounds, so that early
/// stopping, pruning and the common epoch of cross-validation choose the number of rounds.
#[derive(Debug, Clone, Copy)]
pub struct GbdtLearner;

const ROUNDS_PER_EPOCH: &str = "rounds_per_epoch";
const MAX_LEAVES: &str = "max_leaves";
const MIN_ROWS_IN_LEAF: &str = "min_rows_in_leaf";
const L2: &str = "l2";
const FEATURE_FRACTION: &str = "feature_fraction";
const ROW_FRACTION: &str = "row_fraction";

impl Part for GbdtLearner {
    fn declaration(&self) -> Declaration {
        let real = |low, high, log| Domain::Float { low, high, log, step: None };
        let whole = |low, high| Domain::Int { low, high, log: true, step: 1 };
        Declaration::new("gbdt", "Gradient-boosted trees on the flattened window.")
            .parameter(
                Parameter::float(LEARNING_RATE, "What each tree's values are multiplied by.")
                    .range(1e-6, 1.0)
                    .default(0.05)
                    .search(real(0.02, 0.2, true)),
            )
            .parameter(
                Parameter::size(MAX_LEAVES, "The most leaves of a tree.").default(15).search(whole(4, 63)),
            )
            .parameter(
                Parameter::size(MIN_ROWS_IN_LEAF, "The fewest training samples in a leaf.")
                    .default(20)
                    .search(whole(10, 200)),
            )
            .parameter(
                Parameter::float(
                    L2,
                    "What is added to a leaf's sum of second derivatives, shrinking its value.",
                )
                .range(0.0, f64::MAX)
                .default(1.0)
                .search(real(1e-2, 100.0, true)),
            )
            .parameter(
                Parameter::float(
                    FEATURE_FRACTION,
                    "The share of columns, drawn for each tree, that it may use.",
                )
                .range(1e-6, 1.0)
                .default(0.5)
                .search(real(0.2, 1.0, false)),
            )
            .parameter(
                Parameter::float(
                    ROW_FRACTION,
                    "The share of samples, drawn for each round, that trees grow from.",
                )
                .range(1e-6, 1.0)
                .default(0.8)
                .search(real(0.4, 1.0, false)),
            )
            .parameter(rows().search(Domain::Categorical([1, 5, 10, 20].map(Into::into).to_vec())))
            .parameter(Parameter::size(ROUNDS_PER_EPOCH, "The boosting rounds of one epoch.").default(10))
    }
}

impl Learner for GbdtLearner {
    fn start<'a>(&self, job: Job<'a, '_>) -> Result<Box<dyn Fitting + 'a>, FitError> {
        let (params, shape, seed) = (job.params, Shape::of(job.train), job.seed);
        let settings = Settings {
            learning_rate: number_of(params, LEARNING_RATE)?,
            max_leaves: size_of(params, MAX_LEAVES)?,
            min_rows_in_leaf: size_of(params, MIN_ROWS_IN_LEAF)?,
            l2: number_of(params, L2)?,
            feature_fraction: number_of(params, FEATURE_FRACTION)?,
            row_fraction: number_of(params, ROW_FRACTION)?,
            ..Settings::default()
        };
        let columns = columns(params, shape, usize::MAX)?;
        let rounds = size_of(params, ROUNDS_PER_EPOCH)?;
        SettingError::require(rounds >= 1, ROUNDS_PER_EPOCH, rounds, "at least 1")?;
        let rate = settings.learning_rate;
        let fit = PerOutput::start(job, columns, rate, |rows, output| {
            // The epoch in the seed's purpose is the output: rounds derive their own streams from it.
            let seed = seed.derive(Purpose::Weights, output as u64);
            GbdtFit::new(rows, settings.clone(), seed, rounds)
        })?;
        Ok(Box::new(fit))
    }

    fn restore(
        &self,
        params: &Params,
        shape: Shape,
        weights: &Weights,
    ) -> Result<Box<dyn Predictor>, PredictError> {
        let columns = columns(params, shape, usize::MAX)?;
        Ok(Box::new(Fitted::<Forest>::restore(weights, shape, columns)?))
    }

    fn uses_seed(&self, params: &Params) -> bool {
        [FEATURE_FRACTION, ROW_FRACTION].into_iter().any(|share| params.float(share) != Some(1.0))
    }
}

/// A forest in training.
struct GbdtFit {
    booster: Booster,
    rounds: usize,
    /// The scores of the validation table, up to the round they include.
    scores: Vec<f64>,
    scored: usize,
    /// The number of rounds of the best state.
    kept: Option<usize>,
    output: Output,
}

impl GbdtFit {
    fn new(rows: Rows<'_, '_>, settings: Settings, seed: [u8; 32], rounds: usize) -> Result<Self, FitError> {
        let Rows { table, targets, task, weights } = rows;
        let objective = match &task {
            Task::Classes => Objective::Softmax,
            Task::Value => Objective::Squared,
            Task::Quantiles(levels) => Objective::Quantiles(levels.clone()),
        };
        let booster =
            Booster::new(&table, targets, Some(&weights), &objective, settings, seed).map_err(refused)?;
        Ok(Self { booster, rounds, scores: Vec::new(), scored: 0, kept: None, output: Output::of(&task) })
    }
}

impl Method for GbdtFit {
    fn train_epoch(&mut self, _epoch: usize) -> Result<f64, FitError> {
        for _ in 0..self.rounds {
            self.booster.round();
        }
        // Here, where it is an error: a finished fit has no way to say that its trees cannot be stored.
        self.booster.forest().check_size().map_err(refused)?;
        Ok(self.booster.loss())
    }

    fn validate(&mut self, table: &dyn Table) -> Result<Vec<f64>, FitError> {
        let forest = self.booster.forest();
        if self.scored == 0 {
            self.scores = forest.starting_scores(table.rows());
        }
        forest.add_scores(self.scored..forest.rounds(), table, &mut self.scores).map_err(refused)?;
        self.scored = forest.rounds();
        let scores = self.scores.clone();
        Ok(if self.output == Output::Classes { forest.probabilities(scores) } else { scores })
    }

    fn keep(&mut self) {
        self.kept = Some(self.booster.forest().rounds());
    }

    fn into_tensors(self) -> Vec<Tensor> {
        let forest = self.booster.into_forest();
        let rounds = self.kept.unwrap_or(forest.rounds());
        let tensor = |Array { name, shape, values }| Tensor { name, shape, values };
        // Every epoch has checked the size, and nothing else is an error.
        forest.truncated(rounds).to_arrays().unwrap_or_default().into_iter().map(tensor).collect()
    }
}

impl Learned for Forest {
    fn from_tensors(tensors: Vec<Tensor>, columns: usize, outputs: usize) -> Result<Self, WeightsError> {
        let array = |Tensor { name, shape, values }| Array { name, shape, values };
        let arrays: Vec<Array> = tensors.into_iter().map(array).collect();
        let refused = |reason: String| WeightsError::Values { name: "forest".into(), reason };
        let forest = Forest::from_arrays(&arrays).map_err(|error| refused(error.to_string()))?;
        let (found, expected) = ((forest.columns(), forest.outputs()), (columns, outputs));
        if found != expected {
            let text = |(columns, outputs)| format!("{columns} columns and {outputs} outputs");
            return Err(refused(format!("trees of {}, expected {}", text(found), text(expected))));
        }
        Ok(forest)
    }

    fn predict(&self, table: &dyn Table, output: Output) -> Vec<f64> {
        // The columns were checked when the forest was restored.
        let missing = || vec![f64::NAN; table.rows() * self.outputs()];
        let scores = self.scores(table).unwrap_or_else(|_| missing());
        if output == Output::Classes { self.probabilities(scores) } else { scores }
    }
}

fn refused(error: impl std::fmt::Display) -> FitError {
    SettingError {
        field: "gbdt".into(),
        found: error.to_string(),
        expected: "settings and samples that trees can be grown from".into(),
    }
    .into()
}
