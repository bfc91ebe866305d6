//! Line numbers as an editor shows them.

/// Counts the lines up to offsets in a text that are given in ascending order.
///
/// The parser counts lines too, but takes a record to begin before the line feed of the previous `\r\n` and before any
/// blank lines, so after those its number is smaller than the one an editor shows.
pub(in crate::sources) struct Lines<'a> {
    text: &'a [u8],
    counted: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    pub(in crate::sources) fn of(text: &'a [u8]) -> Self {
        Self { text, counted: 0, line: 1 }
    }

    /// The line, from 1, of the first byte at or after `offset` that is not a line break. Offsets must not decrease.
    pub(in crate::sources) fn at(&mut self, offset: usize) -> u64 {
        let rest = self.text.get(offset..).unwrap_or_default();
        let breaks = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let end = (offset + breaks).min(self.text.len());
        let passed = self.text.get(self.counted..end).unwrap_or_default();
        self.line += passed.iter().filter(|&&byte| byte == b'\n').count() as u64;
        self.counted = end.max(self.counted);
        self.line
    }
}
