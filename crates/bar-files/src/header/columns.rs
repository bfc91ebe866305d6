//! The columns that are read.

/// The columns that are read, by position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Columns {
    pub(crate) date: usize,
    pub(crate) time: Option<usize>,
    pub(crate) ticker: Option<usize>,
    /// The columns of values: one group, or one for each ticker of a wide file.
    pub(crate) groups: Vec<Group>,
    /// Columns under one header, which must be equal.
    pub(crate) twins: Vec<(usize, usize)>,
    /// The headers as written.
    pub(crate) headers: Vec<String>,
}

/// The columns of values of one bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    /// The ticker, if the layout names it.
    pub(crate) ticker: Option<String>,
    /// Open, high, low, close.
    pub(crate) prices: [usize; 4],
    pub(crate) volume: Option<usize>,
    /// A count of price changes, for files whose volume is always 0.
    pub(crate) tick_volume: Option<usize>,
    pub(crate) adjusted: Option<usize>,
    pub(crate) split: Option<usize>,
    pub(crate) dividend: Option<usize>,
    pub(crate) own: Vec<usize>,
}

impl Group {
    /// The positions of all columns of numbers.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = usize> + '_ {
        let optional = [self.volume, self.tick_volume, self.adjusted, self.split, self.dividend];
        self.prices.into_iter().chain(optional.into_iter().flatten()).chain(self.own.iter().copied())
    }
}

impl Columns {
    /// The header of a column, for messages.
    pub(crate) fn header(&self, position: usize) -> &str {
        self.headers.get(position).map_or("", String::as_str)
    }
}
