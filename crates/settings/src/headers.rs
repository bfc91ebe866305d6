//! Which columns of a file are read: `data.columns`, in one of three forms.
//!
//! | form | says |
//! |---|---|
//! | `["sentiment", { name = "side", delay = 1 }]` | columns of one's own besides the bar's, which the header names |
//! | `{ close = "Last", sentiment = "News score" }` | the headers of a bar's columns, and columns of one's own |
//! | `["date", "open", "high", "low", "close", "volume"]` | all columns in order, for files without a header line |

use crate::columns::{self, ColumnSetting, SeriesSetting};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;

/// The columns of a bar, by the names under which `data.columns` may give their headers.
pub const BAR_COLUMNS: [&str; 11] = [
    "ticker",
    "date",
    "time",
    "open",
    "high",
    "low",
    "close",
    "volume",
    "adjusted_close",
    "split",
    "dividend",
];

/// Which columns of a file are read. The default finds a bar's columns by their headers, and reads no others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Columns {
    /// The columns of one's own, in stored order.
    pub own: Vec<ColumnSetting>,
    /// The headers of a bar's columns, by the names of [`BAR_COLUMNS`], where a file calls them otherwise.
    pub headers: BTreeMap<String, String>,
    /// All columns in order, for files that have no header line; empty for files that have one.
    pub listed: Vec<String>,
}

impl Columns {
    /// Whether nothing is said about columns.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Where the first setting that cannot be used stands, and why.
    pub(crate) fn fault(&self, series: &[SeriesSetting]) -> Option<(String, String)> {
        let empty = self.headers.iter().find(|(_, header)| header.trim().is_empty());
        let empty = empty.map(|(name, _)| {
            (
                format!("data.columns.{name}"),
                "the header is empty; leave it out, or name the column of the file".into(),
            )
        });
        empty.or_else(|| columns::fault(&self.own, |place| self.key_of(place), series))
    }

    /// The dotted key of a column of one's own, by its place in `own`.
    pub fn key_of(&self, place: usize) -> String {
        let own = |column: &ColumnSetting| column.name.clone();
        match self.own.get(place) {
            Some(column) if !self.headers.is_empty() => format!("data.columns.{}", own(column)),
            Some(column) if !self.listed.is_empty() => {
                let place = self.listed.iter().position(|name| *name == column.name).unwrap_or(place);
                format!("data.columns[{place}]")
            }
            _ => format!("data.columns[{place}]"),
        }
    }
}

impl From<Vec<ColumnSetting>> for Columns {
    fn from(own: Vec<ColumnSetting>) -> Self {
        Self { own, ..Self::default() }
    }
}

/// Whether a list has all columns of a file: it names the close, and another of a bar's columns.
fn lists_all(entries: &[Entry]) -> bool {
    let names = |bar: &str| {
        entries.iter().any(|entry| !entry.is_table && entry.column.name.trim().eq_ignore_ascii_case(bar))
    };
    names("close") && ["date", "time", "open", "high", "low"].into_iter().any(names)
}

/// A column of one's own as the value of its name: its header, or a table.
#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "a header, or a table with `column`, `delay`, `max_forward_fill`")]
enum OwnColumn {
    Header(String),
    Table(OwnTable),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnTable {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    column: Option<String>,
    #[serde(default, skip_serializing_if = "is_zero")]
    delay: usize,
    #[serde(default, skip_serializing_if = "is_zero")]
    max_forward_fill: usize,
}

fn is_zero(rows: &usize) -> bool {
    *rows == 0
}

impl From<&ColumnSetting> for OwnColumn {
    fn from(column: &ColumnSetting) -> Self {
        match column {
            ColumnSetting { delay: 0, max_forward_fill: 0, .. } => Self::Header(column.header().to_owned()),
            ColumnSetting { column, delay, max_forward_fill, .. } => Self::Table(OwnTable {
                column: column.clone(),
                delay: *delay,
                max_forward_fill: *max_forward_fill,
            }),
        }
    }
}

impl OwnColumn {
    fn named(self, name: String) -> ColumnSetting {
        match self {
            Self::Header(header) => ColumnSetting {
                column: Some(header).filter(|header| *header != name),
                ..ColumnSetting::named(name)
            },
            Self::Table(OwnTable { column, delay, max_forward_fill }) => {
                ColumnSetting { name, column, delay, max_forward_fill }
            }
        }
    }
}

// Writes the form that was read, or the one that says the same in the fewest words.
impl Serialize for Columns {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !self.headers.is_empty() {
            let mut map = serializer.serialize_map(None)?;
            for (name, header) in &self.headers {
                map.serialize_entry(name, header)?;
            }
            for column in &self.own {
                map.serialize_entry(&column.name, &OwnColumn::from(column))?;
            }
            return map.end();
        }
        if self.listed.is_empty() {
            return self.own.serialize(serializer);
        }
        /// A column of one's own in a list of all columns: always a table, to tell it from one that is passed over.
        #[derive(Serialize)]
        struct Listed<'a> {
            name: &'a str,
            #[serde(skip_serializing_if = "is_zero")]
            delay: usize,
            #[serde(skip_serializing_if = "is_zero")]
            max_forward_fill: usize,
        }
        let mut list = serializer.serialize_seq(Some(self.listed.len()))?;
        for name in &self.listed {
            match self.own.iter().find(|column| column.name == *name) {
                None => list.serialize_element(name)?,
                Some(ColumnSetting { name, delay, max_forward_fill, .. }) => {
                    let (delay, max_forward_fill) = (*delay, *max_forward_fill);
                    list.serialize_element(&Listed { name, delay, max_forward_fill })?;
                }
            }
        }
        list.end()
    }
}

impl<'de> Deserialize<'de> for Columns {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListOrTable;

        impl<'de> Visitor<'de> for ListOrTable {
            type Value = Columns;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of columns, or a table of their headers")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Columns, A::Error> {
                Vec::<Entry>::deserialize(SeqAccessDeserializer::new(list)).map(of_list)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Columns, A::Error> {
                let mut columns = Columns::default();
                // In the order of the file: that of a column decides where it is stored.
                while let Some((name, column)) = map.next_entry::<String, OwnColumn>()? {
                    match column {
                        column if !BAR_COLUMNS.contains(&name.as_str()) => {
                            columns.own.push(column.named(name))
                        }
                        OwnColumn::Header(header) => drop(columns.headers.insert(name, header)),
                        OwnColumn::Table(_) => {
                            return Err(A::Error::custom(format!("expected the header of {name}, a text")));
                        }
                    }
                }
                Ok(columns)
            }
        }

        deserializer.deserialize_any(ListOrTable)
    }
}

/// An entry of a list: a name, or the table of a column of one's own.
struct Entry {
    column: ColumnSetting,
    is_table: bool,
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameOrTable;

        impl<'de> Visitor<'de> for NameOrTable {
            type Value = Entry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a name, or a table with `name` and, where wanted, `column`, `delay`, `max_forward_fill`",
                )
            }

            fn visit_str<E>(self, name: &str) -> Result<Entry, E> {
                Ok(Entry { column: ColumnSetting::named(name), is_table: false })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Entry, A::Error> {
                let column = ColumnSetting::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Entry { column, is_table: true })
            }
        }

        deserializer.deserialize_any(NameOrTable)
    }
}

/// The columns of a list. Where it has all columns of a file in order, only its tables are columns of one's own.
fn of_list(entries: Vec<Entry>) -> Columns {
    if !lists_all(&entries) {
        return entries.into_iter().map(|entry| entry.column).collect::<Vec<_>>().into();
    }
    let listed = entries.iter().map(|entry| entry.column.name.clone()).collect();
    let own = entries.into_iter().filter(|entry| entry.is_table).map(|entry| entry.column).collect();
    Columns { own, listed, ..Columns::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn comes_back(document: serde_json::Value) -> Columns {
        let columns = Columns::deserialize(&document).unwrap();
        assert_eq!(serde_json::to_value(&columns).unwrap(), document);
        columns
    }

    #[test]
    fn each_form_comes_back_as_it_was_read() {
        let own = comes_back(json!(["sentiment", { "name": "side", "delay": 1 }]));
        assert_eq!((own.own.len(), own.key_of(1).as_str()), (2, "data.columns[1]"));

        let mapped =
            comes_back(json!({ "close": "Last", "date": "Day", "news": "News score", "side": "side" }));
        assert_eq!(mapped.headers["close"], "Last");
        assert_eq!((mapped.own[0].header(), mapped.own[1].column.as_ref()), ("News score", None));
        assert_eq!(mapped.key_of(0), "data.columns.news");
        let table = comes_back(json!({ "close": "Last", "news": { "column": "News", "delay": 2 } }));
        assert_eq!((table.own[0].header(), table.own[0].delay), ("News", 2));

        let listed =
            comes_back(json!(["date", "open", "high", "low", "close", "volume", "x", { "name": "side" }]));
        assert_eq!((listed.listed.len(), listed.own.len()), (8, 1));
        assert_eq!(listed.key_of(0), "data.columns[7]");
        assert!(comes_back(json!([])).is_default());
    }

    #[test]
    fn what_is_no_column_is_refused() {
        let refused = |document: serde_json::Value, part: &str| {
            let error = Columns::deserialize(&document).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        };
        refused(json!("close"), "a list of columns, or a table");
        refused(json!({ "close": { "column": "Last" } }), "the header of close");
        refused(json!({ "close": 3 }), "a header, or a table");
        refused(json!([3]), "a name, or a table");
    }
}
