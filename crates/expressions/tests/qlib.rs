//! The named sets against Qlib's own values, which `tests/qlib/reference.py` wrote.

mod support;

use std::path::Path;

use expressions::{Columns, Expression, FeatureSet, evaluate};
use support::Panel;

/// The bars of the test, with `vwap` as in the reference.
fn bars() -> (Vec<String>, Panel) {
    let text = read("qlib/bars.csv");
    let mut tickers: Vec<(String, Vec<Vec<f64>>)> = Vec::new();
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let mut bar: Vec<f64> = fields[2..].iter().map(|field| field.parse().unwrap()).collect();
        bar.push((bar[1] + bar[2] + bar[3]) / 3.0);
        if tickers.last().is_none_or(|(ticker, _)| ticker != fields[0]) {
            tickers.push((fields[0].to_owned(), vec![Vec::new(); bar.len()]));
        }
        let (_, columns) = tickers.last_mut().unwrap();
        columns.iter_mut().zip(bar).for_each(|(column, value)| column.push(value));
    }
    let (labels, tickers) = tickers.into_iter().unzip();
    (labels, Panel { names: vec!["open", "high", "low", "close", "volume", "vwap"], rows: 200, tickers })
}

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name);
    std::fs::read_to_string(path).unwrap()
}

fn check_set(set: FeatureSet) {
    let table = read("qlib/expected.csv");
    let (labels, panel) = bars();
    let places: Vec<(usize, usize)> = table
        .lines()
        .next()
        .unwrap()
        .split(',')
        .skip(2)
        .map(|head| {
            let (ticker, row) = head.split_once('.').unwrap();
            (labels.iter().position(|label| label == ticker).unwrap(), row.parse().unwrap())
        })
        .collect();
    let lines: Vec<&str> = table.lines().filter(|line| line.split(',').next() == Some(set.name())).collect();
    let features = set.features();
    assert_eq!(features.len(), lines.len());
    let expressions: Vec<Expression> = features.iter().map(|feature| feature.expression.clone()).collect();
    let values = evaluate(&expressions, &panel).unwrap();
    for (place, (feature, line)) in features.iter().zip(lines).enumerate() {
        let fields: Vec<&str> = line.split(',').collect();
        assert_eq!(feature.name, fields[1]);
        for ((ticker, row), cell) in places.iter().zip(&fields[2..]) {
            let expected: f64 = cell.parse().unwrap();
            let found = values.column(place, *ticker).unwrap()[*row];
            let close = (found - expected).abs() <= 1e-5 * expected.abs().max(1e-6);
            let same = close || (found.is_nan() && expected.is_nan());
            assert!(same, "{} of {} at {row}: {found}, Qlib {expected}", feature.name, labels[*ticker]);
        }
    }
}

#[test]
fn alpha158_is_qlibs() {
    check_set(FeatureSet::Alpha158);
}

#[test]
fn alpha360_is_qlibs() {
    check_set(FeatureSet::Alpha360);
}

#[test]
fn indicators_are_those_of_ta_lib() {
    let (_, panel) = bars();
    for line in read("talib/expected.txt").lines() {
        let (text, cells) = line.split_once(';').unwrap();
        let found = panel.values(text);
        for cell in cells.split(';') {
            let (row, expected) = cell.split_once('=').unwrap();
            let (row, expected): (usize, f64) = (row.parse().unwrap(), expected.parse().unwrap());
            // TA-Lib gives no MACD before the signal has its first value.
            if text.starts_with("macd(") && expected.is_nan() && row >= 25 {
                continue;
            }
            let close = (found[row] - expected).abs() <= 1e-9 * expected.abs().max(1.0);
            assert!(
                close || (found[row].is_nan() && expected.is_nan()),
                "{text} at {row}: {}, TA-Lib {expected}",
                found[row]
            );
        }
    }
    assert_eq!(panel.rows(), 200);
}

#[test]
fn indicators_pass_over_gaps() {
    let (_, panel) = bars();
    let gaps = [0, 3, 40, 41, 90];
    let mut gapped = panel.clone();
    gapped.rows += gaps.len();
    for column in gapped.tickers.iter_mut().flatten() {
        for gap in gaps {
            column.insert(gap, f64::NAN);
        }
    }
    for text in ["rsi(14)", "atr(14)", "adx(14)", "macd_hist(12, 26, 9)", "obv()"] {
        let mut values = gapped.values(text);
        for gap in gaps.into_iter().rev() {
            assert!(values.remove(gap).is_nan());
        }
        let same = values.iter().zip(panel.values(text)).all(|(a, b)| a.to_bits() == b.to_bits());
        assert!(same, "{text}");
    }
}

#[test]
fn indicators_that_ta_lib_lacks_are_their_definitions() {
    let (_, panel) = bars();
    let check = |text: &str, definition: &str, first: usize| {
        let (found, expected) = (panel.values(text), panel.values(definition));
        assert!(found[..first].iter().all(|value| value.is_nan()), "{text}");
        for (found, expected) in found[first..].iter().zip(&expected[first..]) {
            assert!(
                (found - expected).abs() <= 1e-9 * expected.abs().max(1.0),
                "{text}: {found}, expected {expected}"
            );
        }
    };
    let deviation = "(ts_std(close, 20) * (19 / 20) ** 0.5)";
    check(
        "bollinger_percent(20, 2)",
        &format!("(close - ts_mean(close, 20) + 2 * {deviation}) / (4 * {deviation})"),
        19,
    );
    check("bollinger_width(20, 1.5)", &format!("3 * {deviation} / ts_mean(close, 20)"), 19);
    let flow = "if(high == low, 0, volume * (2 * close - low - high) / (high - low))";
    check("cmf(21)", &format!("ts_sum({flow}, 21) / ts_sum(volume, 21)"), 20);
}

#[test]
fn a_zero_denominator_of_an_indicator_is_missing() {
    let flat = vec![5.0; 30];
    let panel =
        Panel::of(["open", "high", "low", "close", "volume"].map(|name| (name, flat.clone())).to_vec());
    for text in [
        "rsi(3)",
        "stochastic_k(3)",
        "stochastic_d(3, 2)",
        "williams_r(3)",
        "cci(3)",
        "mfi(3)",
        "bollinger_percent(3, 2)",
    ] {
        assert!(panel.values(text).iter().all(|value| value.is_nan()), "{text}");
    }
    for (text, expected) in
        [("plus_di(3)", 0.0), ("adx(3)", 0.0), ("cmf(3)", 0.0), ("atr(3)", 0.0), ("obv()", 5.0)]
    {
        assert_eq!(panel.values(text)[29], expected, "{text}");
    }
}

#[test]
fn a_gap_leaves_windowed_indicators_without_a_value() {
    let (_, mut panel) = bars();
    for column in panel.tickers.iter_mut().flatten() {
        column[100] = f64::NAN;
    }
    // The expression, and the rows from the gap on without a value.
    for (text, missing) in [
        ("bollinger_upper(20, 2)", 20),
        ("stochastic_k(14)", 14),
        ("stochastic_d(14, 3)", 16),
        ("williams_r(14)", 14),
        ("cci(14)", 14),
        ("mfi(14)", 15),
        ("cmf(14)", 14),
        ("aroon_up(14)", 15),
        ("true_range()", 2),
    ] {
        let values = panel.values(text);
        let without: Vec<usize> = (90..150).filter(|row| values[*row].is_nan()).collect();
        assert_eq!(without, (100..100 + missing).collect::<Vec<_>>(), "{text}");
    }
}
