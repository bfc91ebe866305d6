//! Splits the text of an expression into tokens.

use crate::parse_error::ParseError;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token {
    Number(f64),
    Name,
    Symbol(&'static str),
    End,
}

/// A token, its text, and where it starts, in characters from 1.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Placed<'a> {
    pub(crate) token: Token,
    pub(crate) text: &'a str,
    pub(crate) position: usize,
}

impl Placed<'_> {
    /// How a message shows the token.
    pub(crate) fn shown(&self) -> String {
        if self.token == Token::End { "the end".to_owned() } else { quoted(self.text) }
    }
}

/// Longer symbols first, so that `**` is not read as `*` twice.
const SYMBOLS: [&str; 14] = ["**", ">=", "<=", "==", "!=", ">", "<", "+", "-", "*", "/", "(", ")", ","];

const LONGEST_TEXT: usize = 16_384;

/// Splits `text`; the last token is [`Token::End`].
pub(crate) fn tokens(text: &str) -> Result<Vec<Placed<'_>>, ParseError> {
    let length = text.chars().count();
    if length > LONGEST_TEXT {
        let found = format!("{length} characters");
        return Err(ParseError::new(LONGEST_TEXT + 1, found, format!("at most {LONGEST_TEXT}")));
    }
    let mut tokens = Vec::new();
    let (mut rest, mut position) = (text, 1);
    loop {
        let trimmed = rest.trim_start();
        position += rest[..rest.len() - trimmed.len()].chars().count();
        rest = trimmed;
        let Some(first) = rest.chars().next() else {
            tokens.push(Placed { token: Token::End, text: "", position });
            return Ok(tokens);
        };
        let (token, bytes) = if first.is_ascii_digit() || is_fraction(rest) {
            number(rest, position)?
        } else if first.is_ascii_alphabetic() || first == '_' {
            (Token::Name, name_length(rest))
        } else if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            (Token::Symbol(symbol), symbol.len())
        } else {
            return Err(stray(first, rest, position));
        };
        tokens.push(Placed { token, text: &rest[..bytes], position });
        position += bytes;
        rest = &rest[bytes..];
    }
}

fn name_length(text: &str) -> usize {
    text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len())
}

fn is_fraction(text: &str) -> bool {
    text.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

fn number(text: &str, position: usize) -> Result<(Token, usize), ParseError> {
    let digits = |from: usize| {
        text[from..].find(|c: char| !c.is_ascii_digit()).map_or(text.len(), |length| from + length)
    };
    let mut end = digits(0);
    if text[end..].starts_with('.') {
        end = digits(end + 1);
    }
    if text[end..].starts_with(['e', 'E']) {
        let sign = usize::from(text[end + 1..].starts_with(['+', '-']));
        let exponent = end + 1 + sign;
        if text[exponent..].starts_with(|c: char| c.is_ascii_digit()) {
            end = digits(exponent);
        }
    }
    let glued = name_length(&text[end..]);
    if glued > 0 || text[end..].starts_with('.') {
        let found = quoted(&text[..end + glued.max(1)]);
        return Err(ParseError::new(position, found, "a number such as 20, 0.5 or 1e-12"));
    }
    match text[..end].parse::<f64>() {
        Ok(value) if value.is_finite() => Ok((Token::Number(value), end)),
        _ => Err(ParseError::new(
            position,
            quoted(&text[..end]),
            "a number within the range of double precision",
        )),
    }
}

fn stray(first: char, rest: &str, position: usize) -> ParseError {
    let (length, expected) = match first {
        '$' => (1 + name_length(&rest[1..]), "a column's name without `$`"),
        '&' => (1, "`and`"),
        '|' => (1, "`or`"),
        '!' | '~' => (1, "`not`"),
        '=' => (1, "`==`"),
        '^' => (1, "`**`"),
        '#' => (1, "an expression without comments"),
        _ => (first.len_utf8(), "a number, a column, a function or an operator"),
    };
    ParseError::new(position, quoted(&rest[..length]), expected)
}

fn quoted(text: &str) -> String {
    let shown: String = text.chars().take(40).flat_map(char::escape_debug).collect();
    format!("`{shown}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_carry_their_places() {
        let read = tokens(" ref(close,\n 5)**.5e1").unwrap();
        let texts: Vec<_> = read.iter().map(|t| (t.text, t.position)).collect();
        let expected = [
            ("ref", 2),
            ("(", 5),
            ("close", 6),
            (",", 11),
            ("5", 14),
            (")", 15),
            ("**", 16),
            (".5e1", 18),
            ("", 22),
        ];
        assert_eq!(texts, expected);
        assert_eq!(read[7].token, Token::Number(5.0));
    }

    #[test]
    fn stray_characters_name_the_remedy() {
        let check = |text: &str, message: &str| assert_eq!(tokens(text).unwrap_err().to_string(), message);
        check("x + $close", "at character 5: found `$close`, expected a column's name without `$`");
        check("a & b", "at character 3: found `&`, expected `and`");
        check("1.2.3", "at character 1: found `1.2.`, expected a number such as 20, 0.5 or 1e-12");
        check("20d", "at character 1: found `20d`, expected a number such as 20, 0.5 or 1e-12");
        check(
            "1e999",
            "at character 1: found `1e999`, expected a number within the range of double precision",
        );
        check("é", "at character 1: found `é`, expected a number, a column, a function or an operator");
    }
}
