//! What can go wrong in a fit or a prediction.

use crate::ENGINE_VERSION;
use crate::model::Shape;
use crate::setting_error::SettingError;
use artifact_core::{Digest, Producer};
use std::fmt::Display;

/// The artifacts come from another engine version, under which the same seed gives other bits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the artifacts were made by {}, but this program has engine version {ENGINE_VERSION}; use the program that made them, \
     or start a new run with --run NAME",
    found.map_or_else(|| "a program without an engine".to_owned(), |found| format!("engine version {found}"))
)]
pub struct EngineMismatch {
    /// The engine version of the artifacts.
    pub found: Option<u32>,
}

/// Checks that an artifact's fits were made by this engine.
///
/// # Errors
///
/// [`EngineMismatch`] when they were not.
pub fn check_engine(producer: &Producer) -> Result<(), EngineMismatch> {
    match producer.engine_version {
        Some(ENGINE_VERSION) => Ok(()),
        found => Err(EngineMismatch { found }),
    }
}

/// The first values in the order of computation that are not finite, named as in the model's layout.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// A parameter, as the step before left it.
    Parameter(String),
    /// The features of a batch.
    Inputs,
    /// The output of a layer.
    Output(String),
    /// The logits.
    Logits,
    /// The gradient of a parameter.
    Gradient(String),
}

impl Origin {
    /// The same place in a member of an ensemble, whose names there begin with `prefix`.
    pub(crate) fn within(self, prefix: &str) -> Self {
        match self {
            Origin::Parameter(name) => Origin::Parameter(format!("{prefix}{name}")),
            Origin::Output(name) => Origin::Output(format!("{prefix}{name}")),
            Origin::Gradient(name) => Origin::Gradient(format!("{prefix}{name}")),
            Origin::Inputs | Origin::Logits => self,
        }
    }
}

impl Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::Parameter(name) => write!(f, "the parameter {name}"),
            Origin::Inputs => f.write_str("the input"),
            Origin::Output(name) => write!(f, "the output of the layer {name}"),
            Origin::Logits => f.write_str("the output of the model"),
            Origin::Gradient(name) => write!(f, "the gradient of {name}"),
        }
    }
}

/// Why a fit failed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// A setting or a data set cannot be used.
    #[error(transparent)]
    Config(#[from] SettingError),
    /// The fit cannot resume from the checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The fit diverged.
    #[error(
        "{quantity} is {value} in epoch {epoch}, step {step}, expected a finite number; {origin} is the first \
         that is not finite: lower learning_rate or gradient_clip"
    )]
    NonFinite {
        /// What is not finite.
        quantity: &'static str,
        /// Its value.
        value: f64,
        /// Where it comes from.
        origin: Origin,
        /// The epoch, from 1.
        epoch: usize,
        /// The step in the epoch, from 1; for the validation loss the epoch's last.
        step: usize,
    },
    /// The objective's metric breaks its contract.
    #[error("the metric {metric} is {value} in epoch {epoch}, expected a finite number")]
    Objective {
        /// The metric, with its parameters.
        metric: String,
        /// Its value.
        value: f64,
        /// The epoch, from 1.
        epoch: usize,
    },
}

/// Why a fit cannot resume from a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The bytes are not a checkpoint.
    #[error("the file is not a checkpoint of this program: {reason}; remove it to restart the fit")]
    Malformed {
        /// What is wrong.
        reason: String,
    },
    /// The state or the tensors are not those that were written.
    #[error("the digest of the checkpoint's {part} is {found}, expected {expected}: the file is damaged")]
    Damaged {
        /// Which of the two.
        part: &'static str,
        /// The digest of what is there.
        found: Digest,
        /// The digest that was written.
        expected: Digest,
    },
    /// The tensors cannot be used.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The model does not resume from checkpoints.
    #[error("the model keeps no checkpoints; its fits start over")]
    Unsupported,
    /// The checkpoint was made by a fit with other settings, another seed, other data or another engine.
    #[error(
        "the checkpoint belongs to fit {}, expected fit {}: the settings, seed, data or engine differ",
        found.short(),
        expected.short()
    )]
    OtherFit {
        /// The fit it belongs to.
        found: Digest,
        /// The fit that was to be resumed.
        expected: Digest,
    },
}

/// Why a prediction failed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PredictError {
    /// The architecture or the shape cannot be used.
    #[error(transparent)]
    Config(#[from] SettingError),
    /// The weights belong to another model.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The data and the model have different shapes.
    #[error("the data have shape {found:?}, expected the model's {expected:?}")]
    Shape {
        /// The shape of the data.
        found: Shape,
        /// The shape of the model.
        expected: Shape,
    },
    /// The window holds a value that is not finite.
    #[error("the window holds {value} at row {row}, feature {feature}, expected finite scaled features")]
    NonFiniteInput {
        /// The row in the window, from 0.
        row: usize,
        /// The column, from 0.
        feature: usize,
        /// The value.
        value: f32,
    },
}

/// Why weights cannot be read or used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// The bytes are not a safetensors file.
    #[error("the weights are not a safetensors file: {reason}")]
    Malformed {
        /// The parser's message.
        reason: String,
    },
    /// A tensor has another number type.
    #[error("tensor {name:?} has type {found}, expected F32: export the weights in single precision")]
    NumberType {
        /// The tensor.
        name: String,
        /// Its type, as in the file.
        found: String,
    },
    /// A value is not finite.
    #[error("tensor {name:?} holds a non-finite value at position {position}: the weights are damaged")]
    NonFinite {
        /// The tensor.
        name: String,
        /// The flat position, from 0.
        position: usize,
    },
    /// A tensor's values do not fill its shape.
    #[error("tensor {name:?} holds {found} values, expected {expected} for its shape")]
    Length {
        /// The tensor.
        name: String,
        /// The number of values.
        found: usize,
        /// The product of the dimensions.
        expected: usize,
    },
    /// A tensor's values mean nothing to the model.
    #[error("tensor {name:?} holds {reason}: the weights are damaged")]
    Values {
        /// The tensor.
        name: String,
        /// What it holds and what was expected.
        reason: String,
    },
    /// A name appears twice.
    #[error("tensor {name:?} appears twice in the weights, expected once")]
    Repeated {
        /// The name.
        name: String,
    },
    /// The model has a tensor that the weights lack, or vice versa, or their shapes differ.
    #[error(
        "the weights and the model differ at tensor {name:?}: found {found}, expected {expected}: \
             use the architecture and shape the weights were fitted with"
    )]
    Layout {
        /// The tensor.
        name: String,
        /// Its shape in the weights, or "none".
        found: String,
        /// Its shape in the model, or "none".
        expected: String,
    },
}
