//! What one trial tries.

use crate::error::{Invalid, ensure};
use serde::{Deserialize, Serialize};

/// The values of one point of the search space.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Hyperparameters {
    /// The peak learning rate.
    pub learning_rate: f64,
    /// The dropout probability.
    pub dropout_rate: f64,
    /// AdamW's decoupled weight decay.
    pub weight_decay: f64,
    /// The rows a label reads, `W`.
    pub time_window: usize,
    /// The rows a sequence reads, `S`.
    pub seq_length: usize,
    /// The number of encoder blocks, or of recurrent layers.
    pub num_layers: usize,
    /// The width of the model: of its positions, or of its recurrent state.
    pub d_model: usize,
    /// The attention heads; a divisor of `d_model`.
    pub num_heads: usize,
    /// The width of the feed-forward layers.
    pub d_ff: usize,
    /// The sequences per training step.
    pub batch_size: usize,
}

/// The model that is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// Post-norm transformer encoder (default).
    #[default]
    Transformer,
    /// Stacked gated recurrent units.
    Gru,
    /// Softmax regression on the window: the baseline.
    Linear,
}

impl ModelKind {
    /// The written name.
    pub fn name(self) -> &'static str {
        match self {
            ModelKind::Transformer => "transformer",
            ModelKind::Gru => "gru",
            ModelKind::Linear => "linear",
        }
    }
}

impl Hyperparameters {
    /// Checks ranges; `field` is this value's place.
    pub(crate) fn validate(&self, field: &str) -> Result<(), Invalid> {
        self.ranges().map_err(|invalid| invalid.within(field))
    }

    fn ranges(&self) -> Result<(), Invalid> {
        let positive = |value: f64| value.is_finite() && value > 0.0;
        ensure(positive(self.learning_rate), "learning_rate", self.learning_rate, "a number above 0")?;
        let dropout = self.dropout_rate;
        ensure((0.0..1.0).contains(&dropout), "dropout_rate", dropout, "a probability below 1")?;
        let decay = self.weight_decay;
        ensure(decay.is_finite() && decay >= 0.0, "weight_decay", decay, "a number from 0")?;
        for (field, value) in [
            ("time_window", self.time_window),
            ("seq_length", self.seq_length),
            ("num_layers", self.num_layers),
            ("d_model", self.d_model),
            ("num_heads", self.num_heads),
            ("d_ff", self.d_ff),
            ("batch_size", self.batch_size),
        ] {
            ensure(value > 0, field, value, "at least 1")?;
        }
        let divides = self.d_model.is_multiple_of(self.num_heads);
        ensure(divides, "num_heads", self.num_heads, format!("a divisor of d_model ({})", self.d_model))
    }
}
