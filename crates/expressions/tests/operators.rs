//! Every operator against its definition, row by row.

mod support;

use proptest::prelude::*;
use support::{Panel, agree, value};

/// Evaluates `text` over `x` and `y` and compares each row with the definition, which sees both windows.
fn check(x: &[f64], y: &[f64], text: &str, n: usize, definition: impl Fn(&[f64], &[f64]) -> f64) {
    let found = Panel::of(vec![("x", x.to_vec()), ("y", y.to_vec())]).values(text);
    for row in 0..x.len() {
        let window = (row + 1).saturating_sub(n)..=row;
        let expected = definition(&x[window.clone()], &y[window]);
        let found = found[row];
        assert!(agree(found, expected, 1.0), "{text} at {row}: {found}, expected {expected}; {x:?} {y:?}");
    }
}

fn present(window: &[f64]) -> Vec<f64> {
    window.iter().copied().filter(|value| value.is_finite()).collect()
}

fn mean(v: &[f64]) -> f64 {
    v.iter().sum::<f64>() / v.len() as f64
}

fn moment(v: &[f64], power: i32) -> f64 {
    let center = mean(v);
    mean(&v.iter().map(|value| (value - center).powi(power)).collect::<Vec<_>>())
}

fn equal(v: &[f64]) -> bool {
    v.iter().all(|value| *value == v[0])
}

fn sample_variance(v: &[f64]) -> f64 {
    let m = v.len() as f64;
    if v.len() < 2 {
        f64::NAN
    } else if equal(v) {
        0.0
    } else {
        moment(v, 2) * m / (m - 1.0)
    }
}

fn quantile(v: &[f64], q: f64) -> f64 {
    let mut sorted = v.to_vec();
    sorted.sort_by(f64::total_cmp);
    if sorted.is_empty() {
        return f64::NAN;
    }
    let position = q * (sorted.len() - 1) as f64;
    let (low, high) = (position.floor() as usize, position.ceil() as usize);
    sorted[low] * (1.0 - (position - low as f64)) + sorted[high] * (position - low as f64)
}

fn rank(v: &[f64], x: f64) -> f64 {
    let less = v.iter().filter(|value| **value < x).count() as f64;
    let same = v.iter().filter(|value| **value == x).count() as f64;
    (less + (same + 1.0) / 2.0) / v.len() as f64
}

fn extreme(v: &[f64], better: impl Fn(f64, f64) -> bool) -> f64 {
    v.iter().copied().reduce(|best, value| if better(value, best) { value } else { best }).unwrap_or(f64::NAN)
}

fn first_place(window: &[f64], value: f64) -> f64 {
    window.iter().position(|other| *other == value).map_or(f64::NAN, |place| (place + 1) as f64)
}

/// The values of the rows on which both are there.
fn joint(x: &[f64], y: &[f64]) -> (Vec<f64>, Vec<f64>) {
    x.iter().zip(y).filter(|(x, y)| x.is_finite() && y.is_finite()).map(|(x, y)| (*x, *y)).unzip()
}

fn covariance(x: &[f64], y: &[f64]) -> f64 {
    let (mean_x, mean_y) = (mean(x), mean(y));
    let products = x.iter().zip(y).map(|(x, y)| (x - mean_x) * (y - mean_y));
    if x.len() < 2 { f64::NAN } else { products.sum::<f64>() / (x.len() - 1) as f64 }
}

/// Places from 1 and values, of the values that are there.
fn placed(window: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let places: Vec<f64> = (1..=window.len()).map(|place| place as f64).collect();
    joint(&places, window)
}

fn slope(window: &[f64]) -> f64 {
    let (places, values) = placed(window);
    covariance(&places, &values) / covariance(&places, &places)
}

fn flat(window: &[f64]) -> bool {
    sample_variance(&present(window)).sqrt() <= 2e-5
}

fn correlation(x: &[f64], y: &[f64]) -> f64 {
    if x.len() < 2 || equal(x) || equal(y) {
        return f64::NAN;
    }
    covariance(x, y) / (covariance(x, x) * covariance(y, y)).sqrt()
}

fn line_residual(window: &[f64]) -> f64 {
    let (places, values) = placed(window);
    let (last, place) = (window[window.len() - 1], window.len() as f64);
    if values.len() < 2 || !last.is_finite() {
        return f64::NAN;
    }
    last - (mean(&values) + slope(window) * (place - mean(&places)))
}

fn weights(window: &[f64]) -> (f64, f64, f64) {
    let (places, values) = placed(window);
    let sum = places.iter().zip(&values).map(|(place, value)| place * value).sum();
    (sum, places.iter().sum(), values.len() as f64)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn windows(x in prop::collection::vec(value(), 0..70), n in 1..16_usize) {
        let y = x.clone();
        let over = |name: &str, definition: &dyn Fn(&[f64]) -> f64| {
            check(&x, &y, &format!("{name}(x, {n})"), n, |window, _| definition(window));
        };
        let of = |name: &str, definition: &dyn Fn(&[f64]) -> f64| {
            over(name, &|window| {
                let v = present(window);
                if v.is_empty() { f64::NAN } else { definition(&v) }
            });
        };
        of("ts_sum", &|v| v.iter().sum());
        of("ts_mean", &mean);
        of("ts_min", &|v| extreme(v, |a, b| a < b));
        of("ts_max", &|v| extreme(v, |a, b| a > b));
        of("ts_median", &|v| quantile(v, 0.5));
        of("ts_mad", &|v| { let center = mean(v); mean(&v.iter().map(|x| (x - center).abs()).collect::<Vec<_>>()) });
        over("ts_count", &|window| present(window).len() as f64);
        over("ts_argmin", &|window| first_place(window, extreme(&present(window), |a, b| a < b)));
        over("ts_argmax", &|window| first_place(window, extreme(&present(window), |a, b| a > b)));
        over("ts_rank", &|window| {
            let last = window[window.len() - 1];
            if last.is_finite() { rank(&present(window), last) } else { f64::NAN }
        });
        over("lwma", &|window| { let (sum, places, _) = weights(window); sum / places });
        over("wma", &|window| {
            let (sum, _, count) = weights(window);
            sum / (1..=window.len()).sum::<usize>() as f64 / count
        });
        for q in [0.0, 0.2, 0.8, 1.0] {
            check(&x, &y, &format!("quantile(x, {n}, {q})"), n, |window, _| quantile(&present(window), q));
        }
        check(&x, &y, &format!("ref(x, {n})"), n + 1, |window, _| if window.len() > n { window[0] } else { f64::NAN });
        check(&x, &y, &format!("delta(x, {n})"), n + 1, |window, _| {
            if window.len() > n { window[n] - window[0] } else { f64::NAN }
        });
    }

    #[test]
    fn moments(x in prop::collection::vec(value(), 0..70), n in 4..20_usize) {
        let of = |name: &str, definition: &dyn Fn(&[f64]) -> f64| {
            check(&x, &x, &format!("{name}(x, {n})"), n, |window, _| definition(&present(window)));
        };
        of("ts_var", &sample_variance);
        of("ts_std", &|v| sample_variance(v).sqrt());
        of("ts_skew", &|v| {
            let m = v.len() as f64;
            if m < 3.0 || equal(v) { return f64::NAN; }
            (m * (m - 1.0)).sqrt() / (m - 2.0) * moment(v, 3) / moment(v, 2).powf(1.5)
        });
        of("ts_kurt", &|v| {
            let m = v.len() as f64;
            if m < 4.0 || equal(v) { return f64::NAN; }
            let excess = (m + 1.0) * moment(v, 4) / moment(v, 2).powi(2) - 3.0 * (m - 1.0);
            (m - 1.0) / ((m - 2.0) * (m - 3.0)) * excess
        });
    }

    #[test]
    fn pairs_and_lines(
        rows in prop::collection::vec((value(), value()), 0..70),
        n in 2..16_usize,
    ) {
        let (x, y): (Vec<f64>, Vec<f64>) = rows.into_iter().unzip();
        check(&x, &y, &format!("cov(x, y, {n})"), n, |x, y| { let (x, y) = joint(x, y); covariance(&x, &y) });
        check(&x, &y, &format!("corr(x, y, {n})"), n, |x, y| {
            let (both_x, both_y) = joint(x, y);
            if flat(x) || flat(y) { f64::NAN } else { correlation(&both_x, &both_y) }
        });
        check(&x, &y, &format!("slope(x, {n})"), n, |x, _| if present(x).len() < 2 { f64::NAN } else { slope(x) });
        check(&x, &y, &format!("rsquare(x, {n})"), n, |x, _| {
            let (places, values) = placed(x);
            if flat(x) { f64::NAN } else { correlation(&places, &values).powi(2) }
        });
        check(&x, &y, &format!("resi(x, {n})"), n, |x, _| line_residual(x));
    }

    #[test]
    fn exponential_means(x in prop::collection::vec(value(), 0..70), n in 1..16_usize) {
        let keep = 1.0 - 2.0 / (n as f64 + 1.0);
        check(&x, &x, &format!("ema(x, {n})"), usize::MAX, |all, _| {
            let weighted = |f: &dyn Fn(f64) -> f64| -> f64 {
                let last = all.len() - 1;
                let terms = all.iter().enumerate().filter(|(_, value)| value.is_finite());
                terms.map(|(row, value)| keep.powi((last - row) as i32) * f(*value)).sum()
            };
            let (sum, weight) = (weighted(&|value| value), weighted(&|_| 1.0));
            if n > 1 { return sum / weight; }
            all.iter().rev().find(|value| value.is_finite()).copied().unwrap_or(f64::NAN)
        });
    }

    #[test]
    fn rows_alone(rows in prop::collection::vec((value(), value()), 1..70)) {
        let (x, y): (Vec<f64>, Vec<f64>) = rows.into_iter().unzip();
        let two = |text: &str, f: &dyn Fn(f64, f64) -> f64| check(&x, &y, text, 1, |x, y| f(x[0], y[0]));
        let truth = |holds: bool| if holds { 1.0 } else { 0.0 };
        let either_nan = |x: f64, y: f64| x.is_nan() || y.is_nan();
        two("x + y", &|x, y| x + y);
        two("x - y", &|x, y| x - y);
        two("x * y", &|x, y| x * y);
        two("x / y", &|x, y| x / y);
        two("x ** y", &|x, y| x.powf(y));
        two("x ** 2", &|x, _| x.powi(2));
        two("2 ** x", &|x, _| 2.0_f64.powf(x));
        two("-x", &|x, _| -x);
        two("x > y", &|x, y| truth(x > y));
        two("x >= y", &|x, y| truth(x >= y));
        two("x < y", &|x, y| truth(x < y));
        two("x <= y", &|x, y| truth(x <= y));
        two("x == y", &|x, y| truth(x == y));
        two("x != y", &|x, y| truth(x != y));
        two("x and y", &|x, y| if either_nan(x, y) { f64::NAN } else { truth(x != 0.0 && y != 0.0) });
        two("x or y", &|x, y| if either_nan(x, y) { f64::NAN } else { truth(x != 0.0 || y != 0.0) });
        two("not x", &|x, _| if x.is_nan() { x } else { truth(x == 0.0) });
        two("if(x, y, 7)", &|x, y| if x.is_nan() { x } else if x == 0.0 { 7.0 } else { y });
        two("abs(x)", &|x, _| x.abs());
        two("sign(x)", &|x, _| if x.is_nan() || x == 0.0 { x } else { x.signum() });
        two("sqrt(x)", &|x, _| x.sqrt());
        two("exp(x)", &|x, _| x.exp());
        two("log(x)", &|x, _| x.ln());
        two("greater(x, y)", &|x, y| if either_nan(x, y) { f64::NAN } else { x.max(y) });
        two("less(x, y)", &|x, y| if either_nan(x, y) { f64::NAN } else { x.min(y) });
        two("isnan(x)", &|x, _| truth(x.is_nan()));
        two("fill(x, y)", &|x, y| if x.is_nan() { y } else { x });
    }

    #[test]
    fn dates(rows in prop::collection::vec(prop::collection::vec(value(), 6), 1..9)) {
        let tickers = (0..6).map(|ticker| vec![rows.iter().map(|row| row[ticker]).collect::<Vec<f64>>()]).collect();
        let panel = Panel { names: vec!["x"], rows: rows.len(), tickers };
        let check = |text: &str, definition: &dyn Fn(f64, &[f64]) -> f64| {
            let values = expressions::evaluate(&[text.parse().unwrap()], &panel).unwrap();
            for (place, row) in rows.iter().enumerate() {
                for (ticker, x) in row.iter().enumerate() {
                    let v = present(row);
                    let expected = if x.is_finite() { definition(*x, &v) } else { f64::NAN };
                    let found = values.column(0, ticker).unwrap()[place];
                    assert!(agree(found, expected, 1.0), "{text}: {found}, expected {expected}; {row:?}");
                }
            }
        };
        check("rank(x)", &|x, v| rank(v, x));
        check("demean(x)", &|x, v| x - mean(v));
        check("zscore(x)", &|x, v| if equal(v) { f64::NAN } else { (x - mean(v)) / sample_variance(v).sqrt() });
        check("winsorize(x, 0.2)", &|x, v| x.max(quantile(v, 0.2)).min(quantile(v, 0.8)));
    }
}

#[test]
fn windows_stay_accurate_beside_huge_values() {
    let mut x = vec![1e12, -1e12];
    x.extend((0..100).map(|row| 1.0 + f64::from(row % 7) * 1e-6));
    let panel = Panel::of(vec![("x", x.clone())]);
    for (text, definition) in [
        ("ts_sum(x, 5)", (|v| v.iter().sum()) as fn(&[f64]) -> f64),
        ("ts_std(x, 5)", |v| sample_variance(v).sqrt()),
        ("slope(x, 5)", slope),
    ] {
        for (row, found) in panel.values(text).into_iter().enumerate().skip(6) {
            let expected = definition(&x[row - 4..=row]);
            assert!(
                (found - expected).abs() <= 1e-9 * expected.abs(),
                "{text}: {found}, expected {expected}"
            );
        }
    }
}

#[test]
fn a_flat_window_has_exact_statistics() {
    let panel = Panel::of(vec![("x", vec![0.1; 40])]);
    let last = |text: &str| panel.values(text)[39];
    assert_eq!(last("ts_mean(x, 30)"), 0.1);
    assert_eq!(last("ts_std(x, 30)"), 0.0);
    assert_eq!(last("ts_mad(x, 30)"), 0.0);
    assert_eq!(last("ema(x, 30)"), 0.1);
    assert_eq!(last("slope(x, 30)"), 0.0);
    assert_eq!(last("quantile(x, 30, 0.3)"), 0.1);
    assert!(last("rsquare(x, 30)").is_nan() && last("ts_skew(x, 30)").is_nan());
}

#[test]
fn rows_before_the_first_bar_do_not_exist() {
    let nan = f64::NAN;
    let panel =
        Panel::of(vec![("close", vec![nan, nan, 5.0, nan, 6.0]), ("market", vec![1.0, 2.0, 3.0, 4.0, 5.0])]);
    let check = |text: &str, expected: [f64; 5]| {
        let found = panel.values(text);
        assert!(found.iter().zip(expected).all(|(a, b)| agree(*a, b, 0.0)), "{text}: {found:?}");
    };
    check("ts_argmax(close, 3)", [nan, nan, 1.0, 1.0, 3.0]);
    check("close > 4", [nan, nan, 1.0, 0.0, 1.0]);
    check("ts_mean(market, 3)", [nan, nan, 3.0, 3.5, 4.0]);
    check("ref(market, 1)", [nan, nan, nan, 3.0, 4.0]);
    check("1", [nan, nan, 1.0, 1.0, 1.0]);
}
