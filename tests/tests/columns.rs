//! Columns of one's own through all phases: a column of the bars' files and a series, which only together tell where
//! prices go.

use artifact_core::schema::{
    Claim, ClaimStatus, LeakCertificate, LeakCertificateId, LeakageKind, ModelBundle, Seal, SealId, Snapshot,
    Verdict,
};
use artifact_core::{Id, Phase, load};
use chrono::{NaiveDate, TimeDelta};
use tests::{Ended, Sandbox, binary, ended, noise};

const ROWS: usize = 420;
const WINDOW: usize = 5;

const CONFIG: &str = r#"
name = "columns"
[data]
source = "csv"
period = "max"
files = ["AAA.csv", "BBB.csv"]
columns = [{ name = "sentiment", column = "News Score", max_forward_fill = 2 }]
series = [{ name = "mood", file = "series/mood.csv", column = "level" }]
[features]
set = ["sentiment * mood", "ts_mean(sentiment, 3) - mood"]
[labels]
rule = { name = "horizon", threshold = 0.01 }
[training]
model = "gbdt"
[tuner]
startup_trials = 2
stages = [{ sampler = "random", trials = 3, epochs = 3 }]
[tuner.search_space]
seq_length = 8
rows = 1
max_leaves = 4
[extended]
top_n = 1
folds = 2
epochs = 3
"#;

fn date(row: usize) -> NaiveDate {
    NaiveDate::default() + TimeDelta::days(row as i64)
}

/// The level of the series on a date: 1 or -1. It counts from the next row on.
fn mood(row: usize) -> f64 {
    if noise(row / 6, 9) < 0.5 { -1.0 } else { 1.0 }
}

fn mood_csv() -> String {
    // A date in eleven is missing, and its row gets the level of the row before.
    let rows = (0..ROWS).filter(|row| row % 11 != 7).map(|row| format!("{},{}\n", date(row), mood(row)));
    format!("date,level\n{}", rows.collect::<String>())
}

/// The level that is known at a row.
fn known_mood(row: usize) -> f64 {
    match row.checked_sub(1) {
        Some(before) if before % 11 == 7 => mood(before - 1),
        Some(before) => mood(before),
        None => 1.0,
    }
}

/// Prices that rise or fall for some rows on end, with a score that gives the direction away to those who know the mood.
fn bars_csv(salt: usize) -> String {
    let mut closes = vec![100.0];
    for row in 0..ROWS + WINDOW {
        let up = noise(row / 7, salt) < 0.5;
        let step = if up { 0.009 } else { -0.009 };
        closes.push(closes[row] * (1.0 + step + 0.004 * (noise(row, salt + 1) - 0.5)));
    }
    let mut text = "Date,Open,High,Low,Close,Volume,News Score\n".to_owned();
    for row in 0..ROWS {
        let close = closes[row];
        let rises = closes[row + WINDOW] > close;
        let honest = noise(row, salt + 2) < 0.9;
        let score = if rises == honest { 1.0 } else { -1.0 } * known_mood(row);
        let score = if row % 13 == 5 { String::new() } else { score.to_string() };
        let (high, low) = (close * 1.001, close * 0.999);
        text += &format!("{},{close:.4},{high:.4},{low:.4},{close:.4},1000,{score}\n", date(row));
    }
    text
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new(CONFIG);
    std::fs::create_dir(sandbox.path("series")).unwrap();
    sandbox.write("AAA.csv", &bars_csv(10));
    sandbox.write("BBB.csv", &bars_csv(20));
    sandbox.write("series/mood.csv", &mood_csv());
    sandbox
}

fn predict(sandbox: &Sandbox, files: &[&str], series: Option<&str>) -> Ended {
    let mut command = binary("holdfast");
    command.args(["predict", "--json", "--model"]).arg(sandbox.run().final_model());
    command.arg("--bars").args(files.iter().map(|file| sandbox.path(file)));
    if let Some(file) = series {
        command.arg("--series").arg(format!("mood={}", sandbox.path(file).display()));
    }
    ended(command.output().unwrap())
}

#[test]
fn a_signal_in_columns_of_ones_own_is_frozen_learnt_audited_and_predicted_from() {
    let sandbox = sandbox();
    sandbox.succeeds("holdfast", &["pipeline"]);
    let (record, store) = (sandbox.record(), sandbox.workspace().store());
    let seal_id = SealId::new(record.output(Phase::Data, "seal").unwrap());
    let seal: Seal = load(&store, seal_id).unwrap();
    let snapshot: Snapshot = load(&store, seal.snapshot).unwrap();
    assert_eq!(snapshot.own_columns(), ["sentiment", "mood"]);
    let columns = &seal.source.columns;
    assert_eq!((columns[0].header(), columns[0].delay, columns[0].max_forward_fill), ("News Score", 0, 2));
    assert_eq!((columns[1].header(), columns[1].delay, columns[1].max_forward_fill), ("level", 1, 5));
    assert_eq!(columns[1].file.as_ref().unwrap().name, "mood.csv");
    assert!(seal.faults.is_empty(), "an empty cell of an own column is no fault: {:?}", seal.faults);

    // Row by row what was known there.
    let panel = data_loader::load_panel(&store, seal.snapshot).unwrap();
    for row in 1..ROWS {
        assert_eq!(panel.values()[[row, 0, 6]], known_mood(row), "row {row}");
        assert!(!panel.values()[[row, 1, 5]].is_nan());
    }

    let bundle: ModelBundle =
        load(&store, Id::new(record.output(Phase::Final, "model_bundle").unwrap())).unwrap();
    assert!(bundle.test.model.mcc.unwrap() > 0.4, "the signal is found: {:?}", bundle.test.model.mcc);

    let (_, certificate): (LeakCertificateId, LeakCertificate) =
        views::read_object(&sandbox.run().leak_certificate()).unwrap();
    assert_eq!(certificate.violated().count(), 0);
    let of = |kind| certificate.leakage.iter().find(|leakage| leakage.kind == kind).unwrap();
    let temporal = of(LeakageKind::Temporal);
    assert_eq!(temporal.verdict, Verdict::Attested);
    let told = "the columns sentiment (delay 0 rows, filled forward over at most 2 rows), mood (delay 1 row, filled \
                forward over at most 5 rows) are given: when their values were known is the user's word";
    assert_eq!(temporal.reason, told);
    assert!(of(LeakageKind::IllegitimateFeatures).reason.ends_with(told));
    assert_eq!(of(LeakageKind::Preprocessing).verdict, Verdict::Proven);
    let causal = certificate.claims.iter().find(|result| result.claim == Claim::FeaturesCausal).unwrap();
    assert_eq!(causal.status, ClaimStatus::Holds, "the computation itself is proven");
    assert!(causal.evidence.iter().any(|evidence| evidence.subject.starts_with("column mood, as given")));
    let again = binary("artifact").arg("fsck").arg("--workspace").arg(sandbox.path("workspace")).output();
    assert_eq!(ended(again.unwrap()).code, 0);
    assert!(sandbox.view(|run| run.report()).contains("as given: when their values were known"));

    let files = ["AAA.csv", "BBB.csv"];
    let right = predict(&sandbox, &files, Some("series/mood.csv"));
    assert_eq!(right.code, 0, "{}", right.stderr);
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&right.stdout).unwrap().as_array().unwrap().len(),
        2
    );
    // The newest level is not known yet; the one before it is.
    let last = |back: usize| format!("{},{}\n", date(ROWS - back), mood(ROWS - back));
    let changed = |back: usize| {
        let other = format!("{},{}\n", date(ROWS - back), -mood(ROWS - back));
        assert!(mood_csv().contains(&last(back)));
        sandbox.write("series/other.csv", &mood_csv().replacen(&last(back), &other, 1));
        predict(&sandbox, &files, Some("series/other.csv")).stdout
    };
    assert_eq!(changed(1), right.stdout);
    assert_ne!(changed(2), right.stdout);

    let check = |ended: Ended, parts: &[&str]| {
        assert_eq!(ended.code, 1, "{}", ended.stderr);
        assert!(parts.iter().all(|part| ended.stderr.contains(part)), "{}", ended.stderr);
    };
    check(
        predict(&sandbox, &files, None),
        &["series mood", "column `level` of mood.csv", "--series mood=FILE"],
    );
    std::fs::create_dir(sandbox.path("new")).unwrap();
    sandbox.write("new/AAA.csv", &bars_csv(10).replacen("News Score", "News", 1));
    check(
        predict(&sandbox, &["new/AAA.csv", "BBB.csv"], Some("series/mood.csv")),
        &["AAA.csv", "`News Score`", "News"],
    );
}

#[test]
fn what_is_missing_or_misspelt_is_reported_before_anything_runs() {
    let refused = |config: String, prepare: &dyn Fn(&Sandbox), parts: &[&str]| {
        let sandbox = sandbox();
        sandbox.write("run.toml", &config);
        prepare(&sandbox);
        let ended = sandbox.phase("holdfast", &["pipeline"]);
        assert!(matches!(ended.code, 1 | 2), "{ended:?}");
        assert!(parts.iter().all(|part| ended.stderr.contains(part)), "{}", ended.stderr);
        assert_eq!(sandbox.workspace().runs().unwrap(), Vec::<String>::new(), "no run is left behind");
    };
    let nothing = |_: &Sandbox| {};
    let misspelt = CONFIG.replacen("sentiment * mood", "sentimant * mood", 1);
    refused(misspelt, &nothing, &["line 10", "features.set", "did you mean `sentiment`?"]);
    let taken = CONFIG.replacen("name = \"mood\"", "name = \"rank\"", 1);
    refused(taken, &nothing, &["data.series[0]", "\"rank\"", "expression language"]);
    let lacking = |sandbox: &Sandbox| sandbox.write("BBB.csv", &tests::csv(ROWS, 0.0));
    refused(CONFIG.to_owned(), &lacking, &["BBB.csv: no column `News Score`", "Date, Open, High"]);
    let faulty = |sandbox: &Sandbox| {
        let sound = format!("{},{}\n", date(2), mood(2));
        sandbox.write("series/mood.csv", &mood_csv().replacen(&sound, "1970-01-03,high\n", 1));
    };
    refused(CONFIG.to_owned(), &faulty, &["mood.csv, line 4: `level` \"high\""]);
}

#[test]
fn changed_values_and_files_are_drift_and_moved_files_are_not() {
    let sandbox = sandbox();
    let first = sandbox.succeeds("data-loader", &["freeze"]);
    assert!(first.stdout.contains("columns of your own: sentiment (delay 0 rows"), "{}", first.stdout);
    std::fs::create_dir(sandbox.path("moved")).unwrap();
    std::fs::rename(sandbox.path("series/mood.csv"), sandbox.path("moved/mood.csv")).unwrap();
    sandbox.write("run.toml", &CONFIG.replacen("series/mood", "moved/mood", 1));
    let moved = sandbox.succeeds("data-loader", &["freeze"]);
    assert!(moved.stdout.contains("nothing to do"), "{}", moved.stdout);

    let text = mood_csv();
    let (before, after) = (format!("{},{}\n", date(20), mood(20)), format!("{},7\n", date(20)));
    sandbox.write("moved/mood.csv", &text.replacen(&before, &after, 1));
    let drifted = sandbox.phase("data-loader", &["freeze"]);
    assert_eq!(drifted.code, 3, "{}", drifted.stderr);
    let told = format!("{} AAA mood: {} -> 7", date(21), mood(20));
    assert!(drifted.stderr.contains(&told), "{}", drifted.stderr);
}
