//! Bad input: one clear message that names what, where and the remedy, and nothing half-written.

use tests::{QUICK, Sandbox, csv, csv_config};

/// Freezes `AAA.csv` with this text (and a sound `BBB.csv`); the message that refuses it must contain all the parts.
fn refused(text: &str, expected: &[&str]) {
    let sandbox = Sandbox::new(&csv_config(&["AAA.csv", "BBB.csv"]));
    sandbox.write("AAA.csv", text);
    sandbox.write("BBB.csv", &csv(200, 1.0));
    refuses(&sandbox, expected);
}

fn refuses(sandbox: &Sandbox, expected: &[&str]) {
    let ended = sandbox.phase("data-loader", &["freeze"]);
    assert!(matches!(ended.code, 1 | 2), "{ended:?}");
    assert_eq!(ended.stdout, "");
    assert_eq!(ended.stderr.matches("error:").count(), 1, "{}", ended.stderr);
    for part in expected {
        assert!(ended.stderr.contains(part), "{} does not contain {part:?}", ended.stderr);
    }
    assert_eq!(sandbox.workspace().runs().unwrap(), Vec::<String>::new(), "no run is left behind");
}

#[test]
fn a_missing_column() {
    let text = csv(200, 0.0).replacen("Close", "Finish", 1);
    refused(&text, &["AAA.csv", "close", "Finish"]);
}

#[test]
fn a_cell_that_is_not_a_number() {
    let text = csv(200, 0.0).replacen(",1003\n", ",many\n", 1);
    refused(&text, &["AAA.csv", "line 5", "many", "Volume"]);
}

#[test]
fn a_cell_that_is_not_a_date() {
    let text = csv(200, 0.0).replacen("1970-01-03", "03.01.1970", 1);
    refused(&text, &["AAA.csv", "line 4", "03.01.1970", "YYYY-MM-DD"]);
}

#[test]
fn a_date_twice() {
    let text = csv(200, 0.0).replacen("1970-01-04", "1970-01-03", 1);
    refused(&text, &["AAA.csv", "1970-01-03", "lines 4 and 5"]);
}

#[test]
fn an_empty_file() {
    refused("", &["AAA.csv", "empty"]);
    refused("Date,Open,High,Low,Close,Volume\n", &["AAA.csv", "row"]);
}

#[test]
fn a_missing_file() {
    let sandbox = Sandbox::new(&csv_config(&["nowhere.csv"]));
    refuses(&sandbox, &["failed to read bars from", "nowhere.csv"]);
}

#[test]
fn an_unknown_ticker() {
    let config = QUICK.replacen("[tuner]", "[data]\ntickers = [\"AAPL\", \"TSLA\"]\n[tuner]", 1);
    refuses(&Sandbox::new(&config), &["TSLA", "AAPL", "MSFT"]);
}

#[test]
fn too_few_rows_for_any_window() {
    let sandbox = Sandbox::new(&csv_config(&["AAA.csv"]));
    sandbox.write("AAA.csv", &csv(30, 0.0));
    sandbox.succeeds("data-loader", &["freeze"]);
    let ended = sandbox.phase("tuner", &["run"]);
    assert!(matches!(ended.code, 1 | 2), "{ended:?}");
    for part in ["seq_length", "time_window", "30 rows", "more rows"] {
        assert!(ended.stderr.contains(part), "{} does not contain {part:?}", ended.stderr);
    }
    assert!(!sandbox.run().trial_results().exists());
}

#[test]
fn a_workspace_that_cannot_be_written() {
    let sandbox = Sandbox::new(QUICK);
    // A file where the directory should be stops even root.
    sandbox.write("workspace", "");
    let ended = sandbox.phase("data-loader", &["freeze"]);
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.contains("workspace") && ended.stderr.contains("cannot"), "{}", ended.stderr);
}

#[test]
fn an_unknown_key_in_the_configuration() {
    let sandbox = Sandbox::new(&format!("{QUICK}\n[extended_training]\nfolds = 3\n"));
    let ended = sandbox.phase("data-loader", &["freeze"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("extended_training") && ended.stderr.contains("line"), "{}", ended.stderr);
}

#[test]
fn faulty_bars_are_dropped_and_reported() {
    let sandbox = Sandbox::new(&csv_config(&["AAA.csv"]));
    let text = csv(200, 0.0).replacen(",1003\n", ",-5\n", 1);
    sandbox.write("AAA.csv", &text);
    let ended = sandbox.succeeds("data-loader", &["freeze"]);
    assert!(ended.stderr.contains("AAA 1970-01-04 (line 5)"), "{}", ended.stderr);
    assert!(ended.stdout.contains("199 rows"), "{}", ended.stdout);
}

#[test]
fn an_unknown_sampler_or_pruner() {
    let config = |change: &dyn Fn(String) -> String| Sandbox::new(&change(QUICK.to_owned()));
    let refused = |sandbox: &Sandbox, (phase, command): (&str, &str), expected: &[&str]| {
        let ended = sandbox.phase(phase, &[command]);
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        for part in expected {
            assert!(ended.stderr.contains(part), "{} does not contain {part:?}", ended.stderr);
        }
        assert_eq!(sandbox.workspace().runs().unwrap(), Vec::<String>::new(), "no run is left behind");
    };
    let tuner = ("tuner", "run");
    let sampler = config(&|quick| quick.replace("\"tpe\"", "\"annealing\""));
    refused(
        &sampler,
        tuner,
        &["run.toml, line 8: tuner.stages[1].sampler", "annealing", "fine_tune, random, tpe"],
    );
    let pruner = config(&|quick| quick + "[tuner.pruner]\nkind = 'asha'\npercentile = 25\n");
    refused(&pruner, tuner, &["tuner.pruner.percentile", "line 25", "min_epochs, reduction"]);
    let fold_pruner = config(&|quick| quick + "[extended.pruner]\nkind = 'friedman'\n");
    refused(
        &fold_pruner,
        ("extended-trainer", "run"),
        &["line 24: extended.pruner", "friedman", "none, wilcoxon"],
    );
}
