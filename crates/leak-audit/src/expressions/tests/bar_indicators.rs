//! Indicators over all earlier bars.

use super::{N, check, one};
use crate::expressions::panel::Panel;

/// Five bars, with a row without a bar after the second. The true ranges are 1.5, 1, 4, 4.
fn bars() -> Panel {
    one(&[
        ("high", &[2.0, 3.0, N, 3.0, 6.0, 5.0]),
        ("low", &[1.0, 2.0, N, 2.0, 4.0, 1.0]),
        ("close", &[1.5, 2.5, N, 2.0, 5.0, 2.0]),
    ])
}

#[test]
fn rsi_averages_rises_and_falls() {
    let panel = one(&[("close", &[1.0, 2.0, 4.0, N, 3.0, 3.0])]);
    check(&panel, "rsi(2)", &[N, N, 100.0, N, 60.0, 60.0]);
    check(&one(&[("close", &[1.0; 4])]), "rsi(2)", &[N; 4]);
}

#[test]
fn atr_averages_true_ranges() {
    check(&bars(), "atr(2)", &[N, N, N, 1.25, 2.625, 3.3125]);
    check(&bars(), "atr(1)", &[N, 1.5, N, 1.0, 4.0, 4.0]);
    check(&bars(), "natr(2)", &[N, N, N, 62.5, 52.5, 165.625]);
    let free = one(&[("high", &[1.0, 1.0]), ("low", &[0.0, 0.0]), ("close", &[1.0, 0.0])]);
    check(&free, "natr(1)", &[N, N]);
}

#[test]
fn directional_movement_is_smoothed_as_in_ta_lib() {
    // S(+DM) is 1, 0.5, 3.25, 1.625; S(-DM) 0, 0, 0, 3; S(TR) 1.5, 1.75, 4.875, 6.4375.
    let (plus, minus) = (162.5 / 6.4375, 300.0 / 6.4375);
    check(&bars(), "plus_di(2)", &[N, N, N, 50.0 / 1.75, 325.0 / 4.875, plus]);
    check(&bars(), "minus_di(2)", &[N, N, N, 0.0, 0.0, minus]);
    // DX is 100, 100, 100 * 1.375 / 4.625.
    check(&bars(), "adx(2)", &[N, N, N, N, 100.0, (100.0 + 137.5 / 4.625) / 2.0]);
}

#[test]
fn without_any_range_there_is_no_direction() {
    let flat = [1.0; 5];
    let panel = one(&[("high", &flat), ("low", &flat), ("close", &flat)]);
    check(&panel, "plus_di(2)", &[N, N, 0.0, 0.0, 0.0]);
    check(&panel, "minus_di(2)", &[N, N, 0.0, 0.0, 0.0]);
    check(&panel, "adx(2)", &[N, N, N, 0.0, 0.0]);
}

#[test]
fn macd_starts_with_means() {
    let panel = one(&[("close", &[1.0, 2.0, N, 3.0, 6.0, 6.0])]);
    // E(3) is 2, 4, 5; E(2) is 5/2, 29/6, 101/18.
    check(&panel, "macd(2, 3)", &[N, N, N, 0.5, 5.0 / 6.0, 11.0 / 18.0]);
    check(&panel, "macd_signal(2, 3, 2)", &[N, N, N, N, 2.0 / 3.0, 17.0 / 27.0]);
    check(&panel, "macd_hist(2, 3, 2)", &[N, N, N, N, 1.0 / 6.0, 11.0 / 18.0 - 17.0 / 27.0]);
}

#[test]
fn obv_starts_with_the_first_volume() {
    let panel =
        one(&[("close", &[N, 1.0, 2.0, 2.0, 1.5, 1.0]), ("volume", &[5.0, 10.0, 20.0, 30.0, N, 40.0])]);
    check(&panel, "obv()", &[N, 10.0, 30.0, 30.0, N, -10.0]);
}
