//! The splitters against those of public packages: scikit-learn, skfolio and purgedcv.
//!
//! `parity/make_tables.py` runs the packages and writes `parity/splits.json`; it documents, case by case, how their
//! settings translate into ours. In short, with labels of `W` rows: scikit-learn's `gap` and skfolio's `purged_size`
//! are `W - 1` samples; purgedcv purges by label overlap, as we do; skfolio's `embargo_size` is our embargo, purgedcv's
//! counts from the last evaluated sample instead of from the end of its label.

use artifact_core::IndexSet;
use artifact_core::schema::Purge;
use data_loader::Windows;
use data_loader::splits::{
    CombinatorialPurgedCv, Fold, Separation, builtin, kfold, label_overlap, walk_forward,
};
use serde::Deserialize;
use settings::ExtendedConfig;
use settings::part::{PartSetting, PassedOn};
use std::collections::BTreeSet;

const TABLES: &str = include_str!("parity/splits.json");

#[derive(Deserialize)]
struct Tables {
    cases: Vec<Case>,
    overlap: Overlap,
}

#[derive(Deserialize)]
struct Case {
    peer: String,
    settings: serde_json::Value,
    ours: Ours,
    folds: Vec<PeerFold>,
    paths: Option<Vec<Vec<usize>>>,
}

#[derive(Deserialize)]
struct Ours {
    method: String,
    samples: usize,
    folds: usize,
    #[serde(default)]
    test_groups: usize,
    time_window: usize,
    embargo: usize,
}

#[derive(Deserialize)]
struct PeerFold {
    train: IndexSet,
    evaluated: IndexSet,
}

/// The overlap that scikit-learn's default time-series split leaves between labels of several rows.
#[derive(Deserialize)]
struct Overlap {
    samples: usize,
    time_window: usize,
    folds: Vec<PeerFold>,
    half_open: usize,
    closed: usize,
}

fn tables() -> Tables {
    serde_json::from_str(TABLES).unwrap()
}

fn cut(ours: &Ours) -> Vec<Fold> {
    let samples = IndexSet::from_range(0..ours.samples);
    let windows = Windows { seq_length: 1, time_window: ours.time_window };
    let separation = Separation { purge: Purge::Label, embargo: ours.embargo };
    let setting = PartSetting::named(&*ours.method);
    let passed_on = [
        PassedOn::new("folds", "folds", ours.folds),
        PassedOn::new("test_groups", "test_groups", ours.test_groups),
    ];
    let splitter = builtin().configured("method", &setting, &passed_on).unwrap();
    let folds = splitter.part.folds(&samples, windows, separation, &splitter.params).unwrap();
    assert_eq!(splitter.part.fold_count(&splitter.params), Some(folds.len()));
    folds
}

#[test]
fn folds_and_paths_are_those_of_the_packages() {
    let tables = tables();
    let peers: BTreeSet<&str> = tables.cases.iter().map(|case| case.peer.as_str()).collect();
    assert_eq!(peers.len(), 7, "{peers:?}");
    for case in &tables.cases {
        let what = format!("{} with {}", case.peer, case.settings);
        let folds = cut(&case.ours);
        assert_eq!(folds.len(), case.folds.len(), "{what}");
        for (ours, theirs) in folds.iter().zip(&case.folds) {
            assert_eq!(ours.evaluated, theirs.evaluated, "{what}: evaluated of fold {}", ours.number);
            assert_eq!(ours.train, theirs.train, "{what}: train of fold {}", ours.number);
        }
        let paths =
            CombinatorialPurgedCv::new(case.ours.folds, case.ours.test_groups).map(|cv| cv.backtest_paths());
        assert_eq!(case.paths, paths.ok(), "{what}: paths");
    }
}

#[test]
fn the_default_time_series_split_leaves_overlapping_labels_and_ours_none() {
    let Overlap { samples, time_window, folds, half_open, closed } = tables().overlap;
    assert_eq!((samples, time_window), (200, 5));
    let sum = |window: usize| -> usize {
        folds.iter().map(|fold| label_overlap(&fold.train, &fold.evaluated, window)).sum()
    };
    // Labels read the rows (d, d + 5]: in each of the five folds 4 training labels reach into the evaluated ones.
    // Counted as closed intervals [d, d + 5], which include the row d whose close a label is measured from, there are
    // 25.
    assert_eq!((sum(time_window), half_open), (20, 20));
    assert_eq!((sum(time_window + 1), closed), (25, 25));

    let all = IndexSet::from_range(0..samples);
    let count = |folds: Vec<Fold>, window| folds.iter().map(|fold| fold.label_overlap(window)).sum::<usize>();
    for window in [time_window, time_window + 1] {
        let combinatorial = CombinatorialPurgedCv::new(6, 2).unwrap();
        let windows = Windows { seq_length: 1, time_window: window };
        let separation = Separation { purge: Purge::Label, embargo: 0 };
        for folds in [
            kfold(&all, 5, windows, separation),
            walk_forward(&all, 5, windows, separation),
            combinatorial.folds(&all, windows, separation),
        ] {
            assert_eq!(count(folds.unwrap(), window), 0);
        }
    }
    assert_eq!(ExtendedConfig::default().folds, folds.len(), "the table has the default number of folds");
}
