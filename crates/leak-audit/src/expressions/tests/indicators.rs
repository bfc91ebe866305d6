//! Indicators over a window.

use super::{INF, N, check, one};

#[test]
fn changes_read_two_rows_only() {
    let panel = one(&[("close", &[10.0, N, 12.0, 15.0, INF, 0.0, 3.0, 6.0])]);
    check(&panel, "momentum(2)", &[N, N, 2.0, N, N, -15.0, N, 6.0]);
    check(&panel, "roc(2)", &[N, N, 20.0, N, N, -100.0, N, N]);
}

#[test]
fn bollinger_bands_use_the_population_deviation() {
    let panel = one(&[("close", &[1.0, 3.0, 3.0, N, 0.0, 0.0])]);
    check(&panel, "bollinger_middle(2)", &[N, 2.0, 3.0, N, N, 0.0]);
    check(&panel, "bollinger_upper(2, 2)", &[N, 4.0, 3.0, N, N, 0.0]);
    check(&panel, "bollinger_lower(2, 0.5)", &[N, 1.5, 3.0, N, N, 0.0]);
    check(&panel, "bollinger_percent(2, 2)", &[N, 0.75, N, N, N, N]);
    check(&panel, "bollinger_width(2, 2)", &[N, 2.0, 0.0, N, N, N]);
    let equal = one(&[("close", &[0.1; 7])]);
    check(&equal, "bollinger_percent(7, 2)", &[N; 7]);
}

#[test]
fn stochastics_place_the_close_in_the_range() {
    let panel = one(&[
        ("high", &[3.0, 5.0, 4.0, 2.0, 2.0]),
        ("low", &[1.0, 2.0, 3.0, 2.0, 2.0]),
        ("close", &[N, 4.0, 3.0, 2.0, 2.0]),
    ]);
    check(&panel, "stochastic_k(2)", &[N, 75.0, 100.0 / 3.0, 0.0, N]);
    check(&panel, "stochastic_d(2, 2)", &[N, N, (75.0 + 100.0 / 3.0) / 2.0, 50.0 / 3.0, N]);
    check(&panel, "williams_r(2)", &[N, -25.0, -200.0 / 3.0, -100.0, N]);
}

#[test]
fn cci_measures_in_mean_deviations() {
    let x = [1.0, 2.0, 6.0, N, 0.1, 0.1, 0.1];
    let panel = one(&[("high", &x), ("low", &x), ("close", &x)]);
    check(&panel, "cci(3)", &[N, N, 100.0, N, N, N, N]);
}

#[test]
fn money_flows_by_the_typical_price() {
    let price = [1.0, 2.0, 1.0, 1.0, 1.0];
    let panel =
        one(&[("high", &price), ("low", &price), ("close", &price), ("volume", &[N, 10.0, 30.0, 5.0, 5.0])]);
    // The oldest row's volume is not read.
    check(&panel, "mfi(2)", &[N, N, 40.0, 0.0, N]);
}

#[test]
fn chaikin_weighs_volume_by_the_close() {
    let panel = one(&[
        ("high", &[3.0, 4.0, 2.0, 2.0]),
        ("low", &[1.0, 2.0, 2.0, 2.0]),
        ("close", &[3.0, 2.5, 2.0, 2.0]),
        ("volume", &[10.0, 20.0, 10.0, -10.0]),
    ]);
    check(&panel, "cmf(2)", &[N, 0.0, -1.0 / 3.0, N]);
}

#[test]
fn aroon_takes_the_latest_of_equal_extremes() {
    let panel = one(&[("high", &[5.0, 7.0, 7.0, 6.0, 6.0]), ("low", &[1.0, 2.0, 3.0, 1.0, N])]);
    check(&panel, "aroon_up(3)", &[N, N, N, 200.0 / 3.0, 100.0 / 3.0]);
    check(&panel, "aroon_down(3)", &[N, N, N, 100.0, N]);
}

#[test]
fn true_range_spans_the_gap_from_the_close_before() {
    let panel = one(&[
        ("high", &[5.0, 5.0, 5.0, 5.0, 5.0]),
        ("low", &[4.0, 4.0, 4.0, 4.0, N]),
        ("close", &[7.0, 1.0, N, 4.5, 4.5]),
    ]);
    check(&panel, "true_range()", &[N, 3.0, 4.0, N, N]);
}

#[test]
fn indicators_stand_in_other_operators() {
    let panel = one(&[("close", &[1.0, 2.0, 4.0, 8.0])]);
    check(&panel, "ts_mean(momentum(1), 2) + 1", &[N, 2.0, 2.5, 4.0]);
}
