//! Operators on one row, and those on one earlier row.

use super::{INF, N, check, one};

/// Checks formulas on a row with a few columns.
fn on_a_row(cases: &[(&str, f64)]) {
    let panel = one(&[("a", &[3.0]), ("b", &[-2.0]), ("z", &[0.0]), ("nan", &[N]), ("inf", &[INF])]);
    for (formula, expected) in cases {
        check(&panel, formula, &[*expected]);
    }
}

#[test]
fn arithmetic_follows_ieee() {
    on_a_row(&[
        ("a + b", 1.0),
        ("a - b - 1", 4.0),
        ("a * b / 4", -1.5),
        ("-a", -3.0),
        ("+a", 3.0),
        ("1 / z", INF),
        ("-1 / z", -INF),
        ("z / z", N),
        ("inf - inf", N),
        ("nan * 0", N),
    ]);
}

#[test]
fn powers_follow_c() {
    on_a_row(&[
        ("a ** 2", 9.0),
        ("-a ** 2", -9.0),
        ("2 ** 3 ** 2", 512.0),
        ("0 ** 0", 1.0),
        ("(-8) ** 0.5", N),
        ("(-8) ** 3", -512.0),
        ("1 ** nan", 1.0),
        ("nan ** 0", 1.0),
        ("nan ** 1", N),
        ("2 ** -1", 0.5),
    ]);
}

#[test]
fn comparisons_with_nan_are_false_but_for_unequal() {
    on_a_row(&[
        ("a > b", 1.0),
        ("b > a", 0.0),
        ("a >= 3", 1.0),
        ("a < 3", 0.0),
        ("a <= 3", 1.0),
        ("a == 3", 1.0),
        ("a != 3", 0.0),
        ("inf == inf", 1.0),
        ("nan > a", 0.0),
        ("a >= nan", 0.0),
        ("nan < a", 0.0),
        ("nan <= nan", 0.0),
        ("nan == nan", 0.0),
        ("nan != nan", 1.0),
        ("a != nan", 1.0),
    ]);
}

#[test]
fn logic_is_undecided_for_nan() {
    on_a_row(&[
        ("a and b", 1.0),
        ("a and z", 0.0),
        ("a and inf and 1", 1.0),
        ("z and nan", N),
        ("a or z", 1.0),
        ("z or z", 0.0),
        ("a or nan", N),
        ("not a", 0.0),
        ("not z", 1.0),
        ("not -0", 1.0),
        ("not nan", N),
        ("if(a, b, z)", -2.0),
        ("if(z, b, a)", 3.0),
        ("if(nan, b, a)", N),
        ("if(z, nan, a)", 3.0),
    ]);
}

#[test]
fn functions_of_numbers() {
    on_a_row(&[
        ("abs(b)", 2.0),
        ("abs(nan)", N),
        ("sign(b)", -1.0),
        ("sign(a)", 1.0),
        ("sign(z)", 0.0),
        ("sign(-inf)", -1.0),
        ("sign(nan)", N),
        ("sqrt(a + 1)", 2.0),
        ("sqrt(b)", N),
        ("exp(0)", 1.0),
        ("exp(1)", std::f64::consts::E),
        ("log(exp(a))", 3.0),
        ("log(z)", -INF),
        ("log(b)", N),
        ("greater(a, b)", 3.0),
        ("less(a, b)", -2.0),
        ("greater(nan, a)", N),
        ("greater(a, nan)", N),
        ("less(nan, a)", N),
        ("less(a, nan)", N),
        ("isnan(nan)", 1.0),
        ("isnan(inf)", 0.0),
        ("fill(nan, a)", 3.0),
        ("fill(b, a)", -2.0),
        ("fill(inf, a)", INF),
    ]);
}

#[test]
fn lags_count_the_rows_of_the_panel() {
    let panel = one(&[("x", &[1.0, N, 4.0, INF])]);
    check(&panel, "ref(x, 1)", &[N, 1.0, N, 4.0]);
    check(&panel, "ref(x, 2)", &[N, N, 1.0, N]);
    check(&panel, "ref(x, 4)", &[N; 4]);
    check(&panel, "ref(ref(x, 1), 1)", &[N, N, 1.0, N]);
    check(&panel, "delta(x, 2)", &[N, N, 3.0, N]);
    check(&panel, "delta(x, 1)", &[N, N, N, INF]);
    check(&panel, "ref(7, 1)", &[N, 7.0, 7.0, 7.0]);
}
