//! A split planned, or a preprocessing fitted again, with the test rows in memory.

use settings::Config;
use artifact_core::schema::{Preprocessing, Seal};
use artifact_core::{IndexSet, ObjectStore};
use data_loader::{Dataset, Test};

fn plan(unsealed: &Dataset<Test>, store: &dyn ObjectStore, seal: &Seal, config: &Config) {
    let _ = unsealed.store_plan(store, seal, config, 20, 5);
}

fn refit(unsealed: &Dataset<Test>, preprocessing: &Preprocessing, train: &IndexSet) {
    let _ = unsealed.refit(preprocessing, train, 20);
}

fn main() {}
