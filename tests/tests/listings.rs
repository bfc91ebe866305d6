//! Tickers that are listed late or end early, with the real binaries: one set of weights is fitted to the bars that each of
//! them has, and none costs another a row.

use artifact_core::schema::{BestConfiguration, BestConfigurationId, Seal, SealId, Snapshot};
use artifact_core::{Phase, load};
use std::ops::Range;
use tests::{Sandbox, binary, csv_rows, ended};

const SETTINGS: &str = "
[training]
model = 'gbdt'
[tuner]
stages = [{ sampler = 'random', trials = 2, epochs = 2 }]
[tuner.search_space]
seq_length = 20
[extended]
top_n = 1
epochs = 2
folds = 3
[data]
source = 'csv'
period = 'max'
";

/// The rows of a ticker that has all of them, and of the two that have not.
const ALL: Range<usize> = 0..300;
const LATE: Range<usize> = 120..300;
const GONE: Range<usize> = 0..150;

/// A finished run on tickers that have these rows.
fn run(tickers: &[(&str, Range<usize>)]) -> Sandbox {
    let files: Vec<String> = tickers.iter().map(|(name, _)| format!("'{name}.csv'")).collect();
    let sandbox = Sandbox::new(&format!("{SETTINGS}files = [{}]\n", files.join(", ")));
    for (phase, (name, rows)) in tickers.iter().enumerate() {
        sandbox.write(&format!("{name}.csv"), &csv_rows(rows.clone(), phase as f64));
    }
    sandbox.run_phases(4);
    sandbox
}

/// The number of rows, and of training labels.
fn rows_and_labels(sandbox: &Sandbox) -> (usize, u64) {
    let (record, store) = (sandbox.record(), sandbox.workspace().store());
    let seal: Seal = load(&store, SealId::new(record.output(Phase::Data, "seal").unwrap())).unwrap();
    let snapshot: Snapshot = load(&store, seal.snapshot).unwrap();
    let best = BestConfigurationId::new(record.output(Phase::CrossValidation, "best_configuration").unwrap());
    let best: BestConfiguration = load(&store, best).unwrap();
    (snapshot.rows, best.preprocessing.class_weights.counts.iter().sum())
}

#[test]
fn late_and_ended_tickers_take_part_with_the_bars_that_they_have() {
    let alone = rows_and_labels(&run(&[("ALL", ALL)]));
    let sandbox = run(&[("ALL", ALL), ("LATE", LATE), ("GONE", GONE)]);
    let (rows, labels) = rows_and_labels(&sandbox);
    assert_eq!((alone.0, rows), (ALL.len(), ALL.len()));
    // The training rows end at row 192 or a little before. So one of the two adds up to 72 labels and the other up to 150,
    // each less a window and the rows of the last label.
    assert!((160..=222).contains(&(labels - alone.1)), "{labels} labels, {} of the first ticker", alone.1);
    sandbox.audited();

    let predict = |tickers: &[&str]| {
        let mut command = binary("holdfast");
        command
            .args(["predict", "--other-tickers", "--model"])
            .arg(sandbox.run().final_model())
            .arg("--bars");
        command.args(tickers.iter().map(|name| sandbox.path(&format!("{name}.csv"))));
        ended(command.output().unwrap())
    };
    let found = predict(&["ALL", "LATE"]);
    assert_eq!(found.code, 0, "{}", found.stderr);
    assert!(["ALL ", "LATE "].iter().all(|ticker| found.stdout.contains(ticker)), "{}", found.stdout);
    let ended = predict(&["ALL", "GONE"]);
    assert!(ended.code == 1 && ended.stderr.contains("GONE has no bar on"), "{}", ended.stderr);
}
