//! Reads the text of an expression into its tree, by precedence climbing.

use crate::function::{self, Argument, Function, Signature};
use crate::lexer::{Placed, Token, tokens};
use crate::literal::Literal;
use crate::node::{Call, Node, Operator, precedence};
use crate::parse_error::ParseError;
use crate::suggest::nearest;

/// Bounds the recursion of everything that walks a tree.
const DEEPEST: usize = 256;
/// The operators that are words.
pub(crate) const OPERATORS: [&str; 3] = ["and", "or", "not"];
const LONGEST_WINDOW: f64 = 100_000.0;

/// Reads `text`. With `columns`, a name outside them is an error.
pub(crate) fn parse(text: &str, columns: Option<&[&str]>) -> Result<Node, ParseError> {
    let mut parser = Parser { tokens: tokens(text)?, next: 0, columns, depth: 0 };
    let (node, _) = parser.binary(precedence::OR)?;
    let end = parser.peek();
    if end.token == Token::End {
        return Ok(node);
    }
    let expected = match end.text {
        "not" => "an operator or the end: put `not` in parentheses",
        _ => "an operator or the end",
    };
    Err(ParseError::new(end.position, end.shown(), expected))
}

struct Parser<'a> {
    tokens: Vec<Placed<'a>>,
    next: usize,
    columns: Option<&'a [&'a str]>,
    depth: usize,
}

/// A tree and its depth.
type Grown = (Node, usize);

impl<'a> Parser<'a> {
    fn peek(&self) -> Placed<'a> {
        // The last token is the end, which is never passed.
        self.tokens[self.next.min(self.tokens.len() - 1)].clone()
    }

    fn advance(&mut self) -> Placed<'a> {
        let token = self.peek();
        self.next += 1;
        token
    }

    fn binary(&mut self, least: u8) -> Result<Grown, ParseError> {
        self.depth += 1;
        let mut left = self.unary(least)?;
        let mut compared = false;
        loop {
            let at = self.peek();
            let Some(operator) = Operator::read(at.text) else { break };
            let own = operator.precedence();
            if own < least {
                break;
            }
            if own == precedence::COMPARISON && compared {
                let expected = "`and`: comparisons do not chain, write `a < b and b < c`";
                return Err(ParseError::new(at.position, at.shown(), expected));
            }
            compared = own == precedence::COMPARISON;
            self.advance();
            let right = self.binary(if own == precedence::POWER { precedence::NEGATION } else { own + 1 })?;
            let depth = self.deeper(left.1.max(right.1), &at)?;
            left = (Node::Binary(operator, Box::new((left.0, right.0))), depth);
        }
        self.depth -= 1;
        Ok(left)
    }

    /// Reads a prefix operator with its operand, or a primary.
    fn unary(&mut self, least: u8) -> Result<Grown, ParseError> {
        let at = self.peek();
        self.deeper(self.depth, &at)?;
        match at.text {
            "-" | "+" => {
                self.advance();
                let (operand, depth) = self.binary(precedence::NEGATION)?;
                if at.text == "+" {
                    return Ok((operand, depth));
                }
                Ok((Node::Negate(Box::new(operand)), self.deeper(depth, &at)?))
            }
            "not" if least <= precedence::NOT => {
                self.advance();
                let (operand, depth) = self.binary(precedence::NOT)?;
                Ok((Node::Not(Box::new(operand)), self.deeper(depth, &at)?))
            }
            _ => self.primary(),
        }
    }

    fn deeper(&self, depth: usize, at: &Placed<'_>) -> Result<usize, ParseError> {
        if depth >= DEEPEST {
            let expected =
                format!("an expression nested at most {DEEPEST} deep; write it with fewer nested parts");
            return Err(ParseError::new(at.position, at.shown(), expected));
        }
        Ok(depth + 1)
    }

    fn primary(&mut self) -> Result<Grown, ParseError> {
        let at = self.advance();
        match at.token {
            Token::Number(value) => Ok((Node::Number(Literal::real(value)), 1)),
            Token::Symbol("(") => {
                let inside = self.binary(precedence::OR)?;
                self.expect(")", "`)` or an operator")?;
                Ok(inside)
            }
            Token::Name if !OPERATORS.contains(&at.text) => self.named(&at),
            _ => {
                let expected = match at.text {
                    "not" => "a value: put `not` in parentheses",
                    _ => "a number, a column or a function",
                };
                Err(ParseError::new(at.position, at.shown(), expected))
            }
        }
    }

    fn named(&mut self, at: &Placed<'_>) -> Result<Grown, ParseError> {
        let called = self.peek().token == Token::Symbol("(");
        match (function::named(at.text), called) {
            (Some(signature), true) => self.call(signature, at),
            (Some(signature), false) => {
                let after = self.peek();
                let expected = format!("`(`: the function is called as `{}`", signature.form);
                Err(ParseError::new(after.position, after.shown(), expected))
            }
            (None, true) => {
                let error = ParseError::new(at.position, at.shown(), "a function");
                Err(error.or_rather(nearest(at.text, function::names())))
            }
            (None, false) => {
                if let Some(columns) = self.columns
                    && !columns.contains(&at.text)
                {
                    let error = ParseError::new(at.position, at.shown(), "a column");
                    return Err(error.or_rather(nearest(at.text, columns.iter().copied())));
                }
                Ok((Node::Column(at.text.into()), 1))
            }
        }
    }

    fn call(&mut self, signature: &'static Signature, at: &Placed<'_>) -> Result<Grown, ParseError> {
        self.advance();
        let mut call = Call { signature, values: Vec::new(), literals: Vec::new() };
        let mut deepest = 0;
        for (place, argument) in signature.arguments.iter().enumerate() {
            if place > 0 {
                self.expect(",", &format!("`,` and the next argument of `{}`", signature.form))?;
            }
            if self.peek().token == Token::Symbol(")") {
                let expected = format!("argument {} of `{}`", place + 1, signature.form);
                return Err(ParseError::new(self.peek().position, "`)`", expected));
            }
            if *argument == Argument::Value {
                let (value, depth) = self.binary(precedence::OR)?;
                deepest = deepest.max(depth);
                call.values.push(value);
            } else {
                call.literals.push(self.literal(*argument, signature)?);
            }
        }
        self.expect(")", &format!("`)`: the function is called as `{}`", signature.form))?;
        check_lengths(&call, at)?;
        Ok((Node::Call(call), self.deeper(deepest, at)?))
    }

    fn expect(&mut self, symbol: &'static str, expected: &str) -> Result<(), ParseError> {
        let at = self.advance();
        if at.token == Token::Symbol(symbol) {
            return Ok(());
        }
        Err(ParseError::new(at.position, at.shown(), expected))
    }

    fn literal(&mut self, argument: Argument, signature: &Signature) -> Result<Literal, ParseError> {
        let at = self.advance();
        let refuse = |why: &str| {
            let expected = format!("{} in `{}`{why}", wanted(argument), signature.form);
            Err(ParseError::new(at.position, at.shown(), expected))
        };
        let rows = matches!(argument, Argument::Lag | Argument::Window(_));
        let Token::Number(value) = at.token else {
            return match at.text {
                "-" if rows => refuse(": a negative one would look ahead"),
                _ if rows => refuse(": one that varies could look ahead"),
                _ => refuse(""),
            };
        };
        let after = self.peek();
        if ![",", ")"].contains(&after.text) {
            let expected =
                format!("`,` or `)`: {} in `{}` is a single number", wanted(argument), signature.form);
            return Err(ParseError::new(after.position, after.shown(), expected));
        }
        let fits = match argument {
            Argument::Value => false,
            Argument::Lag if value == 0.0 => return refuse(": without a lag, write the value itself"),
            Argument::Lag => value <= LONGEST_WINDOW,
            Argument::Window(least) => value >= least as f64 && value <= LONGEST_WINDOW,
            Argument::Share => value <= 1.0,
            Argument::Tail => value > 0.0 && value < 0.5,
            Argument::Factor => value > 0.0,
        };
        match (fits, rows) {
            (true, true) if at.text.bytes().all(|byte| byte.is_ascii_digit()) => {
                Ok(Literal::Rows(value as usize))
            }
            (true, false) => Ok(Literal::real(value)),
            _ => refuse(""),
        }
    }
}

fn wanted(argument: Argument) -> String {
    match argument {
        Argument::Value => "an expression".to_owned(),
        Argument::Lag => format!("a lag, a whole number from 1 to {LONGEST_WINDOW}"),
        Argument::Window(least) => format!("a window, a whole number from {least} to {LONGEST_WINDOW}"),
        Argument::Share => "a number from 0 to 1".to_owned(),
        Argument::Tail => "a number above 0 and below 0.5".to_owned(),
        Argument::Factor => "a positive number".to_owned(),
    }
}

fn check_lengths(call: &Call, at: &Placed<'_>) -> Result<(), ParseError> {
    let macd = matches!(call.signature.function, Function::Macd | Function::MacdSignal | Function::MacdHist);
    if macd && call.literals[0].rows() >= call.literals[1].rows() {
        let expected = format!("a `fast` below `slow` in `{}`", call.signature.form);
        return Err(ParseError::new(at.position, format!("`{call}`"), expected));
    }
    Ok(())
}
