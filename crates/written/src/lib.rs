//! JSON values as they were written, for the open parts of payloads from older pipelines.
//!
//! A number keeps its decimal text, so that `150`, `150.0` and numbers with more digits than an f64 holds stay
//! distinct. In canonical JSON, whose numbers are f64, a number that would not read back equal is stored as
//! `{"$number": "150.0"}`; an object key that begins with `$` is escaped with a second `$`.

mod embed;
#[cfg(feature = "schema")]
mod json_schema;
mod number;

pub use number::{Number, number_length};

use std::collections::BTreeMap;

/// The members of an object; the order of keys has no meaning in JSON.
pub type Members = BTreeMap<String, Json>;

/// A JSON value, or one of the three bare tokens that Python writes although they are not JSON.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Json {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// `NaN`, `Infinity` or `-Infinity`, bare.
    NotFinite(NotFinite),
    /// A string.
    String(String),
    /// A list.
    Array(Vec<Json>),
    /// An object.
    Object(Members),
}

/// A token for a number that JSON cannot express.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotFinite {
    /// `NaN`.
    NaN,
    /// `Infinity`.
    Infinity,
    /// `-Infinity`.
    NegativeInfinity,
}

impl NotFinite {
    /// All three.
    pub const ALL: [NotFinite; 3] = [NotFinite::NaN, NotFinite::Infinity, NotFinite::NegativeInfinity];

    /// The token.
    pub fn token(self) -> &'static str {
        match self {
            NotFinite::NaN => "NaN",
            NotFinite::Infinity => "Infinity",
            NotFinite::NegativeInfinity => "-Infinity",
        }
    }
}

impl Json {
    /// The kind of value, for messages.
    pub fn sort(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "a truth value",
            Json::Number(_) => "a number",
            Json::NotFinite(_) => "no finite number",
            Json::String(_) => "a text",
            Json::Array(_) => "a list",
            Json::Object(_) => "an object",
        }
    }

    /// The number, if it is one.
    pub fn as_number(&self) -> Option<&Number> {
        match self {
            Json::Number(number) => Some(number),
            _ => None,
        }
    }

    /// Whether every number in it is finite, so that it is valid JSON.
    pub fn is_finite(&self) -> bool {
        match self {
            Json::NotFinite(_) => false,
            Json::Array(items) => items.iter().all(Json::is_finite),
            Json::Object(members) => members.values().all(Json::is_finite),
            _ => true,
        }
    }

    /// A short form for messages: the value, or its beginning.
    pub fn excerpt(&self) -> String {
        const LONGEST: usize = 60;
        let text = match self {
            Json::Array(items) => format!("a list of {} values", items.len()),
            Json::Object(members) => format!("an object with {} keys", members.len()),
            Json::Null => "null".to_owned(),
            Json::Bool(value) => value.to_string(),
            Json::Number(number) => number.text().to_owned(),
            Json::NotFinite(token) => token.token().to_owned(),
            Json::String(text) => quoted(text),
        };
        // Counted and cut in characters: a cut between bytes could split one.
        if text.chars().count() <= LONGEST {
            return text;
        }
        text.chars().take(LONGEST).chain("...".chars()).collect()
    }
}

/// A text as a JSON string literal.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            other if other < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(other))),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

impl From<Number> for Json {
    fn from(number: Number) -> Self {
        Json::Number(number)
    }
}

impl From<u64> for Json {
    fn from(number: u64) -> Self {
        Json::Number(number.into())
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Json::String(text.to_owned())
    }
}

impl<T: Into<Json>> From<Vec<T>> for Json {
    fn from(items: Vec<T>) -> Self {
        Json::Array(items.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Json::Null, Into::into)
    }
}
