//! The full snapshot can be loaded, to compare or freeze it, but nothing can be fitted on it.

use artifact_core::schema::{ScalerScope, Seal};
use artifact_core::{IndexSet, ObjectStore};
use data_loader::{Recipe, features, load_panel, scalers::fit_scaler};

fn fit(store: &dyn ObjectStore, seal: &Seal, recipe: &Recipe, rows: &IndexSet) {
    let panel = load_panel(store, seal.snapshot).unwrap();
    let matrix = features::compute(&panel, &recipe.features).unwrap();
    let _ = fit_scaler(&matrix, &recipe.scaler, ScalerScope::Feature, rows);
}

fn main() {}
