//! A formula as words, numbers and symbols.

use crate::expressions::error::ExpressionError;
use std::fmt;

/// The symbols, each before those that begin it.
const SYMBOLS: [&str; 14] = ["**", ">=", "<=", "==", "!=", "*", "/", "+", "-", ">", "<", "(", ")", ","];

/// One part of a formula.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token {
    /// A number as written.
    Number(String),
    Name(String),
    Symbol(&'static str),
    End,
}

/// A token and the place of its first character, from 1.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Placed {
    pub(crate) position: usize,
    pub(crate) token: Token,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(text) | Self::Name(text) => write!(f, "`{text}`"),
            Self::Symbol(text) => write!(f, "`{text}`"),
            Self::End => write!(f, "the end"),
        }
    }
}

/// Splits a formula; the last token is the end.
pub(crate) fn tokens(formula: &str) -> Result<Vec<Placed>, ExpressionError> {
    let text: Vec<char> = formula.chars().collect();
    let mut tokens = Vec::new();
    let mut start = 0;
    while start < text.len() {
        if matches!(text[start], ' ' | '\t' | '\n' | '\r') {
            start += 1;
            continue;
        }
        let (token, length) = one(&text[start..]).ok_or_else(|| ExpressionError::Syntax {
            position: start + 1,
            found: format!("`{}`", text[start].escape_debug()),
            expected: "a number, a name, an operator, a comma or a parenthesis".to_owned(),
        })?;
        tokens.push(Placed { position: start + 1, token });
        start += length;
    }
    tokens.push(Placed { position: text.len() + 1, token: Token::End });
    Ok(tokens)
}

/// The token that the text begins with, and its length.
fn one(text: &[char]) -> Option<(Token, usize)> {
    let written = |length: usize| text[..length].iter().collect::<String>();
    if let Some(length) = number(text) {
        return Some((Token::Number(written(length)), length));
    }
    let length = text.iter().take_while(|c| c.is_ascii_alphanumeric() || **c == '_').count();
    if length > 0 {
        return Some((Token::Name(written(length)), length));
    }
    let symbol =
        SYMBOLS.into_iter().find(|symbol| text.iter().copied().take(symbol.len()).eq(symbol.chars()))?;
    Some((Token::Symbol(symbol), symbol.len()))
}

/// The length of the number that the text begins with.
fn number(text: &[char]) -> Option<usize> {
    let digits = |from: usize| text.iter().skip(from).take_while(|c| c.is_ascii_digit()).count();
    let is = |at: usize, wanted: &[char]| text.get(at).is_some_and(|c| wanted.contains(c));
    let whole = digits(0);
    let mut length = whole;
    if is(length, &['.']) {
        let fraction = digits(length + 1);
        if whole + fraction == 0 {
            return None;
        }
        length += 1 + fraction;
    }
    if length == 0 {
        return None;
    }
    if is(length, &['e', 'E']) {
        let sign = usize::from(is(length + 1, &['+', '-']));
        let exponent = digits(length + 1 + sign);
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    Some(length)
}
