//! Lossless storage of values in canonical JSON.

use crate::number::Plain;
use crate::{Json, Members, NotFinite, Number};
use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// The sole key of an object that represents a number.
const NUMBER: &str = "$number";

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.plain() {
            Some(Plain::Integer(value)) => serializer.serialize_i64(value),
            Some(Plain::Float(value)) => serializer.serialize_f64(value),
            // Canonical JSON would change the number, so its text is kept instead.
            None => serialize_token(self.text(), serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Json::deserialize(deserializer)? {
            Json::Number(number) => Ok(number),
            other => Err(serde::de::Error::custom(format_args!("found {}, expected a number", other.sort()))),
        }
    }
}

fn serialize_token<S: Serializer>(token: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(NUMBER, token)?;
    map.end()
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Null => serializer.serialize_unit(),
            Json::Bool(value) => serializer.serialize_bool(*value),
            Json::Number(number) => number.serialize(serializer),
            Json::NotFinite(token) => serialize_token(token.token(), serializer),
            Json::String(text) => serializer.serialize_str(text),
            Json::Array(items) => serializer.collect_seq(items),
            Json::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (key, value) in members {
                    // Escaped, so that a key `$number` of an older document is not taken for a number.
                    match key.starts_with('$') {
                        true => map.serialize_entry(&format!("${key}"), value)?,
                        false => map.serialize_entry(key, value)?,
                    }
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Json, E> {
        Number::parse(&value.to_string()).map(Json::Number).ok_or_else(|| E::custom("not a number"))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Json, E> {
        Number::from_f64(value).map(Json::Number).ok_or_else(|| E::custom("not a finite number"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(Json::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members = Members::new();
        let mut token = None;
        while let Some((key, value)) = map.next_entry::<String, Json>()? {
            match (key.strip_prefix('$'), value) {
                (None, value) => members.insert(key, value),
                (Some(rest), value) if rest.starts_with('$') => members.insert(rest.to_owned(), value),
                (Some("number"), Json::String(text)) => token.replace(text).map(Json::String),
                // Refused rather than taken for a plain key: the writer escapes those, so this is not its output.
                (Some(_), _) => {
                    return Err(A::Error::custom(format_args!(
                        "unknown key {key:?}; a key that begins with $ is written with $$"
                    )));
                }
            };
        }
        match token {
            None => Ok(Json::Object(members)),
            Some(text) if members.is_empty() => from_token(&text).ok_or_else(|| {
                A::Error::custom(format_args!("{NUMBER} is {text:?}; expected the text of a number"))
            }),
            Some(_) => Err(A::Error::custom(format_args!("{NUMBER} has to be the only key of its object"))),
        }
    }
}

fn from_token(text: &str) -> Option<Json> {
    let special = NotFinite::ALL.into_iter().find(|special| special.token() == text);
    special.map(Json::NotFinite).or_else(|| Number::parse(text).map(Json::Number))
}
