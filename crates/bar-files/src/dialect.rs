//! What separates the cells of a text.

use crate::header::prefixed;
use crate::header::{key::key, vocabulary::is_known};
use crate::reading::Names;
use crate::records::Records;
use crate::row::Row;

/// The separators in use, the most common first.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How many rows show what separates cells.
const SAMPLE: usize = 32;

/// What separates cells, and where the rows begin.
#[derive(Debug)]
pub(crate) struct Dialect<'t> {
    pub(crate) separator: u8,
    pub(crate) records: Records<'t>,
}

/// Finds the separator: the one that splits the header into names that are known, and rows into as many cells.
pub(crate) fn sniff<'t>(text: &'t str, names: &Names) -> Dialect<'t> {
    if let Some((separator, rest)) = stated(text) {
        return Dialect { separator, records: Records::of(rest, 2, separator) };
    }
    let best = SEPARATORS.into_iter().rev().max_by_key(|&separator| score(text, names, separator));
    let separator = best.unwrap_or(b',');
    Dialect { separator, records: Records::of(text, 1, separator) }
}

/// The separator that a first line `sep=;` states, as Excel writes it, and the text below.
fn stated(text: &str) -> Option<(u8, &str)> {
    let end = text.find(['\n', '\r'])?;
    let (line, rest) = text.split_at_checked(end)?;
    let line = line.trim_matches([' ', '"']);
    let stated = line.get(..4).filter(|start| start.eq_ignore_ascii_case("sep=")).and(line.get(4..))?;
    let separator = match stated.as_bytes() {
        [separator] if SEPARATORS.contains(separator) => *separator,
        [] if text.starts_with("sep=\t") => b'\t',
        _ => return None,
    };
    let rest = rest.strip_prefix("\r\n").or_else(|| rest.get(1..))?;
    Some((separator, rest))
}

/// How well a separator fits: names known in the first rows, rows as wide as the first, cells in a row.
fn score(text: &str, names: &Names, separator: u8) -> (usize, usize, usize) {
    let (mut records, mut row) = (Records::of(text, 1, separator), Row::default());
    let (mut known, mut alike, mut rows) = (0, 0, 0);
    let mut width = match names {
        Names::Listed(names) => names.len(),
        _ => 0,
    };
    // An unclosed quote ends the sample; whoever reads the text reports it.
    while rows < SAMPLE && records.next(&mut row).unwrap_or(false) {
        if width == 0 {
            width = row.cells.len();
        }
        if rows < 2 {
            let is_name = |cell: &str| is_known(&key(cell)) || prefixed::split(cell).is_some();
            known = known.max(row.cells.iter().filter(|cell| is_name(cell)).count());
        }
        rows += 1;
        alike += usize::from(row.cells.len() == width);
    }
    if width < 2 { (0, 0, 0) } else { (known, alike, width) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: u8) {
        assert_eq!(char::from(sniff(text, &Names::Found).separator), char::from(expected), "{text:?}");
    }

    #[test]
    fn headers_and_rows_show_the_separator() {
        check("Date,Open,Close\n2015-01-02,1,2\n", b',');
        check("Date;Open;Close\n2015-01-02;1,5;2,5\n", b';');
        check("Date\tOpen\nJan 2, 2015\t1\n", b'\t');
        check("Date|Open\n2015-01-02|1\n", b'|');
        check("sep=;\nDate,Open;Close\n", b';');
        check("x,y\n1,2\n", b',');
        check("", b',');
    }
}
