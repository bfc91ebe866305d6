//! Text to rows of cells.
//!
//! The `csv` crate reads the same grammar, but joins everything after a quote that never closes into one cell, and counts
//! lines otherwise than an editor does.

use crate::error::{Fault, Result};
use crate::row::Row;
use std::borrow::Cow;

/// Reads rows one after the other. Rows without content and comments are skipped.
#[derive(Debug, Clone)]
pub(crate) struct Records<'t> {
    text: &'t str,
    at: usize,
    line: u64,
    separator: u8,
}

impl<'t> Records<'t> {
    /// The rows of a text whose first line has the number `line`. The separator is an ASCII character.
    pub(crate) fn of(text: &'t str, line: u64, separator: u8) -> Self {
        Self { text, at: 0, line, separator }
    }

    /// The rest of the text, and the number of its first line.
    pub(crate) fn rest(&self) -> (&'t str, u64) {
        (self.text.get(self.at..).unwrap_or_default(), self.line)
    }

    /// Reads the next row that has content; false at the end of the text.
    pub(crate) fn next(&mut self, row: &mut Row<'t>) -> Result<bool> {
        while self.at < self.text.len() {
            if self.at_comment() {
                self.skip_line();
                continue;
            }
            row.line = self.line;
            row.cells.clear();
            while self.cell(row)? {}
            if !row.is_blank() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn rest_bytes(&self) -> &'t [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// Whether a line begins with `#`. A spreadsheet's `#N/A` is a cell.
    fn at_comment(&self) -> bool {
        let rest = self.rest_bytes();
        rest.first() == Some(&b'#') && !rest.starts_with(b"#N/A")
    }

    fn skip_line(&mut self) {
        let rest = self.rest_bytes();
        self.at += memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        self.line_break();
    }

    /// Steps over a line break, if there is one.
    fn line_break(&mut self) {
        let length = match self.rest_bytes() {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => return,
        };
        self.at += length;
        self.line += 1;
    }

    /// Reads a cell and what ends it; false if that is the row's end.
    fn cell(&mut self, row: &mut Row<'t>) -> Result<bool> {
        let rest = self.rest_bytes();
        let blanks = rest.iter().take_while(|&&byte| byte == b' ').count();
        if rest.get(blanks) == Some(&b'"') {
            self.at += blanks + 1;
            let cell = self.quoted()?;
            row.cells.push(cell);
        } else {
            let length = memchr::memchr3(self.separator, b'\n', b'\r', rest).unwrap_or(rest.len());
            let cell = self.text.get(self.at..self.at + length).unwrap_or_default();
            row.cells.push(Cow::Borrowed(trimmed(cell)));
            self.at += length;
        }
        if self.rest_bytes().first() == Some(&self.separator) {
            self.at += 1;
            return Ok(true);
        }
        self.line_break();
        Ok(false)
    }

    /// Reads the rest of a quoted cell, up to what ends it.
    fn quoted(&mut self) -> Result<Cow<'t, str>> {
        let (start, opened) = (self.at, self.line);
        let mut doubled = false;
        loop {
            let rest = self.rest_bytes();
            let length = memchr::memchr(b'"', rest).ok_or_else(|| Fault::UnclosedQuote.on(opened))?;
            self.line += line_breaks(rest.get(..length).unwrap_or_default());
            self.at += length + 1;
            if self.rest_bytes().first() != Some(&b'"') {
                break;
            }
            doubled = true;
            self.at += 1;
        }
        let inside = trimmed(self.text.get(start..self.at - 1).unwrap_or_default());
        let rest = self.rest_bytes();
        let length = memchr::memchr3(self.separator, b'\n', b'\r', rest).unwrap_or(rest.len());
        if rest.get(..length).is_some_and(|after| !after.iter().all(|&byte| byte == b' ' || byte == b'\t')) {
            return Err(Fault::AfterQuote.on(self.line));
        }
        self.at += length;
        Ok(if doubled { Cow::Owned(inside.replace("\"\"", "\"")) } else { Cow::Borrowed(inside) })
    }
}

/// A cell without surrounding blanks, those that do not break lines included.
pub(crate) fn trimmed(cell: &str) -> &str {
    cell.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\u{200b}')
}

/// How many line breaks a text has; `\r\n` is one.
fn line_breaks(text: &[u8]) -> u64 {
    let mut count = 0;
    for at in memchr::memchr2_iter(b'\n', b'\r', text) {
        let second_half = text[at] == b'\n' && at > 0 && text[at - 1] == b'\r';
        count += u64::from(!second_half);
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(u64, Vec<String>)> {
        let (mut records, mut row, mut all) = (Records::of(text, 1, b','), Row::default(), Vec::new());
        while records.next(&mut row).unwrap() {
            all.push((row.line, row.cells.iter().map(|cell| cell.to_string()).collect()));
        }
        all
    }

    #[track_caller]
    fn check(text: &str, expected: &[(u64, &[&str])]) {
        let expected: Vec<(u64, Vec<String>)> = expected
            .iter()
            .map(|(line, row)| (*line, row.iter().map(|cell| (*cell).to_owned()).collect()))
            .collect();
        assert_eq!(rows(text), expected, "{text:?}");
    }

    #[test]
    fn lines_are_those_of_an_editor() {
        check("a,b\n\n\nc,d", &[(1, &["a", "b"]), (4, &["c", "d"])]);
        check("a\r\n\r\nb\r\n", &[(1, &["a"]), (3, &["b"])]);
        check("a\rb\r\rc", &[(1, &["a"]), (2, &["b"]), (4, &["c"])]);
        check("\"a\nb\r\nc\",x\ny,z", &[(1, &["a\nb\r\nc", "x"]), (4, &["y", "z"])]);
    }

    #[test]
    fn quotes_blanks_and_comments() {
        check("# note\n \"a \"\"b\"\", c\" , d \u{a0}\n", &[(2, &["a \"b\", c", "d"])]);
        check(",,\n , \n#N/A,1\n", &[(3, &["#N/A", "1"])]);
        check("a,\n", &[(1, &["a", ""])]);
    }

    #[test]
    fn quotes_that_do_not_close_are_errors() {
        let next = |text: &str| {
            let mut records = Records::of(text, 1, b',');
            let mut row = Row::default();
            loop {
                match records.next(&mut row) {
                    Ok(true) => {}
                    Ok(false) => return None,
                    Err(error) => return Some(error),
                }
            }
        };
        assert_eq!(next("a,b\nc,\"d\ne\nf"), Some(Fault::UnclosedQuote.on(2)));
        assert_eq!(next("\"a\"b,c"), Some(Fault::AfterQuote.on(1)));
        assert_eq!(next("\"a\" \t,c"), None);
    }
}
