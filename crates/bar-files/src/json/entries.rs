//! JSON values that keep their place in the text.

use crate::error::{Fault, Located};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// The members of an object, in order.
#[derive(Debug)]
pub(crate) struct Entries<'t>(pub(crate) Vec<(String, &'t RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Entries(members))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

impl<'t> Entries<'t> {
    /// The members of a value; `None` if it is no object.
    pub(crate) fn of(value: &'t RawValue) -> Option<Self> {
        value.get().starts_with('{').then(|| serde_json::from_str(value.get()).ok()).flatten()
    }

    /// The value under a name.
    pub(crate) fn get(&self, name: &str) -> Option<&'t RawValue> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }

    /// The text under the first of some names that there is.
    pub(crate) fn text(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.get(name)).map(|value| cell(value).into_owned())
    }
}

/// The elements of a value; `None` if it is no array.
pub(crate) fn elements(value: &RawValue) -> Option<Vec<&RawValue>> {
    value.get().starts_with('[').then(|| serde_json::from_str(value.get()).ok()).flatten()
}

/// A value as a cell: `null` is empty, a string is without quotes, all else is as written.
pub(crate) fn cell(value: &RawValue) -> Cow<'_, str> {
    let text = value.get();
    match text.as_bytes() {
        [b'n', ..] => Cow::Borrowed(""),
        [b'"', ..] => match serde_json::from_str::<&str>(text) {
            Ok(plain) => Cow::Borrowed(crate::records::trimmed(plain)),
            Err(_) => Cow::Owned(serde_json::from_str(text).unwrap_or_default()),
        },
        _ => Cow::Borrowed(text),
    }
}

/// The top-level values of a text: one, or many in JSON lines.
pub(crate) fn values(text: &str) -> Result<Vec<&RawValue>, Located> {
    let values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    values.collect::<Result<_, _>>().map_err(|error| {
        let line = u64::try_from(error.line()).unwrap_or_default();
        let reason = if error.is_eof() {
            "the JSON is cut off: fetch the file again".to_owned()
        } else {
            let text = error.to_string();
            let cause = text.split(" at line ").next().unwrap_or_default();
            format!("not valid JSON at column {}: {cause}", error.column())
        };
        Fault::Json { reason }.on(line.max(1))
    })
}

/// Counts lines up to places in a text that come in ascending order.
#[derive(Debug)]
pub(crate) struct Lines<'t> {
    text: &'t str,
    counted: usize,
    line: u64,
}

impl<'t> Lines<'t> {
    pub(crate) fn of(text: &'t str) -> Self {
        Self { text, counted: 0, line: 1 }
    }

    /// The line of a value, which is a part of the text.
    pub(crate) fn at(&mut self, value: &RawValue) -> u64 {
        let offset = (value.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let passed = self.text.as_bytes().get(self.counted..offset).unwrap_or_default();
        self.line += memchr::memchr_iter(b'\n', passed).count() as u64;
        self.counted = self.counted.max(offset);
        self.line
    }
}
