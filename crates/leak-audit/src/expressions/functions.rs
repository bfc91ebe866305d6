//! The functions of the language: their names, what they take, and how their value is found.

use crate::expressions::bar_indicators::{self, Bar};
use crate::expressions::indicators::{self, Arguments, Earlier};
use crate::expressions::{across, pairs, row, windows};

/// The largest lag or window.
pub(crate) const MOST_ROWS: usize = 100_000;

/// A function. It takes expressions first, then positive whole numbers, then at most one other number.
pub(crate) struct Function {
    /// The name it is called by.
    pub(crate) name: &'static str,
    /// How many expressions it takes.
    pub(crate) expressions: usize,
    /// For each whole number that it takes the least one.
    pub(crate) counts: &'static [usize],
    /// Whether the second whole number must exceed the first.
    pub(crate) ascending: bool,
    /// The other number, if it takes one.
    pub(crate) number: Option<Range>,
    /// The columns that it reads by name.
    pub(crate) reads: &'static [&'static str],
    pub(crate) value: Value,
}

/// The range of a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Range {
    /// From 0 to 1.
    Unit,
    /// Above 0 and below 0.5.
    Tail,
    /// Above 0 and finite.
    Positive,
}

/// How the value at one row of one ticker is found.
pub(crate) enum Value {
    /// From the arguments on the row.
    Row(fn(&[f64]) -> f64),
    /// From the argument on the row and some rows before.
    Lag(fn(now: f64, before: f64) -> f64),
    /// From the argument in the window.
    Window(fn(&[f64]) -> f64),
    /// From the argument in the window and a number.
    WindowWith(fn(&[f64], f64) -> f64),
    /// From two arguments in the window.
    Pair(fn(&[f64], &[f64]) -> f64),
    /// From the argument on all rows since the first, and the whole number.
    History(fn(&[f64], f64) -> f64),
    /// From the argument's values for the tickers that have one, and the ticker's own one.
    Across(fn(&[f64], f64) -> f64),
    /// The same, and a number.
    AcrossWith(fn(&[f64], f64, f64) -> f64),
    /// From the cells of fixed rows.
    Indicator(fn(&Earlier<'_>, &Arguments<'_>) -> Option<f64>),
    /// From the bars up to the row.
    BarIndicator(fn(&[Bar], &[usize]) -> Option<f64>),
}

impl Function {
    /// The function of a name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        FUNCTIONS.iter().find(|function| function.name == name)
    }

    /// The number of arguments.
    pub(crate) fn arguments(&self) -> usize {
        self.expressions + self.counts.len() + usize::from(self.number.is_some())
    }
}

impl Range {
    /// Whether it holds a number.
    pub(crate) fn holds(self, number: f64) -> bool {
        match self {
            Self::Unit => (0.0..=1.0).contains(&number),
            Self::Tail => number > 0.0 && number < 0.5,
            Self::Positive => number > 0.0 && number.is_finite(),
        }
    }

    /// The range in words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Unit => "a number from 0 to 1",
            Self::Tail => "a number above 0 and below 0.5",
            Self::Positive => "a finite number above 0",
        }
    }
}

const HLC: &[&str] = &["high", "low", "close"];
const HLCV: &[&str] = &["high", "low", "close", "volume"];
const CLOSE: &[&str] = &["close"];

static FUNCTIONS: [Function; 65] = [
    on_row("if", 3, row::choose),
    on_row("abs", 1, |x| x[0].abs()),
    on_row("sign", 1, |x| row::sign(x[0])),
    on_row("sqrt", 1, |x| x[0].sqrt()),
    on_row("exp", 1, |x| libm::exp(x[0])),
    on_row("log", 1, |x| libm::log(x[0])),
    on_row("greater", 2, |x| row::greater(x[0], x[1])),
    on_row("less", 2, |x| row::less(x[0], x[1])),
    on_row("isnan", 1, |x| row::is_nan(x[0])),
    on_row("fill", 2, |x| row::fill(x[0], x[1])),
    of("ref", 1, &[1], Value::Lag(|_, before| before)),
    of("delta", 1, &[1], Value::Lag(|now, before| now - before)),
    window("ts_sum", &[1], windows::sum),
    window("ts_mean", &[1], windows::average),
    window("ts_var", &[2], windows::var),
    window("ts_std", &[2], windows::std),
    window("ts_skew", &[3], windows::skew),
    window("ts_kurt", &[4], windows::kurt),
    window("ts_min", &[1], windows::min),
    window("ts_max", &[1], windows::max),
    window("ts_argmin", &[1], windows::argmin),
    window("ts_argmax", &[1], windows::argmax),
    window("ts_rank", &[1], windows::current_rank),
    window("ts_median", &[1], windows::median),
    of("quantile", 1, &[1], Value::WindowWith(windows::quantile_at)).with(Range::Unit),
    window("ts_mad", &[1], windows::mad),
    window("ts_count", &[1], windows::count),
    window("wma", &[1], windows::wma),
    window("lwma", &[1], windows::lwma),
    of("cov", 2, &[2], Value::Pair(pairs::cov)),
    of("corr", 2, &[2], Value::Pair(pairs::corr)),
    window("slope", &[2], pairs::slope),
    window("rsquare", &[2], pairs::rsquare),
    window("resi", &[2], pairs::resi),
    of("ema", 1, &[1], Value::History(windows::ema)),
    of("rank", 1, &[], Value::Across(across::rank)),
    of("demean", 1, &[], Value::Across(across::demean)),
    of("zscore", 1, &[], Value::Across(across::zscore)),
    of("winsorize", 1, &[], Value::AcrossWith(across::winsorize)).with(Range::Tail),
    indicator("momentum", &[1], CLOSE, indicators::momentum),
    indicator("roc", &[1], CLOSE, indicators::roc),
    indicator("bollinger_middle", &[1], CLOSE, indicators::bollinger_middle),
    indicator("bollinger_upper", &[1], CLOSE, indicators::bollinger_upper).with(Range::Positive),
    indicator("bollinger_lower", &[1], CLOSE, indicators::bollinger_lower).with(Range::Positive),
    indicator("bollinger_percent", &[1], CLOSE, indicators::bollinger_percent).with(Range::Positive),
    indicator("bollinger_width", &[1], CLOSE, indicators::bollinger_width).with(Range::Positive),
    indicator("stochastic_k", &[1], HLC, indicators::stochastic_k),
    indicator("stochastic_d", &[1, 1], HLC, indicators::stochastic_d),
    indicator("williams_r", &[1], HLC, indicators::williams_r),
    indicator("cci", &[1], HLC, indicators::cci),
    indicator("mfi", &[1], HLCV, indicators::mfi),
    indicator("cmf", &[1], HLCV, indicators::cmf),
    indicator("aroon_up", &[1], &["high"], indicators::aroon_up),
    indicator("aroon_down", &[1], &["low"], indicators::aroon_down),
    indicator("true_range", &[], HLC, indicators::true_range),
    over_bars("rsi", &[2], CLOSE, bar_indicators::rsi),
    over_bars("atr", &[1], HLC, bar_indicators::atr),
    over_bars("natr", &[1], HLC, bar_indicators::natr),
    over_bars("plus_di", &[2], HLC, bar_indicators::plus_di),
    over_bars("minus_di", &[2], HLC, bar_indicators::minus_di),
    over_bars("adx", &[2], HLC, bar_indicators::adx),
    over_bars("macd", &[2, 1], CLOSE, bar_indicators::macd).ascending(),
    over_bars("macd_signal", &[2, 1, 2], CLOSE, bar_indicators::macd_signal).ascending(),
    over_bars("macd_hist", &[2, 1, 2], CLOSE, bar_indicators::macd_hist).ascending(),
    over_bars("obv", &[], &["close", "volume"], bar_indicators::obv),
];

impl Function {
    const fn with(self, number: Range) -> Self {
        Self { number: Some(number), ..self }
    }

    const fn ascending(self) -> Self {
        Self { ascending: true, ..self }
    }
}

const fn of(name: &'static str, expressions: usize, counts: &'static [usize], value: Value) -> Function {
    Function { name, expressions, counts, ascending: false, number: None, reads: &[], value }
}

const fn on_row(name: &'static str, expressions: usize, value: fn(&[f64]) -> f64) -> Function {
    of(name, expressions, &[], Value::Row(value))
}

const fn window(name: &'static str, counts: &'static [usize], value: fn(&[f64]) -> f64) -> Function {
    of(name, 1, counts, Value::Window(value))
}

const fn indicator(
    name: &'static str,
    counts: &'static [usize],
    reads: &'static [&'static str],
    value: fn(&Earlier<'_>, &Arguments<'_>) -> Option<f64>,
) -> Function {
    Function { reads, ..of(name, 0, counts, Value::Indicator(value)) }
}

const fn over_bars(
    name: &'static str,
    counts: &'static [usize],
    reads: &'static [&'static str],
    value: fn(&[Bar], &[usize]) -> Option<f64>,
) -> Function {
    Function { reads, ..of(name, 0, counts, Value::BarIndicator(value)) }
}
