//! Bars of five minutes through all phases, across the day on which New York's clocks change, and merged into days.

use artifact_core::schema::{
    BestConfiguration, Clock, LeakCertificate, LeakCertificateId, ModelBundle, Seal, SealId, Snapshot,
    Spacing,
};
use artifact_core::{Id, Moment, Phase, load};
use chrono::{Datelike as _, NaiveDate, TimeDelta};
use serde_json::Value;
use tests::{Ended, Sandbox, binary, csv_config, ended, noise};

/// Bars in a session, from 09:30 on.
const BARS: usize = 12;
const SESSIONS: usize = 40;
const FILES: [&str; 2] = ["AAA.csv", "BBB.csv"];

/// One bar: the stamp as written in New York, and its values.
struct Bar {
    session: NaiveDate,
    stamp: String,
    values: [f64; 5],
}

/// Weekdays around 10 March 2019, when the clocks go from 5 to 4 hours behind UTC.
fn bars(salt: usize) -> Vec<Bar> {
    let first = NaiveDate::from_ymd_opt(2019, 2, 11).unwrap();
    let change = NaiveDate::from_ymd_opt(2019, 3, 10).unwrap();
    let weekdays = first.iter_days().filter(|day| day.weekday().num_days_from_monday() < 5).take(SESSIONS);
    let moments = weekdays.flat_map(|day| (0..BARS).map(move |bar| (day, bar)));
    let bar = |(row, (session, bar)): (usize, (NaiveDate, usize))| {
        let place = row as f64;
        let wave = |place: f64| 100.0 + 10.0 * (place / 5.0 + salt as f64).sin() + 3.0 * (place / 1.7).cos();
        let (open, close) = (wave(place - 1.0), wave(place) + noise(row, salt));
        let (high, low) = (open.max(close) * 1.01, open.min(close) * 0.99);
        let minute = 9 * 60 + 30 + 5 * bar;
        let offset = if session < change { "-05:00" } else { "-04:00" };
        let stamp = format!("{session}T{:02}:{:02}:00{offset}", minute / 60, minute % 60);
        Bar { session, stamp, values: [open, high, low, close, (1000 + row % 17) as f64] }
    };
    moments.enumerate().map(bar).collect()
}

fn csv(rows: impl Iterator<Item = (String, [f64; 5])>) -> String {
    let line = |(stamp, [open, high, low, close, volume]): (String, [f64; 5])| {
        format!("{stamp},{open},{high},{low},{close},{volume}\n")
    };
    "date,open,high,low,close,volume\n".to_owned() + &rows.map(line).collect::<String>()
}

fn minutes(salt: usize) -> String {
    csv(bars(salt).into_iter().map(|bar| (bar.stamp, bar.values)))
}

/// The same bars as days, merged by hand.
fn days(salt: usize) -> String {
    let all = bars(salt);
    let day = |bars: &[Bar]| {
        let column = |place: usize| bars.iter().map(move |bar| bar.values[place]);
        let (high, low) = (column(1).fold(0.0, f64::max), column(2).fold(f64::MAX, f64::min));
        let (open, close) = (bars[0].values[0], bars[bars.len() - 1].values[3]);
        (bars[0].session.to_string(), [open, high, low, close, column(4).sum()])
    };
    csv(all.chunk_by(|a, b| a.session == b.session).map(day))
}

fn sandbox(settings: &str, text: impl Fn(usize) -> String) -> Sandbox {
    let config = csv_config(&FILES).replacen("[data]\n", &format!("[data]\n{settings}\n"), 1);
    let sandbox = Sandbox::new(&config);
    FILES.iter().enumerate().for_each(|(salt, file)| sandbox.write(file, &text(salt)));
    sandbox
}

fn seal(sandbox: &Sandbox) -> Seal {
    let id = sandbox.record().output(Phase::Data, "seal").unwrap();
    load(&sandbox.workspace().store(), SealId::new(id)).unwrap()
}

fn predict(sandbox: &Sandbox, options: &[&str]) -> Ended {
    let mut command = binary("holdfast");
    command.args(["predict", "--json", "--model"]).arg(sandbox.run().final_model()).args(options);
    command.arg("--bars").args(FILES.iter().map(|file| sandbox.path(file)));
    ended(command.output().unwrap())
}

fn predicted(sandbox: &Sandbox, options: &[&str]) -> Vec<Value> {
    let ended = predict(sandbox, options);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    serde_json::from_str(&ended.stdout).unwrap()
}

#[test]
fn bars_of_minutes_go_through_all_phases() {
    let sandbox = sandbox("", minutes);
    let told = sandbox.succeeds("holdfast", &["freeze"]).stdout;
    assert!(told.contains("the bars are 5 minutes apart") && told.contains("times of day are UTC"), "{told}");
    sandbox.succeeds("holdfast", &["pipeline"]);
    let (store, seal) = (sandbox.workspace().store(), seal(&sandbox));
    let snapshot: Snapshot = load(&store, seal.snapshot).unwrap();
    // 09:30 in New York, in winter and in summer.
    let ends = (snapshot.first_date.to_string(), snapshot.last_date.to_string());
    assert_eq!(
        (snapshot.rows, ends),
        (BARS * SESSIONS, ("2019-02-11T14:30:00".into(), "2019-04-05T14:25:00".into()))
    );
    let account = seal.account.as_ref().unwrap();
    assert_eq!((account.spacing, account.clock), (Spacing::Intraday(300), Some(Clock::Utc)));
    assert!(
        seal.faults.is_empty(),
        "nights, weekends and the change of the clocks are no gaps: {:?}",
        seal.faults
    );

    let bundle = sandbox.record().output(Phase::Final, "model_bundle").unwrap();
    let bundle: ModelBundle = load(&store, Id::new(bundle)).unwrap();
    let best: BestConfiguration = load(&store, bundle.best_configuration).unwrap();
    assert!(best.split.validation_date.has_clock() && best.split.split_date == seal.split_date);
    let (_, certificate): (LeakCertificateId, LeakCertificate) =
        views::read_object(&sandbox.run().leak_certificate()).unwrap();
    assert_eq!(certificate.violated().count(), 0);
    let fsck = binary("artifact").arg("fsck").arg("--workspace").arg(sandbox.path("workspace")).output();
    assert_eq!(ended(fsck.unwrap()).code, 0);

    let newest = predicted(&sandbox, &[]);
    assert_eq!((newest.len(), &newest[0]["date"]), (2, &"2019-04-05T14:25:00".into()));
    let history = predicted(&sandbox, &["--from", "2019-04-05T14:00", "--to", "2019-04-05"]);
    assert_eq!(history.len(), 12, "six bars of two tickers");
    assert_eq!(history[history.len() - 2..], newest);
}

#[test]
fn minutes_merged_into_days_are_the_daily_bars() {
    let (merged, daily) = (sandbox("resample = '1d'", minutes), sandbox("", days));
    for sandbox in [&merged, &daily] {
        sandbox.succeeds("holdfast", &["freeze"]);
    }
    let (own, other) = (seal(&merged), seal(&daily));
    assert_eq!((own.snapshot, own.development), (other.snapshot, other.development));
    let account = own.account.unwrap();
    assert_eq!((account.spacing, account.clock), (Spacing::Daily, Some(Clock::Utc)));
    let rows = (account.tickers[0].given, account.tickers[0].merged, account.tickers[0].used);
    assert_eq!(rows, (BARS * SESSIONS, (BARS - 1) * SESSIONS, SESSIONS));
}

#[test]
fn merged_bars_are_predicted_from_by_the_same_rule() {
    let sandbox = sandbox("resample = '10m'", minutes);
    sandbox.succeeds("holdfast", &["pipeline"]);
    let newest = predicted(&sandbox, &[]);
    assert_eq!((newest.len(), &newest[0]["date"]), (2, &"2019-04-05T14:20:00".into()));
}

#[test]
fn the_hour_that_comes_twice_is_refused_without_offsets() {
    let first: Moment = "2018-11-03T22:00".parse().unwrap();
    // Sixty hours of bars around the clock; after 01:59 the clock is back at 01:00.
    let wall = |hour: i64| first + TimeDelta::hours(if hour > 3 { hour - 1 } else { hour });
    let stamp = |at: Moment| format!("{}T{}", at.date(), at.time());
    let row = |hour: usize| (stamp(wall(hour as i64)), [1.0, 2.0, 1.0, 1.5 + hour as f64 / 1e3, 5.0]);
    let sandbox = sandbox("", |_| csv((1..60).map(row)));
    let ended = sandbox.phase("holdfast", &["freeze"]);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    let told = [
        "AAA has 2018-11-04T01:00:00 twice, on lines 4 and 5",
        "daylight saving time ends",
        "offset from it",
    ];
    assert!(told.iter().all(|part| ended.stderr.contains(part)), "{}", ended.stderr);
}

/// Ids name what they stand for: a plan of moments is one that earlier versions would refuse, not misread.
#[test]
fn moments_are_written_where_dates_were() {
    let sandbox = sandbox("", minutes);
    sandbox.succeeds("holdfast", &["freeze"]);
    let seal = seal(&sandbox);
    let shown = binary("artifact")
        .args(["show", &Id::<Snapshot>::to_string(&seal.snapshot), "--workspace"])
        .arg(sandbox.path("workspace"))
        .output();
    let shown = ended(shown.unwrap());
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    assert!(shown.stdout.contains("2019-02-11T14:30:00"), "{}", shown.stdout);
}
