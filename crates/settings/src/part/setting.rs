//! A part as the configuration file writes it.

use artifact_core::Params;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// A part's name and the parameters that it is given.
///
/// In TOML either its name alone, `"rsi"`, or a table with its parameters, `{ name = "rsi", window = 21 }`. `kind` is
/// accepted in place of `name`. The parameters are checked when the part is [chosen](super::Catalog::choose).
#[derive(Debug, Clone, PartialEq)]
pub struct PartSetting {
    /// The name.
    pub name: String,
    /// The parameters that are given.
    pub params: Params,
}

impl PartSetting {
    /// The part of this name, with its default parameters.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), params: Params::default() }
    }

    /// Sets a parameter.
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

// Writes the shortest form: the name alone for a part without parameters, as before parts had parameters.
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
                    _ => {
                        return Err(A::Error::custom(
                            "expected the part's name as one string, `name = \"...\"`",
                        ));
                    }
                };
                Ok(PartSetting { name, params: table.into_iter().collect() })
            }
        }

        deserializer.deserialize_any(NameOrTable)
    }
}

/// For a key that takes one part or a list of parts: a single part needs no brackets and is written without them.
pub mod one_or_list {
    use super::PartSetting;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::Value;

    /// Writes a single part without the list around it.
    ///
    /// # Errors
    ///
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(parts: &[PartSetting], serializer: S) -> Result<S::Ok, S::Error> {
        match parts {
            [part] => part.serialize(serializer),
            parts => parts.serialize(serializer),
        }
    }

    /// Reads one part, or a list of parts.
    ///
    /// # Errors
    ///
    /// If a part is neither a name nor a table with a name.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<PartSetting>, D::Error> {
        // An untagged enum would only say that no variant matched; this way the part's own error gets through.
        let read = |value| PartSetting::deserialize(value).map_err(serde::de::Error::custom);
        match Value::deserialize(deserializer)? {
            Value::Array(parts) => parts.into_iter().map(read).collect(),
            part => Ok(vec![read(part)?]),
        }
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
    fn one_part_or_a_list() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Several {
            #[serde(with = "super::one_or_list")]
            set: Vec<PartSetting>,
        }

        let rsi = PartSetting::named("rsi").with("window", 21);
        for (text, parts) in [
            ("set = 'close'", vec!["close".into()]),
            ("set = ['close']", vec!["close".into()]),
            ("set = { name = 'rsi', window = 21 }", vec![rsi.clone()]),
            ("set = ['close', { name = 'rsi', window = 21 }]", vec!["close".into(), rsi]),
        ] {
            let read: Several = toml::from_str(text).unwrap();
            assert_eq!(read.set, parts, "{text}");
            let json = serde_json::to_string(&read).unwrap();
            assert_eq!(serde_json::from_str::<Several>(&json).unwrap(), read);
        }
        let one = Several { set: vec!["close".into()] };
        assert_eq!(serde_json::to_string(&one).unwrap(), r#"{"set":"close"}"#);
        assert!(
            toml::from_str::<Several>("set = [3]").unwrap_err().to_string().contains("a name, or a table")
        );
    }

    #[test]
    fn the_shortest_form_is_written() {
        for setting in [PartSetting::named("rsi"), PartSetting::named("rsi").with("window", 21)] {
            let text = toml::to_string(&File { part: setting.clone() }).unwrap();
            assert_eq!(read(&text).unwrap(), setting);
        }
        assert_eq!(serde_json::to_string(&PartSetting::named("rsi")).unwrap(), "\"rsi\"");
    }
}
