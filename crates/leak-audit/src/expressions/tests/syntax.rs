//! What parses, into what, and where it fails.

use super::{check, one};
use crate::expressions::error::ExpressionError;
use crate::expressions::parser::parse;
use crate::expressions::tree::{Node, Tree};
use crate::expressions::walker::evaluate;

/// A tree with a parenthesis around every node.
fn shown(tree: &Tree) -> String {
    let list = |parts: &[Tree]| parts.iter().map(shown).collect::<Vec<_>>().join(" ");
    match &tree.node {
        Node::Number(number) => number.to_string(),
        Node::Column(name) => name.clone(),
        Node::Any(parts) => format!("(or {})", list(parts)),
        Node::All(parts) => format!("(and {})", list(parts)),
        Node::Not(part) => format!("(not {})", shown(part)),
        Node::Negate(part) => format!("(- {})", shown(part)),
        Node::Compare(comparison, parts) => format!("({comparison:?} {})", list(&parts[..])),
        Node::Power(parts) => format!("(** {})", list(&parts[..])),
        Node::Chain(first, rest) => {
            let rest: String = rest.iter().map(|(join, part)| format!(" {join:?} {}", shown(part))).collect();
            format!("({}{rest})", shown(first))
        }
        Node::Call(call) => {
            format!("({} {} {:?} {})", call.function.name, list(&call.expressions), call.counts, call.number)
        }
    }
}

#[test]
fn operators_bind_as_in_python() {
    for (formula, tree) in [
        ("a or b and not c == d", "(or a (and b (not (Equal c d))))"),
        ("not a > b", "(not (Greater a b))"),
        ("not not a", "(not (not a))"),
        ("a or b or c", "(or a b c)"),
        ("a - b + c", "(a Subtract b Add c)"),
        ("a - b * c / d", "(a Subtract (b Multiply c Divide d))"),
        ("-x ** 2", "(- (** x 2))"),
        ("2 ** 3 ** 2", "(** 2 (** 3 2))"),
        ("2 ** -x * y", "((** 2 (- x)) Multiply y)"),
        ("- + -x", "(- (- x))"),
        ("(a + b) * c", "((a Add b) Multiply c)"),
        ("a < b and b < c", "(and (Less a b) (Less b c))"),
        ("a >= -1", "(GreaterOrEqual a (- 1))"),
        ("ref(x, 5)", "(ref x [5] NaN)"),
        ("quantile ( x\n,\t007 , 2.5e-1 )", "(quantile x [7] 0.25)"),
        ("macd_hist(12, 26, 9)", "(macd_hist  [12, 26, 9] NaN)"),
        ("obv()", "(obv  [] NaN)"),
        ("not(a)and(b)", "(and (not a) b)"),
        ("Close + _e5 - e5", "(Close Add _e5 Subtract e5)"),
    ] {
        assert_eq!(parse(formula).map(|tree| shown(&tree)).as_deref(), Ok(tree), "{formula}");
    }
}

#[test]
fn numbers_are_read_as_written() {
    for (formula, number) in [
        ("5", 5.0),
        ("5.", 5.0),
        (".5", 0.5),
        ("2.5", 2.5),
        ("2.e3", 2000.0),
        ("1E+2", 100.0),
        ("1e-12", 1e-12),
        (".5e1", 5.0),
        ("1e999", f64::INFINITY),
    ] {
        check(&one(&[("x", &[0.0])]), formula, &[number]);
    }
}

#[test]
fn faults_name_the_first_wrong_character() {
    for (formula, position) in [
        ("", 1),
        ("  ", 3),
        ("close close", 7),
        ("close $", 7),
        ("é + 1", 1),
        ("1 + é", 5),
        ("a <> b", 4),
        ("a = b", 3),
        ("a ! b", 3),
        ("a * * b", 5),
        ("a < b < c", 7),
        ("a == b != c", 8),
        ("a + not b", 5),
        ("a == not b", 6),
        ("and", 1),
        ("rank", 1),
        ("rank + 1", 1),
        ("and(a, b)", 1),
        ("unknown(a)", 1),
        ("Rank(close)", 1),
        ("(a + b", 7),
        ("a)", 2),
        (".", 1),
        ("5e", 2),
        ("1 .5", 3),
        ("1..5", 3),
        ("ref(close, 0)", 12),
        ("ref(close, -1)", 12),
        ("ref(close, n)", 12),
        ("ref(close, 5.0)", 12),
        ("ref(close, 5e0)", 12),
        ("ref(close, (5))", 12),
        ("ref(close, 5 + 1)", 14),
        ("ref(close, 100001)", 12),
        ("ref(close, 99999999999999999999999)", 12),
        ("ref(close)", 10),
        ("ref(close, 1, 2)", 13),
        ("ref(close, 1,)", 13),
        ("abs()", 5),
        ("obv(1)", 5),
        ("ts_std(x, 1)", 11),
        ("ts_var(x, 1)", 11),
        ("ts_skew(x, 2)", 12),
        ("ts_kurt(x, 3)", 12),
        ("cov(x, y, 1)", 11),
        ("corr(x, y, 1)", 12),
        ("slope(x, 1)", 10),
        ("rsquare(x, 1)", 12),
        ("resi(x, 1)", 9),
        ("rsi(1)", 5),
        ("plus_di(1)", 9),
        ("minus_di(1)", 10),
        ("adx(1)", 5),
        ("macd(1, 3)", 6),
        ("macd(3, 3)", 9),
        ("macd_signal(2, 3, 1)", 19),
        ("quantile(x, 5, 1.5)", 16),
        ("quantile(x, 5, -0.5)", 16),
        ("winsorize(x, 0)", 14),
        ("winsorize(x, 0.5)", 14),
        ("bollinger_upper(5, 0)", 20),
        ("bollinger_upper(5, 1e999)", 20),
        ("bollinger_upper(5, -2)", 20),
        ("x\u{a0}+ 1", 2),
    ] {
        match parse(formula).map(|tree| shown(&tree)) {
            Err(ExpressionError::Syntax { position: found, .. }) => assert_eq!(found, position, "{formula}"),
            other => panic!("{formula}: {other:?}"),
        }
    }
}

#[test]
fn the_largest_and_smallest_arguments_parse() {
    for formula in [
        "ref(close, 100000)",
        "ref(close, 1)",
        "ts_std(close, 2)",
        "quantile(close, 1, 0)",
        "quantile(close, 1, 1)",
        "winsorize(close, 0.49)",
        "bollinger_upper(1, 0.1)",
        "macd_signal(2, 3, 2)",
    ] {
        assert!(parse(formula).is_ok(), "{formula}");
    }
}

#[test]
fn a_fault_says_what_was_found_and_expected() {
    let error = parse("ref(close, -1)").err().map(|error| error.to_string());
    let expected =
        "character 12 of the formula: found `-`, expected a whole number from 1 to 100000, in digits alone";
    assert_eq!(error.as_deref(), Some(expected));
}

#[test]
fn nesting_is_bounded_but_chains_are_not() {
    let deep =
        |open: &str, close: &str, times: usize| format!("{}x{}", open.repeat(times), close.repeat(times));
    for (open, close) in [("(", ")"), ("-", ""), ("not ", ""), ("abs(", ")"), ("2 ** ", "")] {
        assert!(parse(&deep(open, close, 128)).is_ok(), "{open}");
        assert!(parse(&deep(open, close, 129)).is_err(), "{open}");
    }
    let sum = format!("x{}", " + x".repeat(4000));
    check(&one(&[("x", &[1.0])]), &sum, &[4001.0]);
    check(&one(&[("x", &[4.0])]), &deep("sqrt(", ")", 128), &[1.0]);
}

#[test]
fn length_is_bounded() {
    let long = |length: usize| format!("x{}", " ".repeat(length - 1));
    assert!(parse(&long(16_384)).is_ok());
    assert!(matches!(parse(&long(16_385)), Err(ExpressionError::Syntax { position: 16_385, .. })));
}

#[test]
fn a_column_that_is_not_there_is_an_error() {
    let panel = one(&[("close", &[1.0]), ("volume", &[1.0])]);
    for (formula, name) in [("close + vwap", "vwap"), ("ts_mean(atr(3), 2)", "high")] {
        let found = parse(formula).and_then(|tree| evaluate(&tree, &panel));
        let (name, known) = (name.to_owned(), "close, volume".to_owned());
        assert_eq!(found, Err(ExpressionError::Column { name, known }));
    }
}
