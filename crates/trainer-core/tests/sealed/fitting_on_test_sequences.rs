//! Test sequences as the training or validation set: early stopping would choose the epoch on them.

use data_loader::{SequenceSet, Test};
use trainer_core::{FitConfig, FitSeed, Model, fit, fit_model};

fn train(config: &FitConfig, test: &SequenceSet<'_, Test>, seed: FitSeed) {
    let _ = fit(config, test, None, seed, &mut ());
}

fn validate(config: &FitConfig, train: &SequenceSet<'_>, test: &SequenceSet<'_, Test>, seed: FitSeed) {
    let _ = fit(config, train, Some(test), seed, &mut ());
}

fn own_model(model: &mut dyn Model, config: &FitConfig, test: &SequenceSet<'_, Test>, seed: FitSeed) {
    let _ = fit_model(model, config, test, None, seed, &mut ());
}

fn main() {}
