//! Columns of one's own: further columns of the bars' files, and series that all tickers share.

use artifact_core::schema::is_own_column;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::path::PathBuf;

/// The longest delay and the longest forward fill, in rows: about forty years of daily bars.
const MOST_ROWS: usize = 10_000;

/// A further column of the bars, per ticker.
///
/// In TOML either its name alone, `"sentiment"`, or a table, `{ name = "side", delay = 1, max_forward_fill = 3 }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSetting {
    /// The name, by which expressions and features read it.
    pub name: String,
    /// The column's header in the source. Default: the name.
    pub column: Option<String>,
    /// How many rows pass before a value is known: row `t` holds the value of row `t - delay`. Default 0: a value is known
    /// at the close of its own date, like the bar in whose row it stands.
    pub delay: usize,
    /// The most rows without a value of their own that a value is carried forward into. Default 0.
    pub max_forward_fill: usize,
}

/// A series with one value per date, which every ticker gets: the level of an index, a rate, a spread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeriesSetting {
    /// The name, by which expressions and features read it.
    pub name: String,
    /// The CSV file with a column of dates and one of values. A relative path is resolved against the configuration file's
    /// directory.
    pub file: PathBuf,
    /// The header of the column of values. Default `close`.
    #[serde(default = "close")]
    pub column: String,
    /// As [`ColumnSetting::delay`]. Default 1: a series is often published, or corrected, after the tickers' close.
    #[serde(default = "one")]
    pub delay: usize,
    /// As [`ColumnSetting::max_forward_fill`]. Default 5: a series has holidays of its own.
    #[serde(default = "five")]
    pub max_forward_fill: usize,
}

fn close() -> String {
    "close".to_owned()
}

fn one() -> usize {
    1
}

fn five() -> usize {
    5
}

impl ColumnSetting {
    /// The column of this name, without a delay and without forward fill.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), column: None, delay: 0, max_forward_fill: 0 }
    }

    /// The column's header in the source.
    pub fn header(&self) -> &str {
        self.column.as_deref().unwrap_or(&self.name)
    }
}

/// Where the first setting of columns and series that cannot be used stands, such as `data.columns[1]`, and why. `key_of`
/// gives the dotted key of a column by its place.
pub(crate) fn fault(
    columns: &[ColumnSetting],
    key_of: impl Fn(usize) -> String,
    series: &[SeriesSetting],
) -> Option<(String, String)> {
    let of_column = |(place, column): (usize, &ColumnSetting)| {
        let rows = column.delay.max(column.max_forward_fill);
        (key_of(place), column.name.clone(), column.header().to_owned(), rows)
    };
    let of_series = |(place, series): (usize, &SeriesSetting)| {
        let rows = series.delay.max(series.max_forward_fill);
        (format!("data.series[{place}]"), series.name.clone(), series.column.clone(), rows)
    };
    let all: Vec<_> =
        columns.iter().enumerate().map(of_column).chain(series.iter().enumerate().map(of_series)).collect();
    for (place, (key, name, header, rows)) in all.iter().enumerate() {
        let reason = if !is_own_column(name) || name.eq_ignore_ascii_case("vwap") {
            format!(
                "{name:?} cannot name a column: use letters, digits and '_', no digit first, and none of open, high, low, \
                 close, volume, vwap"
            )
        } else if let Some((first, ..)) =
            all[..place].iter().find(|(_, other, ..)| other.eq_ignore_ascii_case(name))
        {
            format!("{name:?} is the name of {first} already; letter case does not tell columns apart")
        } else if header.trim().is_empty() {
            format!("the header of {name:?} is empty; leave `column` out, or name the column of the file")
        } else if *rows > MOST_ROWS {
            format!(
                "{rows} rows of {name:?} are too many; delay and max_forward_fill are at most {MOST_ROWS}"
            )
        } else {
            continue;
        };
        return Some((key.clone(), reason));
    }
    None
}

// Writes the shortest form: the name alone where everything else is at its default.
impl Serialize for ColumnSetting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if *self == Self::named(self.name.as_str()) {
            return serializer.serialize_str(&self.name);
        }
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        if let Some(column) = &self.column {
            map.serialize_entry("column", column)?;
        }
        for (key, rows) in [("delay", self.delay), ("max_forward_fill", self.max_forward_fill)] {
            if rows > 0 {
                map.serialize_entry(key, &rows)?;
            }
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for ColumnSetting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// The table.
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Table {
            name: String,
            #[serde(default)]
            column: Option<String>,
            #[serde(default)]
            delay: usize,
            #[serde(default)]
            max_forward_fill: usize,
        }

        struct NameOrTable;

        impl<'de> Visitor<'de> for NameOrTable {
            type Value = ColumnSetting;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a name, or a table with `name` and, where wanted, `column`, `delay`, `max_forward_fill`",
                )
            }

            fn visit_str<E>(self, name: &str) -> Result<ColumnSetting, E> {
                Ok(ColumnSetting::named(name))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ColumnSetting, A::Error> {
                let Table { name, column, delay, max_forward_fill } =
                    Table::deserialize(MapAccessDeserializer::new(map))?;
                Ok(ColumnSetting { name, column, delay, max_forward_fill })
            }
        }

        deserializer.deserialize_any(NameOrTable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, Preset};

    fn read(text: &str) -> Result<Config, String> {
        let text = format!("[data]\n{text}\n");
        Config::from_toml(Preset::Default, &text, "run.toml").map_err(|error| error.to_string())
    }

    #[test]
    fn names_and_tables_are_read_with_their_defaults() {
        let config = read(
            "columns = ['sentiment', { name = 'side', delay = 1, max_forward_fill = 3 }, { name = 'z', column = 'Z Score' }]\n\
             series = [{ name = 'vix', file = 'vix.csv' }, { name = 'rate', file = 'r.csv', column = 'DGS10', delay = 0 }]",
        )
        .unwrap();
        let [sentiment, side, z] = &config.data.columns.own[..] else { panic!("{:?}", config.data.columns) };
        assert_eq!(*sentiment, ColumnSetting::named("sentiment"));
        assert_eq!((side.delay, side.max_forward_fill, side.header()), (1, 3, "side"));
        assert_eq!((z.delay, z.header()), (0, "Z Score"));
        let [vix, rate] = &config.data.series[..] else { panic!("{:?}", config.data.series) };
        assert_eq!((vix.column.as_str(), vix.delay, vix.max_forward_fill), ("close", 1, 5));
        assert_eq!((rate.column.as_str(), rate.delay), ("DGS10", 0));
        let json = serde_json::to_string(&config).unwrap();
        assert!(
            json.contains(r#""columns":["sentiment",{"name":"side","delay":1,"max_forward_fill":3}"#),
            "{json}"
        );
        assert_eq!(serde_json::from_str::<Config>(&json).unwrap(), config);
    }

    #[test]
    fn paths_of_series_are_relative_to_the_file_and_name_no_run() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("run.toml");
        std::fs::write(&file, "[data]\nseries = [{ name = 'vix', file = 'in/vix.csv' }]\n").unwrap();
        let config = Config::load(Preset::Default, Some(&file)).unwrap();
        assert_eq!(config.data.series[0].file, directory.path().join("in/vix.csv"));
        let mut moved = config.clone();
        moved.data.series[0].file = "elsewhere.csv".into();
        assert!(config.is_comparable_with(&moved));
        assert_eq!(config.run_name().unwrap(), moved.run_name().unwrap());
        assert_eq!(config.settings().unwrap(), moved.settings().unwrap());
        moved.data.series[0].delay = 0;
        assert!(!config.is_comparable_with(&moved));
        assert_ne!(config.run_name().unwrap(), moved.run_name().unwrap());
        assert_ne!(config.settings().unwrap(), moved.settings().unwrap());
    }

    #[test]
    fn without_columns_nothing_is_written() {
        let config = Config::default();
        let document = serde_json::to_value(&config).unwrap();
        assert!(document["data"].get("columns").is_none() && document["data"].get("series").is_none());
        let named = Config { name: "x".into(), ..Config::unwritten() };
        assert_eq!(named.settings().unwrap().len(), 0);
    }

    #[test]
    fn what_names_no_column_is_refused_with_its_line() {
        let check = |text: &str, parts: &[&str]| {
            let error = read(text).unwrap_err();
            assert!(parts.iter().all(|part| error.contains(part)), "{error}");
        };
        check("columns = ['Close']", &["line 2", "data.columns[0]", "\"Close\"", "open, high"]);
        check("columns = ['vwap']", &["vwap"]);
        check("columns = ['a-b']", &["letters, digits"]);
        check("columns = ['1a']", &["no digit first"]);
        check("columns = ['']", &["data.columns[0]"]);
        check("columns = [\n'a',\n'A']", &["line 4", "data.columns[1]", "data.columns[0] already"]);
        check(
            "columns = ['a']\nseries = [{ name = 'a', file = 'x' }]",
            &["line 3", "data.series[0]", "already"],
        );
        check("columns = [{ name = 'a', column = ' ' }]", &["header"]);
        check("columns = [{ name = 'a', delay = 10001 }]", &["10001", "at most 10000"]);
        check("columns = [{ name = 'a', delay = -1 }]", &["line 2", "0 or more"]);
        check("columns = [{ name = 'a', lag = 1 }]", &["line 2", "lag"]);
        check("columns = [3]", &["line 2", "a name, or a table"]);
        check("series = [{ name = 'a' }]", &["line 2", "file"]);
    }
}
