//! Indicators that run over the bars from the first one on: J. Welles Wilder, "New Concepts in Technical Trading
//! Systems" (1978), and others, with the first values of TA-Lib.

use crate::operation::Recursive;

/// Runs over the rows on which every input is finite; other rows get NaN.
pub(super) fn run(recursive: Recursive, inputs: &[&[f64]], out: &mut [f64]) {
    let bars: Vec<usize> =
        (0..out.len()).filter(|row| inputs.iter().all(|input| input[*row].is_finite())).collect();
    let gathered: Vec<Vec<f64>> =
        inputs.iter().map(|input| bars.iter().map(|row| input[*row]).collect()).collect();
    let values = match (recursive, gathered.as_slice()) {
        (Recursive::Rsi(n), [close]) => rsi(close, n),
        (Recursive::Macd(fast, slow), [close]) => macd(close, fast, slow),
        (Recursive::MacdSignal(fast, slow, signal), [close]) => {
            let macd = macd(close, fast, slow);
            exponential(&macd, signal, slow + signal - 2)
        }
        (Recursive::Obv, [close, volume]) => on_balance_volume(close, volume),
        (Recursive::Atr(n), [high, low, close]) => wilder(&true_range(high, low, close), n, 1),
        (Recursive::PlusDi(n), [high, low, close]) => directional(high, low, close, n, 0),
        (Recursive::MinusDi(n), [high, low, close]) => directional(high, low, close, n, 1),
        (Recursive::Adx(n), [high, low, close]) => adx(high, low, close, n),
        _ => Vec::new(),
    };
    out.fill(f64::NAN);
    for (row, value) in bars.into_iter().zip(values) {
        out[row] = value;
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Wilder's average of length `n` of a series whose first input is at bar `first`; NaN before bar `first + n - 1`.
fn wilder(series: &[f64], n: usize, first: usize) -> Vec<f64> {
    let mut out = vec![f64::NAN; series.len()];
    let Some(start) = series.get(first..first + n) else { return out };
    let mut average = mean(start);
    out[first + n - 1] = average;
    for bar in first + n..series.len() {
        average = (average * (n - 1) as f64 + series[bar]) / n as f64;
        out[bar] = average;
    }
    out
}

/// The exponential average of length `n` that starts at bar `start` with the mean of the `n` values up to it.
fn exponential(series: &[f64], n: usize, start: usize) -> Vec<f64> {
    let mut out = vec![f64::NAN; series.len()];
    let Some(seed) = series.get(start + 1 - n..=start) else { return out };
    let factor = 2.0 / (n as f64 + 1.0);
    let mut average = mean(seed);
    out[start] = average;
    for bar in start + 1..series.len() {
        average += factor * (series[bar] - average);
        out[bar] = average;
    }
    out
}

fn macd(close: &[f64], fast: usize, slow: usize) -> Vec<f64> {
    let (fast, slow) = (exponential(close, fast, slow - 1), exponential(close, slow, slow - 1));
    fast.iter().zip(slow).map(|(fast, slow)| fast - slow).collect()
}

/// Differences from bar to bar, mapped; 0 at bar 0, which no average reads.
fn changes(series: &[f64], f: impl Fn(f64) -> f64) -> Vec<f64> {
    (0..series.len()).map(|bar| if bar == 0 { 0.0 } else { f(series[bar] - series[bar - 1]) }).collect()
}

fn rsi(close: &[f64], n: usize) -> Vec<f64> {
    let rises = wilder(&changes(close, |change| change.max(0.0)), n, 1);
    let falls = wilder(&changes(close, |change| (-change).max(0.0)), n, 1);
    let share =
        |(rise, fall): (f64, f64)| if rise + fall == 0.0 { f64::NAN } else { 100.0 * rise / (rise + fall) };
    rises.into_iter().zip(falls).map(share).collect()
}

fn true_range(high: &[f64], low: &[f64], close: &[f64]) -> Vec<f64> {
    let range = |bar: usize| {
        let range = high[bar] - low[bar];
        if bar == 0 {
            return range;
        }
        range.max((high[bar] - close[bar - 1]).abs()).max((low[bar] - close[bar - 1]).abs())
    };
    (0..close.len()).map(range).collect()
}

/// The movement up (side 0) or down (side 1) where it is the larger of the two, else 0.
fn movement(high: &[f64], low: &[f64], side: usize) -> Vec<f64> {
    let moved = |bar: usize| {
        if bar == 0 {
            return 0.0;
        }
        let moves = [high[bar] - high[bar - 1], low[bar - 1] - low[bar]];
        if moves[side] > moves[1 - side] && moves[side] > 0.0 { moves[side] } else { 0.0 }
    };
    (0..high.len()).map(moved).collect()
}

/// TA-Lib's running sum: it starts with the `n - 1` values of bars `1 .. n - 1`.
fn running_sum(series: &[f64], n: usize) -> Vec<f64> {
    let mut out = vec![f64::NAN; series.len()];
    let Some(start) = series.get(1..n) else { return out };
    let mut sum = start.iter().sum::<f64>();
    for bar in n..series.len() {
        sum = sum - sum / n as f64 + series[bar];
        out[bar] = sum;
    }
    out
}

fn directional(high: &[f64], low: &[f64], close: &[f64], n: usize, side: usize) -> Vec<f64> {
    let moved = running_sum(&movement(high, low, side), n);
    let ranges = running_sum(&true_range(high, low, close), n);
    let share = |(moved, range): (f64, f64)| if range == 0.0 { 0.0 } else { 100.0 * moved / range };
    moved.into_iter().zip(ranges).map(share).collect()
}

fn adx(high: &[f64], low: &[f64], close: &[f64], n: usize) -> Vec<f64> {
    let up = directional(high, low, close, n, 0);
    let down = directional(high, low, close, n, 1);
    let apart = |(up, down): (f64, f64)| {
        if up + down == 0.0 { 0.0 } else { 100.0 * (up - down).abs() / (up + down) }
    };
    wilder(&up.into_iter().zip(down).map(apart).collect::<Vec<_>>(), n, n)
}

fn on_balance_volume(close: &[f64], volume: &[f64]) -> Vec<f64> {
    let mut total = 0.0;
    let step = |bar: usize| {
        let rises = bar == 0 || close[bar] > close[bar - 1];
        let falls = bar > 0 && close[bar] < close[bar - 1];
        total += if rises { volume[bar] } else { 0.0 } - if falls { volume[bar] } else { 0.0 };
        total
    };
    (0..close.len()).map(step).collect()
}
