//! Stacked gated recurrent units.

use super::recurrent::{self, Recurrent, RecurrentConfig};
use super::{Architecture, Model, Shape};
use crate::layers::Gru;
use crate::setting_error::SettingError;
use artifact_core::Params;
use settings::part::{Declaration, Part};

/// The sizes of a GRU.
pub type GruConfig = RecurrentConfig;

/// Stacked gated recurrent units, with dropout between them, and a linear map from the last state to the logits.
pub type GruModel<R> = Recurrent<R, Gru<R>>;

/// `gru`: [`GruModel`] by name.
#[derive(Debug, Clone, Copy)]
pub struct GruArchitecture;

impl Part for GruArchitecture {
    fn declaration(&self) -> Declaration {
        recurrent::declaration("gru", "Stacked gated recurrent units.")
    }
}

impl Architecture for GruArchitecture {
    fn build(&self, params: &Params, shape: Shape) -> Result<Box<dyn Model>, SettingError> {
        Ok(Box::new(GruModel::new(&GruConfig::of(params)?, shape)?))
    }
}
