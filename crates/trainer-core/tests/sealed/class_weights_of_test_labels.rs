//! Class weights that count the test labels.

use artifact_core::IndexSet;
use artifact_core::schema::LabelRule;
use data_loader::{Dataset, Test, class_weights::class_weights, labels::LabelMatrix};

fn count(unsealed: &Dataset<Test>, sequences: &IndexSet) {
    let labels = LabelMatrix::of(unsealed.panel(), LabelRule::FirstTouch, 0.02, 5);
    let _ = class_weights(&labels, sequences, 20);
}

fn main() {}
