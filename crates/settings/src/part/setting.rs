//! A part as the configuration file names it.

use artifact_core::Params;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// Which part, and with which parameters.
///
/// In TOML either its name alone, `"rsi"`, or a table with its parameters, `{ name = "rsi", window = 21 }`. `kind` is
/// taken for `name` too. The parameters are checked when the part is [chosen](super::Catalog::choose).
#[derive(Debug, Clone, PartialEq)]
pub struct PartSetting {
    /// The name.
    pub name: String,
    /// The parameters that are given.
    pub params: Params,
}

impl PartSetting {
    /// The part of this name, with its defaults.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), params: Params::default() }
    }

    /// One more parameter.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.params.set(name, value);
        self
    }
}

impl From<&str> for PartSetting {
    fn from(name: &str) -> Self {
        Self::named(name)
    }
}

impl fmt::Display for PartSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if self.params.is_empty() { Ok(()) } else { write!(f, "({})", self.params) }
    }
}

// The shortest form: a part without parameters is its name, as it was before parts had parameters.
impl Serialize for PartSetting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.params.is_empty() {
            return serializer.serialize_str(&self.name);
        }
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        self.params.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for PartSetting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameOrTable;

        impl<'de> Visitor<'de> for NameOrTable {
            type Value = PartSetting;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name, or a table { name = \"...\", ... } with parameters")
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<PartSetting, E> {
                Ok(PartSetting::named(name))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<PartSetting, A::Error> {
                let mut table = BTreeMap::<String, Value>::deserialize(MapAccessDeserializer::new(map))?;
                let (name, kind) = (table.remove("name"), table.remove("kind"));
                let name = match (name, kind) {
                    (Some(Value::String(name)), None) | (None, Some(Value::String(name))) => name,
                    (None, None) => return Err(A::Error::missing_field("name")),
                    _ => return Err(A::Error::custom("expected one text as the part's name")),
                };
                Ok(PartSetting { name, params: table.into_iter().collect() })
            }
        }

        deserializer.deserialize_any(NameOrTable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Serialize, Deserialize)]
    struct File {
        part: PartSetting,
    }

    fn read(text: &str) -> Result<PartSetting, String> {
        toml::from_str::<File>(text).map(|file| file.part).map_err(|error| error.to_string())
    }

    #[test]
    fn a_name_or_a_table() {
        assert_eq!(read("part = 'rsi'").unwrap(), PartSetting::named("rsi"));
        let table = read("part = { name = 'rsi', window = 21, rate = 2.0 }").unwrap();
        assert_eq!(table, PartSetting::named("rsi").with("window", 21).with("rate", 2));
        assert_eq!(read("[part]\nkind = 'asha'\nreduction = 4").unwrap().name, "asha");
        assert!(read("part = {}").unwrap_err().contains("missing field `name`"));
        assert!(read("part = 3").unwrap_err().contains("a name, or a table"));
    }

    #[test]
    fn it_is_written_as_short_as_it_can_be_read() {
        for setting in [PartSetting::named("rsi"), PartSetting::named("rsi").with("window", 21)] {
            let text = toml::to_string(&File { part: setting.clone() }).unwrap();
            assert_eq!(read(&text).unwrap(), setting);
        }
        assert_eq!(serde_json::to_string(&PartSetting::named("rsi")).unwrap(), "\"rsi\"");
    }
}
