//! The functions that an expression may call, and what each takes.

/// What stands at one place in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Argument {
    /// Any expression.
    Value,
    /// Rows to step back: a positive integer literal.
    Lag,
    /// Rows of a window, at least so many: a positive integer literal.
    Window(usize),
    /// A number literal from 0 to 1.
    Share,
    /// A number literal above 0 and below 0.5.
    Tail,
    /// A positive number literal.
    Factor,
}

/// A function that an expression may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Function {
    Abs,
    Sign,
    Sqrt,
    Exp,
    Log,
    Greater,
    Less,
    If,
    IsNan,
    Fill,
    Ref,
    Delta,
    Sum,
    Mean,
    Var,
    Std,
    Skew,
    Kurt,
    Min,
    Max,
    ArgMin,
    ArgMax,
    TimeRank,
    Median,
    Quantile,
    Mad,
    Count,
    Wma,
    Lwma,
    Ema,
    Cov,
    Corr,
    Slope,
    Rsquare,
    Resi,
    Rank,
    Demean,
    Zscore,
    Winsorize,
    Momentum,
    Roc,
    BollingerMiddle,
    BollingerUpper,
    BollingerLower,
    BollingerPercent,
    BollingerWidth,
    StochasticK,
    StochasticD,
    WilliamsR,
    Cci,
    Mfi,
    Cmf,
    AroonUp,
    AroonDown,
    TrueRange,
    Rsi,
    Atr,
    Natr,
    PlusDi,
    MinusDi,
    Adx,
    Macd,
    MacdSignal,
    MacdHist,
    Obv,
}

/// A function's name, what it takes, and the columns that it reads by name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Signature {
    pub(crate) function: Function,
    pub(crate) name: &'static str,
    /// How messages show a call.
    pub(crate) form: &'static str,
    pub(crate) arguments: &'static [Argument],
    pub(crate) columns: &'static [&'static str],
}

const fn call(
    function: Function,
    name: &'static str,
    form: &'static str,
    arguments: &'static [Argument],
) -> Signature {
    Signature { function, name, form, arguments, columns: &[] }
}

const fn indicator(
    function: Function,
    name: &'static str,
    form: &'static str,
    arguments: &'static [Argument],
    columns: &'static [&'static str],
) -> Signature {
    Signature { function, name, form, arguments, columns }
}

use Argument::{Factor, Lag, Share, Tail, Value, Window};
use Function as F;

const X: &[Argument] = &[Value];
const XY: &[Argument] = &[Value, Value];
const XN: &[Argument] = &[Value, Window(1)];
const XN2: &[Argument] = &[Value, Window(2)];
const XYN2: &[Argument] = &[Value, Value, Window(2)];
const N: &[Argument] = &[Window(1)];
const N2: &[Argument] = &[Window(2)];
const NK: &[Argument] = &[Window(2), Factor];
const FAST_SLOW_SIGNAL: &[Argument] = &[Window(2), Window(2), Window(2)];
const CLOSE: &[&str] = &["close"];
const BAR: &[&str] = &["high", "low", "close"];
const TRADED: &[&str] = &["high", "low", "close", "volume"];

/// All functions, in the order of the reference page.
#[rustfmt::skip]
pub(crate) const SIGNATURES: [Signature; 65] = [
    call(F::If, "if", "if(c, a, b)", &[Value, Value, Value]),
    call(F::Abs, "abs", "abs(x)", X),
    call(F::Sign, "sign", "sign(x)", X),
    call(F::Sqrt, "sqrt", "sqrt(x)", X),
    call(F::Exp, "exp", "exp(x)", X),
    call(F::Log, "log", "log(x)", X),
    call(F::Greater, "greater", "greater(x, y)", XY),
    call(F::Less, "less", "less(x, y)", XY),
    call(F::IsNan, "isnan", "isnan(x)", X),
    call(F::Fill, "fill", "fill(x, y)", XY),
    call(F::Ref, "ref", "ref(x, n)", &[Value, Lag]),
    call(F::Delta, "delta", "delta(x, n)", &[Value, Lag]),
    call(F::Sum, "ts_sum", "ts_sum(x, n)", XN),
    call(F::Mean, "ts_mean", "ts_mean(x, n)", XN),
    call(F::Var, "ts_var", "ts_var(x, n)", XN2),
    call(F::Std, "ts_std", "ts_std(x, n)", XN2),
    call(F::Skew, "ts_skew", "ts_skew(x, n)", &[Value, Window(3)]),
    call(F::Kurt, "ts_kurt", "ts_kurt(x, n)", &[Value, Window(4)]),
    call(F::Min, "ts_min", "ts_min(x, n)", XN),
    call(F::Max, "ts_max", "ts_max(x, n)", XN),
    call(F::ArgMin, "ts_argmin", "ts_argmin(x, n)", XN),
    call(F::ArgMax, "ts_argmax", "ts_argmax(x, n)", XN),
    call(F::TimeRank, "ts_rank", "ts_rank(x, n)", XN),
    call(F::Median, "ts_median", "ts_median(x, n)", XN),
    call(F::Quantile, "quantile", "quantile(x, n, q)", &[Value, Window(1), Share]),
    call(F::Mad, "ts_mad", "ts_mad(x, n)", XN),
    call(F::Count, "ts_count", "ts_count(x, n)", XN),
    call(F::Wma, "wma", "wma(x, n)", XN),
    call(F::Lwma, "lwma", "lwma(x, n)", XN),
    call(F::Ema, "ema", "ema(x, n)", XN),
    call(F::Cov, "cov", "cov(x, y, n)", XYN2),
    call(F::Corr, "corr", "corr(x, y, n)", XYN2),
    call(F::Slope, "slope", "slope(x, n)", XN2),
    call(F::Rsquare, "rsquare", "rsquare(x, n)", XN2),
    call(F::Resi, "resi", "resi(x, n)", XN2),
    call(F::Rank, "rank", "rank(x)", X),
    call(F::Demean, "demean", "demean(x)", X),
    call(F::Zscore, "zscore", "zscore(x)", X),
    call(F::Winsorize, "winsorize", "winsorize(x, p)", &[Value, Tail]),
    indicator(F::Momentum, "momentum", "momentum(n)", &[Lag], CLOSE),
    indicator(F::Roc, "roc", "roc(n)", &[Lag], CLOSE),
    indicator(F::BollingerMiddle, "bollinger_middle", "bollinger_middle(n)", N2, CLOSE),
    indicator(F::BollingerUpper, "bollinger_upper", "bollinger_upper(n, k)", NK, CLOSE),
    indicator(F::BollingerLower, "bollinger_lower", "bollinger_lower(n, k)", NK, CLOSE),
    indicator(F::BollingerPercent, "bollinger_percent", "bollinger_percent(n, k)", NK, CLOSE),
    indicator(F::BollingerWidth, "bollinger_width", "bollinger_width(n, k)", NK, CLOSE),
    indicator(F::StochasticK, "stochastic_k", "stochastic_k(n)", N, BAR),
    indicator(F::StochasticD, "stochastic_d", "stochastic_d(n, m)", &[Window(1), Window(1)], BAR),
    indicator(F::WilliamsR, "williams_r", "williams_r(n)", N, BAR),
    indicator(F::Cci, "cci", "cci(n)", N2, BAR),
    indicator(F::Mfi, "mfi", "mfi(n)", N, TRADED),
    indicator(F::Cmf, "cmf", "cmf(n)", N, TRADED),
    indicator(F::AroonUp, "aroon_up", "aroon_up(n)", N, &["high"]),
    indicator(F::AroonDown, "aroon_down", "aroon_down(n)", N, &["low"]),
    indicator(F::TrueRange, "true_range", "true_range()", &[], BAR),
    indicator(F::Rsi, "rsi", "rsi(n)", N2, CLOSE),
    indicator(F::Atr, "atr", "atr(n)", N, BAR),
    indicator(F::Natr, "natr", "natr(n)", N, BAR),
    indicator(F::PlusDi, "plus_di", "plus_di(n)", N2, BAR),
    indicator(F::MinusDi, "minus_di", "minus_di(n)", N2, BAR),
    indicator(F::Adx, "adx", "adx(n)", N2, BAR),
    indicator(F::Macd, "macd", "macd(fast, slow)", &[Window(2), Window(2)], CLOSE),
    indicator(F::MacdSignal, "macd_signal", "macd_signal(fast, slow, signal)", FAST_SLOW_SIGNAL, CLOSE),
    indicator(F::MacdHist, "macd_hist", "macd_hist(fast, slow, signal)", FAST_SLOW_SIGNAL, CLOSE),
    indicator(F::Obv, "obv", "obv()", &[], &["close", "volume"]),
];

/// Returns the function of this name.
pub(crate) fn named(name: &str) -> Option<&'static Signature> {
    SIGNATURES.iter().find(|signature| signature.name == name)
}

/// Returns all names of functions.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    SIGNATURES.iter().map(|signature| signature.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_shows_its_name_and_as_many_arguments_as_it_takes() {
        for signature in &SIGNATURES {
            let inside = signature.form.strip_prefix(signature.name).unwrap();
            let inside = inside.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap();
            let shown = inside.split(", ").filter(|part| !part.is_empty()).count();
            assert_eq!(shown, signature.arguments.len(), "{}", signature.form);
            let same = SIGNATURES.iter().filter(|other| other.function == signature.function);
            assert_eq!(same.count(), 1, "{}", signature.form);
            assert_eq!(named(signature.name), Some(signature));
        }
    }
}
