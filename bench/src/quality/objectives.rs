//! What each validation objective would choose: every epoch of every trial of a study, judged on validation by all metrics
//! and on test by what a perfect judge knows.

use super::exchange::{bounds, score_classes};
use super::finished::Finished;
use super::ours::inputs;
use super::panels::Panel;
use anyhow::ensure;
use artifact_core::schema::{BestConfiguration, Trial};
use artifact_core::{IndexSet, load};
use data_loader::{MASKED, SequenceSet, Windows};
use ndarray::{Array2, ArrayView3, s};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use trainer_core::{
    BaseRates, CLASSES, Evaluation, FitConfig, FitSeed, FocalLoss, Job, Loss, ModelParts, Needs, Scoring,
    Training, evaluate,
};

/// Judges every epoch of every trial of the only run of a workspace, which was made on the CSV files of `bars`.
///
/// The trials are fitted to the training rows of the peers, and predict their validation and test rows.
///
/// # Errors
///
/// If the run is not tuned and cross-validated, its files are not those of the panel, or a fit fails.
pub(crate) fn judge(own: &Panel, bars: &Path, workspace: &Path, epochs: usize) -> anyhow::Result<Value> {
    let run = Finished::of(workspace)?;
    let best = &run.best;
    let inputs = inputs(own, bars, &best.preprocessing)?;
    ensure!(inputs.ticker_columns() == 0, "the models read more than the features");
    let arrays = Arrays::of(own, inputs.features());
    let mut judged = Vec::new();
    for &id in &run.study.trials {
        let trial: Trial = load(&run.store, id)?;
        let epochs = arrays.fit(own, &trial, best, epochs)?;
        judged.push(json!({ "model": trial.model.name, "params": trial.params, "epochs": epochs }));
    }
    Ok(json!({ "trials": judged }))
}

/// The arrays of a panel, as a fit reads them.
struct Arrays<'a> {
    /// `(blocks, rows, columns)`.
    features: ArrayView3<'a, f32>,
    /// `(rows, tickers)`.
    labels: Array2<i8>,
    returns: Array2<f32>,
}

impl<'a> Arrays<'a> {
    fn of(own: &Panel, features: ArrayView3<'a, f32>) -> Self {
        let shape = (own.dates.len(), own.tickers.len());
        let label = |(row, ticker): (usize, usize)| {
            own.tickers[ticker].label(row).map_or(MASKED, |class| class as i8)
        };
        let outcome =
            |(row, ticker): (usize, usize)| own.tickers[ticker].outcome(row).map_or(f32::NAN, |x| x as f32);
        Self {
            features,
            labels: Array2::from_shape_fn(shape, label),
            returns: Array2::from_shape_fn(shape, outcome),
        }
    }

    /// The samples that decide at the rows from `from` to before `to`, as far as their windows are full.
    fn sequences(&self, from: usize, to: usize, seq_length: usize) -> SequenceSet<'_> {
        let first = (from + 1).saturating_sub(seq_length);
        let indices = IndexSet::from_range(first..(to + 1).saturating_sub(seq_length).max(first));
        let windows = Windows { seq_length, time_window: 1 };
        SequenceSet::shared(self.features, self.labels.view(), self.returns.view(), &indices, windows)
    }

    /// Fits a trial and judges its epochs.
    fn fit(
        &self,
        own: &Panel,
        trial: &Trial,
        best: &BestConfiguration,
        epochs: usize,
    ) -> anyhow::Result<Vec<Value>> {
        let parts = ModelParts::builtin();
        let training = Training {
            model: parts.models.find(&trial.model)?,
            objective: parts.metrics.find(&best.objective)?,
            settings: best.training.clone(),
        };
        let weights = &best.preprocessing.class_weights;
        let config = FitConfig::new(&training.model, &trial.params, &training, weights, epochs)?;
        let length = trial.params.seq_length;
        let [start, validation, test, end] = bounds(own.dates.len());
        let train = self.sequences(start.max(length - 1), validation - 1, length);
        let later = self.sequences(validation, end, length);
        let judged = self.sequences(validation, test - 1, length);
        let job = Job {
            params: &config.model.params,
            steps: config.steps,
            schedule_epochs: epochs,
            loss: Loss::of(train.task(), FocalLoss::new(config.focal_gamma, config.class_weights)?),
            train: &train,
            validation: Some(&later),
            seed: FitSeed { root: trial.seed, trial: trial.number, fold: 0 },
        };
        let mut fitting = config.model.part.start(job)?;
        let rates = BaseRates::of(&train);
        let (decision, costs) = (&config.decision, &config.costs);
        let scoring = Scoring { decision, base_rates: Some(&rates), costs };
        let mut rows = Vec::new();
        for epoch in 1..=epochs {
            fitting.train_epoch(epoch)?;
            let (predictions, _) = fitting.validate(epoch)?;
            let values = predictions.values.view();
            let judged_values = values.slice(s![..judged.len(), .., ..]);
            let evaluation = evaluate(judged_values, &judged, &scoring);
            let tested = values.slice(s![test - validation.., .., ..]);
            let scores = score_classes(own, &probabilities(tested), config.decision.factors())?;
            rows.push(json!({ "validation": figures(&parts, &evaluation)?, "test": scores }));
        }
        Ok(rows)
    }
}

/// The class probabilities by row, then ticker.
fn probabilities(values: ArrayView3<'_, f32>) -> Vec<[f64; CLASSES]> {
    let rows = values.rows().into_iter();
    rows.map(|row| std::array::from_fn(|class| f64::from(row[class]))).collect()
}

/// Every metric that predicted classes have.
fn figures(parts: &ModelParts, evaluation: &Evaluation) -> anyhow::Result<BTreeMap<&'static str, f64>> {
    let mut figures = BTreeMap::new();
    for name in parts.metrics.names() {
        let metric = parts.metrics.choose(&name.into())?;
        if metric.part.needs() != Needs::Numbers {
            figures.insert(name, metric.part.value(evaluation, &metric.params));
        }
    }
    Ok(figures)
}
