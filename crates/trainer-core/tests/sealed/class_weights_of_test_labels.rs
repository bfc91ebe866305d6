//! Class weights that count the test labels.

use artifact_core::IndexSet;
use artifact_core::schema::LabelRule;
use data_loader::{Dataset, Test, Windows, class_weights::class_weights, labels::LabelMatrix};

fn count(unsealed: &Dataset<Test>, sequences: &IndexSet) {
    let labels = LabelMatrix::of(unsealed.panel(), LabelRule::FirstTouch, 0.02, 5);
    let windows = Windows { seq_length: 20, time_window: 5 };
    let _ = class_weights(&labels, sequences, windows);
}

fn main() {}
