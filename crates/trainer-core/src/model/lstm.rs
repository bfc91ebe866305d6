//! Stacked layers of long short-term memory.

use super::recurrent::{self, Recurrent, RecurrentConfig};
use super::{Architecture, Model, Shape};
use crate::layers::Lstm;
use crate::setting_error::SettingError;
use artifact_core::Params;
use settings::part::{Declaration, Part};

/// The sizes of an LSTM.
pub type LstmConfig = RecurrentConfig;

/// Stacked layers of long short-term memory, with dropout between them, and a linear map from the last state to the logits.
pub type LstmModel<R> = Recurrent<R, Lstm<R>>;

/// `lstm`: [`LstmModel`] by name.
#[derive(Debug, Clone, Copy)]
pub struct LstmArchitecture;

impl Part for LstmArchitecture {
    fn declaration(&self) -> Declaration {
        recurrent::declaration("lstm", "Stacked layers of long short-term memory.")
    }
}

impl Architecture for LstmArchitecture {
    fn build(&self, params: &Params, shape: Shape) -> Result<Box<dyn Model>, SettingError> {
        Ok(Box::new(LstmModel::new(&LstmConfig::of(params)?, shape)?))
    }
}
