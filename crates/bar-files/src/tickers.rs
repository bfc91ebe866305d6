//! Rows by ticker.

use crate::bars::TickerRows;
use crate::error::Fault;
use crate::header::columns::Columns;
use crate::quoted;
use std::collections::HashMap;

/// The rows of all tickers while they are read.
#[derive(Debug)]
pub(crate) struct Tickers {
    rows: Vec<TickerRows>,
    /// The positions of the tickers, as written and in upper case.
    index: HashMap<String, usize>,
    /// How the ticker at each position was written first.
    written: Vec<String>,
    /// The position of the last row's ticker.
    last: usize,
    /// Rows without a bar, with the columns that the file has.
    none: TickerRows,
    /// How many bars a ticker may have: room that is made at once.
    expected: usize,
}

impl Tickers {
    pub(crate) fn of(columns: &Columns, own: usize) -> Self {
        let has = |of: fn(&crate::header::columns::Group) -> Option<usize>| {
            columns.groups.iter().any(|group| of(group).is_some()).then(Vec::new)
        };
        let none = TickerRows {
            ticker: String::new(),
            bars: Vec::new(),
            adjusted: has(|group| group.adjusted),
            splits: has(|group| group.split),
            dividends: has(|group| group.dividend),
            own: vec![Vec::new(); own],
            offsets: Some(Vec::new()),
        };
        Self { rows: Vec::new(), index: HashMap::new(), written: Vec::new(), last: 0, none, expected: 0 }
    }

    /// Makes room for as many bars in the ticker that comes first.
    pub(crate) fn expect(&mut self, bars: usize) {
        self.expected = bars;
    }

    /// The bars of the ticker that has most.
    pub(crate) fn longest(&self) -> usize {
        self.rows.iter().map(|rows| rows.bars.len()).max().unwrap_or_default()
    }

    /// The rows of a ticker as the file writes it.
    pub(crate) fn rows(&mut self, written: &str) -> Result<&mut TickerRows, Fault> {
        // Rows of one ticker mostly follow each other, or the tickers come in the same order on each date.
        let after = if self.last + 1 < self.written.len() { self.last + 1 } else { 0 };
        let is = |at: usize| self.written.get(at).is_some_and(|first| first == written);
        self.last = match (is(self.last), is(after)) {
            (true, _) => self.last,
            (_, true) => after,
            _ => self.position(written)?,
        };
        Ok(&mut self.rows[self.last])
    }

    /// The position of a ticker, which is a new one if it is the first time.
    fn position(&mut self, written: &str) -> Result<usize, Fault> {
        if let Some(at) = self.index.get(written) {
            return Ok(*at);
        }
        let ticker = ticker_of(written)?;
        let next = self.rows.len();
        let at = *self.index.entry(ticker.clone()).or_insert(next);
        self.index.insert(written.to_owned(), at);
        if at == next {
            let bars = Vec::with_capacity(std::mem::take(&mut self.expected));
            self.rows.push(TickerRows { ticker, bars, ..self.none.clone() });
            self.written.push(written.to_owned());
        }
        Ok(at)
    }

    /// Adds `before` to the lines of all rows.
    pub(crate) fn move_lines(&mut self, before: u64) {
        for bar in self.rows.iter_mut().flat_map(|rows| &mut rows.bars) {
            bar.line += before;
        }
    }

    /// Appends the rows of later lines. `None` if a ticker is none.
    pub(crate) fn append(&mut self, more: Self) -> Option<()> {
        for mut more in more.rows {
            let rows = self.rows(&more.ticker).ok()?;
            rows.bars.append(&mut more.bars);
            let further = [
                (&mut rows.adjusted, more.adjusted),
                (&mut rows.splits, more.splits),
                (&mut rows.dividends, more.dividends),
            ];
            for (values, more) in further {
                if let Some((values, more)) = values.as_mut().zip(more) {
                    values.extend(more);
                }
            }
            for (values, more) in rows.own.iter_mut().zip(more.own) {
                values.extend(more);
            }
        }
        Some(())
    }

    /// All rows, in order of ticker; with offsets only if stamps have a zone or are in UTC.
    pub(crate) fn finish(self, zone: bool) -> Vec<TickerRows> {
        let mut rows = self.rows;
        rows.sort_by(|a, b| a.ticker.cmp(&b.ticker));
        if !zone {
            for one in &mut rows {
                one.offsets = None;
            }
        }
        rows
    }
}

/// Whether a character that Unicode does not count among the controls breaks a line, or turns the direction of what
/// follows, beyond the ticker as well.
fn is_separator(c: char) -> bool {
    matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A ticker in upper case.
pub(crate) fn ticker_of(written: &str) -> Result<String, Fault> {
    let written = written.trim();
    if written.is_empty() {
        return Err(Fault::EmptyTicker);
    }
    if written.chars().any(|c| c.is_control() || is_separator(c)) {
        let reason = "it has a line break or another control character; correct the cell";
        return Err(Fault::InvalidTicker { text: quoted::cell(written), reason });
    }
    Ok(written.to_uppercase())
}
