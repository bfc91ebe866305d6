//! Line numbers as an editor shows them.

/// Counts lines up to ascending places in a text.
///
/// The parser counts too, but takes a record to begin before the line feed of the previous `\r\n` and before any blank
/// lines, so that its number is too small just where people look it up.
pub(super) struct Lines<'a> {
    text: &'a [u8],
    counted: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a [u8]) -> Self {
        Self { text, counted: 0, line: 1 }
    }

    /// The line, from 1, of the first byte at or after `offset` that ends no line. Offsets must not descend.
    pub(super) fn at(&mut self, offset: usize) -> u64 {
        let rest = self.text.get(offset..).unwrap_or_default();
        let breaks = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let end = (offset + breaks).min(self.text.len());
        let passed = self.text.get(self.counted..end).unwrap_or_default();
        self.line += passed.iter().filter(|&&byte| byte == b'\n').count() as u64;
        self.counted = end.max(self.counted);
        self.line
    }
}
