//! The rows of a query as the text of a table.

/// The rows of a query as comma-separated text with a header line: the form in which they are read and hashed.
#[derive(Debug)]
pub(super) struct Table {
    headers: Vec<String>,
    text: String,
}

impl Table {
    /// A table with these columns and no rows.
    pub(super) fn with(headers: Vec<String>) -> Self {
        let mut table = Self { headers: Vec::new(), text: String::new() };
        table.push(headers.iter().map(String::as_str));
        Self { headers, ..table }
    }

    /// Adds a row of as many cells as there are columns. A missing value is an empty cell.
    pub(super) fn push<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        for (place, cell) in cells.into_iter().enumerate() {
            if place > 0 {
                self.text.push(',');
            }
            if cell.contains([',', '"', '\n', '\r', ';', '\t', '|']) {
                self.text.push('"');
                self.text += &cell.replace('"', "\"\"");
                self.text.push('"');
            } else {
                self.text += cell;
            }
        }
        self.text.push('\n');
    }

    /// The headers and the text.
    pub(super) fn finish(self) -> (Vec<String>, String) {
        (self.headers, self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_keep_their_marks() {
        let mut table = Table::with(vec!["date".to_owned(), "a,b".to_owned()]);
        table.push(["2015-01-02", "say \"so\""]);
        table.push(["", "x"]);
        assert_eq!(table.finish().1, "date,\"a,b\"\n2015-01-02,\"say \"\"so\"\"\"\n,x\n");
    }
}
