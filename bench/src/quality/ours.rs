//! The scores of a finished run: its final model and its linear baseline on the test cases of the peers.

use super::exchange::{score_classes, test_rows};
use super::panels::{self, Panel};
use anyhow::{Context as _, ensure};
use artifact_core::schema::{
    BestConfiguration, Hyperparameters, ModelBundle, ModelBundleId, Preprocessing, Study, Trial,
};
use artifact_core::{Component, Digest, Id, ObjectStore, Phase, Workspace, load};
use data_loader::{CsvOptions, DataParts, Inputs, QualityPolicy, features, panel, quality, sources};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use trainer_core::{CLASSES, Decision, LARGEST_BATCH, ModelParts, Output, Shape, Weights, with_params};

/// Scores the only run of a workspace, which was fitted on the CSV files of `bars`.
///
/// # Errors
///
/// If the run is not finished, or its files are not those of the panel.
pub(crate) fn score(own: &Panel, bars: &Path, workspace: &Path) -> anyhow::Result<Value> {
    let workspace = Workspace::new(workspace);
    let name = workspace.runs()?.pop().context("the workspace has no run")?;
    let record = workspace.run(&name).record()?.context("the run has no record")?;
    let output =
        |phase, name: &str| record.output(phase, name).with_context(|| format!("the run has no {name}"));
    let store = workspace.store();
    let bundle: ModelBundle = load(&store, ModelBundleId::new(output(Phase::Final, "model_bundle")?))?;
    let best: BestConfiguration = load(&store, bundle.best_configuration)?;
    let study: Study = load(&store, Id::new(output(Phase::Tuning, "study")?))?;

    let inputs = inputs(own, bars, &best.preprocessing)?;
    let scores = |model: &Component, params: &Hyperparameters, weights: Digest, balance: f64| {
        let weights = Weights::from_safetensors(&store.get(&weights)?)?;
        let predicted = predictions(own, &inputs, (model, params), &weights)?;
        let decision = Decision::balanced(balance, best.preprocessing.class_weights.counts);
        score_classes(own, &predicted, decision.factors())
    };
    let baseline = &best.baseline;
    Ok(json!({
        "model": scores(&best.model, &best.params, bundle.weights, best.cv_results.decision_balance)?,
        "linear": scores(&baseline.model, &baseline.params, bundle.baseline_weights, baseline.decision_balance)?,
        "chosen": best.model.name,
        "trial": best.trial_number,
        "params": best.params,
        "epochs": best.epochs_to_train,
        "decision_balance": best.cv_results.decision_balance,
        "cross_validation": best.cv_results.summary.avg_objective,
        "validation": by_model(&store, &study)?,
    }))
}

/// What a model reads of the CSV files of `bars`.
pub(super) fn inputs(own: &Panel, bars: &Path, preprocessing: &Preprocessing) -> anyhow::Result<Inputs> {
    let mut raw = sources::csv::read_files(&panels::files(bars)?, CsvOptions::default())?;
    quality::check(&mut raw, &QualityPolicy::default())?;
    let (panel, _) = panel::align(raw, None, artifact_core::schema::Alignment::Intersection, 0)?;
    ensure!(panel.rows() == own.dates.len(), "the files have {} rows", panel.rows());
    let features = DataParts::builtin().stored_features(preprocessing)?;
    let matrix = features::compute(&panel, &features)?;
    Ok(Inputs::new(preprocessing, matrix.values(), &panel.tickers, None)?)
}

/// The best validation objective of each model.
fn by_model(store: &dyn ObjectStore, study: &Study) -> anyhow::Result<BTreeMap<String, f64>> {
    let mut best = BTreeMap::new();
    for &id in &study.trials {
        let trial: Trial = load(store, id)?;
        if let Some(metrics) = trial.metrics {
            let known = best.entry(trial.model.name).or_insert(f64::NEG_INFINITY);
            *known = known.max(metrics.objective_value);
        }
    }
    Ok(best)
}

/// The class probabilities of the test cases, ordered by row, then ticker.
fn predictions(
    own: &Panel,
    inputs: &Inputs,
    (model, params): (&Component, &Hyperparameters),
    weights: &Weights,
) -> anyhow::Result<Vec<[f64; CLASSES]>> {
    let model = with_params(&ModelParts::builtin().models.find(model)?, &params.model)?;
    let (tickers, length) = (own.tickers.len(), params.seq_length);
    let shape = Shape {
        seq_length: length,
        features: inputs.columns(),
        ticker_columns: inputs.ticker_columns(),
        tickers: tickers / inputs.blocks(),
        output: Output::Classes,
    };
    let mut predictor = model.part.restore(&model.params, shape, weights)?;
    let rows: Vec<usize> = test_rows(own).collect();
    let mut predicted = vec![[0.0; CLASSES]; rows.len() * tickers];
    for block in 0..inputs.blocks() {
        for (chunk, rows) in rows.chunks(LARGEST_BATCH).enumerate() {
            let windows =
                rows.iter().flat_map(|&row| inputs.window(block, row + 1 - length..row + 1).into_owned());
            let windows: Vec<f32> = windows.collect();
            let mut flat = Vec::new();
            predictor.predict(&windows, rows.len(), &mut flat);
            for (place, probabilities) in flat.chunks(CLASSES).enumerate() {
                let (row, output) = (place / shape.tickers, place % shape.tickers);
                let case = (chunk * LARGEST_BATCH + row) * tickers + block * shape.tickers + output;
                predicted[case] = std::array::from_fn(|class| f64::from(probabilities[class]));
            }
        }
    }
    Ok(predicted)
}
