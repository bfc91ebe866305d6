//! Operators on windows.

use super::{INF, N, check, one};

/// The windows of three rows hold 1; 1; 1 and 3; 3 and 5; 3 and 5; 5 and 2.
const GAPS: &[f64] = &[1.0, N, 3.0, 5.0, INF, 2.0];

#[test]
fn windows_pass_over_missing_and_infinite_values() {
    let panel = one(&[("x", GAPS)]);
    let half = 0.5_f64.sqrt() * 3.0;
    for (formula, expected) in [
        ("ts_sum(x, 3)", [1.0, 1.0, 4.0, 8.0, 8.0, 7.0]),
        ("ts_mean(x, 3)", [1.0, 1.0, 2.0, 4.0, 4.0, 3.5]),
        ("ts_var(x, 3)", [N, N, 2.0, 2.0, 2.0, 4.5]),
        ("ts_std(x, 3)", [N, N, 2_f64.sqrt(), 2_f64.sqrt(), 2_f64.sqrt(), half]),
        ("ts_min(x, 3)", [1.0, 1.0, 1.0, 3.0, 3.0, 2.0]),
        ("ts_max(x, 3)", [1.0, 1.0, 3.0, 5.0, 5.0, 5.0]),
        ("ts_argmin(x, 3)", [1.0, 1.0, 1.0, 2.0, 1.0, 3.0]),
        ("ts_argmax(x, 3)", [1.0, 1.0, 3.0, 3.0, 2.0, 1.0]),
        ("ts_rank(x, 3)", [1.0, N, 1.0, 1.0, N, 0.5]),
        ("ts_median(x, 3)", [1.0, 1.0, 2.0, 4.0, 4.0, 3.5]),
        ("quantile(x, 3, 0.25)", [1.0, 1.0, 1.5, 3.5, 3.5, 2.75]),
        ("quantile(x, 3, 0)", [1.0, 1.0, 1.0, 3.0, 3.0, 2.0]),
        ("quantile(x, 3, 1)", [1.0, 1.0, 3.0, 5.0, 5.0, 5.0]),
        ("ts_mad(x, 3)", [0.0, 0.0, 1.0, 1.0, 1.0, 1.5]),
        ("ts_count(x, 3)", [1.0, 1.0, 2.0, 2.0, 2.0, 2.0]),
        ("wma(x, 3)", [1.0, 1.0 / 3.0, 5.0 / 6.0, 1.75, 13.0 / 12.0, 11.0 / 12.0]),
        ("lwma(x, 3)", [1.0, 1.0, 2.5, 4.2, 13.0 / 3.0, 2.75]),
        ("slope(x, 3)", [N, N, 1.0, 2.0, 2.0, -1.5]),
        ("rsquare(x, 3)", [N, N, 1.0, 1.0, 1.0, 1.0]),
        ("resi(x, 3)", [N, N, 0.0, 0.0, N, 0.0]),
    ] {
        check(&panel, formula, &expected);
    }
}

#[test]
fn a_window_without_values_has_none() {
    let panel = one(&[("x", &[N, INF])]);
    for name in [
        "ts_sum",
        "ts_mean",
        "ts_var",
        "ts_std",
        "ts_min",
        "ts_max",
        "ts_argmin",
        "ts_argmax",
        "ts_rank",
        "ts_median",
        "ts_mad",
        "wma",
        "lwma",
        "slope",
        "rsquare",
        "resi",
        "ema",
        "ts_skew",
        "ts_kurt",
    ] {
        check(&panel, &format!("{name}(x, 4)"), &[N, N]);
    }
    check(&panel, "ts_count(x, 4)", &[0.0, 0.0]);
    check(&panel, "quantile(x, 4, 0.5)", &[N, N]);
    check(&panel, "cov(x, 1, 4)", &[N, N]);
}

#[test]
fn ties_share_a_rank_and_the_first_extreme_counts() {
    let panel = one(&[("x", &[2.0, 1.0, 2.0, 1.0])]);
    check(&panel, "ts_rank(x, 4)", &[1.0, 0.5, 2.5 / 3.0, 1.5 / 4.0]);
    check(&panel, "ts_argmax(x, 4)", &[1.0, 1.0, 1.0, 1.0]);
    check(&panel, "ts_argmin(x, 4)", &[1.0, 2.0, 2.0, 2.0]);
    check(&panel, "ts_argmax(x, 2)", &[1.0, 1.0, 2.0, 1.0]);
}

#[test]
fn higher_moments_are_those_of_samples() {
    // Around 3: -2, -1, 3, so m2 = 14/3 and m3 = 6.
    let m2: f64 = 14.0 / 3.0;
    let skew = 6_f64.sqrt() * 6.0 / (m2 * m2.sqrt());
    check(&one(&[("x", &[1.0, 2.0, 6.0])]), "ts_skew(x, 3)", &[N, N, skew]);
    // Around 3: -2, -1, 0, 3, so m2 = 3.5 and m4 = 24.5.
    check(&one(&[("x", &[1.0, 2.0, 3.0, 6.0])]), "ts_kurt(x, 4)", &[N, N, N, 1.5]);
}

#[test]
fn equal_values_have_no_spread() {
    // A tenth is not a double: seven of them do not add up to seven times one.
    let panel = one(&[("x", &[0.1; 7])]);
    check(&panel, "ts_var(x, 7)", &[N, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    check(&panel, "ts_mad(x, 7) == 0 and ts_mean(x, 7) == x", &[1.0; 7]);
    for formula in ["ts_skew(x, 7)", "ts_kurt(x, 7)", "rsquare(x, 7)", "corr(x, volume, 7)"] {
        let volume = [1.0, 3.0, 2.0, 5.0, 1.0, 7.0, 2.0];
        check(&one(&[("x", &[0.1; 7]), ("volume", &volume)]), formula, &[N; 7]);
    }
    check(&panel, "slope(x, 7)", &[N, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    check(&panel, "resi(x, 7)", &[N, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn pairs_count_where_both_are_there() {
    let panel = one(&[("x", &[1.0, 9.0, 2.0, 6.0]), ("y", &[1.0, N, 3.0, 2.0])]);
    check(&panel, "cov(x, y, 4)", &[N, N, 1.0, 0.5]);
    check(&panel, "corr(x, y, 4)", &[N, N, 1.0, 1.0 / 28_f64.sqrt()]);
    check(&panel, "corr(y, x, 2)", &[N, N, N, -1.0]);
    check(&panel, "cov(x, y, 3)", &[N, N, 1.0, -2.0]);
}

#[test]
fn nearly_constant_series_do_not_correlate() {
    let panel = one(&[
        ("flat", &[1.0, 1.000_01, 1.000_02]),
        ("x", &[1.0, 1.000_1, 1.000_2]),
        ("y", &[1.0, 2.0, 3.0]),
    ]);
    check(&panel, "corr(flat, y, 3)", &[N, N, N]);
    check(&panel, "corr(y, flat, 3)", &[N, N, N]);
    check(&panel, "rsquare(flat, 3)", &[N, N, N]);
    check(&panel, "corr(x, y, 3)", &[N, 1.0, 1.0]);
    // `x` varies in the window, but not on the rows where `y` is there; `y` alone has no gap.
    let panel = one(&[("x", &[0.0, 1.0, 1.0]), ("y", &[N, 1.0, 2.0])]);
    check(&panel, "corr(x, y, 3)", &[N, N, N]);
    check(&panel, "cov(x, y, 3)", &[N, N, 0.0]);
}

#[test]
fn lines_are_fitted_by_least_squares() {
    // The line through (1, 1), (2, 2), (3, 6) rises by 2.5 and ends at 5.5.
    let panel = one(&[("x", &[1.0, 2.0, 6.0])]);
    check(&panel, "slope(x, 3)", &[N, 1.0, 2.5]);
    check(&panel, "resi(x, 3)", &[N, 0.0, 0.5]);
    check(&panel, "rsquare(x, 3)", &[N, 1.0, 25.0 / 28.0]);
}

#[test]
fn ema_weighs_by_age_and_keeps_its_last_value() {
    let panel = one(&[("x", &[N, 1.0, N, 3.0, INF])]);
    check(&panel, "ema(x, 3)", &[N, 1.0, 1.0, 2.6, 2.6]);
    check(&panel, "ema(x, 1)", &[N, 1.0, 1.0, 3.0, 3.0]);
    let mut long = vec![N; 3000];
    long[0] = 1.0;
    let expected = vec![1.0; 3000];
    check(&one(&[("x", &long)]), "ema(x, 2)", &expected);
}

#[test]
fn windows_stand_in_windows() {
    let panel = one(&[("x", &[1.0, 3.0, 8.0])]);
    check(&panel, "ts_sum(ts_mean(x, 2), 2)", &[1.0, 3.0, 7.5]);
    check(&panel, "ts_mean(x > ref(x, 1), 2)", &[0.0, 0.5, 1.0]);
}
