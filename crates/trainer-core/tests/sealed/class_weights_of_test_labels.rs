//! Class weights that count the test labels.

use artifact_core::IndexSet;
use data_loader::{Dataset, LabelMatrix, Target, Test, Windows, class_weights::class_weights};
use settings::part::Chosen;

fn count(unsealed: &Dataset<Test>, target: &Chosen<dyn Target>, sequences: &IndexSet) {
    let labels = LabelMatrix::of(unsealed.panel(), target, 5).unwrap();
    let windows = Windows { seq_length: 20, time_window: 5 };
    let _ = class_weights(&labels, sequences, windows);
}

fn main() {}
