//! Bars as people have them, through the real binaries: whatever their dialect they freeze to the same snapshot, and no row
//! is lost without a word.

use artifact_core::schema::{Alignment, FaultKind, Seal};
use artifact_core::{Digest, Id, Phase, load};
use chrono::{Datelike as _, NaiveDate};
use serde_json::Value;
use std::io::Write as _;
use std::process::Stdio;
use tests::{Ended, QUICK, Sandbox, binary, ended};

/// A bar of the generated walk: date, then open, high, low, close, volume.
type Bar = (NaiveDate, [f64; 5]);

/// Weekday bars of a walk, prices with two decimals.
fn walk(rows: usize, salt: usize) -> Vec<Bar> {
    let first = NaiveDate::from_ymd_opt(2019, 1, 2).unwrap();
    let weekdays = first.iter_days().filter(|date| date.weekday().num_days_from_monday() < 5);
    let cents = |price: f64| (price * 100.0).round() / 100.0;
    let mut close = 50.0;
    let bar = |(row, date): (usize, NaiveDate)| {
        let open = close;
        close = cents(close * (1.0 + 0.04 * (tests::noise(row, salt) - 0.5)));
        let (high, low) = (cents(f64::max(open, close) * 1.01), cents(f64::min(open, close) * 0.99));
        (date, [open, high, low, close, 100_000.0 + (row * 7919 % 100_000) as f64])
    };
    weekdays.take(rows).enumerate().map(bar).collect()
}

/// The bars as lines of text, with a header.
fn text(header: &str, bars: &[Bar], line: impl Fn(&Bar) -> String) -> String {
    let lines: Vec<String> = bars.iter().map(line).collect();
    format!("{header}\n{}\n", lines.join("\n"))
}

const HEADER: &str = "Date,Open,High,Low,Close,Volume";

fn plain(bars: &[Bar]) -> String {
    text(HEADER, bars, |(date, [o, h, l, c, v])| format!("{date},{o},{h},{l},{c},{v}"))
}

/// A run's configuration of these files, with further settings of `data`.
fn config(files: &[&str], data: &str) -> String {
    format!("[data]\nsource = \"csv\"\nperiod = \"max\"\nfiles = {files:?}\n{data}\n")
}

/// Freezes the files of a directory, `files` as (name, bytes).
fn freeze(files: &[(&str, &[u8])], data: &str) -> (Sandbox, Ended) {
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    let sandbox = Sandbox::new(&config(&names, data));
    for (name, bytes) in files {
        std::fs::write(sandbox.path(name), bytes).unwrap();
    }
    let ended = sandbox.phase("data-loader", &["freeze"]);
    (sandbox, ended)
}

fn seal(sandbox: &Sandbox) -> Seal {
    let id = sandbox.record().output(Phase::Data, "seal").expect("frozen bars");
    load(&sandbox.workspace().store(), Id::new(id)).expect("a stored seal")
}

#[track_caller]
fn frozen(files: &[(&str, &[u8])], data: &str) -> (Seal, Ended) {
    let (sandbox, ended) = freeze(files, data);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    (seal(&sandbox), ended)
}

#[track_caller]
fn refused(files: &[(&str, &[u8])], data: &str, parts: &[&str]) {
    let (sandbox, ended) = freeze(files, data);
    assert!(matches!(ended.code, 1 | 2) && ended.stdout.is_empty(), "{ended:?}");
    for part in parts {
        assert!(ended.stderr.contains(part), "{} lacks {part:?}", ended.stderr);
    }
    assert_eq!(sandbox.workspace().runs().unwrap(), Vec::<String>::new(), "no run is left behind");
}

/// A number with a decimal comma, and points between thousands.
fn with_comma(number: f64) -> String {
    let text = format!("{number:.2}");
    let (whole, cents) = text.split_once('.').unwrap();
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    format!("{grouped},{cents}")
}

#[test]
fn every_dialect_freezes_to_the_same_snapshot() {
    let bars = walk(260, 1);
    let expected = frozen(&[("AAPL.csv", plain(&bars).as_bytes())], "").0.snapshot;
    let unix = |date: &NaiveDate| date.and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp();
    let dialects: Vec<(&str, Vec<u8>)> = vec![
        ("crlf, quotes and a byte order mark", {
            let quoted =
                |(date, [o, h, l, c, v]): &Bar| format!("\"{date}\",\"{o}\",\"{h}\",\"{l}\",\"{c}\",\"{v}\"");
            format!("\u{feff}{}", text(HEADER, &bars, quoted)).replace('\n', "\r\n").into()
        }),
        ("semicolons and decimal commas", {
            let line = |(date, values): &Bar| {
                let cells = values.map(with_comma);
                format!("{};{}", date.format("%d.%m.%Y"), cells.join(";"))
            };
            text("Datum;Open;High;Low;Close;Volume", &bars, line).replace("Datum", "Date").into()
        }),
        ("tabs", plain(&bars).replace(',', "\t").into()),
        ("pipes", plain(&bars).replace(',', "|").into()),
        (
            "UTF-16",
            plain(&bars).encode_utf16().fold(vec![0xff, 0xfe], |mut bytes, unit| {
                bytes.extend(unit.to_le_bytes());
                bytes
            }),
        ),
        ("American dates and dollars", {
            let line = |(date, [o, h, l, c, v]): &Bar| {
                format!("{}/{}/{},${c},{v},${o},${h},${l}", date.month(), date.day(), date.year())
            };
            text("Date,Close/Last,Volume,Open,High,Low", &bars, line).into()
        }),
        ("unix seconds", {
            let line = |(date, [o, h, l, c, v]): &Bar| format!("{},{o},{h},{l},{c},{v}", unix(date));
            text("time,open,high,low,close,volume", &bars, line).into()
        }),
        ("sessions stamped in UTC", {
            let line = |(date, [o, h, l, c, v]): &Bar| format!("{date} 14:30:00+00:00,{o},{h},{l},{c},{v}");
            text(HEADER, &bars, line).into()
        }),
        ("yfinance", {
            let line = |(date, [o, h, l, c, v]): &Bar| format!("{date},{c},{h},{l},{o},{v}");
            let header = "Price,Close,High,Low,Open,Volume\nTicker,AAPL,AAPL,AAPL,AAPL,AAPL\nDate,,,,,";
            text(header, &bars, line).into()
        }),
        ("prefixed", {
            let header = "\"\",\"AAPL.Open\",\"AAPL.High\",\"AAPL.Low\",\"AAPL.Close\",\"AAPL.Volume\"";
            plain(&bars).replacen(HEADER, header, 1).into()
        }),
        ("MetaTrader", {
            let line = |(date, [o, h, l, c, v]): &Bar| {
                format!("{}\t00:00:00\t{o}\t{h}\t{l}\t{c}\t{v}", date.format("%Y.%m.%d"))
            };
            let header = "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>";
            text(header, &bars, line).into()
        }),
        ("JSON", {
            let object = |(date, [o, h, l, c, v]): &Bar| {
                format!(r#"{{"date":"{date}","open":{o},"high":{h},"low":{l},"close":{c},"volume":{v}}}"#)
            };
            format!("[{}]", bars.iter().map(object).collect::<Vec<_>>().join(",")).into()
        }),
        ("scientific numbers and blank rows", {
            let line = |(date, [o, h, l, c, v]): &Bar| format!("{date},{o:e},{h:e},{l:e},{c:e},{v:e}");
            (text(HEADER, &bars, line) + ",,,,,\n,,,,,\n").into()
        }),
    ];
    for (dialect, bytes) in dialects {
        let (seal, ended) = frozen(&[("AAPL.csv", &bytes)], "");
        assert_eq!(seal.snapshot, expected, "{dialect}: {ended:?}");
        assert_eq!(seal.source.files[0].sha256, Digest::of(&bytes), "{dialect}");
    }
}

#[test]
fn what_the_header_does_not_say_the_settings_do() {
    let bars = walk(80, 2);
    let expected = frozen(&[("A.csv", plain(&bars).as_bytes())], "").0.snapshot;
    let renamed = plain(&bars).replacen(HEADER, "Session,First,High,Low,Final,Volume", 1);
    refused(&[("A.csv", renamed.as_bytes())], "", &["A.csv", "First"]);
    let mapped = "columns = { date = 'Session', open = 'First', close = 'Final' }";
    assert_eq!(frozen(&[("A.csv", renamed.as_bytes())], mapped).0.snapshot, expected);

    let headerless = plain(&bars).replacen(&format!("{HEADER}\n"), "", 1);
    refused(&[("A.csv", headerless.as_bytes())], "", &["A.csv", "header"]);
    let listed = "columns = ['date', 'open', 'high', 'low', 'close', 'volume']";
    assert_eq!(frozen(&[("A.csv", headerless.as_bytes())], listed).0.snapshot, expected);

    // The first of each month, from January to December: nothing tells the day from the month.
    let first = |month: u32| format!("1/{month}/1999,1,2,1,{},9", 1.0 + f64::from(month) / 16.0);
    let months: Vec<String> = (1..=12).map(first).collect();
    let ambiguous = format!("{HEADER}\n{}\n", months.join("\n"));
    refused(&[("A.csv", ambiguous.as_bytes())], "", &["A.csv", "1/1/1999", "date_format"]);
    let days = frozen(&[("A.csv", ambiguous.as_bytes())], "date_format = 'M/D/YYYY'").0;
    assert_eq!(days.account.unwrap().tickers[0].last_date.to_string(), "1999-01-12");
    let months = frozen(&[("A.csv", ambiguous.as_bytes())], "date_format = 'D/M/YYYY'").0;
    assert_eq!(months.account.unwrap().tickers[0].last_date.to_string(), "1999-12-01");
}

#[test]
fn what_holds_no_bars_is_refused_by_what_it_is() {
    let dates: Vec<String> = walk(50, 3).iter().map(|(date, [.., c, _])| format!("{date},{c}")).collect();
    let series = format!("Date,Value\n{}\n", dates.join("\n"));
    refused(&[("A.csv", series.as_bytes())], "", &["A.csv"]);
    refused(&[("A.csv", b"<!DOCTYPE html><html><body>429</body></html>")], "", &["A.csv", "HTML"]);
    refused(&[("A.csv", b"%PDF-1.7\n1 0 obj\n")], "", &["A.csv", "PDF"]);
    refused(&[("A.csv", b"")], "", &["A.csv", "empty"]);
    let intraday = "Date,Time,Open,High,Low,Close\n2019-01-02,09:30,1,2,1,2\n2019-01-02,09:31,1,2,1,2\n\
                    2019-01-02,09:32,1,2,1,2\n";
    let (_, ended) = freeze(&[("A.csv", intraday.as_bytes())], "");
    assert!(!ended.stderr.contains("remove one"), "no duplicates: {}", ended.stderr);
    let ticker = format!("Symbol,{HEADER}\n\"AB\nCD\",2019-01-02,1,2,1,2,3\n");
    refused(&[("A.csv", ticker.as_bytes())], "", &["line 2", "line break"]);
}

#[test]
fn every_phase_of_a_pipeline_works_on_the_bars_of_its_options() {
    let sandbox = Sandbox::new("");
    let mut long = format!("ticker,{HEADER}\n");
    for (ticker, salt) in [("AAA", 1), ("BBB", 2)] {
        let lines = plain(&walk(700, salt));
        sandbox.write(&format!("{ticker}.csv"), &lines);
        long.extend(lines.lines().skip(1).map(|line| format!("{ticker},{line}\n")));
    }
    for (workspace, bars) in [("files", &["AAA.csv", "BBB.csv"][..]), ("input", &["-"])] {
        let mut process = binary("holdfast");
        process.args(["pipeline", "--preset", "smoke", "--workspace", workspace, "--bars"]).args(bars);
        process
            .current_dir(sandbox.path("."))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = process.spawn().unwrap();
        drop(child.stdin.take().unwrap().write_all(long.as_bytes()));
        let ended = ended(child.wait_with_output().unwrap());
        assert_eq!(ended.code, 0, "{bars:?}: {}", ended.stderr);
        let runs = artifact_core::Workspace::new(sandbox.path(workspace)).runs().unwrap();
        let [run] = &runs[..] else { panic!("one run: {runs:?}") };
        let model = sandbox.path(workspace).join("runs").join(run).join("final_model/config.json");
        let model: Value = serde_json::from_slice(&std::fs::read(model).unwrap()).unwrap();
        assert_eq!(model["tickers"], serde_json::json!(["AAA", "BBB"]));
    }
}

#[test]
fn folders_patterns_options_and_standard_input_name_files() {
    let sandbox = Sandbox::new("");
    std::fs::create_dir(sandbox.path("bars")).unwrap();
    for (ticker, salt) in [("AAA", 1), ("BBB", 2)] {
        sandbox.write(&format!("bars/{ticker}.csv"), &plain(&walk(60, salt)));
    }
    let snapshot = |bars: &[&str], run: &str| {
        let mut process = binary("holdfast");
        process
            .args(["freeze", "--preset", "none", "--json", "--run", run, "--workspace"])
            .arg(sandbox.path("w"));
        process.arg("--bars").args(bars).current_dir(sandbox.path("."));
        process.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = process.spawn().unwrap();
        let mut long = format!("ticker,{HEADER}\n");
        for (ticker, salt) in [("AAA", 1), ("BBB", 2)] {
            let lines = plain(&walk(60, salt));
            long.extend(lines.lines().skip(1).map(|line| format!("{ticker},{line}\n")));
        }
        // A command that reads no standard input closes it.
        drop(child.stdin.take().unwrap().write_all(long.as_bytes()));
        let ended = ended(child.wait_with_output().unwrap());
        assert_eq!(ended.code, 0, "{bars:?}: {}", ended.stderr);
        let document: Value = serde_json::from_str(&ended.stdout).unwrap();
        document["snapshot"].as_str().unwrap().to_owned()
    };
    let expected = snapshot(&["bars/AAA.csv", "bars/BBB.csv"], "files");
    for (run, bars) in [("folder", "bars"), ("pattern", "bars/*.csv"), ("input", "-")] {
        assert_eq!(snapshot(&[bars], run), expected, "{bars}");
    }
}

/// The removed rows of a seal by the account, and by its faults.
#[track_caller]
fn check_account(seal: &Seal, expected: [usize; 6]) {
    let ticker = &seal.account.as_ref().unwrap().tickers[0];
    let found = [ticker.given, ticker.faulty, ticker.repeated, ticker.uncommon, ticker.used, ticker.empty];
    assert_eq!(found, expected, "{ticker:?}");
}

#[test]
fn rows_that_are_dropped_at_either_end_are_in_the_seal() {
    let mut lines: Vec<String> = plain(&walk(29, 4)).lines().map(str::to_owned).collect();
    let date = |line: &String| line.split(',').next().unwrap().to_owned();
    for line in [1, 2, 29] {
        lines[line] = format!("{},,,,,", date(&lines[line]));
    }
    lines[15] = lines[14].clone();
    let (seal, ended) = frozen(&[("A.csv", lines.join("\n").as_bytes())], "");
    check_account(&seal, [29, 3, 1, 0, 25, 0]);
    let dropped: Vec<String> = seal
        .faults
        .iter()
        .filter(|fault| fault.action.removes())
        .map(|fault| format!("{} {}", fault.date, fault.kind.describe()))
        .collect();
    for (line, kind) in
        [(1, "missing cell"), (2, "missing cell"), (14, "date given twice"), (29, "missing cell")]
    {
        let expected = format!("{} {kind}", date(&lines[line]));
        assert!(dropped.contains(&expected), "{dropped:?} lacks {expected}");
    }
    assert!(
        ended.stdout.contains("4 of 29 rows of A dropped: 3 faulty, 1 of a date given twice"),
        "{ended:?}"
    );
    assert!(ended.stderr.contains("14 % of the rows of A"), "{ended:?}");
    refused(
        &[("A.csv", lines.join("\n").as_bytes())],
        "on_fault = 'error'",
        &["A 2019-01-02 (line 2)", "missing"],
    );
}

#[test]
fn a_late_ticker_does_not_cut_the_others_in_silence() {
    let (all, late) = (walk(120, 5), &walk(120, 6)[92..]);
    let files = [("OLD.csv", plain(&all)), ("NEW.csv", plain(late))];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_bytes()));
    let (seal, ended) = frozen(&files, "alignment = 'intersection'\ntickers = ['OLD', 'NEW']");
    assert_eq!((seal.alignment, seal.rows), (Alignment::Intersection, 28));
    check_account(&seal, [120, 0, 0, 92, 28, 0]);
    let start = seal.faults.iter().find(|fault| fault.kind == FaultKind::LateStart).unwrap();
    assert_eq!((start.ticker.as_str(), start.rows), ("NEW", 92));
    assert!(ended.stdout.contains("92 of 120 dates dropped"), "{ended:?}");
    assert!(
        ended.stderr.contains("keeps 28 of 120 dates") && ended.stderr.contains("NEW lacks 92"),
        "{ended:?}"
    );
    refused(&files, "alignment = 'intersection'\non_fault = 'error'", &["NEW 2019-01-02", "92 dates"]);

    // The mask of a union loses none.
    let (seal, _) = frozen(&files, "tickers = ['NEW', 'OLD']");
    check_account(&seal, [28, 0, 0, 0, 28, 92]);
    assert_eq!(seal.rows, 120);
}

#[test]
fn splits_adjust_the_volume_and_what_looks_wrong_is_noted() {
    let bars = walk(260, 7);
    let noted = |text: &str, kind: FaultKind| {
        let (seal, _) = frozen(&[("A.csv", text.as_bytes())], "");
        assert!(seal.faults.iter().any(|fault| fault.kind == kind), "{kind:?}: {:?}", seal.faults);
        seal
    };
    // As traded, with a split of 7:1 on row 130; and the same bars after the fact.
    let traded = |(row, (date, [o, h, l, c, v])): (usize, &Bar)| {
        let times = if row < 130 { 7.0 } else { 1.0 };
        format!("{date},{},{},{},{},{c},{}", o * times, h * times, l * times, c * times, v / times)
    };
    let lines: Vec<String> = bars.iter().enumerate().map(traded).collect();
    let split = format!("Date,Open,High,Low,Close,Adj. Close,Volume\n{}\n", lines.join("\n"));
    let seal = noted(&split, FaultKind::Split);
    assert_eq!(seal.faults.iter().filter(|fault| fault.kind == FaultKind::Split).count(), 1);

    let unadjusted = lines.iter().map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        [&cells[..5], &cells[6..]].concat().join(",")
    });
    let unadjusted = format!("{HEADER}\n{}\n", unadjusted.collect::<Vec<_>>().join("\n"));
    noted(&unadjusted, FaultKind::ProbableSplit);

    let mut paused = bars.clone();
    paused.drain(100..130);
    noted(&plain(&paused), FaultKind::Gap);
    let mut stale = bars.clone();
    let bar = stale[99].1;
    stale[100..130].iter_mut().for_each(|(_, values)| *values = bar);
    noted(&plain(&stale), FaultKind::StalePrice);
    let weekly: Vec<Bar> = bars.iter().step_by(5).copied().collect();
    let (_, ended) = frozen(&[("A.csv", plain(&weekly).as_bytes())], "");
    assert!(ended.stdout.contains("the bars are weekly"), "{ended:?}");

    let same = plain(&bars);
    let (seal, ended) = frozen(&[("A.csv", same.as_bytes()), ("B.csv", same.as_bytes())], "");
    assert!(seal.faults.iter().any(|fault| fault.kind == FaultKind::IdenticalContent), "{ended:?}");
    let zero: Vec<Bar> = bars.iter().map(|(date, [o, h, l, c, _])| (*date, [*o, *h, *l, *c, 0.0])).collect();
    let (_, ended) = frozen(&[("A.csv", plain(&zero).as_bytes())], "");
    assert_eq!(ended.stderr.lines().count(), 1, "one line for 260 equal remarks: {}", ended.stderr);
}

#[test]
fn different_rows_for_a_date_are_refused_until_the_settings_choose() {
    let bars = walk(60, 8);
    let twice = plain(&bars) + &format!("{},1,2,1,2,3\n", bars[59].0);
    refused(&[("A.csv", twice.as_bytes())], "", &["lines 61 and 62", "data.duplicates"]);
    let close = |data: &str| {
        let (seal, _) = frozen(&[("A.csv", twice.as_bytes())], data);
        check_account(&seal, [61, 0, 1, 0, 60, 0]);
        seal.snapshot
    };
    let expected = frozen(&[("A.csv", plain(&bars).as_bytes())], "").0.snapshot;
    assert_eq!(close("duplicates = 'first'"), expected);
    assert_ne!(close("duplicates = 'last'"), expected);
}

#[test]
fn bars_without_a_volume_are_taken_if_nothing_reads_it() {
    let bars = walk(60, 9);
    let text =
        text("Date,Open,High,Low,Close", &bars, |(date, [o, h, l, c, _])| format!("{date},{o},{h},{l},{c}"));
    refused(&[("A.csv", text.as_bytes())], "", &["features.set", "ohlcv reads the volume", "A.csv"]);
    let (seal, _) = frozen(&[("A.csv", text.as_bytes())], "[features]\nset = 'close'");
    assert!(seal.faults.iter().any(|fault| fault.kind == FaultKind::NoVolume));
    check_account(&seal, [60, 0, 0, 0, 60, 0]);
}

#[test]
fn a_run_without_volumes_goes_through_all_phases() {
    let sandbox = Sandbox::new(&format!(
        "{QUICK}\n[data]\nsource = 'csv'\nperiod = 'max'\nfiles = ['A.csv', 'B.csv']\n[features]\nset = 'close'\n"
    ));
    for (name, salt) in [("A.csv", 10), ("B.csv", 11)] {
        let line = |(date, [o, h, l, c, _]): &Bar| format!("{date};{o};{h};{l};{c}");
        sandbox.write(name, &text("Date;Open;High;Low;Close", &walk(260, salt), line));
    }
    sandbox.tested();
    // Its model needs none either.
    let mut predict = binary("holdfast");
    predict.arg("predict").arg("--model").arg(sandbox.run().final_model());
    let answer =
        ended(predict.arg("--bars").args([sandbox.path("A.csv"), sandbox.path("B.csv")]).output().unwrap());
    assert_eq!(answer.code, 0, "{}", answer.stderr);
}

#[test]
fn exported_bars_freeze_to_the_same_snapshot() {
    let (old, late) = (walk(120, 12), &walk(120, 13)[40..]);
    let files = [("OLD.csv", plain(&old)), ("NEW.csv", plain(late))];
    let (sandbox, first) = freeze(&files.each_ref().map(|(name, text)| (*name, text.as_bytes())), "");
    assert_eq!(first.code, 0, "{}", first.stderr);
    for format in ["csv", "parquet"] {
        let (out, file) = (sandbox.path(format), format!("bars.{format}"));
        let mut export = binary("holdfast");
        export.args(["export", sandbox.run().name(), "--format", format, "--workspace"]);
        let exported = export.arg(sandbox.path("workspace")).arg("--out").arg(&out).output().unwrap();
        assert!(exported.status.success(), "{}", ended(exported).stderr);
        let again = Sandbox::new("");
        std::fs::copy(out.join(&file), again.path(&file)).unwrap();
        std::fs::copy(out.join("bars.toml"), again.path("run.toml")).unwrap();
        again.succeeds("data-loader", &["freeze"]);
        assert_eq!(seal(&again).snapshot, seal(&sandbox).snapshot, "{format}");
    }
}

#[test]
fn files_are_inspected_without_a_run() {
    let sandbox = Sandbox::new("");
    let mut lines: Vec<String> = plain(&walk(60, 14)).lines().map(str::to_owned).collect();
    lines[30] = lines[30].replacen(',', ",-", 1);
    sandbox.write("A.csv", &lines.join("\n").replace(',', ";"));
    sandbox.write("B.csv", &(plain(&walk(60, 15)) + "2019-01-02,1,2,1,2,3\n"));
    let inspect = |options: &[&str]| {
        let mut process = binary("holdfast");
        process.arg("inspect").args(options).args([sandbox.path("A.csv"), sandbox.path("B.csv")]);
        ended(process.output().unwrap())
    };
    let found = inspect(&[]);
    assert_eq!(found.code, 0, "{}", found.stderr);
    for part in ["A.csv", "';'", "60    59", "refused: B:", "defect: A ", "bar dropped"] {
        assert!(found.stdout.contains(part), "{} lacks {part:?}", found.stdout);
    }
    let document: Value = serde_json::from_str(&inspect(&["--json"]).stdout).unwrap();
    assert_eq!(document["tickers"][0]["severities"], serde_json::json!([1, 0, 0]));
    assert!(document["tickers"][1]["refused"].as_str().unwrap().contains("B.csv"));
}

/// One bar on each of so many days, weekends included or not.
fn days(rows: usize, weekends: bool) -> String {
    let first: NaiveDate = "2019-01-01".parse().unwrap();
    let trades = |day: &NaiveDate| weekends || day.weekday().number_from_monday() < 6;
    let bar = |(row, day): (usize, NaiveDate)| {
        let close = 100 + row * 7 % 13;
        format!("{day},{close},{},{},{close},{}\n", close + 1, close - 1, 1000 + row)
    };
    let rows: String = first.iter_days().filter(trades).take(rows).enumerate().map(bar).collect();
    format!("{HEADER}\n{rows}")
}

#[test]
fn different_calendars_need_a_stated_alignment() {
    let (coin, stock) = (days(60, true), days(45, false));
    let files: [(&str, &[u8]); 2] = [("COIN.csv", coin.as_bytes()), ("STOCK.csv", stock.as_bytes())];
    let parts =
        ["data.alignment", "COIN trades on weekends, STOCK does not", "\"intersection\"", "\"union\""];
    refused(&files, "", &parts);
    for (alignment, rows) in [("union", 61), ("intersection", 44)] {
        let (seal, ended) = frozen(&files, &format!("alignment = \"{alignment}\"\n"));
        assert_eq!(seal.rows, rows, "{alignment}: {}", ended.stderr);
        assert!(seal.faults.iter().any(|fault| fault.kind == FaultKind::MixedCalendars), "{alignment}");
    }
}

#[test]
fn files_are_inspected_as_they_would_be_frozen() {
    let sandbox = Sandbox::new("");
    sandbox.write("COIN.csv", &days(60, true));
    sandbox.write("STOCK.csv", &days(45, false));
    let hour = |hour: usize| format!("2019-01-02 {hour:02}:00:00,5,6,4,5,{hour}\n");
    sandbox.write("HOURS.csv", &format!("{HEADER}\n{}", (9..16).map(hour).collect::<String>()));
    let inspect = |data: &str, files: &[&str]| {
        sandbox.write("data.toml", &format!("[data]\n{data}\n"));
        let mut process = binary("holdfast");
        process.args(["inspect", "--json", "--config"]).arg(sandbox.path("data.toml"));
        let ended = ended(process.args(files.iter().map(|file| sandbox.path(file))).output().unwrap());
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        serde_json::from_str::<Value>(&ended.stdout).unwrap()
    };
    let found = inspect("", &["COIN.csv", "STOCK.csv"]);
    assert!(found["refused"].as_str().unwrap().contains("data.alignment must be stated"), "{found}");
    let found = inspect("alignment = 'union'", &["COIN.csv", "STOCK.csv"]);
    assert!(found.get("refused").is_none(), "{found}");
    // Rows of dates beside rows of moments: refused together, but each is looked at.
    let found = inspect("alignment = 'union'", &["COIN.csv", "STOCK.csv", "HOURS.csv"]);
    assert!(found["refused"].as_str().unwrap().contains("HOURS"), "{found}");
    let kinds = |found: &Value| -> Vec<String> {
        let faults = found["faults"].as_array().unwrap();
        faults.iter().map(|fault| fault["kind"].as_str().unwrap().to_owned()).collect()
    };
    assert!(kinds(&found).contains(&"mixed_calendars".to_owned()), "{found}");
    // Merged to days, the hours are one row.
    let found = inspect("resample = '1d'", &["HOURS.csv"]);
    assert_eq!(
        (&found["tickers"][0]["rows"], &found["tickers"][0]["used"]),
        (&7.into(), &1.into()),
        "{found}"
    );
    let found = inspect("resample = '2h'\nalignment = 'union'", &["STOCK.csv", "HOURS.csv"]);
    assert!(found["tickers"][1]["refused"].as_str().unwrap().contains("data.resample"), "{found}");
}
