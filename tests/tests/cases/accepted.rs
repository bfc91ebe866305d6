//! Files whose bars can be read, and the values that are read from them.

use crate::common::{Bar, Frozen, contains, frozen, plain};
use artifact_core::schema::{Clock, FaultAction, FaultKind, Spacing};

/// Every form of the same 260 bars gives their values, to the last bit, and no fault.
#[test]
fn the_same_bars_in_another_form_have_the_same_values() {
    type Change = fn(f64) -> f64;
    let same: Change = |value| value;
    // Of a share that costs a hundred times as much, so that its prices have thousands.
    let hundredfold: Change = |price| (price * 100.0).round();
    for (case, ticker, rows, price) in [
        ("bom-crlf-quotes", "AAPL", 260, same),
        ("daily-utc-1430", "AAPL", 260, same),
        ("scientific", "SPY", 260, same),
        ("semicolon-decimal-comma", "SAP", 260, same),
        ("thousands", "NESTLE", 260, hundredfold),
        ("trailing-commas", "A", 260, same),
        ("unix-time", "BTC", 260, same),
        ("utf16", "AAPL", 150, same),
        ("yf-multiindex", "MSFT", 260, same),
    ] {
        let frozen = frozen(case);
        let changed = |(date, [open, high, low, close, volume]): Bar| {
            (date, [price(open), price(high), price(low), price(close), volume])
        };
        frozen.has(plain().into_iter().take(rows).map(changed));
        assert_eq!(frozen.panel.tickers, [ticker], "{case}");
        assert_eq!(frozen.seal.faults, [], "{case}");
        contains(&frozen.told.stdout, &[&format!("{rows} rows of {ticker}"), "0 faults"]);
    }
}

#[test]
fn a_stamp_an_hour_before_midnight_is_of_the_next_day() {
    let frozen = frozen("dst-2300");
    frozen.has(plain());
    let [stamp] = frozen.faults(FaultKind::Stamp)[..] else { panic!("{:?}", frozen.seal.faults) };
    assert_eq!((stamp.date.to_string().as_str(), stamp.line), ("2019-05-22", Some(102)));
    contains(&frozen.told.stderr, &["PETR4 2019-05-22 (line 102)", "2019-05-21 23:00:00"]);
}

#[test]
fn equal_rows_for_a_date_are_one_bar() {
    let frozen = frozen("dup-identical");
    frozen.has(plain());
    assert_eq!(frozen.rows(), (261, 260));
    let [twice] = frozen.faults(FaultKind::Duplicate)[..] else { panic!("{:?}", frozen.seal.faults) };
    assert_eq!((twice.line, twice.action), (Some(262), FaultAction::RowDropped));
    contains(&frozen.told.stderr, &["TNX 2019-12-31 (line 262)", "equal to line 261"]);
}

#[test]
fn a_time_column_makes_bars_of_hours() {
    let frozen = frozen("date-time-columns");
    assert_eq!(frozen.rows(), (300, 300));
    let account = frozen.seal.account.as_ref().unwrap();
    assert_eq!((account.spacing, account.clock), (Spacing::Intraday(3600), Some(Clock::AsWritten)));
    let dates: Vec<String> = frozen.bars().into_iter().map(|(date, _)| date).collect();
    assert_eq!(dates[..2], ["2019-01-02", "2019-01-02T01:00:00"]);
    assert!(frozen.faults(FaultKind::Duplicate).is_empty(), "no date is given twice");
    contains(&frozen.told.stdout, &["1 hour apart", "the wall clock as written"]);
}

#[test]
fn numbers_near_the_largest_are_bars() {
    let frozen = frozen("huge");
    let huge = |value: f64| format!("{value}e300").parse::<f64>().unwrap();
    let changed = |(date, [open, high, low, close, _]): Bar| {
        (date, [huge(open), huge(high), huge(low), huge(close), 1e300])
    };
    frozen.has(plain().into_iter().map(changed));
}

#[test]
fn files_name_their_tickers() {
    let Frozen { panel, seal, .. } = frozen("ticker-names");
    let names =
        ["600519.SS", "BF B", "BRK.B", "BTC-USD", "CON", "ES=F", "M&M.NS", "NA", "^GSPC", "ÖLMÜLLER", "日経"];
    assert_eq!(panel.tickers, names);
    assert_eq!((panel.rows(), seal.faults.len()), (34, 0));
}
