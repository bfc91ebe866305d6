//! Indicators over all earlier bars: each is given the bars up to the current one, numbered from 0, and gives the value
//! at the last of them; `None` before its first bar.

use crate::expressions::indicators::{range, ratio};
use crate::expressions::statistics::mean;

/// A bar; a value that the indicator does not read may be NaN.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bar {
    pub(crate) high: f64,
    pub(crate) low: f64,
    pub(crate) close: f64,
    pub(crate) volume: f64,
}

pub(crate) fn rsi(bars: &[Bar], counts: &[usize]) -> Option<f64> {
    let changes: Vec<f64> = bars.windows(2).map(|pair| pair[1].close - pair[0].close).collect();
    let rises: Vec<f64> = changes.iter().map(|change| change.max(0.0)).collect();
    let falls: Vec<f64> = changes.iter().map(|change| (-change).max(0.0)).collect();
    let (up, down) = (wilder(&rises, counts[0])?, wilder(&falls, counts[0])?);
    Some(100.0 * ratio(up, up + down)?)
}

pub(crate) fn atr(bars: &[Bar], counts: &[usize]) -> Option<f64> {
    wilder(&true_ranges(bars), counts[0])
}

pub(crate) fn natr(bars: &[Bar], counts: &[usize]) -> Option<f64> {
    Some(100.0 * ratio(atr(bars, counts)?, bars.last()?.close)?)
}

pub(crate) fn plus_di(bars: &[Bar], counts: &[usize]) -> Option<f64> {
    directional(bars, counts[0]).last().map(|(plus, _)| *plus)
}

pub(crate) fn minus_di(bars: &[Bar], counts: &[usize]) -> Option<f64> {
    directional(bars, counts[0]).last().map(|(_, minus)| *minus)
}

pub(crate) fn adx(bars: &[Bar], counts: &[usize]) -> Option<f64> {
    let dx = |(plus, minus): &(f64, f64)| {
        // Both are 0 where the bar has no direction.
        100.0 * ratio((plus - minus).abs(), plus + minus).unwrap_or(0.0)
    };
    let indices: Vec<f64> = directional(bars, counts[0]).iter().map(dx).collect();
    wilder(&indices, counts[0])
}

pub(crate) fn macd(bars: &[Bar], counts: &[usize]) -> Option<f64> {
    macd_line(bars, counts[0], counts[1])?.last().copied()
}

pub(crate) fn macd_signal(bars: &[Bar], counts: &[usize]) -> Option<f64> {
    let line = macd_line(bars, counts[0], counts[1])?;
    exponential(&line, counts[2], counts[2])?.last().copied()
}

pub(crate) fn macd_hist(bars: &[Bar], counts: &[usize]) -> Option<f64> {
    Some(macd(bars, counts)? - macd_signal(bars, counts)?)
}

pub(crate) fn obv(bars: &[Bar], _: &[usize]) -> Option<f64> {
    let mut balance = bars.first()?.volume;
    for pair in bars.windows(2) {
        if pair[1].close > pair[0].close {
            balance += pair[1].volume;
        } else if pair[1].close < pair[0].close {
            balance -= pair[1].volume;
        }
    }
    Some(balance)
}

/// Wilder's average of all inputs; `None` if there are fewer than `n`.
fn wilder(inputs: &[f64], n: usize) -> Option<f64> {
    let start = mean(inputs.get(..n)?);
    let next = |previous: f64, input: &f64| (previous * (n as f64 - 1.0) + input) / n as f64;
    Some(inputs[n..].iter().fold(start, next))
}

/// The true ranges, from bar 1.
fn true_ranges(bars: &[Bar]) -> Vec<f64> {
    bars.windows(2).map(|pair| range(pair[1].high, pair[1].low, pair[0].close)).collect()
}

/// `+DI` and `-DI`, from bar `n`.
fn directional(bars: &[Bar], n: usize) -> Vec<(f64, f64)> {
    let mut found = Vec::new();
    let (mut plus, mut minus, mut ranges) = (0.0, 0.0, 0.0);
    for bar in 1..bars.len() {
        let up = bars[bar].high - bars[bar - 1].high;
        let down = bars[bar - 1].low - bars[bar].low;
        let range = range(bars[bar].high, bars[bar].low, bars[bar - 1].close);
        if bar >= n {
            plus -= plus / n as f64;
            minus -= minus / n as f64;
            ranges -= ranges / n as f64;
        }
        plus += if up > down && up > 0.0 { up } else { 0.0 };
        minus += if down > up && down > 0.0 { down } else { 0.0 };
        ranges += range;
        if bar >= n {
            let percent = |sum: f64| 100.0 * ratio(sum, ranges).unwrap_or(0.0);
            found.push((percent(plus), percent(minus)));
        }
    }
    found
}

/// `E(fast) - E(slow)` of the closes, from bar `slow - 1`.
fn macd_line(bars: &[Bar], fast: usize, slow: usize) -> Option<Vec<f64>> {
    let closes: Vec<f64> = bars.iter().map(|bar| bar.close).collect();
    let (fast, slow) = (exponential(&closes, fast, slow)?, exponential(&closes, slow, slow)?);
    Some(fast.iter().zip(&slow).map(|(fast, slow)| fast - slow).collect())
}

/// `E(n)`, from input `start - 1`, where it is the mean of the last `n` inputs.
fn exponential(inputs: &[f64], n: usize, start: usize) -> Option<Vec<f64>> {
    let mut values = vec![mean(inputs.get(start - n..start)?)];
    let factor = 2.0 / (n as f64 + 1.0);
    for input in &inputs[start..] {
        let previous = values[values.len() - 1];
        values.push(previous + factor * (input - previous));
    }
    Some(values)
}
