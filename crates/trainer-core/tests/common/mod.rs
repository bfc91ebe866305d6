//! Small synthetic data sets with a rule to learn.

use artifact_core::{Component, IndexSet};
use data_loader::{SequenceSet, Windows};
use ndarray::Array2;
use settings::part::PartSetting;
use trainer_core::{
    CLASSES, ChaCha8Rng, ChosenModel, Costs, Decision, FitConfig, FitSeed, ModelParts, Steps,
};

use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// The arrays behind a set of sequences.
pub(crate) struct Data {
    pub(crate) features: Array2<f32>,
    pub(crate) labels: Array2<i8>,
    pub(crate) returns: Array2<f32>,
    pub(crate) seq_length: usize,
}

impl Data {
    /// Random features, one per ticker, and a planted rule: a ticker is labelled Up, Down or Hold when its feature two
    /// rows before the decision is high, low or in between.
    pub(crate) fn planted(rows: usize, tickers: usize, seq_length: usize) -> Self {
        let mut generator = ChaCha8Rng::from_seed([17; 32]);
        let mut uniform = || (generator.next_u32() >> 8) as f32 / (1u32 << 23) as f32 - 1.0;
        let features = Array2::from_shape_simple_fn((rows, tickers), || 1.7 * uniform());
        let cause = |row: usize, ticker: usize| features[[row.saturating_sub(2), ticker]];
        let labels = Array2::from_shape_fn((rows, tickers), |(row, ticker)| match cause(row, ticker) {
            x if x > 0.5 => 1,
            x if x < -0.5 => 2,
            _ => 0,
        });
        let returns = Array2::from_shape_fn((rows, tickers), |(row, ticker)| 0.01 * cause(row, ticker));
        Self { features, labels, returns, seq_length }
    }

    /// The sequences that start at the rows of `range`.
    pub(crate) fn set(&self, range: std::ops::Range<usize>) -> SequenceSet<'_> {
        let (features, labels, returns) = (self.features.view(), self.labels.view(), self.returns.view());
        let windows = Windows { seq_length: self.seq_length, time_window: 1 };
        SequenceSet::new(features, labels, returns, &IndexSet::from_range(range), windows)
    }
}

pub(crate) fn transformer() -> ChosenModel {
    transformer_with("dropout_rate", 0.1)
}

/// The transformer with one parameter changed.
pub(crate) fn transformer_with(name: &str, value: f64) -> ChosenModel {
    let setting = PartSetting::named("transformer").with("d_model", 16).with("num_heads", 2).with("d_ff", 32);
    chosen(&setting.with(name, value))
}

pub(crate) fn gru() -> ChosenModel {
    gru_with(16, 2, 0.1)
}

pub(crate) fn gru_with(d_model: usize, num_layers: usize, dropout: f64) -> ChosenModel {
    let setting = PartSetting::named("gru").with("d_model", d_model).with("num_layers", num_layers);
    chosen(&setting.with("dropout_rate", dropout))
}

pub(crate) fn lstm() -> ChosenModel {
    let setting = PartSetting::named("lstm").with("d_model", 16).with("num_layers", 2);
    chosen(&setting.with("dropout_rate", 0.1))
}

pub(crate) fn tcn() -> ChosenModel {
    let setting = PartSetting::named("tcn").with("d_model", 16).with("num_layers", 2).with("kernel_size", 2);
    chosen(&setting.with("dropout_rate", 0.1))
}

pub(crate) fn linear() -> ChosenModel {
    // The version that is fitted by gradient steps.
    ModelParts::builtin().models.find(&Component::new("linear", 1)).expect("an earlier model of this crate")
}

fn chosen(setting: &PartSetting) -> ChosenModel {
    ModelParts::builtin().models.choose(setting).expect("a model of this workspace")
}

pub(crate) fn config(model: ChosenModel, epochs: usize) -> FitConfig {
    FitConfig {
        model,
        steps: STEPS,
        epochs,
        schedule_epochs: epochs,
        focal_gamma: 2.0,
        class_weights: [1.0; CLASSES],
        patience: None,
        objective: ModelParts::builtin().metrics.choose(&"mcc".into()).expect("a metric"),
        decision: Decision::MOST_PROBABLE,
        alternatives: Vec::new(),
        costs: Costs::per_side(1.0),
        segments: Vec::new(),
        tempers: false,
    }
}

pub(crate) const STEPS: Steps = Steps {
    learning_rate: 5e-3,
    weight_decay: 1e-3,
    batch_size: 16,
    accumulation_steps: 1,
    warmup_fraction: 0.1,
    gradient_clip: 1.0,
    samples_per_epoch: 0,
};

pub(crate) const SEED: FitSeed = FitSeed { root: 42, trial: 3, fold: 1 };
