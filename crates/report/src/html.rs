//! HTML that is balanced and escaped by construction.
//!
//! ```
//! use report::html::{el, section};
//!
//! let page = section("costs", "Costs").push(el("p").class("small").text("a < b"));
//! assert!(page.to_string().contains("<p class=\"small\">a &lt; b</p>"));
//! ```

use artifact_core::shown::is_unseen;
use std::fmt::{self, Display, Write};

/// An element with its attributes and content, already escaped. Its `Display` form is the markup.
#[derive(Debug, Clone)]
pub struct Element {
    name: &'static str,
    attributes: String,
    content: String,
}

/// An empty element with this name, such as `p`.
pub fn el(name: &'static str) -> Element {
    Element { name, attributes: String::new(), content: String::new() }
}

impl Element {
    /// Adds an attribute; its value is escaped.
    #[must_use]
    pub fn attr(mut self, name: &'static str, value: impl Display) -> Self {
        self.attributes.push(' ');
        // Not escaped: a `'static` name is part of the program, never of a run's data.
        self.attributes.push_str(name);
        self.attributes.push_str("=\"");
        push_escaped(&mut self.attributes, &value.to_string());
        self.attributes.push('"');
        self
    }

    /// Adds the `class` attribute, unless it is empty.
    #[must_use]
    pub fn class(self, value: impl Display) -> Self {
        let value = value.to_string();
        if value.is_empty() { self } else { self.attr("class", value) }
    }

    /// Adds text, which is escaped; control characters become U+FFFD.
    #[must_use]
    pub fn text(mut self, text: impl Display) -> Self {
        push_escaped(&mut self.content, &text.to_string());
        self
    }

    /// Adds a child.
    #[must_use]
    pub fn push(mut self, child: Element) -> Self {
        // Writing to a string cannot fail.
        let _ = write!(self.content, "{child}");
        self
    }

    /// Adds children.
    #[must_use]
    pub fn extend(self, children: impl IntoIterator<Item = Element>) -> Self {
        children.into_iter().fold(self, Element::push)
    }
}

impl Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One line per block element keeps the file readable and its diffs small.
        let block = matches!(
            self.name,
            "section"
                | "p"
                | "h2"
                | "h3"
                | "table"
                | "tr"
                | "svg"
                | "figure"
                | "details"
                | "div"
                | "header"
                | "li"
        );
        let end = if block { "\n" } else { "" };
        write!(
            f,
            "<{name}{attributes}>{content}</{name}>{end}",
            name = self.name,
            attributes = self.attributes,
            content = self.content
        )
    }
}

/// Escapes characters with a meaning in markup; control characters, which HTML forbids, and marks that turn text around become
/// U+FFFD.
fn push_escaped(to: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => to.push_str("&amp;"),
            '<' => to.push_str("&lt;"),
            '>' => to.push_str("&gt;"),
            // Quotes matter only in attributes, but one function for both cannot be used in the wrong place.
            '"' => to.push_str("&quot;"),
            '\'' => to.push_str("&#39;"),
            '\n' | '\t' => to.push(c),
            c if is_unseen(c) => to.push('\u{fffd}'),
            c => to.push(c),
        }
    }
}

/// A section of the page with its heading; `id` is the link target and must be unique on the page.
pub fn section(id: &str, title: &str) -> Element {
    let heading = format!("{id}-heading");
    el("section")
        .attr("id", id)
        .attr("aria-labelledby", &heading)
        .push(el("h2").attr("id", &heading).text(title))
}

/// A paragraph.
pub fn paragraph(text: impl Display) -> Element {
    el("p").text(text)
}

/// A figure: a picture, which scrolls sideways if it does not fit, and its caption.
pub fn figure(picture: Element, caption: &str) -> Element {
    el("figure").push(el("div").class("scroll").push(picture)).push(el("figcaption").text(caption))
}

/// A highlighted notice; `kind` is `warn` or `note`.
pub fn notice(kind: &str, text: impl Display) -> Element {
    el("p").class(format!("notice {kind}")).attr("role", "note").text(text)
}

/// One cell of a [`Table`].
#[derive(Debug, Clone)]
pub enum Cell {
    /// Left-aligned text.
    Text(String),
    /// A date, kept on one line.
    Date(String),
    /// Right-aligned figures.
    Number(String),
    /// Right-aligned figures, emphasised.
    Strong(String),
    /// An id or another piece of code.
    Code(String),
}

/// A table whose first cell of each row is the row's heading.
#[derive(Debug, Clone)]
pub struct Table {
    caption: String,
    head: Vec<(String, bool)>,
    rows: Vec<(bool, Vec<Cell>)>,
}

impl Table {
    /// A table with these columns; `#` before a heading marks a column of figures.
    pub fn new(caption: impl Into<String>, head: &[&str]) -> Self {
        let column = |name: &&str| match name.strip_prefix('#') {
            Some(name) => (name.to_owned(), true),
            None => ((*name).to_owned(), false),
        };
        Self { caption: caption.into(), head: head.iter().map(column).collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push((false, cells));
    }

    /// Adds a highlighted row.
    pub fn chosen_row(&mut self, cells: Vec<Cell>) {
        self.rows.push((true, cells));
    }

    /// Renders the table in a box that scrolls sideways if it does not fit.
    pub fn element(&self) -> Element {
        let head = self.head.iter().map(|(name, number)| {
            let cell = el("th").attr("scope", "col");
            if *number { cell.class("n") } else { cell }.text(name)
        });
        let rows = self.rows.iter().map(|(chosen, cells)| {
            let row = if *chosen { el("tr").class("chosen") } else { el("tr") };
            row.extend(cells.iter().enumerate().map(|(place, cell)| table_cell(place == 0, cell)))
        });
        let table = el("table")
            .push(el("caption").text(&self.caption))
            .push(el("thead").push(el("tr").extend(head)))
            .push(el("tbody").extend(rows));
        el("div").class("scroll").push(table)
    }
}

fn table_cell(heading: bool, cell: &Cell) -> Element {
    let outer = if heading { el("th").attr("scope", "row") } else { el("td") };
    match cell {
        Cell::Text(text) => outer.text(text),
        Cell::Date(text) => outer.class("d").text(text),
        Cell::Number(text) => outer.class("n").text(text),
        Cell::Strong(text) => outer.class("n").push(el("strong").text(text)),
        Cell::Code(text) => outer.push(el("code").text(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_attributes_are_escaped() {
        let element = el("b").attr("title", "\"<'&").text("<script>\u{0}");
        assert_eq!(element.to_string(), "<b title=\"&quot;&lt;&#39;&amp;\">&lt;script&gt;\u{fffd}</b>");
    }

    #[test]
    fn tables_have_headings_for_columns_and_rows() {
        let mut table = Table::new("Ages", &["Name", "#Age"]);
        table.chosen_row(vec![Cell::Text("Ann".into()), Cell::Number("7".into())]);
        let text = table.element().to_string();
        for part in [
            "<caption>Ages</caption>",
            "<th scope=\"col\" class=\"n\">Age</th>",
            "<tr class=\"chosen\"><th scope=\"row\">Ann</th><td class=\"n\">7</td></tr>",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
    }
}
