//! Operators on all tickers of a date.

use super::{INF, N, check};
use crate::expressions::panel::Panel;

fn five(x: [f64; 5]) -> Panel {
    Panel::of_columns(5, &[("x", x.to_vec())])
}

#[test]
fn tickers_without_a_finite_value_are_left_out() {
    let panel = five([1.0, 3.0, N, 3.0, INF]);
    check(&panel, "rank(x)", &[1.0 / 3.0, 2.5 / 3.0, N, 2.5 / 3.0, N]);
    check(&panel, "demean(x)", &[-4.0 / 3.0, 2.0 / 3.0, N, 2.0 / 3.0, N]);
    // The sample variance is 4/3.
    let (low, high) = (-(4.0_f64 / 3.0).sqrt(), (1.0_f64 / 3.0).sqrt());
    check(&panel, "zscore(x)", &[low, high, N, high, N]);
}

#[test]
fn winsorize_clips_to_quantiles() {
    let panel = five([10.0, 0.0, N, 2.0, 1.0]);
    check(&panel, "winsorize(x, 0.25)", &[4.0, 0.75, N, 2.0, 1.0]);
}

#[test]
fn equal_values_have_no_scores() {
    let panel = five([0.1, 0.1, 0.1, 0.1, 0.1]);
    check(&panel, "zscore(x)", &[N; 5]);
    check(&panel, "demean(x) == 0", &[1.0; 5]);
    check(&panel, "rank(x)", &[0.6; 5]);
}

#[test]
fn a_single_ticker_is_its_own_mean() {
    let panel = five([N, 7.0, N, N, N]);
    check(&panel, "rank(x)", &[N, 1.0, N, N, N]);
    check(&panel, "demean(x)", &[N, 0.0, N, N, N]);
    check(&panel, "zscore(x)", &[N; 5]);
    check(&panel, "winsorize(x, 0.1)", &[N, 7.0, N, N, N]);
}

#[test]
fn dates_are_apart_and_mix_with_windows() {
    let panel = Panel::of_columns(2, &[("x", vec![1.0, 2.0, 5.0, 4.0, N, 3.0])]);
    check(&panel, "rank(x)", &[0.5, 1.0, 1.0, 0.5, N, 1.0]);
    check(&panel, "ts_sum(rank(x), 2)", &[0.5, 1.0, 1.5, 1.5, 1.0, 1.5]);
    check(&panel, "rank(ts_sum(x, 2))", &[0.5, 1.0, 0.75, 0.75, 0.5, 1.0]);
}
