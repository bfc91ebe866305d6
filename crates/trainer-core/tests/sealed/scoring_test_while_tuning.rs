//! The functions with which the tuner scores a trial take development rows, and its dataset has no others.

use data_loader::{Dataset, Prepared, SequenceSet, Test};
use artifact_core::schema::{Preprocessing, SplitPlan};
use trainer_core::{ChosenModel, Shape, Weights, predict, predict_test};

/// As the tuner prepares its sequences.
fn prepared<'d>(dataset: &'d Dataset, preprocessing: &Preprocessing) -> Prepared<'d> {
    dataset.prepare(20, preprocessing).unwrap()
}

fn test_rows_of_development(model: &ChosenModel, prepared: &Prepared<'_>, split: &SplitPlan, shape: Shape, weights: &Weights) {
    let _ = predict_test(model, shape, weights, &prepared.sequences(&split.test));
}

fn test_rows(model: &ChosenModel, test: &SequenceSet<'_, Test>, shape: Shape, weights: &Weights) {
    let _ = predict(model, shape, weights, test);
}

fn main() {}
