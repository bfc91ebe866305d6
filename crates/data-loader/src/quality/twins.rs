//! Tickers that have the same bars as another, perhaps at another scale or some rows apart.
//!
//! Scale does not change returns, so returns are compared. To compare every pair at every distance would take far too
//! long with hundreds of tickers: runs of a few returns are sorted, and only pairs of tickers that share
//! such a run, at the distance at which they share it, are compared row by row.

use super::fault::of_rows;
use crate::sources::RawBars;
use artifact_core::schema::{Fault, FaultKind};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// The number of consecutive returns in a run: so many that two of ten million bars hardly share one by chance, and so few
/// that rounding leaves many runs of a copy equal.
const RUN: usize = 6;
/// How many of them must move.
const MOVES: usize = 4;
/// The grid to which returns are rounded to find equal runs, and how far apart equal ones may be: prices are rounded, and
/// at another scale differently.
const GRID: f64 = 1e-3;
const TOLERANCE: f64 = 5e-4;
/// The share of rows that two tickers must have in common.
const COMMON: f64 = 0.9;
/// The fewest rows that are compared.
const LEAST_ROWS: usize = 20;

/// Finds the tickers with the same bars as one before them; each fault names the first such ticker.
pub(super) fn twins(all: &[RawBars]) -> Vec<Fault> {
    let returns: Vec<Vec<f64>> = all.par_iter().map(returns).collect();
    let mut faults = Vec::new();
    let mut named = BTreeSet::new();
    for (left, right, distance) in candidates(&returns) {
        if named.contains(&right) {
            continue;
        }
        let Some((equal, rows)) = common(&returns[left], &returns[right], distance) else { continue };
        named.insert(right);
        faults.push(twin_of(&all[left], &all[right], distance, equal, rows));
    }
    faults
}

/// The log returns of a ticker, row by row; that of the first row is NaN.
fn returns(raw: &RawBars) -> Vec<f64> {
    let steps = raw.bars.windows(2).map(|pair| libm::log(pair[1].close / pair[0].close));
    std::iter::once(f64::NAN).chain(steps).take(raw.bars.len()).collect()
}

/// Pairs of tickers, by their places, that share a run of returns, and by how many rows the second one is behind.
fn candidates(returns: &[Vec<f64>]) -> BTreeSet<(usize, usize, i64)> {
    // Nearly all runs occur once; of a frequent one, such as a standstill, the first occurrences say enough.
    const MOST_OF_A_RUN: usize = 5;
    let runs = returns.par_iter().enumerate().flat_map_iter(|(ticker, own)| {
        let place = move |row: usize| Some((u32::try_from(ticker).ok()?, u32::try_from(row).ok()?));
        own.windows(RUN).enumerate().filter_map(move |(row, run)| {
            let (key, (ticker, row)) = (key(run)?, place(row)?);
            Some((key, ticker, row))
        })
    });
    let mut runs: Vec<(u64, u32, u32)> = runs.collect();
    // Equal runs stand side by side, in order of ticker and row, however many threads sort them.
    runs.par_sort_unstable();
    let mut votes: BTreeMap<(usize, usize, i64), usize> = BTreeMap::new();
    for equal in runs.chunk_by(|a, b| a.0 == b.0).filter(|equal| equal.len() > 1) {
        let equal = &equal[..equal.len().min(MOST_OF_A_RUN)];
        for (place, &(_, ticker, row)) in equal.iter().enumerate() {
            for &(_, other, at) in equal[..place].iter().filter(|(_, other, _)| *other != ticker) {
                let pair = (other as usize, ticker as usize, i64::from(row) - i64::from(at));
                *votes.entry(pair).or_default() += 1;
            }
        }
    }
    // One shared run may be chance; real twins share many, though not all, since some are rounded apart.
    votes.into_iter().filter(|(_, count)| *count >= 3).map(|(pair, _)| pair).collect()
}

/// A hash of a run of returns on the grid; `None` for one that says nothing, because a price is missing or hardly any moves.
/// What shares a hash is compared row by row, so equal ones of different runs do no harm.
fn key(run: &[f64]) -> Option<u64> {
    let (mut key, mut moves) = (0_u64, 0);
    for value in run {
        let steps = value / GRID;
        if !steps.is_finite() || steps.abs() > f64::from(i32::MAX) {
            return None;
        }
        let steps = steps.round() as i64;
        moves += usize::from(steps != 0);
        // The finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
        key = key.wrapping_add(steps.cast_unsigned()).wrapping_add(0x9e37_79b9_7f4a_7c15);
        key = (key ^ (key >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        key = (key ^ (key >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        key ^= key >> 31;
    }
    (moves >= MOVES).then_some(key)
}

/// In how many of the compared rows the returns are equal, and how many rows were compared; `None` unless nearly all are.
fn common(left: &[f64], right: &[f64], distance: i64) -> Option<(usize, usize)> {
    let pairs = left.iter().enumerate().filter_map(|(row, &own)| {
        let other = usize::try_from(row as i64 + distance).ok()?;
        Some((own, *right.get(other)?)).filter(|(own, other)| !own.is_nan() && !other.is_nan())
    });
    let (mut rows, mut equal, mut moves) = (0, 0, 0);
    for (own, other) in pairs {
        rows += 1;
        equal += usize::from((own - other).abs() <= TOLERANCE);
        moves += usize::from(own.abs() > TOLERANCE);
    }
    // Two prices that stand still are equal without being each other's copies.
    let enough = rows >= LEAST_ROWS && 2 * moves > rows;
    (enough && equal as f64 >= COMMON * rows as f64).then_some((equal, rows))
}

fn twin_of(left: &RawBars, right: &RawBars, distance: i64, equal: usize, rows: usize) -> Fault {
    let start = distance.max(0) as usize;
    let (own, other) = (&right.bars[start], &left.bars[(start as i64 - distance) as usize]);
    let scale = own.close / other.close;
    let scaled =
        if (scale - 1.0).abs() < 1e-6 { String::new() } else { format!(", at {scale:.4} times its price") };
    let apart = own.date - other.date;
    let shifted = match (apart.num_days(), apart.num_seconds()) {
        (_, 0) => String::new(),
        (0, seconds) if seconds > 0 => format!(", {seconds} seconds later"),
        (0, seconds) => format!(", {} seconds earlier", -seconds),
        (days, _) if days > 0 => format!(", {days} days later"),
        (days, _) => format!(", {} days earlier", -days),
    };
    let detail = format!("the same returns as {} on {equal} of {rows} rows{scaled}{shifted}", left.ticker);
    of_rows(right, start..(start + rows).min(right.bars.len()), FaultKind::IdenticalContent, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::RawBar;
    use artifact_core::Moment;
    use chrono::TimeDelta;

    /// A walk of its own for each seed.
    fn walk(ticker: &str, seed: u64, rows: usize) -> RawBars {
        let mut state = seed;
        let mut close = 50.0;
        let bars = (0..rows).map(|row| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            close *= 1.0 + ((state >> 33) as f64 / (1_u64 << 31) as f64 - 0.5) * 0.04;
            let date = Moment::default() + TimeDelta::days(row as i64);
            RawBar { date, line: row as u64 + 2, open: close, high: close, low: close, close, volume: 1.0 }
        });
        RawBars::new(ticker, "test", bars.collect())
    }

    fn changed(ticker: &str, of: &RawBars, mut change: impl FnMut(&mut RawBar)) -> RawBars {
        let mut bars = of.bars.clone();
        bars.iter_mut().for_each(&mut change);
        RawBars::new(ticker, "test", bars)
    }

    fn found(all: &[RawBars]) -> Vec<String> {
        twins(all).iter().map(Fault::to_string).collect()
    }

    #[test]
    fn copies_are_found_at_another_scale_and_some_rows_apart() {
        let (one, other) = (walk("A", 1, 200), walk("B", 2, 200));
        assert_eq!(found(&[one.clone(), other.clone()]), Vec::<String>::new());
        let copy = changed("C", &one, |_| ());
        assert_eq!(
            found(&[one.clone(), other.clone(), copy]),
            ["C 1970-01-01 (line 2): the same returns as A on 199 of 199 rows"]
        );
        // In pence, rounded to two digits.
        let pence = changed("C", &one, |bar| bar.close = (bar.close * 100.0 * 100.0).round() / 100.0);
        assert!(found(&[one.clone(), pence])[0].contains("at 100.00"));
        let mut late = changed("C", &one, |bar| bar.date += TimeDelta::days(3));
        assert!(found(&[one.clone(), late.clone()])[0].ends_with("199 of 199 rows, 3 days later"));
        // The same dates, but each row holds the prices of two rows before.
        late.bars.iter_mut().for_each(|bar| bar.date += TimeDelta::days(-1));
        late.bars.drain(..1);
        assert_eq!(found(&[one, late]).len(), 1);
    }

    #[test]
    fn standing_still_together_is_no_copy() {
        let still = |ticker: &str| changed(ticker, &walk("A", 1, 100), |bar| bar.close = 1.0);
        assert_eq!(found(&[still("A"), still("B")]), Vec::<String>::new());
        // Most rows differ.
        let half = |ticker: &str, from: usize| {
            let mut row = 0;
            changed(ticker, &walk("A", 7, 100), move |bar| {
                row += 1;
                if row > from {
                    bar.close *= 1.0 + (row % 5) as f64 / 50.0;
                }
            })
        };
        assert_eq!(found(&[walk("A", 7, 100), half("B", 50)]), Vec::<String>::new());
    }
}
