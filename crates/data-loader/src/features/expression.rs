//! Features written as expressions, alone or as a named set.

use super::feature::Feature;
use crate::ticker_bars::TickerBars;
use artifact_core::Params;
use expressions::{Columns, Expression, FeatureSet, Lookback, evaluate};
use settings::part::{Declaration, Parameter, Part, PartSetting};

/// The feature `expression`: one column by a formula in the language of the crate [`expressions`].
#[derive(Debug, Clone, Copy)]
pub struct Formula;

const NAME: &str = "expression";
const FORMULA: &str = "formula";
const AS: &str = "as";

/// The columns that every expression can name. `vwap` is the typical price, `(high + low + close) / 3`.
const COLUMNS: [&str; 6] = ["open", "high", "low", "close", "volume", "vwap"];

impl Formula {
    /// A list item that is an expression rather than a feature's name, as the feature that computes it.
    pub(crate) fn bare(item: &PartSetting) -> Option<PartSetting> {
        let is_name = item.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        let bare = item.params.is_empty() && !is_name;
        bare.then(|| PartSetting::named(NAME).with(FORMULA, item.name.as_str()))
    }

    /// A list item that could name a feature but reads columns, such as `vwap`, `-close` or one of `own`, as the feature
    /// that computes it.
    pub(crate) fn of_columns(item: &PartSetting, own: &[String]) -> Option<PartSetting> {
        let expression = Expression::parse_for(&item.name, &known(own)).ok()?;
        let reads = item.params.is_empty() && !expression.columns().is_empty();
        reads.then(|| PartSetting::named(NAME).with(FORMULA, item.name.as_str()))
    }

    fn expression(params: &Params) -> Result<Expression, String> {
        let text = params.text(FORMULA).unwrap_or_default();
        Expression::parse(text).map_err(|error| error.to_string())
    }
}

impl Part for Formula {
    fn declaration(&self) -> Declaration {
        Declaration::new(NAME, "One column by a formula over the bars, such as `close / ref(close, 5) - 1`.")
            .parameter(Parameter::text(FORMULA, "The expression; docs/features.md lists the operators."))
            .parameter(Parameter::text(AS, "The column's name. Default: the formula.").optional())
    }
}

impl Feature for Formula {
    fn columns(&self, params: &Params) -> Vec<String> {
        vec![params.text(AS).or_else(|| params.text(FORMULA)).unwrap_or_default().to_owned()]
    }

    fn check(&self, params: &Params) -> Result<(), String> {
        Self::expression(params).map(drop)
    }

    fn check_columns(&self, params: &Params, own: &[String]) -> Result<(), String> {
        let known = known(own);
        let parsed = Expression::parse_for(params.text(FORMULA).unwrap_or_default(), &known);
        parsed.map(drop).map_err(|error| match error.nearest() {
            // Without a near name, the list helps more.
            None if error.expected() == "a column" => format!("{error}: one of {}", known.join(", ")),
            _ => error.to_string(),
        })
    }

    fn lookback(&self, params: &Params) -> Lookback {
        Self::expression(params).map_or(Lookback::Unbounded, |expression| expression.lookback())
    }

    fn compute(&self, bars: &TickerBars<'_>, params: &Params) -> Vec<Vec<f64>> {
        self.compute_all(&[*bars], params).pop().unwrap_or_default()
    }

    fn compute_all(&self, tickers: &[TickerBars<'_>], params: &Params) -> Vec<Vec<Vec<f64>>> {
        Self::expression(params).map_or_else(|_| Vec::new(), |expression| columns_of(&[expression], tickers))
    }
}

/// The columns that expressions can name, `own` included.
fn known(own: &[String]) -> Vec<&str> {
    COLUMNS.into_iter().chain(own.iter().map(String::as_str)).collect()
}

/// A named set of expressions: `alpha158`, `alpha360` or `trend`.
#[derive(Debug, Clone, Copy)]
pub struct ExpressionSet(pub FeatureSet);

impl Part for ExpressionSet {
    fn declaration(&self) -> Declaration {
        let doc = match self.0 {
            FeatureSet::Alpha158 => "The 158 features of Qlib's Alpha158.",
            FeatureSet::Alpha360 => "The 360 features of Qlib's Alpha360.",
            FeatureSet::Trend => "Returns over 1 to 25 rows, and the volatility of 5, 10 and 20.",
        };
        Declaration::new(self.0.name(), doc)
    }
}

impl Feature for ExpressionSet {
    fn columns(&self, _params: &Params) -> Vec<String> {
        self.0.features().into_iter().map(|feature| feature.name).collect()
    }

    fn lookback(&self, _params: &Params) -> Lookback {
        let expressions = self.0.features().into_iter().map(|feature| feature.expression);
        expressions.map(|expression| expression.lookback()).max().unwrap_or(Lookback::Rows(0))
    }

    fn compute(&self, bars: &TickerBars<'_>, params: &Params) -> Vec<Vec<f64>> {
        self.compute_all(&[*bars], params).pop().unwrap_or_default()
    }

    fn compute_all(&self, tickers: &[TickerBars<'_>], _params: &Params) -> Vec<Vec<Vec<f64>>> {
        let expressions: Vec<Expression> =
            self.0.features().into_iter().map(|feature| feature.expression).collect();
        columns_of(&expressions, tickers)
    }
}

/// The columns of all expressions for each ticker; none if one names a column that bars do not have.
fn columns_of(expressions: &[Expression], tickers: &[TickerBars<'_>]) -> Vec<Vec<Vec<f64>>> {
    let reads_vwap = expressions.iter().any(|expression| expression.columns().iter().any(|c| c == "vwap"));
    let typical = |bars: &TickerBars<'_>| -> Vec<f64> {
        let (high, low, close) = (bars.high(), bars.low(), bars.close());
        (0..bars.rows()).map(|row| (high[row] + low[row] + close[row]) / 3.0).collect()
    };
    let vwap = if reads_vwap { tickers.iter().map(typical).collect() } else { Vec::new() };
    let Ok(values) = evaluate(expressions, &Bars { tickers, vwap }) else { return Vec::new() };
    let column = |place: usize, ticker: usize| values.column(place, ticker).unwrap_or_default().to_vec();
    let of_ticker = |ticker: usize| (0..expressions.len()).map(|place| column(place, ticker)).collect();
    (0..tickers.len()).map(of_ticker).collect()
}

/// Bars as the columns that expressions read.
struct Bars<'a> {
    tickers: &'a [TickerBars<'a>],
    /// One column per ticker, or none if nothing reads it.
    vwap: Vec<Vec<f64>>,
}

impl Columns for Bars<'_> {
    fn rows(&self) -> usize {
        self.tickers.first().map_or(0, TickerBars::rows)
    }

    fn tickers(&self) -> usize {
        self.tickers.len()
    }

    fn names(&self) -> Vec<String> {
        let own = self.tickers.first().map(TickerBars::own_columns).unwrap_or_default();
        COLUMNS.into_iter().map(str::to_owned).chain(own.iter().cloned()).collect()
    }

    fn column(&self, ticker: usize, name: &str) -> Option<&[f64]> {
        let bars = self.tickers.get(ticker)?;
        if name == "vwap" { self.vwap.get(ticker).map(Vec::as_slice) } else { bars.column(name) }
    }
}
