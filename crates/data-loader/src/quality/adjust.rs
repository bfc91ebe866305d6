//! Corporate actions: prices as if the newest share had always been traded.
//!
//! With an adjusted close, all four prices are multiplied by `adjusted / close`. That factor steps at every split and
//! dividend. A split also changes what one share of volume is, so the volume before it is multiplied by its ratio; a
//! dividend is not, so the two have to be told apart: a split is stated by the source, or the factor steps by a usual
//! ratio of splits while the close makes up for it. Without an adjusted close, stated splits are applied where the prices
//! show them, and not where the source has applied them already.

use super::fault::of_row;
use super::ratio::Ratio;
use crate::sources::{Actions, RawBar, RawBars};
use artifact_core::schema::{Fault, FaultAction, FaultKind};

/// How far a step of the factor may be from a usual ratio of splits, in logarithms: a dividend on the same day, and
/// rounding.
const SPLIT_TOLERANCE: f64 = 0.01;
/// The smallest step of the factor that can be a split, in logarithms: 6:5. Smaller ones change the volume little, and
/// special dividends are as large.
const LEAST_SPLIT: f64 = 0.18;
/// The smallest step of the factor that is looked at when the price does not move with it, in logarithms: 15 %.
const LEAST_STEP: f64 = 0.14;

/// Adjusts a ticker's prices and volume, which are in order of date, and drops the rows that cannot be adjusted. With
/// `apply` unset, prices stay as traded and what is not applied is noted.
pub(super) fn adjust(raw: &mut RawBars, apply: bool) -> Vec<Fault> {
    let actions = std::mem::take(&mut raw.actions);
    let is_given = |column: &Option<Vec<f64>>| column.iter().flatten().any(|value| value.is_finite());
    if apply && is_given(&actions.adjusted) {
        return by_adjusted_close(raw, actions);
    }
    let mut faults = Vec::new();
    if apply && actions.adjusted.is_some() {
        faults.extend(remark(
            raw,
            "the column of adjusted closes is empty: prices are taken as they are".into(),
        ));
    }
    if apply {
        faults.extend(by_stated_splits(raw, &actions));
    } else {
        let stated = stated_splits(&actions).count();
        let adjusted = if is_given(&actions.adjusted) { "an adjusted close" } else { "" };
        let splits = if stated > 0 { format!("{stated} splits") } else { String::new() };
        let given: Vec<&str> = [adjusted, &splits].into_iter().filter(|text| !text.is_empty()).collect();
        if !given.is_empty() {
            let detail =
                format!("the source has {}, which data.adjust = false leaves aside", given.join(" and "));
            faults.extend(remark(raw, detail));
        }
    }
    let paid: Vec<f64> = actions.dividends.iter().flatten().copied().filter(|paid| *paid > 0.0).collect();
    if !paid.is_empty() {
        let (count, sum) = (paid.len(), paid.iter().sum::<f64>());
        let detail = format!(
            "{count} dividends, {sum:.4} in all, are stated without an adjusted close: prices are not adjusted for them \
             unless the source did so"
        );
        faults.extend(remark(raw, detail));
    }
    faults
}

/// A remark on a ticker as a whole.
fn remark(raw: &RawBars, detail: String) -> Option<Fault> {
    let first = raw.bars.first()?;
    Some(of_row(raw, first, FaultKind::ActionsIgnored, detail, FaultAction::Noted))
}

fn by_adjusted_close(raw: &mut RawBars, actions: Actions) -> Vec<Fault> {
    let mut faults = Vec::new();
    let adjusted = actions.adjusted.clone().unwrap_or_default();
    let adjusted_at = |row: usize| adjusted.get(row).copied().unwrap_or(f64::NAN);
    // Unadjusted prices among adjusted ones would look like a jump, so a row without a factor cannot stay. Without a
    // positive close there is no factor either, which the checks of rows report.
    let mut kept = Vec::with_capacity(raw.bars.len());
    for (row, bar) in raw.bars.iter().enumerate() {
        let value = adjusted_at(row);
        let problem = match value {
            _ if bar.close.is_nan() || bar.close <= 0.0 => None,
            value if value.is_nan() => Some((FaultKind::MissingCell, "adj close is missing".to_owned())),
            value if value <= 0.0 => Some((FaultKind::NonPositivePrice, format!("adj close is {value}"))),
            _ => None,
        };
        match problem {
            None => kept.push(row),
            Some((kind, detail)) => faults.push(of_row(raw, bar, kind, detail, FaultAction::RowDropped)),
        }
    }
    let factors: Vec<f64> = kept
        .iter()
        .map(|&row| match raw.bars[row].close {
            close if close > 0.0 => adjusted_at(row) / close,
            _ => 1.0,
        })
        .collect();
    raw.actions = actions;
    raw.take_rows(&kept);
    let actions = std::mem::take(&mut raw.actions);
    let (splits, steps) = splits_of(raw, &factors, &actions);
    faults.extend(steps);
    for (bar, factor) in raw.bars.iter_mut().zip(&factors) {
        scale_prices(bar, *factor);
    }
    faults.extend(scale_volumes(raw, &splits));
    faults
}

/// The splits that the factor reflects, by the first row after each, and the steps that no price move explains.
fn splits_of(raw: &RawBars, factors: &[f64], actions: &Actions) -> (Vec<(usize, Ratio)>, Vec<Fault>) {
    let (mut splits, mut faults) = (Vec::new(), Vec::new());
    let stated = |row: usize| {
        let factor = actions.splits.as_ref().and_then(|splits| splits.get(row)).copied();
        factor.filter(|factor| *factor > 0.0 && *factor != 1.0)
    };
    let priced: Vec<usize> = (0..raw.bars.len()).filter(|&row| raw.bars[row].close > 0.0).collect();
    for pair in priced.windows(2) {
        let (previous, row) = (pair[0], pair[1]);
        let (before, bar) = (&raw.bars[previous], &raw.bars[row]);
        let step = libm::log(factors[row] / factors[previous]);
        if step.abs() < LEAST_STEP {
            continue;
        }
        let price = libm::log(bar.close / before.close);
        // A step that the price makes up for leaves an ordinary return; one that it does not leaves all of itself.
        if (price + step).abs() > 0.5 * step.abs() {
            let detail = format!(
                "the adjustment steps by a factor of {:.4} while the close goes from {} to {}: a wrong split or dividend",
                factors[row] / factors[previous],
                before.close,
                bar.close
            );
            faults.push(of_row(raw, bar, FaultKind::AdjustmentStep, detail, FaultAction::Noted));
            continue;
        }
        let factor = match &actions.splits {
            Some(_) => stated(row),
            None => Some(libm::exp(step)).filter(|_| step.abs() >= LEAST_SPLIT),
        };
        splits
            .extend(factor.and_then(|factor| Ratio::near(factor, SPLIT_TOLERANCE)).map(|ratio| (row, ratio)));
    }
    (splits, faults)
}

/// The stated splits, by row.
fn stated_splits(actions: &Actions) -> impl Iterator<Item = (usize, f64)> + '_ {
    let splits = actions.splits.iter().flatten().copied().enumerate();
    splits.filter(|(_, factor)| *factor > 0.0 && *factor != 1.0 && factor.is_finite())
}

/// Applies stated splits where the close shows them.
fn by_stated_splits(raw: &mut RawBars, actions: &Actions) -> Vec<Fault> {
    let shown = |(row, factor): (usize, f64)| {
        let before = raw.bars.get(row.checked_sub(1)?)?.close;
        let step = libm::log(factor);
        let left = libm::log(raw.bars.get(row)?.close / before) + step;
        // Where the source has applied the split, the close makes no step, and all of the split would be left.
        (left.abs() <= 0.5 * step.abs()).then(|| Some((row, Ratio::near(factor, SPLIT_TOLERANCE)?)))?
    };
    let splits: Vec<(usize, Ratio)> = stated_splits(actions).filter_map(shown).collect();
    for &(row, ratio) in &splits {
        raw.bars[..row].iter_mut().for_each(|bar| scale_prices(bar, ratio.factor().recip()));
    }
    let mut faults = scale_volumes(raw, &splits);
    faults.iter_mut().for_each(|fault| fault.detail.push_str("; so are the prices"));
    faults
}

fn scale_prices(bar: &mut RawBar, factor: f64) {
    for price in [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close] {
        *price *= factor;
    }
}

/// Multiplies the volume before each split by its ratio.
fn scale_volumes(raw: &mut RawBars, splits: &[(usize, Ratio)]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for &(row, ratio) in splits {
        raw.bars[..row].iter_mut().for_each(|bar| bar.volume *= ratio.factor());
        let detail = format!("a split of {ratio}: the volume of the {row} rows before it is adjusted");
        faults.push(of_row(raw, &raw.bars[row], FaultKind::Split, detail, FaultAction::VolumeAdjusted));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::Moment;
    use chrono::TimeDelta;

    /// Bars with these closes and adjusted closes; open, high and low are as the close, the volume is 100.
    fn raw(rows: &[(f64, f64)]) -> RawBars {
        let bar = |(row, &(close, _)): (usize, &(f64, f64))| RawBar {
            date: Moment::default() + TimeDelta::days(row as i64),
            line: row as u64 + 2,
            open: close,
            high: close,
            low: close,
            close,
            volume: 100.0,
        };
        let bars = rows.iter().enumerate().map(bar).collect();
        let adjusted = Some(rows.iter().map(|&(_, adjusted)| adjusted).collect());
        RawBars { actions: Actions { adjusted, ..Actions::default() }, ..RawBars::new("A", "a.csv", bars) }
    }

    fn closes(raw: &RawBars) -> Vec<f64> {
        raw.bars.iter().map(|bar| bar.close).collect()
    }

    fn volumes(raw: &RawBars) -> Vec<f64> {
        raw.bars.iter().map(|bar| bar.volume).collect()
    }

    #[test]
    fn a_split_adjusts_the_volume_and_a_dividend_does_not() {
        // 7:1 on the third row, and a dividend of 1 % on the fourth.
        let mut bars = raw(&[(700.0, 99.0), (707.0, 99.99), (102.0, 100.98), (101.0, 101.0)]);
        let faults = adjust(&mut bars, true);
        assert_eq!(volumes(&bars), [700.0, 700.0, 100.0, 100.0]);
        for (found, expected) in closes(&bars).iter().zip([99.0, 99.99, 100.98, 101.0]) {
            assert!((found - expected).abs() < 1e-9, "{found}");
        }
        let [fault] = &faults[..] else { panic!("{faults:?}") };
        assert_eq!((fault.kind, fault.action), (FaultKind::Split, FaultAction::VolumeAdjusted));
        assert_eq!(
            fault.to_string(),
            "A 1970-01-03 (line 4): a split of 7:1: the volume of the 2 rows before it is adjusted"
        );
    }

    #[test]
    fn a_special_dividend_is_no_split_where_the_source_states_its_splits() {
        // A dividend of a third of the price: the factor steps by 3:2.
        let mut bars = raw(&[(150.0, 100.0), (101.0, 101.0)]);
        bars.actions.splits = Some(vec![0.0, 0.0]);
        assert_eq!((adjust(&mut bars, true), volumes(&bars)), (vec![], vec![100.0, 100.0]));
    }

    #[test]
    fn a_step_that_no_price_explains_is_noted() {
        let mut bars = raw(&[(10.0, 0.6), (10.1, 0.606), (10.0, 9.0)]);
        let faults = adjust(&mut bars, true);
        let [fault] = &faults[..] else { panic!("{faults:?}") };
        assert_eq!((fault.kind, fault.line), (FaultKind::AdjustmentStep, Some(4)));
        assert!(fault.detail.starts_with("the adjustment steps by a factor of 15.0000"), "{}", fault.detail);
        assert_eq!(volumes(&bars), [100.0; 3]);
    }

    #[test]
    fn a_row_without_its_adjusted_close_is_dropped_by_that_name() {
        let mut bars = raw(&[(10.0, 5.0), (10.0, f64::NAN), (10.0, -1.0), (f64::NAN, f64::NAN)]);
        let faults = adjust(&mut bars, true);
        let details: Vec<&str> = faults.iter().map(|fault| fault.detail.as_str()).collect();
        assert_eq!(details, ["adj close is missing", "adj close is -1"]);
        assert_eq!(bars.bars.iter().map(|bar| bar.line).collect::<Vec<_>>(), [2, 5]);
        let mut empty = raw(&[(10.0, f64::NAN), (11.0, f64::NAN)]);
        let faults = adjust(&mut empty, true);
        assert!(faults[0].detail.contains("adjusted closes is empty") && empty.bars.len() == 2, "{faults:?}");
    }

    #[test]
    fn stated_splits_are_applied_only_where_prices_show_them() {
        let stated = |closes: [f64; 3]| {
            let mut bars = raw(&closes.map(|close| (close, close)));
            bars.actions = Actions {
                splits: Some(vec![0.0, 0.0, 4.0]),
                dividends: Some(vec![0.0, 0.5, 0.0]),
                ..Actions::default()
            };
            let faults = adjust(&mut bars, true);
            (bars, faults)
        };
        let (bars, faults) = stated([400.0, 404.0, 100.0]);
        assert_eq!((closes(&bars), volumes(&bars)), (vec![100.0, 101.0, 100.0], vec![400.0, 400.0, 100.0]));
        assert_eq!(
            faults.iter().map(|fault| fault.kind).collect::<Vec<_>>(),
            [FaultKind::Split, FaultKind::ActionsIgnored]
        );
        let (bars, faults) = stated([100.0, 101.0, 100.0]);
        assert_eq!(
            (closes(&bars), faults.len()),
            (vec![100.0, 101.0, 100.0], 1),
            "the source has applied it"
        );
    }

    #[test]
    fn prices_stay_as_traded_if_asked_for() {
        let mut bars = raw(&[(20.0, 10.0), (10.0, 10.0)]);
        let faults = adjust(&mut bars, false);
        assert_eq!((closes(&bars), volumes(&bars)), (vec![20.0, 10.0], vec![100.0, 100.0]));
        assert!(faults[0].detail.contains("data.adjust = false"), "{faults:?}");
    }
}
