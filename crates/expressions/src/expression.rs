//! An expression: a feature as it is written.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::function::{self, Function};
use crate::lookback::Lookback;
use crate::node::Node;
use crate::parse_error::ParseError;
use crate::parser;

/// A feature of daily bars as it is written, such as `ts_mean(close, 20) / close - 1`.
///
/// `Display` gives its canonical text, which parses to an equal expression; two texts that differ in spaces, needless
/// parentheses, or the spelling of numbers have the same one.
///
/// ```
/// use expressions::{Expression, Lookback};
///
/// let momentum = Expression::parse("(close/ref(close,5))-1.0")?;
/// assert_eq!(momentum.to_string(), "close / ref(close, 5) - 1");
/// assert_eq!(momentum.lookback(), Lookback::Rows(5));
/// assert!(Expression::parse("ref(close, -1)").is_err());
/// # Ok::<(), expressions::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    node: Node,
}

impl Expression {
    /// Reads an expression. Any name that is not a function's is taken for a column's.
    ///
    /// # Errors
    ///
    /// The text is not an expression; looking ahead is none.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        Ok(Self { node: parser::parse(text, None)? })
    }

    /// Reads an expression that may name these columns alone.
    ///
    /// # Errors
    ///
    /// The text is not an expression, or names another column; the error has the place and the nearest known name. The
    /// columns that an indicator reads by itself, such as `high` in `atr(14)`, are not checked here.
    pub fn parse_for(text: &str, columns: &[&str]) -> Result<Self, ParseError> {
        Ok(Self { node: parser::parse(text, Some(columns))? })
    }

    /// Returns whether `name` means something in an expression, so that it cannot name a column: a function, or `and`,
    /// `or`, `not`.
    #[must_use]
    pub fn is_reserved(name: &str) -> bool {
        parser::OPERATORS.contains(&name) || function::named(name).is_some()
    }

    /// Returns the names of the columns that it reads, sorted, those that its indicators read included.
    #[must_use]
    pub fn columns(&self) -> Vec<String> {
        let mut names = BTreeSet::new();
        each(&self.node, &mut |node| match node {
            Node::Column(name) => {
                names.insert(name.to_string());
            }
            Node::Call(call) => names.extend(call.signature.columns.iter().map(|name| (*name).to_owned())),
            _ => {}
        });
        names.into_iter().collect()
    }

    /// Returns how many rows before the current one it reads.
    #[must_use]
    pub fn lookback(&self) -> Lookback {
        Lookback::of(&self.node)
    }

    /// Returns whether a ticker's value depends on other tickers.
    #[must_use]
    pub fn is_cross_sectional(&self) -> bool {
        let mut found = false;
        each(&self.node, &mut |node| {
            found |= matches!(node, Node::Call(call) if matches!(
                call.signature.function,
                Function::Rank | Function::Demean | Function::Zscore | Function::Winsorize
            ));
        });
        found
    }

    pub(crate) fn node(&self) -> &Node {
        &self.node
    }
}

fn each<'a>(node: &'a Node, visit: &mut impl FnMut(&'a Node)) {
    visit(node);
    for child in node.children() {
        each(child, visit);
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.node)
    }
}

impl FromStr for Expression {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_text_keeps_the_structure_and_drops_the_rest() {
        let check = |text: &str, canonical: &str| {
            let read = Expression::parse(text).unwrap();
            assert_eq!(read.to_string(), canonical);
            assert_eq!(Expression::parse(canonical).unwrap(), read);
        };
        check("close", "close");
        check("((close))/(ref(close,5))-1.00", "close / ref(close, 5) - 1");
        check("a-(b-c)", "a - (b - c)");
        check("(a-b)-c", "a - b - c");
        check("-x**2", "-x ** 2");
        check("(-x)**2", "(-x) ** 2");
        check("2**3**2", "2 ** 3 ** 2");
        check("(2**3)**2", "(2 ** 3) ** 2");
        check("2**-1", "2 ** -1");
        check("2**(-x*y)", "2 ** (-x * y)");
        check("--x", "--x");
        check("+x", "x");
        check("-(a+b)", "-(a + b)");
        check("a*-b", "a * -b");
        check("not a>b", "not a > b");
        check("(not a)>b", "(not a) > b");
        check("not not a", "not not a");
        check("a or b and not c", "a or b and not c");
        check("(a or b) and c", "(a or b) and c");
        check("(a<b)==(b<c)", "(a < b) == (b < c)");
        check("close/(volume+0.000000000001)", "close / (volume + 1e-12)");
        check("quantile(close , 5,.80)", "quantile(close, 5, 0.8)");
        check("bollinger_percent(20,2)", "bollinger_percent(20, 2)");
        check("obv( )", "obv()");
        check("ts_mean(close, 020)", "ts_mean(close, 20)");
    }

    #[test]
    fn faults_are_named_with_their_place() {
        let check = |text: &str, message: &str| {
            let error = Expression::parse_for(text, &["open", "close", "volume"]).unwrap_err();
            assert_eq!(error.to_string(), message, "{text}");
        };
        let lag = "expected a lag, a whole number from 1 to 100000 in `ref(x, n)`";
        let check_lag = |text: &str, found: &str, why: &str| {
            check(text, &format!("at character 12: found {found}, {lag}{why}"))
        };
        check_lag("ref(close, 0)", "`0`", ": without a lag, write the value itself");
        check_lag("ref(close, -1)", "`-`", ": a negative one would look ahead");
        check_lag("ref(close, n)", "`n`", ": one that varies could look ahead");
        check_lag("ref(close, 1.5)", "`1.5`", "");
        check_lag("ref(close, 1e1)", "`1e1`", "");
        check_lag("ref(close, 100001)", "`100001`", "");
        check(
            "ref(close, 5 - 6)",
            "at character 14: found `-`, expected `,` or `)`: a lag, a whole number from 1 to 100000 in `ref(x, n)` is a single number",
        );
        check(
            "ts_maen(close, 5)",
            "at character 1: found `ts_maen`, expected a function; did you mean `ts_mean`?",
        );
        check("1 + clsoe", "at character 5: found `clsoe`, expected a column; did you mean `close`?");
        check("turnover", "at character 1: found `turnover`, expected a column");
        check("close +", "at character 8: found the end, expected a number, a column or a function");
        check("", "at character 1: found the end, expected a number, a column or a function");
        check("(close", "at character 7: found the end, expected `)` or an operator");
        check("close close", "at character 7: found `close`, expected an operator or the end");
        check("rank", "at character 5: found the end, expected `(`: the function is called as `rank(x)`");
        check(
            "open < close < volume",
            "at character 14: found `<`, expected `and`: comparisons do not chain, write `a < b and b < c`",
        );
        check("1 + not close", "at character 5: found `not`, expected a value: put `not` in parentheses");
        check(
            "ts_mean(close)",
            "at character 14: found `)`, expected `,` and the next argument of `ts_mean(x, n)`",
        );
        check("ts_mean()", "at character 9: found `)`, expected argument 1 of `ts_mean(x, n)`");
        check(
            "ts_std(close, 1)",
            "at character 15: found `1`, expected a window, a whole number from 2 to 100000 in `ts_std(x, n)`",
        );
        check(
            "quantile(close, 5, 1.5)",
            "at character 20: found `1.5`, expected a number from 0 to 1 in `quantile(x, n, q)`",
        );
        check(
            "winsorize(close, 0.5)",
            "at character 18: found `0.5`, expected a number above 0 and below 0.5 in `winsorize(x, p)`",
        );
        check(
            "macd(26, 12)",
            "at character 1: found `macd(26, 12)`, expected a `fast` below `slow` in `macd(fast, slow)`",
        );
        check(
            "abs(close, 1)",
            "at character 10: found `,`, expected `)`: the function is called as `abs(x)`",
        );
    }

    #[test]
    fn depth_is_bounded() {
        let sum = |terms: usize| vec!["close"; terms].join(" + ");
        assert!(Expression::parse(&sum(256)).is_ok());
        assert!(Expression::parse(&sum(257)).is_err());
        let nested = |depth: usize| format!("{}close{}", "(".repeat(depth), ")".repeat(depth));
        assert!(Expression::parse(&nested(254)).is_ok());
        assert!(Expression::parse(&nested(255)).is_err());
        assert!(Expression::parse(&"-".repeat(16_000)).is_err());
        assert!(Expression::parse(&"x".repeat(16_385)).is_err());
    }

    #[test]
    fn columns_and_lookback_follow_the_tree() {
        let check = |text: &str, columns: &[&str], lookback: Lookback| {
            let read = Expression::parse(text).unwrap();
            assert_eq!(read.columns(), columns, "{text}");
            assert_eq!(read.lookback(), lookback, "{text}");
        };
        check("close / open", &["close", "open"], Lookback::Rows(0));
        check("ref(ts_mean(close, 5), 3) + open", &["close", "open"], Lookback::Rows(7));
        check("corr(close, ref(x, 9), 4)", &["close", "x"], Lookback::Rows(12));
        check("ts_mean(ema(close, 3), 2)", &["close"], Lookback::Unbounded);
        check("stochastic_d(14, 3)", &["close", "high", "low"], Lookback::Rows(15));
        check("mfi(14)", &["close", "high", "low", "volume"], Lookback::Rows(14));
        check("obv()", &["close", "volume"], Lookback::Unbounded);
        assert!(Expression::parse("ts_mean(rank(close), 5)").unwrap().is_cross_sectional());
        assert!(!Expression::parse("ts_rank(close, 5)").unwrap().is_cross_sectional());
    }
}
