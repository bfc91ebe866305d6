//! Predictions follow the rules that the model's own bars were read by, never pass old bars off as new ones, and come from
//! unchanged files only.

use artifact_core::Moment;
use data_loader::DataParts;
use final_trainer::{Prediction, Request, Rows, predict};
use serde_json::Value;
use std::path::PathBuf;
use tests::{Ended, Sandbox, binary, csv, csv_config, ended};
use trainer_core::ModelParts;
use views::ModelDirectory;

const ROWS: usize = 200;
const FILES: [(&str, f64); 2] = [("AAA.csv", 0.0), ("BBB.csv", 1.0)];

/// A final model of two tickers; `data` goes into the section of that name and `sections` before `[tuner]`.
fn fitted(data: &str, sections: &str, edit: impl Fn(&str) -> String) -> Sandbox {
    let config = csv_config(&FILES.map(|(name, _)| name)).replacen("[data]\n", &format!("[data]\n{data}"), 1);
    let sections =
        if sections.contains("[training]") { sections } else { "[training]\nmodel = \"linear\"\n" };
    let sandbox = Sandbox::new(&config.replacen("[tuner]", &format!("{sections}\n[tuner]"), 1));
    for (name, phase) in FILES {
        sandbox.write(name, &edit(&csv(ROWS, phase)));
    }
    sandbox.run_phases(4);
    sandbox
}

fn predicted(sandbox: &Sandbox, files: &[&str], options: &[&str]) -> Ended {
    let mut command = binary("holdfast");
    command.args(["predict", "--model"]).arg(sandbox.run().final_model()).args(options);
    ended(command.arg("--bars").args(files.iter().map(|file| sandbox.path(file))).output().unwrap())
}

#[track_caller]
fn answered(sandbox: &Sandbox, files: &[&str], options: &[&str]) -> Value {
    let Ended { code, stdout, stderr } = predicted(sandbox, files, &[options, &["--json"]].concat());
    assert_eq!(code, 0, "{stderr}");
    serde_json::from_str(&stdout).unwrap()
}

#[track_caller]
fn refused(ended: &Ended, code: i32, parts: &[&str]) {
    assert_eq!(ended.code, code, "{}{}", ended.stdout, ended.stderr);
    for part in parts {
        assert!(ended.stderr.contains(part), "{part:?} is missing: {}", ended.stderr);
    }
}

/// The lines of a file without its header, and the header.
fn rows(text: &str) -> (&str, Vec<&str>) {
    let mut lines = text.lines();
    (lines.next().unwrap(), lines.collect())
}

fn joined<'a>(header: &'a str, rows: impl IntoIterator<Item = &'a str>) -> String {
    std::iter::once(header).chain(rows).fold(String::new(), |text, line| text + line + "\n")
}

/// The same bars with an adjusted close that lies further below the close the older the row is.
fn with_adjusted_close(text: &str) -> String {
    let (header, rows) = rows(text);
    let count = rows.len() as f64;
    let adjusted = |(place, row): (usize, &&str)| {
        let close: f64 = row.split(',').nth(4).unwrap().parse().unwrap();
        format!("{row},{:.4}", close * (0.5 + 0.5 * place as f64 / count))
    };
    let rows: Vec<String> = rows.iter().enumerate().map(adjusted).collect();
    joined(&format!("{header},Adj Close"), rows.iter().map(String::as_str))
}

#[test]
fn a_model_of_unadjusted_prices_is_given_unadjusted_prices() {
    for (data, follows_adjusted) in [("adjust = false\n", false), ("", true)] {
        let sandbox = fitted(data, "", with_adjusted_close);
        std::fs::create_dir(sandbox.path("plain")).unwrap();
        for (name, phase) in FILES {
            sandbox.write(&format!("plain/{name}"), &csv(ROWS, phase));
        }
        let adjusted = answered(&sandbox, &["AAA.csv", "BBB.csv"], &[]);
        let plain = answered(&sandbox, &["plain/AAA.csv", "plain/BBB.csv"], &[]);
        assert_eq!(adjusted == plain, !follows_adjusted, "{data}: {adjusted} {plain}");
    }
}

#[test]
fn a_model_of_sorted_rows_takes_its_own_newest_first_files() {
    let newest_first = |text: &str| {
        let (header, rows) = rows(text);
        joined(header, rows.into_iter().rev())
    };
    let sandbox = fitted("unordered = \"sort\"\n", "", newest_first);
    let backward = answered(&sandbox, &["AAA.csv", "BBB.csv"], &[]);
    for (name, phase) in FILES {
        sandbox.write(name, &csv(ROWS, phase));
    }
    assert_eq!(answered(&sandbox, &["AAA.csv", "BBB.csv"], &[]), backward);
    let plain = fitted("", "", str::to_owned);
    plain.write("AAA.csv", &newest_first(&csv(ROWS, 0.0)));
    refused(&predicted(&plain, &["AAA.csv", "BBB.csv"], &[]), 1, &["AAA.csv, line 3", "comes after"]);
}

#[test]
fn the_newest_row_is_answered_only_from_a_bar_of_its_own_date() {
    for sections in
        ["", "[training]\nmodel = \"linear\"\nscope = \"joint\"\n", "[training]\nmodel = \"linear\"\n"]
    {
        let alignment = if sections.is_empty() { "alignment = \"intersection\"\n" } else { "" };
        let joint = sections.contains("joint");
        let sandbox = fitted(alignment, sections, str::to_owned);
        let files = ["AAA.csv", "BBB.csv"];
        let all = answered(&sandbox, &files, &[]);
        assert!(all.as_array().unwrap().iter().all(|it| it["stale"].is_null()), "{all}");
        assert_eq!(all[0]["classes"], serde_json::json!(["Hold", "Up", "Down"]));

        // One ticker lacks its two newest bars, which a gap in the middle would be filled forward for.
        let (text, cut) = (csv(ROWS, 1.0), ROWS - 2);
        let (header, lines) = rows(&text);
        sandbox.write("BBB.csv", &joined(header, lines[..cut].iter().copied()));
        let missing =
            ["BBB has no bar on 1970-07-19", "the newest date", "its last one is of 1970-07-17", "--stale 2"];
        refused(&predicted(&sandbox, &files, &[]), 1, &missing);
        refused(&predicted(&sandbox, &files, &["--stale", "1"]), 1, &missing);
        let stale = answered(&sandbox, &files, &["--stale", "2"]);
        let told = serde_json::json!({"newest": "1970-07-19", "rows_behind": 2});
        assert_eq!((&stale[1]["ticker"], &stale[1]["date"]), (&"BBB".into(), &"1970-07-17".into()));
        assert_eq!(stale[1]["stale"], told);
        // Tickers that the model reads together, or that are aligned to common dates, are answered together.
        let fresh = !joint && alignment.is_empty();
        assert_eq!(stale[0]["stale"].is_null(), fresh, "{stale}");
        assert_eq!(stale[0] == all[0], fresh, "{stale}");
        let text = predicted(&sandbox, &files, &["--stale", "2"]).stdout;
        let line = text.lines().find(|line| line.starts_with("BBB")).unwrap();
        assert!(line.ends_with("  stale: 2 rows behind 1970-07-19"), "{text}");

        // Or its newest bar is faulty.
        let broken = lines[ROWS - 1].replacen("1970-07-19,", "1970-07-19,-", 1);
        let broken = joined(header, lines[..ROWS - 1].iter().copied().chain([broken.as_str()]));
        sandbox.write("BBB.csv", &broken);
        let dropped = ["BBB has no bar on 1970-07-19", "dropped because open is -", "(line 201)"];
        refused(&predicted(&sandbox, &files, &[]), 1, &dropped);
    }
}

#[test]
fn a_faulty_newest_row_of_every_ticker_is_not_yesterdays_answer() {
    let sandbox = fitted("", "", str::to_owned);
    for (name, phase) in FILES {
        let text = csv(ROWS, phase);
        let (header, mut lines) = rows(&text);
        lines[ROWS - 1] = "1970-07-19,,,,,5";
        sandbox.write(name, &joined(header, lines));
    }
    let files = ["AAA.csv", "BBB.csv"];
    refused(
        &predicted(&sandbox, &files, &[]),
        1,
        &["AAA has no bar on 1970-07-19", "dropped because open is missing"],
    );
    let stale = answered(&sandbox, &files, &["--stale", "1"]);
    let is_stale = |it: &Value| it["stale"]["rows_behind"] == 1 && it["stale"]["newest"] == "1970-07-19";
    assert!(stale.as_array().unwrap().iter().all(is_stale), "{stale}");
}

#[test]
fn tickers_come_in_any_order_and_others_in_a_long_file_are_left_out() {
    let sandbox = fitted("", "[training]\nmodel = \"linear\"\nscope = \"joint\"\n", str::to_owned);
    let all = answered(&sandbox, &["AAA.csv", "BBB.csv"], &[]);
    assert_eq!(answered(&sandbox, &["BBB.csv", "AAA.csv"], &[]), all);
    let named = |ticker: &str, phase: f64| -> String {
        let text = csv(ROWS, phase);
        rows(&text).1.iter().map(|row| format!("{ticker},{row}\n")).collect()
    };
    let header = "Ticker,Date,Open,High,Low,Close,Volume\n";
    // The bars of the one that is left out are faulty and end later, which is nobody's concern.
    let other = "AAB,1970-01-01,-1,1,1,1,1\nAAB,1999-01-01,1,1,1,1,1\n";
    sandbox.write(
        "all.csv",
        &[header, &named("BBB", 1.0), other, &named("AAA", 0.0), &named("ZZZ", 2.0)].concat(),
    );
    let Ended { code, stdout, stderr } = predicted(&sandbox, &["all.csv"], &["--json"]);
    assert_eq!((code, serde_json::from_str::<Value>(&stdout).unwrap()), (0, all), "{stderr}");
    assert!(stderr.contains("left out") && stderr.contains("AAB, ZZZ"), "{stderr}");
    refused(
        &predicted(&sandbox, &["AAA.csv"], &[]),
        1,
        &["belong to AAA,", "fitted on AAA, BBB", "reads them together"],
    );
}

/// Replaces a part of a file of the final model.
#[track_caller]
fn edit(sandbox: &Sandbox, name: &str, from: &str, to: &str) -> String {
    let path = sandbox.run().final_model().join(name);
    let before = std::fs::read_to_string(&path).unwrap();
    assert!(before.contains(from), "{name}: {before}");
    std::fs::write(&path, before.replacen(from, to, 1)).unwrap();
    before
}

#[test]
fn a_changed_file_of_the_model_is_refused_and_an_older_one_is_not() {
    let sandbox = fitted("adjust = false\n", "", with_adjusted_close);
    let files = ["AAA.csv", "BBB.csv"];
    let all = answered(&sandbox, &files, &[]);
    let artifact = |command: &[&str]| {
        let mut process = binary("artifact");
        ended(process.args(command).arg("--workspace").arg(sandbox.path("workspace")).output().unwrap())
    };
    let run = sandbox.run().name().to_owned();
    for (name, from, to) in [
        ("config.json", "\"AAA\"", "\"AAC\""),
        ("config.json", "\"adjust\": false", "\"adjust\": true"),
        ("preprocessing.json", "\"AAA\"", "\"AAC\""),
        ("metrics.json", "\"untouched\": true", "\"untouched\": false"),
        ("README.md", "# linear", "# better"),
    ] {
        edit(&sandbox, name, from, to);
        refused(&predicted(&sandbox, &files, &[]), 3, &[name, "rebuild-views"]);
        let fsck = artifact(&["fsck"]);
        assert!(fsck.stdout.contains(name) && !fsck.stdout.ends_with("\nsound\n"), "{}", fsck.stdout);
        assert_eq!(artifact(&["rebuild-views", &run]).code, 0);
        assert_eq!(answered(&sandbox, &files, &[]), all, "{name}");
    }
    let fsck = artifact(&["fsck"]);
    assert!(fsck.stdout.ends_with("\nsound\n"), "{}", fsck.stdout);

    // Other spacing is no change.
    let path = sandbox.run().final_model().join("config.json");
    let mut document: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    std::fs::write(&path, document.to_string()).unwrap();
    assert_eq!(answered(&sandbox, &files, &[]), all);

    // As earlier versions wrote it: read by the defaults, which here are not the rules of the run.
    let members = document.as_object_mut().unwrap();
    for member in ["digest", "files", "data", "schema_minor"] {
        members.remove(member).unwrap_or_else(|| panic!("{member} is missing"));
    }
    std::fs::write(&path, document.to_string()).unwrap();
    let Ended { code, stdout, stderr } = predicted(&sandbox, &files, &["--json"]);
    assert_eq!(code, 0, "{stderr}");
    for part in ["read by the defaults", "of an earlier version, without digests"] {
        assert!(stderr.contains(part), "{stderr}");
    }
    assert_ne!(serde_json::from_str::<Value>(&stdout).unwrap(), all);
    assert!(artifact(&["fsck"]).stdout.contains("earlier version"));
    assert_eq!(artifact(&["rebuild-views", &run]).code, 0);
    assert_eq!(answered(&sandbox, &files, &[]), all);
}

/// What the library predicts, which prints nothing.
fn library(model: &ModelDirectory, bars: &[PathBuf], rows: Rows) -> Result<Vec<Prediction>, String> {
    let request = Request { bars, series: &[], other_tickers: false, rows };
    predict(model, &request, &DataParts::builtin(), &ModelParts::builtin()).map_err(|error| error.to_string())
}

fn bits(prediction: &Prediction) -> String {
    // Debug output of a float tells all its bits apart.
    format!("{prediction:?}")
}

/// Every row of a history, of bars with a gap and a faulty row, is what files that end there give.
#[test]
fn a_history_has_the_bits_of_a_prediction_at_each_of_its_rows() {
    const FIRST: usize = 150;
    for sections in [
        "[features]\nset = [\"trend\", \"rank(close)\"]\n[training]\nmodel = \"gru\"\n",
        "[training]\nmodel = \"linear\"\nscope = \"joint\"\n",
    ] {
        let sandbox = fitted("", sections, str::to_owned);
        let model = ModelDirectory::new(sandbox.run().final_model());
        let texts = FILES.map(|(name, phase)| {
            let text = csv(ROWS, phase);
            let (header, lines) = rows(&text);
            let faulty = |line: &str| line.split_once(',').unwrap().0.to_owned() + ",1,0.5,2,1,1";
            let kept =
                lines.iter().enumerate().filter(|(row, _)| name != "BBB.csv" || !(165..168).contains(row));
            let lines: Vec<String> = kept
                .map(
                    |(row, line)| {
                        if name == "AAA.csv" && row == 180 { faulty(line) } else { (*line).to_owned() }
                    },
                )
                .collect();
            (name, header.to_owned(), lines)
        });
        // All rows up to a date.
        let write = |until: Moment| -> Vec<PathBuf> {
            let write = |(name, header, lines): &(&str, String, Vec<String>)| {
                let date = |line: &str| line.split_once(',').unwrap().0.parse::<Moment>().unwrap();
                let lines = lines.iter().filter(|line| date(line) <= until).map(String::as_str);
                sandbox.write(name, &joined(header, lines));
                sandbox.path(name)
            };
            texts.iter().map(write).collect()
        };
        let date = |row: usize| Moment::default() + chrono::TimeDelta::days(row as i64);
        let (from, to) = (date(FIRST), date(ROWS - 2));
        let rows = Rows::Between { from: Some(from), to: Some(to) };
        let history = library(&model, &write(date(ROWS)), rows).unwrap();
        let joint = sections.contains("joint");
        let mut checked = 0;
        for row in FIRST..ROWS - 1 {
            let files = write(date(row));
            let found = history.iter().filter(|it| it.date == date(row)).map(bits).collect::<Vec<_>>();
            let gap = (165..168).contains(&row) || row == 180;
            match library(&model, &files, Rows::Newest { stale: 0 }) {
                Ok(alone) => assert_eq!(found, alone.iter().map(bits).collect::<Vec<_>>(), "row {row}"),
                Err(error) => {
                    assert!(gap && error.contains("has no bar on"), "row {row}: {error}");
                    // The other ticker has a bar, and files that end there give it beside the stale one.
                    let alone = library(&model, &files, Rows::Newest { stale: 9 }).unwrap();
                    let fresh = alone.iter().filter(|it| it.stale.is_none()).map(bits).collect::<Vec<_>>();
                    assert_eq!(found, fresh, "row {row}");
                    assert_eq!(found.len(), usize::from(!joint), "row {row}");
                }
            }
            checked += found.len();
        }
        assert_eq!(checked, history.len());
        assert!(history.is_sorted_by_key(|it| it.date), "in order of date");

        // As a command, and outside the bars.
        let files = ["AAA.csv", "BBB.csv"];
        write(date(ROWS));
        let dates = [from, to].map(|date| date.to_string());
        let options = ["--from", &dates[0], "--to", &dates[1]];
        let printed = answered(&sandbox, &files, &options);
        let expected: Value = serde_json::from_str(&serde_json::to_string(&history).unwrap()).unwrap();
        assert_eq!(printed, expected);
        let table = predicted(&sandbox, &files, &options).stdout;
        assert_eq!(table.lines().count(), history.len() + 1, "{table}");
        let nothing = predicted(&sandbox, &files, &["--from", "1999-01-01"]);
        refused(&nothing, 1, &["no row from 1999-01-01 to the last", "to 1970-07-19"]);
        let both = predicted(&sandbox, &files, &["--from", "1970-06-01", "--stale", "1"]);
        refused(&both, 2, &["--stale"]);
    }
}
