//! Adds the indicators that are known by name to the graph.

use crate::function::Function;
use crate::graph::{Graph, NodeId};
use crate::node::Call;
use crate::operation::{Binary, Operation, Recursive, Unary, Window};

/// Adds an indicator, which has no operands; its columns are read by name.
pub(crate) fn lower(graph: &mut Graph, call: &Call) -> NodeId {
    use Function as F;
    let rows = |place: usize| call.literals.get(place).map_or(0, |literal| literal.rows());
    let (n, factor) = (rows(0), call.literals.get(1).map_or(0.0, |literal| literal.value()));
    let mut build = Builder { graph };
    match call.signature.function {
        F::Momentum => build.momentum(n),
        F::Roc => build.roc(n),
        F::BollingerMiddle => build.bollinger(n).0,
        F::BollingerUpper => build.band(Binary::Add, n, factor),
        F::BollingerLower => build.band(Binary::Sub, n, factor),
        F::BollingerPercent => build.bollinger_percent(n, factor),
        F::BollingerWidth => build.bollinger_width(n, factor),
        F::StochasticK => build.stochastic_k(n),
        F::StochasticD => {
            let k = build.stochastic_k(n);
            build.full(Window::Mean, k, rows(1))
        }
        F::WilliamsR => build.williams_r(n),
        F::Cci => build.cci(n),
        F::Mfi => build.mfi(n),
        F::Cmf => build.cmf(n),
        F::AroonUp => build.aroon("high", Window::LastArgMax, n),
        F::AroonDown => build.aroon("low", Window::LastArgMin, n),
        F::TrueRange => build.true_range(),
        F::Rsi => build.recursive(Recursive::Rsi(n), &["close"]),
        F::Atr => build.recursive(Recursive::Atr(n), &["high", "low", "close"]),
        F::Natr => {
            let atr = build.recursive(Recursive::Atr(n), &["high", "low", "close"]);
            let close = build.column("close");
            build.percent(atr, close)
        }
        F::PlusDi => build.recursive(Recursive::PlusDi(n), &["high", "low", "close"]),
        F::MinusDi => build.recursive(Recursive::MinusDi(n), &["high", "low", "close"]),
        F::Adx => build.recursive(Recursive::Adx(n), &["high", "low", "close"]),
        F::Macd => build.recursive(Recursive::Macd(n, rows(1)), &["close"]),
        F::MacdSignal => build.recursive(Recursive::MacdSignal(n, rows(1), rows(2)), &["close"]),
        F::MacdHist => {
            let macd = build.recursive(Recursive::Macd(n, rows(1)), &["close"]);
            let signal = build.recursive(Recursive::MacdSignal(n, rows(1), rows(2)), &["close"]);
            build.graph.binary(Binary::Sub, macd, signal)
        }
        // Only `obv` is left: the caller keeps every function with operands.
        _ => build.recursive(Recursive::Obv, &["close", "volume"]),
    }
}

struct Builder<'a> {
    graph: &'a mut Graph,
}

impl Builder<'_> {
    /// The column, with infinite values as missing ones.
    fn column(&mut self, name: &str) -> NodeId {
        let column = self.graph.column(name);
        self.graph.unary(Unary::Finite, column)
    }

    fn two(&mut self, binary: Binary, x: NodeId, y: NodeId) -> NodeId {
        self.graph.binary(binary, x, y)
    }

    fn times(&mut self, factor: f64, x: NodeId) -> NodeId {
        let factor = self.graph.number(factor);
        self.graph.binary(Binary::Mul, factor, x)
    }

    fn percent(&mut self, x: NodeId, y: NodeId) -> NodeId {
        let ratio = self.two(Binary::Ratio, x, y);
        self.times(100.0, ratio)
    }

    /// `value` where the last `n` values of `series` are all there, else NaN.
    fn complete(&mut self, value: NodeId, series: NodeId, n: usize) -> NodeId {
        let count = self.graph.window(Window::Count, series, n);
        let all = self.graph.number(n as f64);
        let whole = self.two(Binary::Eq, count, all);
        let nan = self.graph.number(f64::NAN);
        self.graph.add(Operation::Choose, vec![whole, value, nan])
    }

    /// A window's value where the window is complete, else NaN.
    fn full(&mut self, window: Window, series: NodeId, n: usize) -> NodeId {
        let value = self.graph.window(window, series, n);
        self.complete(value, series, n)
    }

    fn recursive(&mut self, recursive: Recursive, columns: &[&str]) -> NodeId {
        let inputs = columns.iter().map(|name| self.graph.column(name)).collect();
        self.graph.add(Operation::Recursive(recursive), inputs)
    }

    fn momentum(&mut self, n: usize) -> NodeId {
        let close = self.column("close");
        let earlier = self.graph.lag(close, n);
        self.two(Binary::Sub, close, earlier)
    }

    fn roc(&mut self, n: usize) -> NodeId {
        let close = self.column("close");
        let earlier = self.graph.lag(close, n);
        let ratio = self.two(Binary::Ratio, close, earlier);
        let one = self.graph.number(1.0);
        let change = self.two(Binary::Sub, ratio, one);
        self.times(100.0, change)
    }

    /// The mean and the population standard deviation of the close.
    fn bollinger(&mut self, n: usize) -> (NodeId, NodeId) {
        let close = self.column("close");
        let mean = self.full(Window::Mean, close, n);
        let sample = self.full(Window::Var, close, n);
        let variance = self.times((n as f64 - 1.0) / n as f64, sample);
        (mean, self.graph.unary(Unary::Sqrt, variance))
    }

    fn band(&mut self, side: Binary, n: usize, k: f64) -> NodeId {
        let (mean, deviation) = self.bollinger(n);
        let away = self.times(k, deviation);
        self.two(side, mean, away)
    }

    fn bollinger_percent(&mut self, n: usize, k: f64) -> NodeId {
        let (upper, lower) = (self.band(Binary::Add, n, k), self.band(Binary::Sub, n, k));
        let close = self.column("close");
        let (above, width) = (self.two(Binary::Sub, close, lower), self.two(Binary::Sub, upper, lower));
        self.two(Binary::Ratio, above, width)
    }

    fn bollinger_width(&mut self, n: usize, k: f64) -> NodeId {
        let (upper, lower) = (self.band(Binary::Add, n, k), self.band(Binary::Sub, n, k));
        let (middle, width) = (self.bollinger(n).0, self.two(Binary::Sub, upper, lower));
        self.two(Binary::Ratio, width, middle)
    }

    fn highest_and_lowest(&mut self, n: usize) -> (NodeId, NodeId) {
        let (high, low) = (self.column("high"), self.column("low"));
        (self.full(Window::Max, high, n), self.full(Window::Min, low, n))
    }

    fn stochastic_k(&mut self, n: usize) -> NodeId {
        let (highest, lowest) = self.highest_and_lowest(n);
        let close = self.column("close");
        let (above, range) = (self.two(Binary::Sub, close, lowest), self.two(Binary::Sub, highest, lowest));
        self.percent(above, range)
    }

    fn williams_r(&mut self, n: usize) -> NodeId {
        let (highest, lowest) = self.highest_and_lowest(n);
        let close = self.column("close");
        let (below, range) = (self.two(Binary::Sub, highest, close), self.two(Binary::Sub, highest, lowest));
        let ratio = self.two(Binary::Ratio, below, range);
        self.times(-100.0, ratio)
    }

    fn typical_price(&mut self) -> NodeId {
        let (high, low, close) = (self.column("high"), self.column("low"), self.column("close"));
        let sum = self.two(Binary::Add, high, low);
        let sum = self.two(Binary::Add, sum, close);
        let three = self.graph.number(3.0);
        self.two(Binary::Div, sum, three)
    }

    fn cci(&mut self, n: usize) -> NodeId {
        let price = self.typical_price();
        let (mean, deviation) = (self.full(Window::Mean, price, n), self.full(Window::Mad, price, n));
        let (away, scale) = (self.two(Binary::Sub, price, mean), self.times(0.015, deviation));
        self.two(Binary::Ratio, away, scale)
    }

    fn mfi(&mut self, n: usize) -> NodeId {
        let (price, volume) = (self.typical_price(), self.column("volume"));
        let (flow, earlier) = (self.two(Binary::Mul, price, volume), self.graph.lag(price, 1));
        let change = self.two(Binary::Sub, price, earlier);
        let zero = self.graph.number(0.0);
        let mut side = |comparison: Binary| {
            let chosen = self.two(comparison, change, zero);
            let flows = self.graph.add(Operation::Choose, vec![chosen, flow, zero]);
            self.graph.window(Window::Sum, flows, n)
        };
        let (risen, fallen) = (side(Binary::Gt), side(Binary::Lt));
        let both = self.two(Binary::Add, risen, fallen);
        let share = self.percent(risen, both);
        let share = self.complete(share, change, n);
        self.complete(share, flow, n)
    }

    fn cmf(&mut self, n: usize) -> NodeId {
        let (high, low, close) = (self.column("high"), self.column("low"), self.column("close"));
        let volume = self.column("volume");
        let (above, below) = (self.two(Binary::Sub, close, low), self.two(Binary::Sub, high, close));
        let (net, range) = (self.two(Binary::Sub, above, below), self.two(Binary::Sub, high, low));
        let weighted = self.two(Binary::Mul, volume, net);
        let bare = self.two(Binary::Div, weighted, range);
        let zero = self.graph.number(0.0);
        let flat = self.two(Binary::Eq, range, zero);
        let flow = self.graph.add(Operation::Choose, vec![flat, zero, bare]);
        let (flows, volumes) = (self.graph.window(Window::Sum, flow, n), self.full(Window::Sum, volume, n));
        let ratio = self.two(Binary::Ratio, flows, volumes);
        self.complete(ratio, net, n)
    }

    fn aroon(&mut self, column: &str, place: Window, n: usize) -> NodeId {
        let column = self.column(column);
        let place = self.full(place, column, n + 1);
        let one = self.graph.number(1.0);
        let before = self.two(Binary::Sub, place, one);
        let rows = self.graph.number(n as f64);
        self.percent(before, rows)
    }

    fn true_range(&mut self) -> NodeId {
        let (high, low, close) = (self.column("high"), self.column("low"), self.column("close"));
        let earlier = self.graph.lag(close, 1);
        let (up, down) = (self.two(Binary::Sub, high, earlier), self.two(Binary::Sub, low, earlier));
        let (up, down) = (self.graph.unary(Unary::Abs, up), self.graph.unary(Unary::Abs, down));
        let range = self.two(Binary::Sub, high, low);
        let range = self.two(Binary::Greater, range, up);
        self.two(Binary::Greater, range, down)
    }
}
