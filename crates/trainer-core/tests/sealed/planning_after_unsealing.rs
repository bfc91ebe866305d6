//! A split planned, or preprocessing refitted, with the test rows in memory.

use settings::Config;
use artifact_core::schema::{Preprocessing, Seal};
use artifact_core::{IndexSet, ObjectStore};
use data_loader::{Dataset, Test, Windows};

fn plan(unsealed: &Dataset<Test>, store: &dyn ObjectStore, seal: &Seal, config: &Config) {
    let windows = Windows { seq_length: 20, time_window: 5 };
    let _ = unsealed.store_plan(store, seal, config, windows);
}

fn refit(unsealed: &Dataset<Test>, preprocessing: &Preprocessing, train: &IndexSet) {
    let _ = unsealed.refit(preprocessing, train, 20);
}

fn main() {}
