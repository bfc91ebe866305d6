//! A scaler that has seen the test rows.

use artifact_core::IndexSet;
use artifact_core::schema::{FeatureSet, ScalerScope};
use data_loader::{Dataset, Test, features, scalers::fit_scaler};

fn fit(unsealed: &Dataset<Test>, rows: &IndexSet) {
    let matrix = features::compute(unsealed.panel(), FeatureSet::Ohlcv);
    let _ = fit_scaler(&matrix, ScalerScope::Feature, rows);
}

fn main() {}
