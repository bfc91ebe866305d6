//! A final model with the features of the bars that it is applied to.

use super::bars::Bars;
use super::error::PredictError;
use super::forecast::Forecast;
use crate::refit::of_stored;
use artifact_core::schema::{CLASS_NAMES, Preprocessing};
use data_loader::{DataParts, Feature, Inputs, Task, features, scalers};
use ndarray::{ArrayView2, Axis};
use settings::part::Chosen;
use trainer_core::{
    ChosenModel, Decision, ModelParts, Output, Shape, Temperature, Weights, predict_window, with_params,
    with_seeds,
};
use views::BundleConfig;

/// What a model is applied with, at any row.
pub(super) struct Applied {
    model: ChosenModel,
    weights: Weights,
    inputs: Inputs,
    shape: Shape,
    task: Task,
    /// What numbers are in units of.
    scale: f64,
    temperature: Temperature,
    decision: Decision,
}

impl Applied {
    /// Puts a model together from its files and the parts that they name, and computes the features of the bars.
    pub(super) fn new(
        config: &BundleConfig,
        preprocessing: &Preprocessing,
        (features, weights): (&[Chosen<dyn Feature>], &[u8]),
        bars: &Bars,
        (data, models): (&DataParts, &ModelParts),
    ) -> Result<Self, PredictError> {
        let target = data.targets.find(&preprocessing.labels.rule)?;
        let task = target.part.task(&target.params);
        let scaler = data.scalers.find(&preprocessing.scaler.kind)?;
        let within = scalers::within_window(&scaler, &features::column_names(features)?)?;
        let weights = Weights::from_safetensors(weights)?;
        let matrix = features::compute(&bars.panel, features)?;
        let inputs = Inputs::new(preprocessing, matrix.values(), &bars.tickers, within)?;
        let shape = Shape {
            seq_length: config.params.seq_length,
            features: inputs.columns(),
            ticker_columns: inputs.ticker_columns(),
            tickers: bars.tickers.len() / inputs.blocks(),
            output: Output::of(&task),
        };
        let model = with_params(&models.models.find(&config.model)?, &config.params.model)
            .map_err(trainer_core::SettingError::from)
            .map_err(trainer_core::PredictError::from)?;
        let temperature = of_stored(config.temperature);
        let decision = Decision::balanced(config.decision_balance, preprocessing.class_weights.counts);
        Ok(Self {
            model: with_seeds(&model, config.training.seeds),
            weights,
            inputs,
            shape,
            task,
            scale: preprocessing.target_scale.unwrap_or(1.0),
            temperature,
            decision: decision.tempered(temperature),
        })
    }

    /// The forecasts after a row, of those tickers whose places are given: place, forecast and class. The row and as many
    /// before it as a window has must exist.
    pub(super) fn at(
        &self,
        row: usize,
        tickers: &[usize],
    ) -> Result<Vec<(usize, Forecast, &'static str)>, PredictError> {
        let (seq_length, per_block) = (self.shape.seq_length, self.shape.tickers);
        let mut forecasts = Vec::with_capacity(tickers.len());
        for block in 0..self.inputs.blocks() {
            let places = block * per_block..(block + 1) * per_block;
            if !tickers.iter().any(|place| places.contains(place)) {
                continue;
            }
            let window = self.inputs.window(block, row + 1 - seq_length..row + 1);
            let window = ArrayView2::from_shape((seq_length, self.inputs.columns()), &window)
                .expect("a window has as many rows and columns");
            let mut values =
                predict_window(&self.model, self.shape, &self.weights, window)?.insert_axis(Axis(0));
            self.temperature.apply(&mut values);
            for (place, output) in places.zip(values.index_axis(Axis(0), 0).outer_iter()) {
                if tickers.contains(&place) {
                    let output = output.to_vec();
                    let class = CLASS_NAMES[self.decision.class_of(&self.task, &output)];
                    forecasts.push((place, Forecast::of(&self.task, &output, self.scale), class));
                }
            }
        }
        Ok(forecasts)
    }
}
