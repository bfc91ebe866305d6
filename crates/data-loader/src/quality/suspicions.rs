//! What looks wrong in a ticker's rows, or is worth knowing, though each row by itself is sound.

use super::fault::{of_row, of_rows};
use super::ratio::Ratio;
use crate::sources::{RawBar, RawBars};
use artifact_core::schema::{Fault, FaultAction, FaultKind};

/// The absolute log return of one bar above which it may be a spike: +49 % or -33 %.
pub const SPIKE_LOG_RETURN: f64 = 0.4;
/// How close to the level before the spike, relative to it, the next close must be for the spike to have reverted.
pub const SPIKE_REVERSION: f64 = 0.15;
/// The fewest consecutive equal bars that are named as repeated.
const LEAST_REPEATED: usize = 5;
/// The smallest step of the close, in logarithms, that may be a split: near 2:1 or 1:2.
const LEAST_SPLIT: f64 = 0.65;
/// How far from a usual ratio of splits the step to the next open and close may be, in logarithms: what a share moves
/// overnight, and in a day.
const OPEN_TOLERANCE: f64 = 0.04;
const CLOSE_TOLERANCE: f64 = 0.08;
/// The smallest step, in logarithms, that begins a block in another unit: by a factor of 20.
const LEAST_UNIT: f64 = 3.0;
/// A pause of so many days between two bars may mean that the ticker belongs to another company since.
const LONG_PAUSE: i64 = 365;
/// The same, if the close also steps by more than half.
const PAUSE_WITH_STEP: i64 = 90;

/// Lists single rows that look wrong, whether or not they have faults as well: the two often explain each other.
pub(super) fn of_single_rows(raw: &RawBars) -> Vec<Fault> {
    let note = |bar: &RawBar, kind, detail: String| of_row(raw, bar, kind, detail, FaultAction::Noted);
    let zero = raw.bars.iter().filter(|bar| bar.volume == 0.0);
    let zero = zero.map(|bar| note(bar, FaultKind::ZeroVolume, "volume is 0".to_owned()));
    // Rows without a usable close are passed over, so that a faulty neighbour does not hide a spike.
    let with_price = |bar: &&RawBar| bar.close.is_finite() && bar.close > 0.0;
    let priced: Vec<&RawBar> = raw.bars.iter().filter(with_price).collect();
    let spikes = priced.windows(3).filter_map(|three| {
        let detail = reverting_spike([three[0].close, three[1].close, three[2].close])?;
        Some(note(three[1], FaultKind::RevertingSpike, detail))
    });
    zero.chain(spikes).collect()
}

/// Lists what looks wrong in the sequence of sound rows.
pub(super) fn of_sequence(raw: &RawBars) -> Vec<Fault> {
    let mut faults = Vec::new();
    if raw.bars.is_empty() {
        return faults;
    }
    let count = raw.bars.len();
    if raw.is_without_volume() {
        faults.push(of_rows(raw, 0..count, FaultKind::NoVolume, "no row has a volume".to_owned()));
    }
    let flat = raw.bars.iter().filter(|bar| bar.high == bar.low).count();
    if 2 * flat > count {
        let detail = format!("open, high, low and close are equal on {flat} of {count} rows");
        faults.push(of_rows(raw, 0..count, FaultKind::FlatBars, detail));
    }
    faults.extend(repeated(raw));
    faults.extend(steps(raw));
    faults.extend(reuse(raw));
    faults
}

/// Runs of equal bars.
fn repeated(raw: &RawBars) -> Vec<Fault> {
    let prices = |bar: &RawBar| [bar.open, bar.high, bar.low, bar.close].map(f64::to_bits);
    let mut faults = Vec::new();
    let mut start = 0;
    for run in raw.bars.chunk_by(|a, b| prices(a) == prices(b)) {
        let rows = start..start + run.len();
        start = rows.end;
        if run.len() >= LEAST_REPEATED {
            let (first, last) = (&run[0], &run[run.len() - 1]);
            let detail = format!(
                "the same prices on {} rows, {} to {}: close {}",
                run.len(),
                first.date,
                last.date,
                first.close
            );
            faults.push(of_rows(raw, rows, FaultKind::StalePrice, detail));
        }
    }
    faults
}

/// Steps of the close that stay: blocks in another unit, and splits that the prices do not reflect.
fn steps(raw: &RawBars) -> Vec<Fault> {
    let bars = &raw.bars;
    let step = |row: usize| libm::log(bars[row].close / bars[row - 1].close);
    let large: Vec<usize> = (1..bars.len()).filter(|&row| step(row).abs() >= LEAST_SPLIT).collect();
    let mut faults = Vec::new();
    let mut at = 0;
    while let Some(&row) = large.get(at) {
        at += 1;
        let back = large.get(at).copied().filter(|&back| (step(row) + step(back)).abs() < 0.3);
        match back {
            Some(back) if step(row).abs() >= LEAST_UNIT && back > row + 1 => {
                at += 1;
                let times = libm::exp(step(row).abs()).round();
                let (size, last) =
                    (if step(row) > 0.0 { "times" } else { "a fraction of" }, bars[back - 1].date);
                let detail = format!(
                    "the prices of {} rows, {} to {last}, are {size} those around them by a factor of about {times}: \
                     another unit",
                    back - row,
                    bars[row].date
                );
                faults.push(of_rows(raw, row..back, FaultKind::UnitBlock, detail));
            }
            // A spike, which is named as such.
            Some(back) if back == row + 1 => at += 1,
            _ => faults.extend(split(raw, row)),
        }
    }
    faults
}

/// The step to a row, if it is like a split.
fn split(raw: &RawBars, row: usize) -> Option<Fault> {
    let (before, bar) = (&raw.bars[row - 1], &raw.bars[row]);
    let ratio = Ratio::near(before.close / bar.close, CLOSE_TOLERANCE)?;
    // After a long pause any level is possible; see `reuse`.
    let paused = (bar.date - before.date).num_days() > PAUSE_WITH_STEP;
    let leaves =
        raw.bars.get(row + 1).is_some_and(|next| (next.close / bar.close - 1.0).abs() > SPIKE_REVERSION);
    if paused || leaves {
        return None;
    }
    // News that halve a price come with a wide range; a split is there at the open.
    let opened = libm::log(before.close / bar.open) - libm::log(ratio.factor());
    let detail = format!(
        "the close goes from {} to {} and stays there, a ratio of {ratio}: a split that the prices do not reflect, or \
         another unit",
        before.close, bar.close
    );
    (opened.abs() <= OPEN_TOLERANCE)
        .then(|| of_row(raw, bar, FaultKind::ProbableSplit, detail, FaultAction::Noted))
}

/// Long pauses after which the ticker may belong to another company.
fn reuse(raw: &RawBars) -> impl Iterator<Item = Fault> + '_ {
    raw.bars.windows(2).filter_map(|pair| {
        let days = (pair[1].date - pair[0].date).num_days();
        let ratio = pair[1].close / pair[0].close;
        let other_level = !(0.5..=2.0).contains(&ratio);
        let long = days > LONG_PAUSE || (days > PAUSE_WITH_STEP && other_level);
        let detail = || {
            format!(
                "the bars pause for {days} days after {} and go on at {} instead of {}: perhaps another company's",
                pair[0].date, pair[1].close, pair[0].close
            )
        };
        // Yearly bars are no pauses.
        (long && raw.bars.len() > 2 && !is_usual(raw, days))
            .then(|| of_row(raw, &pair[1], FaultKind::TickerReuse, detail(), FaultAction::Noted))
    })
}

/// Whether a step of so many days is usual for the ticker.
fn is_usual(raw: &RawBars, days: i64) -> bool {
    let mut steps: Vec<i64> =
        raw.bars.windows(2).map(|pair| (pair[1].date - pair[0].date).num_days()).collect();
    steps.sort_unstable();
    steps.get(steps.len() / 2).is_some_and(|median| days <= 3 * median)
}

/// Describes the middle one of three consecutive closes if it is a spike that reverts.
fn reverting_spike([before, spike, after]: [f64; 3]) -> Option<String> {
    let jumps = libm::log(spike / before).abs() > SPIKE_LOG_RETURN;
    let reverts = (after / before - 1.0).abs() <= SPIKE_REVERSION;
    (jumps && reverts).then(|| format!("close goes {before}, {spike}, {after}: suspected data error"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::Moment;
    use chrono::TimeDelta;

    fn raw(closes: &[f64]) -> RawBars {
        let days = |row: usize| Moment::default() + TimeDelta::days(row as i64);
        on(&closes.iter().enumerate().map(|(row, &close)| (days(row), close)).collect::<Vec<_>>())
    }

    /// Bars that open at their close and have a range around it.
    fn on(closes: &[(Moment, f64)]) -> RawBars {
        let bar = |(row, &(date, close)): (usize, &(Moment, f64))| {
            let (high, low) = (close * 1.01, close * 0.99);
            RawBar { date, line: row as u64 + 2, open: close, high, low, close, volume: 5.0 }
        };
        RawBars::new("A", "a.csv", closes.iter().enumerate().map(bar).collect())
    }

    #[track_caller]
    fn check(raw: &RawBars, expected: &[(FaultKind, usize, &str)]) {
        let found = of_sequence(raw);
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (fault, (kind, rows, words)) in found.iter().zip(expected) {
            assert_eq!((fault.kind, fault.rows), (*kind, *rows), "{fault}");
            assert!(fault.detail.contains(words), "{fault}");
        }
    }

    #[test]
    fn a_step_like_a_split_that_stays_is_noted_and_a_crash_is_not() {
        let split = (FaultKind::ProbableSplit, 1, "a ratio of 5:1");
        check(&raw(&[255.0, 257.0, 51.4, 51.0, 50.0]), &[split]);
        check(&raw(&[25.0, 25.5, 255.0, 250.0]), &[(FaultKind::ProbableSplit, 1, "a ratio of 1:10")]);
        check(&raw(&[100.0, 101.0, 70.0, 71.0]), &[]);
        // A crash of one half in the course of the day.
        let mut crash = raw(&[100.0, 101.0, 50.0, 51.0]);
        crash.bars[2].open = 58.0;
        crash.bars[2].high = 58.5;
        check(&crash, &[]);
        // A spike is named elsewhere.
        check(&raw(&[100.0, 101.0, 50.5, 101.0, 100.0]), &[]);
    }

    #[test]
    fn a_block_in_another_unit_is_noted_once() {
        let closes = [1.0, 1.01, 102.0, 101.0, 103.0, 1.02, 1.0];
        check(&raw(&closes), &[(FaultKind::UnitBlock, 3, "by a factor of about 101")]);
        let closes = [100.0, 101.0, 1.02, 1.01, 103.0, 102.0];
        check(&raw(&closes), &[(FaultKind::UnitBlock, 2, "a fraction of those around them")]);
    }

    #[test]
    fn repeated_bars_and_bars_without_a_range_or_volume_are_noted() {
        check(&raw(&[1.8, 2.0, 2.0, 2.0, 2.0, 2.0, 2.2]), &[(FaultKind::StalePrice, 5, "close 2")]);
        check(&raw(&[1.0, 1.5, 1.5, 1.5, 1.5, 2.0]), &[]);
        let mut fund = raw(&[1.0, 1.1, 1.2]);
        for bar in &mut fund.bars {
            (bar.high, bar.low, bar.volume) = (bar.close, bar.close, f64::NAN);
        }
        let flat = (FaultKind::FlatBars, 3, "equal on 3 of 3 rows");
        check(&fund, &[(FaultKind::NoVolume, 3, "no row has a volume"), flat]);
        check(&raw(&[]), &[]);
    }

    #[test]
    fn a_long_pause_with_another_level_is_noted() {
        let day = |days| Moment::default() + TimeDelta::days(days);
        let dates = |pause: i64, level: f64| {
            on(&[(day(0), 9.0), (day(1), 9.1), (day(2), 9.0), (day(2 + pause), level)])
        };
        let reused =
            (FaultKind::TickerReuse, 1, "pause for 100 days after 1970-01-03 and go on at 31 instead of 9");
        check(&dates(100, 31.0), &[reused]);
        check(&dates(100, 9.2), &[]);
        check(&dates(400, 9.2), &[(FaultKind::TickerReuse, 1, "400 days")]);
    }
}
