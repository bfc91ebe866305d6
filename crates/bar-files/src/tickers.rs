//! Rows by ticker.

use crate::bars::TickerRows;
use crate::error::Fault;
use crate::header::columns::Columns;
use crate::quoted;
use std::collections::BTreeMap;

/// The rows of all tickers while they are read.
#[derive(Debug)]
pub(crate) struct Tickers {
    rows: Vec<TickerRows>,
    index: BTreeMap<String, usize>,
    /// The last ticker as written: rows of one ticker mostly follow each other.
    last: Option<(String, usize)>,
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
        Self { rows: Vec::new(), index: BTreeMap::new(), last: None, none, expected: 0 }
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
        let at = match &self.last {
            Some((last, at)) if last == written => *at,
            _ => {
                let ticker = ticker_of(written)?;
                let next = self.rows.len();
                let at = *self.index.entry(ticker.clone()).or_insert(next);
                if at == next {
                    let bars = Vec::with_capacity(std::mem::take(&mut self.expected));
                    self.rows.push(TickerRows { ticker, bars, ..self.none.clone() });
                }
                self.last = Some((written.to_owned(), at));
                at
            }
        };
        Ok(&mut self.rows[at])
    }

    /// Appends rows of a ticker whose lines are counted from 0, which is the line `before`. `None` if it is no ticker.
    pub(crate) fn append(&mut self, mut more: TickerRows, before: u64) -> Option<()> {
        for bar in &mut more.bars {
            bar.line += before;
        }
        let rows = self.rows(&more.ticker).ok()?;
        // The first piece becomes the rows; most files are one piece.
        if rows.bars.is_empty() && rows.bars.capacity() <= more.bars.capacity() {
            *rows = more;
            return Some(());
        }
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

/// A ticker in upper case.
pub(crate) fn ticker_of(written: &str) -> Result<String, Fault> {
    let written = written.trim();
    if written.is_empty() {
        return Err(Fault::EmptyTicker);
    }
    if written.chars().any(char::is_control) {
        let reason = "it has a line break or another control character; correct the cell";
        return Err(Fault::InvalidTicker { text: quoted::cell(written), reason });
    }
    Ok(written.to_uppercase())
}
