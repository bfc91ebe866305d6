//! The full snapshot can be loaded, to compare or to freeze it, but nothing is fitted on it.

use artifact_core::schema::{FeatureSet, ScalerScope, Seal};
use artifact_core::{IndexSet, ObjectStore};
use data_loader::{features, load_panel, scalers::fit_scaler};

fn fit(store: &dyn ObjectStore, seal: &Seal, rows: &IndexSet) {
    let panel = load_panel(store, seal.snapshot).unwrap();
    let matrix = features::compute(&panel, FeatureSet::Ohlcv);
    let _ = fit_scaler(&matrix, ScalerScope::Feature, rows);
}

fn main() {}
