//! Figures of pandas, NumPy, SciPy and TA-Lib; `tests/expressions/make_expected.py` made them.

use super::{near, sixty_rows, values};

#[test]
fn values_match_other_libraries() {
    let panel = sixty_rows();
    let expected = include_str!("../../../tests/expressions/expected.csv");
    let mut checked = 0;
    for line in expected.lines() {
        let [formula, ticker, cells] = line.split(';').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let ticker = ["A", "B", "C"].iter().position(|name| *name == ticker).unwrap();
        let found = values(formula, &panel);
        assert_eq!(cells.split(' ').count(), panel.rows());
        for (row, cell) in cells.split(' ').enumerate() {
            let (found, cell) = (found[row * panel.tickers() + ticker], cell.parse::<f64>().unwrap());
            // The libraries know no first bar: for them the rows before it exist, and hold NaN.
            if row < panel.first_bar(ticker) {
                assert!(
                    found.is_nan(),
                    "{formula}, ticker {ticker}, row {row}: {found} before its first bar"
                );
                continue;
            }
            // Places in a window that is cut short count from the first bar here, and from row 0 there.
            let by_place = ["lwma", "wma", "ts_argmax"].iter().any(|name| formula.starts_with(name));
            if by_place && panel.first_bar(ticker) > 0 && row < panel.first_bar(ticker) + 9 {
                continue;
            }
            assert!(near(found, cell), "{formula}, ticker {ticker}, row {row}: {found}, expected {cell}");
            checked += 1;
        }
    }
    assert!(checked > 80 * 60, "{checked}");
}

#[test]
fn later_rows_change_no_bit() {
    let panel = sixty_rows();
    let shorter = panel.first_rows(37);
    let expected = include_str!("../../../tests/expressions/expected.csv");
    for formula in expected.lines().filter_map(|line| line.split(';').next()) {
        let (all, cut) = (values(formula, &panel), values(formula, &shorter));
        let same = cut.iter().zip(&all).all(|(a, b)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan());
        assert!(same && cut.len() == 37 * 3, "{formula}");
    }
}
