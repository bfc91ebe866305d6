//! The operations of the graph, to which every function of the language is reduced.

/// What a node of the graph computes from its inputs. Numbers are held as bits, so that operations can be compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Operation {
    Number(u64),
    /// A column of the panel, by its place among the columns that the graph reads.
    Column(usize),
    /// A number on every row.
    Spread,
    Unary(Unary),
    Binary(Binary),
    /// The second input where the first is true, else the third.
    Choose,
    Lag(usize),
    Window(Window, usize),
    Quantile(usize, u64),
    Pair(Pair, usize),
    Line(Line, usize),
    Ema(usize),
    Recursive(Recursive),
    Cross(Cross),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Unary {
    Negate,
    Not,
    Abs,
    Sign,
    Sqrt,
    Exp,
    Log,
    IsNan,
    /// NaN in place of an infinite value.
    Finite,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Binary {
    Or,
    And,
    Gt,
    Ge,
    Lt,
    Le,
    Eq,
    Ne,
    Add,
    Sub,
    Mul,
    Div,
    Pow,
    Greater,
    Less,
    Fill,
    /// The quotient; NaN if the divisor is 0, whatever is divided.
    Ratio,
    /// The first input, or NaN where the second, a variance, is that of a flat series in Qlib's sense.
    UnlessFlat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Window {
    Sum,
    Mean,
    Count,
    Var,
    Skew,
    Kurt,
    Mad,
    Wma,
    Lwma,
    Min,
    Max,
    ArgMin,
    ArgMax,
    /// The place of the last smallest value, unlike `ArgMin`.
    LastArgMin,
    LastArgMax,
    Rank,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Pair {
    Cov,
    Corr,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Line {
    Slope,
    Rsquare,
    Resi,
}

/// Indicators that run over the bars from the first one on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Recursive {
    Rsi(usize),
    Atr(usize),
    PlusDi(usize),
    MinusDi(usize),
    Adx(usize),
    Macd(usize, usize),
    MacdSignal(usize, usize, usize),
    Obv,
}

/// Operations on all tickers of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Cross {
    Rank,
    Demean,
    Zscore,
    Winsorize(u64),
}

/// Operations of one kind over the same inputs are computed in one pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pass {
    Sums(usize),
    Smallest(usize),
    Largest(usize),
    Order(usize),
    Pair(usize),
    Line(usize),
}

impl Operation {
    /// Returns the pass that the operation shares with others, if it shares one.
    pub(crate) fn pass(&self) -> Option<Pass> {
        match *self {
            Self::Window(Window::Sum | Window::Mean | Window::Count, n) => Some(Pass::Sums(n)),
            Self::Window(Window::Min | Window::ArgMin, n) => Some(Pass::Smallest(n)),
            Self::Window(Window::Max | Window::ArgMax, n) => Some(Pass::Largest(n)),
            Self::Window(Window::Rank, n) | Self::Quantile(n, _) => Some(Pass::Order(n)),
            Self::Pair(_, n) => Some(Pass::Pair(n)),
            Self::Line(_, n) => Some(Pass::Line(n)),
            _ => None,
        }
    }

    /// Returns whether each row of the result depends on the same row of the inputs alone.
    pub(crate) fn is_rowwise(&self) -> bool {
        matches!(self, Self::Unary(_) | Self::Binary(_) | Self::Choose)
    }
}
