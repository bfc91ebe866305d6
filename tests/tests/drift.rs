//! A source that changed after freezing: refused with a list of changes, accepted only as another snapshot.

use artifact_core::schema::{Seal, SealId};
use artifact_core::{Digest, Phase, load};
use chrono::{NaiveDate, TimeDelta};
use serde_json::Value;
use tests::{Ended, PHASES, Sandbox, binary, csv, csv_config, ended};

const ROWS: usize = 200;

fn frozen() -> Sandbox {
    let sandbox = Sandbox::new(&csv_config(&["AAA.csv", "BBB.csv"]));
    sandbox.write("AAA.csv", &csv(ROWS, 0.0));
    sandbox.write("BBB.csv", &csv(ROWS, 1.0));
    sandbox.succeeds("data-loader", &["freeze"]);
    sandbox
}

fn seal(sandbox: &Sandbox) -> Seal {
    load(&sandbox.workspace().store(), SealId::new(sandbox.record().output(Phase::Data, "seal").unwrap()))
        .unwrap()
}

/// Freezes again, which must be refused and leave the run as it is; returns the text and the JSON.
#[track_caller]
fn refused(sandbox: &Sandbox) -> (String, Value) {
    let before = sandbox.record();
    let Ended { code, stdout, stderr } = sandbox.phase("data-loader", &["freeze", "--json"]);
    assert_eq!(code, 3, "{stderr}");
    assert!(stderr.contains("since they were frozen"), "{stderr}");
    assert!(stderr.contains("run `holdfast freeze --accept-drift` with the same options"), "{stderr}");
    assert_eq!(sandbox.record(), before);
    let document: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(document["run"], before.run);
    (stderr, document["drift"].clone())
}

/// The file of a ticker with the same bars on other dates.
fn redated(text: &str, days: i64) -> String {
    let moved = |line: &str| match line
        .split_once(',')
        .and_then(|(date, rest)| Some((date.parse::<NaiveDate>().ok()?, rest)))
    {
        Some((date, rest)) => format!("{},{rest}\n", date + TimeDelta::days(days)),
        None => format!("{line}\n"),
    };
    text.lines().map(moved).collect()
}

#[test]
fn changed_values_are_listed_old_and_new() {
    let sandbox = frozen();
    let text = csv(ROWS, 0.0).replacen(",1003\n", ",1004\n", 1).replacen(",1016\n", ",1017\n", 2);
    sandbox.write("AAA.csv", &text);
    let (message, drift) = refused(&sandbox);
    assert!(message.contains("AAA: 3 values changed in 3 rows ("), "{message}");
    assert!(message.contains("1970-01-04 AAA volume: 1003 -> 1004"), "{message}");
    assert!(!message.contains("BBB"), "{message}");
    let values = drift["difference"]["values"].as_array().unwrap();
    assert_eq!(values.len(), 3);
    assert_eq!(values[0]["date"], "1970-01-04");
    assert_eq!((&values[0]["left"], &values[0]["right"]), (&1003.0.into(), &1004.0.into()));
    assert_eq!((&drift["compared_rows"], &drift["present_rows"]), (&ROWS.into(), &ROWS.into()));
}

#[test]
fn long_lists_are_truncated_for_people_and_complete_for_programs() {
    let sandbox = frozen();
    sandbox.write("BBB.csv", &csv(ROWS, 1.5));
    let (message, drift) = refused(&sandbox);
    let values = drift["difference"]["values"].as_array().unwrap().len();
    assert!(message.contains(&format!("BBB: {values} values changed")), "{message}");
    assert!(message.contains(&format!("and {} more values", values - 10)), "{message}");
    assert!(message.lines().count() < 20, "{message}");
}

#[test]
fn added_and_removed_rows_and_tickers_are_listed() {
    let sandbox = frozen();
    sandbox.write("AAA.csv", &csv(ROWS + 5, 0.0));
    sandbox.write("BBB.csv", &csv(ROWS + 5, 1.0));
    let (message, drift) = refused(&sandbox);
    let grown = "have grown since they were frozen: 5 new rows after 1970-07-19, up to 1970-07-24; all frozen rows are \
                 unchanged";
    assert!(message.contains(grown) && message.contains("`holdfast predict`"), "{message}");
    assert_eq!(drift["difference"]["values"].as_array().unwrap().len(), 0);
    assert_eq!((&drift["extension"]["rows"], &drift["extension"]["left_behind"]), (&5.into(), &0.into()));

    // With a change among the frozen rows it is another history.
    sandbox.write("AAA.csv", &csv(ROWS + 5, 0.0).replacen(",1003\n", ",1004\n", 1));
    let (message, drift) = refused(&sandbox);
    assert!(message.contains("have changed since they were frozen"), "{message}");
    assert!(message.contains("rows that are new: 5 (1970-07-20 to 1970-07-24)"), "{message}");
    assert!(drift["extension"].is_null(), "{drift}");

    // Of both: a row that only one of them lacks is filled forward.
    for (name, phase) in [("AAA.csv", 0.0), ("BBB.csv", 1.0)] {
        let shorter: String =
            csv(ROWS, phase).lines().take(ROWS - 1).map(|line| format!("{line}\n")).collect();
        sandbox.write(name, &shorter);
    }
    let (message, _) = refused(&sandbox);
    assert!(message.contains("rows that are gone: 2 (1970-07-18 to 1970-07-19)"), "{message}");

    // One long file with a ticker column takes the place of both.
    let sandbox = Sandbox::new(&csv_config(&["all.csv"]));
    let long = |tickers: &[&str]| {
        let rows = |ticker: &&str| {
            csv(ROWS, 0.0).lines().skip(1).map(|row| format!("{ticker},{row}\n")).collect::<String>()
        };
        format!("Ticker,Date,Open,High,Low,Close,Volume\n{}", tickers.iter().map(rows).collect::<String>())
    };
    sandbox.write("all.csv", &long(&["AAA", "BBB"]));
    sandbox.succeeds("data-loader", &["freeze"]);
    sandbox.write("all.csv", &long(&["AAA", "CCC"]));
    let (message, _) = refused(&sandbox);
    assert!(
        message.contains("tickers that are gone: BBB") && message.contains("tickers that are new: CCC"),
        "{message}"
    );
}

#[test]
fn a_shift_of_all_rows_is_reported_as_one() {
    let sandbox = frozen();
    for (ticker, phase) in [("AAA", 0.0), ("BBB", 1.0)] {
        sandbox.write(&format!("{ticker}.csv"), &redated(&csv(ROWS, phase), 10));
    }
    let (message, drift) = refused(&sandbox);
    for ticker in ["AAA", "BBB"] {
        assert!(
            message.contains(&format!("{ticker}: 200 bars are 10 days later than when frozen")),
            "{message}"
        );
    }
    assert_eq!(drift["shifts"][0]["days"], 10);
}

#[test]
fn a_period_that_moves_on_with_its_newest_row_is_an_extension() {
    let config = csv_config(&["AAA.csv"]).replacen("period = \"max\"", "period = \"150d\"", 1);
    let sandbox = Sandbox::new(&config);
    sandbox.write("AAA.csv", &csv(ROWS, 0.0));
    sandbox.succeeds("data-loader", &["freeze"]);
    sandbox.write("AAA.csv", &csv(ROWS + 3, 0.0));
    let (message, drift) = refused(&sandbox);
    let told = "3 new rows after 1970-07-19, up to 1970-07-22; the frozen rows are unchanged, but for 3 rows that the \
                period has left behind";
    assert!(message.contains(told), "{message}");
    assert_eq!(drift["extension"]["left_behind"], 3);
}

#[test]
fn prices_adjusted_for_a_new_dividend_are_named_as_such() {
    let sandbox = frozen();
    // All prices of one ticker, rounded as a source does.
    let scaled = |text: &str| -> String {
        let line = |line: &str| {
            let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            for cell in &mut cells[1..5] {
                if let Ok(price) = cell.parse::<f64>() {
                    *cell = format!("{:.4}", price * 0.99);
                }
            }
            cells.join(",") + "\n"
        };
        text.lines().map(line).collect()
    };
    sandbox.write("BBB.csv", &scaled(&csv(ROWS, 1.0)));
    let (message, drift) = refused(&sandbox);
    let told = "BBB: the prices of all 200 bars are 0.990000 times the frozen ones, as adjusted prices are after a new \
                dividend";
    assert!(message.contains(told) && !message.contains("values changed"), "{message}");
    assert_eq!(drift["rescalings"][0]["bars"], 200);
    assert_eq!(drift["difference"]["values"].as_array().unwrap().len(), 4 * ROWS, "programs get them all");
}

#[test]
fn the_pipeline_accepts_drift_and_continues_in_the_run_of_the_new_bars() {
    let config = csv_config(&["AAA.csv", "BBB.csv"]);
    let sandbox = Sandbox::new(&config.replacen("[tuner]", "[training]\nmodel = \"linear\"\n[tuner]", 1));
    sandbox.write("AAA.csv", &csv(ROWS, 0.0));
    sandbox.write("BBB.csv", &csv(ROWS, 1.0));
    sandbox.succeeds("holdfast", &["pipeline"]);
    let (old, before) = (sandbox.run(), sandbox.record());
    for (name, phase) in [("AAA.csv", 0.0), ("BBB.csv", 1.0)] {
        sandbox.write(name, &csv(ROWS + 40, phase));
    }
    let Ended { code, stderr, .. } = sandbox.phase("holdfast", &["pipeline"]);
    assert_eq!(code, 3, "{stderr}");
    for part in
        ["40 new rows after 1970-07-19", "run `holdfast pipeline --accept-drift` with the same options"]
    {
        assert!(stderr.contains(part), "{stderr}");
    }
    let accepted = sandbox.succeeds("holdfast", &["pipeline", "--accept-drift"]);
    let runs = sandbox.workspace().runs().unwrap();
    let name = runs.iter().find(|name| *name != old.name()).unwrap();
    assert!(runs.len() == 2 && name.starts_with(old.name()), "{runs:?}");
    assert_eq!(old.record().unwrap().unwrap(), before, "the old run is unchanged");
    let new = sandbox.workspace().run(name);
    assert!(new.final_model().join("config.json").is_file() && new.report().is_file());
    let record = new.record().unwrap().unwrap();
    assert!(record.output(Phase::Audit, "leak_certificate").is_some());
    for part in [format!("run {name}: 240 rows"), format!("run                 {name}")] {
        assert!(accepted.stderr.contains(&part) || accepted.stdout.contains(&part), "{accepted:?}");
    }
    // Again there is nothing to do, in the same run.
    sandbox.succeeds("holdfast", &["pipeline", "--accept-drift"]);
    assert_eq!(sandbox.workspace().runs().unwrap(), runs);
    assert_eq!(new.record().unwrap().unwrap(), record);
    let refused = sandbox.phase("holdfast", &["pipeline", "--accept-drift", "--from", "tuning"]);
    assert!(refused.code == 2 && refused.stderr.contains("needs the phase data"), "{refused:?}");
}

#[test]
fn files_with_other_bytes_but_the_same_bars_are_no_drift() {
    let sandbox = frozen();
    let before = seal(&sandbox);
    sandbox.write("AAA.csv", &csv(ROWS, 0.0).replace('\n', "\r\n"));
    let again = sandbox.succeeds("data-loader", &["freeze"]);
    assert!(again.stdout.contains("nothing to do"), "{}", again.stdout);
    assert_eq!(seal(&sandbox), before);
    sandbox.succeeds("data-loader", &["freeze"]);
}

#[test]
fn accepted_bars_are_another_snapshot_in_another_run() {
    let sandbox = frozen();
    for (name, command) in &PHASES[1..4] {
        sandbox.succeeds(name, command);
    }
    let (old, before) = (sandbox.run(), sandbox.record());
    let old_seal = seal(&sandbox);
    let views = [old.trial_results(), old.best_configuration(), old.final_model().join("metrics.json")];
    let contents = views.clone().map(|path| std::fs::read(path).unwrap());
    sandbox.write("AAA.csv", &csv(ROWS, 0.3));
    let accepted = sandbox.succeeds("data-loader", &["freeze", "--accept-drift", "--json"]);
    let accepted: Value = serde_json::from_str(&accepted.stdout).unwrap();
    let name = accepted["run"].as_str().unwrap();
    assert_ne!(name, old.name());
    assert_ne!(accepted["snapshot"], Value::from(old_seal.snapshot.to_string()));
    assert_eq!(old.record().unwrap().unwrap(), before, "the old run is unchanged");

    // Without the option the changed source is still refused, and accepting it again creates nothing new.
    assert_eq!(sandbox.phase("data-loader", &["freeze"]).code, 3);
    let again = sandbox.succeeds("data-loader", &["freeze", "--accept-drift", "--json"]);
    let again: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!((&again["seal"], &again["nothing_to_do"]), (&accepted["seal"], &true.into()));

    // The new run passes through all phases next to the old one.
    for (phase, command) in PHASES {
        let command = [command, &["--run", name]].concat();
        sandbox.succeeds(phase, &command);
    }
    assert_eq!(views.map(|path| std::fs::read(path).unwrap()), contents);
    let workspace = sandbox.workspace();
    assert_eq!(workspace.runs().unwrap().len(), 2);
    let ledger = workspace.ledger();
    for snapshot in [
        old_seal.snapshot,
        accepted["snapshot"].as_str().unwrap().parse::<Digest>().map(artifact_core::Id::new).unwrap(),
    ] {
        assert_eq!(ledger.openings(snapshot, old_seal.split_row).unwrap().of_this, 1);
    }
    let fsck = ended(fsck(&sandbox, &[]).output().unwrap());
    assert_eq!(fsck.code, 0, "{}", fsck.stdout);
}

fn fsck(sandbox: &Sandbox, options: &[&str]) -> std::process::Command {
    let mut command = binary("artifact");
    command.args(["fsck", "--workspace"]).arg(sandbox.path("workspace")).args(options);
    command
}

#[test]
fn a_lost_snapshot_is_not_rebuilt_from_changed_bars() {
    let sandbox = frozen();
    let (store, seal) = (sandbox.workspace().store(), seal(&sandbox));
    let lose = |id: Digest| std::fs::remove_file(store.path(&id)).unwrap();
    lose(seal.snapshot.digest());
    sandbox.write("AAA.csv", &csv(ROWS, 0.0).replacen(",1003\n", ",1004\n", 1));
    let repair = ended(fsck(&sandbox, &["--repair"]).output().unwrap());
    assert_eq!(repair.code, 3, "{}", repair.stdout);
    for part in
        ["has changed since its bars were frozen", "1970-01-04 AAA volume: 1003 -> 1004", "not repaired"]
    {
        assert!(repair.stdout.contains(part), "{part}: {}", repair.stdout);
    }
    let document = ended(fsck(&sandbox, &["--repair", "--json"]).output().unwrap());
    let document: Value = serde_json::from_str(&document.stdout).unwrap();
    assert_eq!(document["drift"][0]["drift"]["difference"]["values"][0]["right"], 1004.0);

    // The restored source yields the same snapshot.
    sandbox.write("AAA.csv", &csv(ROWS, 0.0));
    let repair = ended(fsck(&sandbox, &["--repair"]).output().unwrap());
    assert_eq!(repair.code, 0, "{}", repair.stdout);
    assert!(repair.stdout.contains("sound again"), "{}", repair.stdout);
}
