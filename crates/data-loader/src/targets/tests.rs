//! Targets by hand, and what holds of all of them.

use super::barriers::THRESHOLD;
use super::*;
use crate::panel::Panel;
use crate::subset::Whole;
use artifact_core::IndexSet;
use ndarray::{Array2, Array3};
use proptest::prelude::*;
use settings::part::{Chosen, PartSetting};

const HOLD: i8 = 0;
const UP: i8 = 1;
const DOWN: i8 = 2;

/// Open, high, low and close of one row of one ticker.
type Bar = [f64; 4];

fn panel(tickers: &[Vec<Bar>]) -> Panel {
    let rows = tickers[0].len();
    let first = chrono::NaiveDate::from_ymd_opt(2015, 1, 1).unwrap();
    let value = |(row, ticker, column): (usize, usize, usize)| match tickers[ticker][row].get(column) {
        Some(&price) => price,
        // Where one price is unknown, so is the whole bar.
        None if tickers[ticker][row][3].is_nan() => f64::NAN,
        None => 1.0,
    };
    Panel::new(
        (0..tickers.len()).map(|k| format!("T{k}")).collect(),
        first.iter_days().take(rows).collect(),
        Array3::from_shape_fn((rows, tickers.len(), 5), value),
    )
    .unwrap()
}

/// Bars whose every price is the close.
fn flat(closes: &[f64]) -> Vec<Bar> {
    closes.iter().map(|&close| [close; 4]).collect()
}

fn chosen(setting: &PartSetting) -> Chosen<dyn Target> {
    builtin().choose(setting).unwrap()
}

fn matrix(tickers: &[Vec<Bar>], setting: &PartSetting, time_window: usize) -> LabelMatrix<Whole> {
    LabelMatrix::of(&panel(tickers), &chosen(setting), time_window).unwrap()
}

fn codes(closes: &[f64], rule: &str, threshold: f64, time_window: usize) -> Vec<i8> {
    let setting = PartSetting::named(rule).with(THRESHOLD, threshold);
    let setting = if rule == "barrier" { setting.with("entry", "close") } else { setting };
    matrix(&[flat(closes)], &setting, time_window).codes().column(0).to_vec()
}

/// Labels the first close, with a threshold of one half and all other closes as its window.
#[track_caller]
fn check(closes: &[f64], rule: &str, expected: i8) {
    assert_eq!(codes(closes, rule, 0.5, closes.len() - 1)[0], expected, "{closes:?} {rule:?}");
}

#[test]
fn a_threshold_is_a_fraction() {
    let error = |threshold: f64| {
        let setting = PartSetting::named("horizon").with(THRESHOLD, threshold);
        builtin().choose(&setting).is_err()
    };
    assert!(error(0.0) && error(1.0) && error(-0.1) && error(f64::NAN) && !error(0.999_999));
}

#[test]
fn classes_by_hand() {
    for rule in ["first_touch", "barrier"] {
        check(&[8.0, 9.0, 10.0], rule, HOLD);
        check(&[8.0, 12.0, 4.0], rule, UP);
        check(&[8.0, 4.0, 12.0], rule, DOWN);
    }
    check(&[8.0, 4.0, 13.0], "excursion", UP);
    check(&[8.0, 12.0, 4.0], "excursion", HOLD);
    check(&[8.0, 12.0, 3.0], "excursion", DOWN);
    check(&[8.0, 20.0, 8.0], "horizon", HOLD);
    check(&[8.0, 8.0, 12.0], "horizon", HOLD);
    check(&[8.0, 8.0, 12.5], "horizon", UP);
    check(&[8.0, 8.0, 3.5], "horizon", DOWN);
}

#[test]
fn unknown_closes_mask_labels() {
    // A panel's missing bar is missing as a whole, so these go through the targets alone.
    let check = |closes: &[f64], rule: &str, expected: Option<Class>| {
        let setting = PartSetting::named(rule).with(THRESHOLD, 0.5);
        let setting = if rule == "barrier" { setting.with("entry", "close") } else { setting };
        let target = chosen(&setting);
        let bars = crate::TickerBars::new([closes; 5]).unwrap();
        let found = target.part.outcomes(&bars, closes.len() - 1, &target.params)[0];
        assert_eq!(found.map(|outcome| outcome.label), expected.map(Label::Class), "{closes:?} {rule}");
    };
    for unknown in [f64::NAN, 0.0, -1.0, f64::INFINITY] {
        for rule in ["first_touch", "barrier"] {
            check(&[unknown, 8.0, 8.0], rule, None);
            check(&[8.0, 20.0, unknown], rule, None);
        }
        check(&[8.0, unknown, 20.0], "excursion", None);
        check(&[8.0, unknown, 20.0], "horizon", Some(Class::Up));
        check(&[8.0, 20.0, unknown], "horizon", None);
    }
    assert_eq!(codes(&[1.0; 4], "first_touch", 0.1, 2), [0, 0, -1, -1]);
    assert_eq!(codes(&[1.0; 4], "first_touch", 0.1, usize::MAX)[0], MASKED);
}

#[test]
fn a_trade_is_held_to_the_end_of_the_window() {
    let setting = PartSetting::named("horizon");
    let labels = matrix(&[flat(&[4.0, 5.0, 6.0, 3.0])], &setting, 2);
    assert_eq!(labels.returns()[[0, 0]], 0.5);
    assert_eq!(labels.returns()[[1, 0]], -0.4);
    assert!(labels.returns()[[2, 0]].is_nan() && labels.held().is_none());
}

#[test]
fn entries_by_hand() {
    // The close of the decision is 10, the next open 20, the next close 40, the last close 30.
    let bars = vec![[10.0; 4], [20.0, 40.0, 20.0, 40.0], [40.0, 40.0, 30.0, 30.0]];
    for (entry, expected) in [("close", 2.0), ("next_open", 0.5), ("next_close", -0.25)] {
        let setting = PartSetting::named("forward_return").with("entry", entry);
        let labels = matrix(std::slice::from_ref(&bars), &setting, 2);
        assert_eq!(
            (labels.values().unwrap()[[0, 0]], labels.returns()[[0, 0]]),
            (expected, expected),
            "{entry}"
        );
        assert_eq!(labels.codes()[[0, 0]], if expected > 0.0 { UP } else { DOWN });
    }
    let setting = PartSetting::named("forward_return").with("entry", "next_close");
    let error = LabelMatrix::of(&panel(&[bars]), &chosen(&setting), 1).unwrap_err().to_string();
    assert!(error.contains("needs a time_window of at least 2"), "{error}");
}

#[test]
fn a_barrier_trade_ends_where_a_barrier_is_touched() {
    let held = |bars: &[Bar], touch: &str| {
        let setting = PartSetting::named("barrier").with(THRESHOLD, 0.1).with("touch", touch);
        let mut all = vec![[100.0; 4]];
        all.extend(bars);
        let labels = matrix(&[all], &setting, bars.len());
        (labels.codes()[[0, 0]], labels.held().unwrap()[[0, 0]].rows, labels.returns()[[0, 0]])
    };
    // The trade enters at the open of 100; barriers are 110 and 90.
    let near = |found: (i8, u32, f32), expected: (i8, u32, f32)| {
        assert!(
            found.0 == expected.0 && found.1 == expected.1 && (found.2 - expected.2).abs() < 1e-6,
            "{found:?}"
        );
    };
    let quiet = [100.0, 101.0, 99.0, 100.0];
    near(held(&[quiet, [100.0, 112.0, 99.0, 111.0], quiet], "close"), (UP, 2, 0.11));
    near(held(&[quiet, [100.0, 112.0, 99.0, 111.0], quiet], "high_low"), (UP, 2, 0.1));
    near(held(&[quiet, [100.0, 112.0, 99.0, 105.0], quiet], "close"), (HOLD, 3, 0.0));
    near(held(&[quiet, [100.0, 112.0, 99.0, 105.0], quiet], "high_low"), (UP, 2, 0.1));
    // A gap through a barrier trades at the open.
    near(held(&[quiet, [80.0, 120.0, 79.0, 100.0], quiet], "high_low"), (DOWN, 2, -0.2));
    // Both barriers in one row: the nearer to the open counts.
    near(held(&[quiet, [95.0, 115.0, 85.0, 100.0]], "high_low"), (DOWN, 2, -0.1));
    near(held(&[quiet, [105.0, 115.0, 85.0, 100.0]], "high_low"), (UP, 2, 0.1));
    // The row of the entry counts, too.
    near(held(&[[100.0, 100.0, 89.0, 95.0], quiet], "high_low"), (DOWN, 1, -0.1));
}

#[test]
fn a_given_trade_is_worth_taking_if_it_earns_on_its_side() {
    // Entered at the close of row 0 and ended at the first close beyond 5 %.
    let closes = [100.0, 103.0, 108.0, 90.0];
    let outcome = |side: f64| {
        let setting =
            PartSetting::named("meta").with("side", "signal").with(THRESHOLD, 0.05).with("entry", "close");
        let (target, names, column) = (chosen(&setting), ["signal".to_owned()], [vec![side; 4]]);
        let bars = crate::TickerBars::new([&closes; 5]).unwrap().with_columns(&names, &column).unwrap();
        target.part.outcomes(&bars, 3, &target.params)[0]
    };
    let exit = Some(Exit { rows: 2, price: 108.0 });
    let expected = |class: Class, short: bool| Some(Outcome { short, ..Outcome::from(class).exit(exit) });
    assert_eq!(outcome(0.5), expected(Class::Up, false));
    assert_eq!(outcome(-2.0), expected(Class::Hold, true));
    assert_eq!([outcome(0.0), outcome(f64::NAN)], [None, None]);
    let missing = PartSetting::named("meta").with("side", "signal");
    let error = LabelMatrix::of(&panel(&[flat(&closes)]), &chosen(&missing), 3).unwrap_err().to_string();
    assert!(error.contains("reads the column \"signal\""), "{error}");
}

#[test]
fn barriers_widen_with_past_volatility() {
    // Returns alternate between 10 % and about -9.09 %: two of them deviate by 0.135.
    let closes = [100.0, 110.0, 100.0, 110.0, 112.0, 130.0];
    let setting = |multiple: f64| {
        let setting = PartSetting::named("barrier").with("volatility_multiple", multiple);
        setting.with("volatility_rows", 2).with("entry", "close")
    };
    let label = |multiple: f64| matrix(&[flat(&closes)], &setting(multiple), 2).codes().column(0).to_vec();
    // The horizon's deviation is 0.135 * sqrt(2) = 0.19; from 110 the price rises by 0.182.
    assert_eq!(label(0.9)[3], UP);
    assert_eq!(label(1.0)[3], HOLD);
    assert_eq!(label(1.0)[..2], [MASKED, MASKED], "the first rows have no past to measure");
}

#[test]
fn a_label_needs_a_bar_in_its_own_row() {
    // Listed in row 2: before, there was nothing to decide on.
    let bars = flat(&[f64::NAN, f64::NAN, 4.0, 5.0, 6.0, 7.0, 8.0]);
    for rule in ["barrier", "excursion", "horizon", "forward_return", "quantiles"] {
        for entry in ["next_open", "next_close"] {
            let labels =
                matrix(std::slice::from_ref(&bars), &PartSetting::named(rule).with("entry", entry), 2);
            let known: Vec<bool> = labels.codes().column(0).iter().map(|&code| code != MASKED).collect();
            assert_eq!(known, [false, false, true, true, true, false, false], "{rule}, {entry}");
            assert!(labels.returns()[[1, 0]].is_nan(), "{rule}, {entry}");
        }
    }
}

#[test]
fn a_cross_section_of_one_has_neither_an_excess_nor_a_zscore() {
    for (form, labelled) in [("raw", true), ("excess", false), ("zscore", false)] {
        let setting = PartSetting::named("forward_return").with("form", form);
        let labels = matrix(&[flat(&[4.0, 5.0, 6.0, 7.0])], &setting, 1);
        assert_eq!(labels.codes()[[0, 0]] != MASKED, labelled, "{form}");
    }
}

#[test]
fn forms_of_a_forward_return_by_hand() {
    let bars = [flat(&[100.0, 110.0, 100.0, 130.0]), flat(&[100.0, 110.0, 100.0, 90.0])];
    let values = |form: &str| {
        let setting = PartSetting::named("forward_return").with("entry", "close").with("form", form);
        matrix(&bars, &setting.with("volatility_rows", 2), 1).values().unwrap().row(2).to_vec()
    };
    let near = |found: Vec<f32>, expected: [f64; 2]| {
        for (found, expected) in found.iter().zip(expected) {
            assert!((f64::from(*found) - expected).abs() < 1e-6, "{found} {expected}");
        }
    };
    near(values("raw"), [0.3, -0.1]);
    near(values("excess"), [0.2, -0.2]);
    near(values("zscore"), [1.0, -1.0]);
    let (up, down) = (0.1_f64, 100.0 / 110.0 - 1.0);
    let deviation = (up - down) / 2.0_f64.sqrt();
    near(values("volatility"), [0.3 / deviation, -0.1 / deviation]);
}

#[test]
fn quantiles_are_of_the_forward_return() {
    let setting = PartSetting::named("quantiles").with("tail", 0.05);
    let target = chosen(&setting);
    assert_eq!(target.part.task(&target.params), Task::Quantiles(vec![0.05, 0.5, 0.95]));
    let bars = [flat(&[1.0, 2.0, 3.0, 4.0])];
    let plain = matrix(&bars, &PartSetting::named("forward_return"), 2);
    let bits = |labels: LabelMatrix<Whole>| labels.values().unwrap().mapv(f32::to_bits);
    assert_eq!(bits(matrix(&bars, &setting, 2)), bits(plain));
}

/// Gives every row the same outcome.
struct Odd(Outcome, usize);

impl settings::part::Part for Odd {
    fn declaration(&self) -> settings::part::Declaration {
        settings::part::Declaration::new("odd", "Not what it says.")
    }
}

impl Target for Odd {
    fn outcomes(
        &self,
        bars: &crate::TickerBars<'_>,
        _horizon: usize,
        _params: &artifact_core::Params,
    ) -> Vec<Option<Outcome>> {
        vec![Some(self.0); bars.rows() - self.1]
    }
}

#[test]
fn a_target_that_breaks_its_contract_is_an_error() {
    let check = |odd: Odd, part: &str| {
        let mut catalog = builtin();
        catalog.add(Arc::new(odd));
        let odd = catalog.choose(&PartSetting::named("odd")).unwrap();
        let error = LabelMatrix::of(&panel(&[flat(&[1.0; 4])]), &odd, 2).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    };
    let up = Outcome::from(Class::Up);
    check(Odd(up, 1), "3 outcomes for 4 rows");
    check(Odd(Outcome::value(1.0), 0), "a class");
    check(Odd(up.exit(Some(Exit { rows: 3, price: 1.0 })), 0), "after 3 rows");
    check(Odd(up.exit(Some(Exit { rows: 1, price: 0.0 })), 0), "a price above 0");
}

#[test]
fn permuting_keeps_masks_counts_and_other_rows() {
    let mut all =
        Array2::from_shape_fn((60, 2), |(row, k)| if row % 7 == 0 { MASKED } else { ((row + k) % 3) as i8 });
    let before = all.clone();
    let permuted = |all: &mut Array2<i8>| {
        permute(all, &IndexSet::from_range(10..50), 1, |&code| code != MASKED);
    };
    permuted(&mut all);
    assert_ne!(all, before);
    for k in 0..2 {
        let (mut new, mut old) = (all.column(k).to_vec(), before.column(k).to_vec());
        assert_eq!((&new[..10], &new[50..]), (&old[..10], &old[50..]));
        assert!(new.iter().zip(&old).all(|(n, o)| (*n == MASKED) == (*o == MASKED)));
        new.sort_unstable();
        old.sort_unstable();
        assert_eq!(new, old);
    }
    let mut again = before;
    permuted(&mut again);
    assert_eq!(again, all);
}

#[test]
fn numbers_and_their_signs_are_permuted_together() {
    let closes: Vec<f64> = (0..40).map(|row| 10.0 + f64::from(row * 7 % 11)).collect();
    let mut labels = matrix(&[flat(&closes)], &PartSetting::named("forward_return"), 2);
    let before = labels.clone();
    labels.permute(&IndexSet::from_range(0..38), 3);
    assert_ne!(labels.values(), before.values());
    for (code, value) in labels.codes().iter().zip(labels.values().unwrap()) {
        let sign = if value.is_nan() { MASKED } else { Class::of_sign(f64::from(*value)).code() };
        assert_eq!(*code, sign);
    }
    assert!(labels.returns().iter().zip(before.returns()).all(|(a, b)| a.to_bits() == b.to_bits()));
}

fn any_target() -> impl Strategy<Value = PartSetting> {
    let named = |name: &str| PartSetting::named(name);
    prop_oneof![
        Just(named("first_touch").with(THRESHOLD, 0.1)),
        Just(named("excursion").with(THRESHOLD, 0.1).with("entry", "next_open")),
        Just(named("horizon").with(THRESHOLD, 0.1).with("entry", "next_close")),
        Just(named("barrier").with(THRESHOLD, 0.1)),
        Just(
            named("barrier")
                .with("volatility_multiple", 0.5)
                .with("volatility_rows", 3)
                .with("touch", "high_low")
        ),
        Just(named("forward_return").with("form", "excess")),
        Just(named("quantiles").with("form", "zscore")),
        Just(named("forward_return").with("form", "volatility").with("volatility_rows", 2)),
        Just(named("quantiles").with("entry", "close")),
    ]
}

proptest! {
    #[test]
    fn an_outcome_depends_on_its_own_rows_only(
        closes in prop::collection::vec(prop_oneof![9 => 5.0_f64..15.0, 1 => Just(f64::NAN)], 4..40),
        other in prop::collection::vec(5.0_f64..15.0, 40),
        w in 2_usize..8, row in 0_usize..40,
        setting in any_target(),
    ) {
        let row = row % closes.len();
        let target = chosen(&setting);
        let own = row.saturating_sub(target.part.lookback(&target.params))..=row + w;
        let changed: Vec<f64> = closes.iter().enumerate()
            .map(|(i, &close)| if own.contains(&i) { close } else { other[i] })
            .collect();
        let bar = |close: f64| [close * 0.99, close * 1.05, close * 0.95, close];
        let of = |closes: &[f64]| {
            let bars: Vec<Bar> = closes.iter().map(|&close| bar(close)).collect();
            let labels = matrix(&[bars.clone(), bars], &setting, w);
            let place = [row, 1];
            let value = labels.values().map(|values| values[place].to_bits());
            let held = labels.held().map(|held| held[place]).filter(|held| held.rows > 0);
            (labels.codes()[place], value, labels.returns()[place].to_bits(), held)
        };
        prop_assert_eq!(of(&closes), of(&changed));
    }
}
