use super::*;
use crate::sources::RawBar;
use artifact_core::schema::FaultKind;

const SOUND: [f64; 5] = [10.0, 12.0, 9.0, 11.0, 100.0];

fn bar(day: u32, values: [f64; 5]) -> RawBar {
    let [open, high, low, close, volume] = values;
    RawBar {
        date: chrono::NaiveDate::from_ymd_opt(2015, 1, day).unwrap().into(),
        line: u64::from(day) + 1,
        open,
        high,
        low,
        close,
        volume,
    }
}

fn raw(bars: Vec<RawBar>) -> Vec<RawBars> {
    vec![RawBars::new("A", "A.csv", bars)]
}

/// Puts one row between sound ones and compares the kinds of faults found; all but notices must drop the row.
#[track_caller]
fn check_row(values: [f64; 5], expected: &[FaultKind]) {
    let mut all = raw(vec![bar(1, SOUND), bar(2, values), bar(3, SOUND)]);
    let report = check(&mut all, &QualityPolicy::default()).unwrap();
    let kinds: Vec<_> = report.faults.iter().map(|fault| fault.kind).collect();
    assert_eq!(kinds, expected, "{values:?}");
    assert_eq!(report.checked_rows, 3);
    let drops = report.faults.iter().any(|fault| fault.action == FaultAction::RowDropped);
    assert_eq!(all[0].bars.len(), if drops { 2 } else { 3 });
    for fault in &report.faults {
        assert_eq!((fault.ticker.as_str(), fault.line), ("A", Some(3)));
    }

    let mut all = raw(vec![bar(1, SOUND), bar(2, values), bar(3, SOUND)]);
    let strict = QualityPolicy { on_fault: OnFault::Error, ..QualityPolicy::default() };
    assert_eq!(check(&mut all, &strict).is_err(), drops);
}

#[test]
fn faults_of_rows_are_named() {
    use FaultKind::*;
    check_row(SOUND, &[]);
    check_row([f64::NAN, 12.0, f64::NAN, 11.0, 100.0], &[MissingCell, MissingCell]);
    check_row([10.0, 12.0, 9.0, 11.0, f64::NAN], &[MissingCell]);
    check_row([10.0, f64::INFINITY, 9.0, 11.0, 100.0], &[MissingCell]);
    check_row([0.0, 12.0, 9.0, 11.0, 100.0], &[NonPositivePrice]);
    check_row([10.0, 12.0, -9.0, 11.0, 100.0], &[NonPositivePrice]);
    check_row([10.0, 12.0, 9.0, 11.0, -1.0], &[NegativeVolume]);
    check_row([10.0, 12.0, 9.0, 11.0, 0.0], &[ZeroVolume]);
    check_row([f64::NAN, 12.0, 9.0, 11.0, 0.0], &[MissingCell, ZeroVolume]);
    check_row([10.0, 12.0, 9.0, 5.0, 100.0], &[OutsideRange, RevertingSpike]);
    check_row([10.0, 9.0, 12.0, 11.0, 100.0], &[HighBelowLow]);
    check_row([8.0, 12.0, 9.0, 13.0, 100.0], &[OutsideRange, OutsideRange]);
    check_row([10.0, 12.0, 9.0, 12.000_001, 100.0], &[]);
    check_row([10.0, 12.0, 9.0, 12.001, 100.0], &[OutsideRange]);
}

#[test]
fn a_spike_is_named_only_if_it_reverts() {
    use FaultKind::ProbableSplit;
    let spike = |after: f64| {
        let closes = [35.35, 17.87, after];
        let bars = closes.iter().zip(1..).map(|(&c, day)| bar(day, [c, 1.1 * c, 0.9 * c, c, 1.0]));
        check(&mut raw(bars.collect()), &QualityPolicy::default()).unwrap().faults
    };
    let found = spike(35.91);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].kind, found[0].line), (FaultKind::RevertingSpike, Some(3)));
    assert_eq!(found[0].action, FaultAction::Noted);
    assert_eq!(
        found[0].to_string(),
        "A 2015-01-02 (line 3): close goes 35.35, 17.87, 35.91: suspected data error"
    );
    assert_eq!(spike(18.0).iter().map(|fault| fault.kind).collect::<Vec<_>>(), [ProbableSplit]);
    assert_eq!(spike(24.0), []);
}

#[test]
fn unordered_rows_are_refused_or_sorted() {
    let bars = || raw(vec![bar(2, SOUND), bar(1, SOUND), bar(3, SOUND)]);
    let error = check(&mut bars(), &QualityPolicy::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "A.csv, line 2: A 2015-01-01 comes after 2015-01-02; order the rows by date, or set data.unordered = \"sort\""
    );
    let sort = QualityPolicy { unordered: Unordered::Sort, ..QualityPolicy::default() };
    let mut all = bars();
    let report = check(&mut all, &sort).unwrap();
    assert_eq!(report.faults.len(), 1);
    assert_eq!(report.faults[0].action, FaultAction::Sorted);
    assert!(all[0].bars.is_sorted_by_key(|bar| bar.date));
}

#[test]
fn errors_list_the_faults_and_a_ticker_left_without_rows_is_an_error() {
    let bad = [0.0; 5];
    let strict = QualityPolicy { on_fault: OnFault::Error, ..QualityPolicy::default() };
    let error = check(&mut raw(vec![bar(1, SOUND), bar(2, bad)]), &strict).unwrap_err();
    assert!(
        error.to_string().starts_with("5 faults, starting with A 2015-01-02 (line 3): open is 0;"),
        "{error}"
    );
    let error = check(&mut raw(vec![bar(2, bad)]), &QualityPolicy::default()).unwrap_err();
    assert!(error.to_string().contains("none of the 1 rows of A"), "{error}");
}

#[test]
fn policies_are_read_by_their_written_names() {
    let policy: QualityPolicy = serde_json::from_str(r#"{"on_fault":"error"}"#).unwrap();
    assert_eq!(policy.on_fault, OnFault::Error);
    assert!(serde_json::from_str::<QualityPolicy>(r#"{"on_faults":"error"}"#).is_err());
}

const OTHER: [f64; 5] = [10.0, 12.0, 9.0, 11.5, 100.0];
const EMPTY: [f64; 5] = [f64::NAN; 5];

/// Rows of one date, on lines 2, 3, ..; which of them stays under each policy, by its line, or `None` if they are refused.
#[track_caller]
fn check_repeated(rows: &[[f64; 5]], expected: [Option<u64>; 3]) {
    for (duplicates, expected) in
        [Duplicates::Error, Duplicates::First, Duplicates::Last].into_iter().zip(expected)
    {
        let rows = rows.iter().zip(2..).map(|(&values, line)| RawBar { line, ..bar(1, values) });
        let mut all = raw(rows.chain([bar(9, SOUND)]).collect());
        let given = all[0].bars.len();
        let policy = QualityPolicy { duplicates, ..QualityPolicy::default() };
        let found = check(&mut all, &policy);
        assert_eq!(found.is_ok().then(|| all[0].bars[0].line), expected, "{duplicates:?}: {found:?}");
        if let Ok(report) = found {
            let listed = |fault: &&Fault| fault.action == FaultAction::RowDropped;
            assert_eq!(report.faults.iter().filter(listed).count(), given - all[0].bars.len());
        }
    }
}

#[test]
fn of_rows_for_one_date_one_stays() {
    check_repeated(&[SOUND, SOUND, SOUND], [Some(2); 3]);
    check_repeated(&[SOUND, OTHER], [None, Some(2), Some(3)]);
    check_repeated(&[EMPTY, SOUND, EMPTY], [Some(3); 3]);
    check_repeated(&[SOUND, OTHER, SOUND], [None, Some(2), Some(3)]);
    check_repeated(&[SOUND, EMPTY, OTHER, EMPTY], [None, Some(2), Some(4)]);
    let error = check(&mut raw(vec![bar(2, SOUND), bar(2, OTHER)]), &QualityPolicy::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "A.csv: A has 2015-01-02 twice, on lines 3 and 3, and the rows differ: remove one of them, or set \
         data.duplicates = \"first\" or \"last\""
    );
}

#[test]
fn every_removal_is_refused_if_faults_are_errors() {
    let strict = QualityPolicy { on_fault: OnFault::Error, ..QualityPolicy::default() };
    let error = check(&mut raw(vec![bar(1, SOUND), bar(1, SOUND)]), &strict).unwrap_err();
    assert!(error.to_string().contains("equal to line 2"), "{error}");
    let gap = |action| fault::of_row(&raw(vec![])[0], &bar(1, SOUND), FaultKind::Gap, String::new(), action);
    assert!(strict.accept(&[gap(FaultAction::DatesDropped)]).is_err());
    assert!(strict.accept(&[gap(FaultAction::ForwardFilled), gap(FaultAction::Noted)]).is_ok());
}

#[test]
fn a_ticker_without_any_volume_needs_none() {
    let without = [10.0, 12.0, 9.0, 11.0, f64::NAN];
    let mut all = raw(vec![bar(1, without), bar(2, without)]);
    let report = check(&mut all, &QualityPolicy::default()).unwrap();
    assert_eq!(report.faults.iter().map(|fault| fault.kind).collect::<Vec<_>>(), [FaultKind::NoVolume]);
    assert_eq!(all[0].bars.len(), 2);
    let mut all = raw(vec![bar(1, SOUND), bar(2, without)]);
    check(&mut all, &QualityPolicy::default()).unwrap();
    assert_eq!(all[0].bars.len(), 1, "a volume that is missing now and then is a fault");
}
