//! A scaler that has seen the test rows.

use artifact_core::IndexSet;
use artifact_core::schema::ScalerScope;
use data_loader::{Dataset, Recipe, Test, features, scalers::fit_scaler};

fn fit(unsealed: &Dataset<Test>, recipe: &Recipe, rows: &IndexSet) {
    let matrix = features::compute(unsealed.panel(), &recipe.features).unwrap();
    let _ = fit_scaler(&matrix, &recipe.scaler, ScalerScope::Feature, rows);
}

fn main() {}
