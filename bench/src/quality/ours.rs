//! The scores of a finished run: its final model and its linear baseline on the test cases of the peers.

use super::exchange::{score_classes, test_rows};
use super::finished::Finished;
use super::panels::{self, Panel};
use anyhow::ensure;
use artifact_core::schema::{Hyperparameters, Preprocessing};
use artifact_core::{Component, Digest};
use data_loader::{DataParts, FileOptions, Inputs, Period, QualityPolicy, features, panel, quality, sources};
use serde_json::Value;
use std::path::Path;
use trainer_core::{CLASSES, ChosenModel, Decision, LARGEST_BATCH, Output, Shape, Weights};

/// Scores the only run of a workspace, which was fitted on the CSV files of `bars`.
///
/// # Errors
///
/// If the run is not finished, or its files are not those of the panel.
pub(crate) fn score(own: &Panel, bars: &Path, workspace: &Path) -> anyhow::Result<Value> {
    let run = Finished::of(workspace)?;
    let (bundle, best) = (&run.bundle, &run.best);
    let inputs = inputs(own, bars, &best.preprocessing)?;
    let scores = |model: &Component, params: &Hyperparameters, weights: Digest, balance: f64| {
        let (model, weights) = run.model(model, params, weights)?;
        let predicted = predictions(own, &inputs, (&model, params.seq_length), &weights)?;
        let decision = Decision::balanced(balance, best.preprocessing.class_weights.counts);
        score_classes(own, &predicted, decision.factors())
    };
    let baseline = &best.baseline;
    let mut found = run.described()?;
    found["model"] = scores(&best.model, &best.params, bundle.weights, best.cv_results.decision_balance)?;
    found["linear"] =
        scores(&baseline.model, &baseline.params, bundle.baseline_weights, baseline.decision_balance)?;
    Ok(found)
}

/// What a model reads of the CSV files of `bars`.
pub(super) fn inputs(own: &Panel, bars: &Path, preprocessing: &Preprocessing) -> anyhow::Result<Inputs> {
    let mut raw = sources::files::read_files(&panels::csv::files(bars)?, &FileOptions::default())?.bars;
    quality::check(&mut raw, &QualityPolicy::default())?;
    let raw = panel::choose(raw, None)?;
    let panel = panel::align(raw, artifact_core::schema::Alignment::Intersection, 0, Period::Max)?.panel;
    ensure!(panel.rows() == own.dates.len(), "the files have {} rows", panel.rows());
    let features = DataParts::builtin().stored_features(preprocessing)?;
    let matrix = features::compute(&panel, &features)?;
    Ok(Inputs::new(preprocessing, matrix.values(), &panel.tickers, None)?)
}

/// The class probabilities of the test cases, ordered by row, then ticker.
fn predictions(
    own: &Panel,
    inputs: &Inputs,
    (model, length): (&ChosenModel, usize),
    weights: &Weights,
) -> anyhow::Result<Vec<[f64; CLASSES]>> {
    let tickers = own.tickers.len();
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
