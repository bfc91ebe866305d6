//! A lenient JSON reader: total over all byte strings, linear in their length, limited in depth.
//!
//! Beyond JSON it accepts the bare tokens that Python writes (`NaN`, `Infinity`, `-Infinity`), control characters
//! inside strings, repeated keys (the last one counts, as in Python), and characters that are not Unicode (replaced).
//! It reports repairs; anything else is a fault with its position.

use artifact_core::schema::written::{Json, Members, NotFinite, Number, number_length};

/// How deeply lists and objects may nest. The reader is recursive, and no file may overflow its stack.
pub const DEPTH_LIMIT: usize = 64;

/// Where and why reading stopped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason} at byte {offset}")]
pub struct JsonFault {
    /// The offset of the byte, from 0.
    pub offset: usize,
    /// The reason.
    pub reason: Reason,
}

/// Why reading stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The bytes end inside a value.
    #[error("the file ends inside a value")]
    CutOff,
    /// Something else was found where this was expected.
    #[error("no {0} where one was expected")]
    Expected(&'static str),
    /// Lists or objects nest too deeply.
    #[error("more than {DEPTH_LIMIT} lists and objects inside each other")]
    TooDeep,
}

/// A repair that the reader made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// The file begins with a byte order mark.
    ByteOrderMark,
    /// Bytes follow the last value.
    Trailing {
        /// The first of them.
        offset: usize,
    },
    /// A key occurs twice in one object; the last one counts.
    RepeatedKey(String),
    /// A string holds bytes or escapes that are not Unicode; each is replaced with U+FFFD.
    Replaced {
        /// The string's first byte.
        offset: usize,
    },
}

/// Reads the one value that `bytes` hold.
///
/// # Errors
///
/// The first [`JsonFault`].
pub fn read_value(bytes: &[u8]) -> Result<(Json, Vec<Note>), JsonFault> {
    let mut reader = Reader::new(bytes);
    let value = reader.value()?;
    reader.note_rest();
    Ok((value, reader.notes))
}

/// A position in the bytes, and the repairs made so far.
pub(super) struct Reader<'b> {
    bytes: &'b [u8],
    pub(super) position: usize,
    pub(super) notes: Vec<Note>,
    depth: usize,
}

impl<'b> Reader<'b> {
    /// Starts after a byte order mark, if there is one, and leading white space.
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        let mut reader = Self { bytes, position: 0, notes: Vec::new(), depth: 0 };
        if bytes.starts_with(b"\xef\xbb\xbf") {
            reader.position = 3;
            reader.notes.push(Note::ByteOrderMark);
        }
        reader.skip_space();
        reader
    }

    /// The next byte.
    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    pub(super) fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.position += 1;
        }
    }

    /// Takes `byte` if it is the next one.
    pub(super) fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.position += usize::from(found);
        found
    }

    /// Records anything that follows the last value.
    pub(super) fn note_rest(&mut self) {
        self.skip_space();
        if self.position < self.bytes.len() {
            self.notes.push(Note::Trailing { offset: self.position });
        }
    }

    /// The fault of finding something other than `expected`, or the end of the bytes, at this position.
    pub(super) fn fault(&self, expected: &'static str) -> JsonFault {
        let reason = if self.peek().is_none() { Reason::CutOff } else { Reason::Expected(expected) };
        JsonFault { offset: self.position, reason }
    }

    /// Reads a value, and the white space after it.
    pub(super) fn value(&mut self) -> Result<Json, JsonFault> {
        let value = match self.peek() {
            Some(b'{') => self.nested(Self::object)?,
            Some(b'[') => self.nested(Self::array)?,
            Some(b'"') => Json::String(self.string()?),
            _ => self.token()?,
        };
        self.skip_space();
        Ok(value)
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Json, JsonFault>) -> Result<Json, JsonFault> {
        if self.depth == DEPTH_LIMIT {
            return Err(JsonFault { offset: self.position, reason: Reason::TooDeep });
        }
        self.depth += 1;
        self.position += 1;
        self.skip_space();
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn array(&mut self) -> Result<Json, JsonFault> {
        let mut items = Vec::new();
        if self.take(b']') {
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value()?);
            if self.take(b']') {
                return Ok(Json::Array(items));
            }
            self.comma("comma or closing bracket")?;
        }
    }

    fn object(&mut self) -> Result<Json, JsonFault> {
        let mut members = Members::new();
        if self.take(b'}') {
            return Ok(Json::Object(members));
        }
        loop {
            let key = self.string()?;
            self.skip_space();
            if !self.take(b':') {
                return Err(self.fault("colon"));
            }
            self.skip_space();
            let value = self.value()?;
            // Not a fault: Python reads such an object without complaint, and its last value is the one that was used.
            if members.contains_key(&key) {
                self.notes.push(Note::RepeatedKey(key.clone()));
            }
            members.insert(key, value);
            if self.take(b'}') {
                return Ok(Json::Object(members));
            }
            self.comma("comma or closing brace")?;
        }
    }

    fn comma(&mut self, expected: &'static str) -> Result<(), JsonFault> {
        if !self.take(b',') {
            return Err(self.fault(expected));
        }
        self.skip_space();
        Ok(())
    }

    fn token(&mut self) -> Result<Json, JsonFault> {
        let rest = &self.bytes[self.position..];
        let words = [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))];
        let special = NotFinite::ALL.map(|special| (special.token(), Json::NotFinite(special)));
        for (word, value) in words.into_iter().chain(special) {
            if rest.starts_with(word.as_bytes()) {
                self.position += word.len();
                return Ok(value);
            }
            // What is left is a proper prefix of the word: the file ends inside it.
            if word.as_bytes().starts_with(rest) {
                return Err(JsonFault { offset: self.bytes.len(), reason: Reason::CutOff });
            }
        }
        let number = number_length(rest).and_then(|length| std::str::from_utf8(&rest[..length]).ok());
        let Some(number) = number.and_then(Number::parse) else {
            // A file that ends inside a number, such as `1.`, is cut off.
            let cut = rest.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'));
            return Err(match cut {
                true => JsonFault { offset: self.bytes.len(), reason: Reason::CutOff },
                false => self.fault("value"),
            });
        };
        self.position += number.text().len();
        Ok(Json::Number(number))
    }

    fn string(&mut self) -> Result<String, JsonFault> {
        let start = self.position;
        if !self.take(b'"') {
            return Err(self.fault("string"));
        }
        let mut text = Vec::new();
        let mut replaced = false;
        loop {
            let rest = &self.bytes[self.position..];
            // Bytes are decoded only at the end, since a bad byte must cost a character and not the string.
            let plain = rest.iter().take_while(|&&byte| byte != b'"' && byte != b'\\').count();
            text.extend_from_slice(&rest[..plain]);
            self.position += plain;
            if self.take(b'"') {
                break;
            }
            if !self.take(b'\\') {
                return Err(self.fault("closing quote"));
            }
            let character = self.escape()?;
            replaced |= character.is_none();
            let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
            text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
        let text = String::from_utf8(text).unwrap_or_else(|error| {
            replaced = true;
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        });
        if replaced {
            self.notes.push(Note::Replaced { offset: start });
        }
        Ok(text)
    }

    /// Reads what follows a backslash; `None` for half of a surrogate pair.
    fn escape(&mut self) -> Result<Option<char>, JsonFault> {
        let character = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.position += 1;
                return self.unicode();
            }
            _ => return Err(self.fault("escaped character")),
        };
        self.position += 1;
        Ok(Some(character))
    }

    fn unicode(&mut self) -> Result<Option<char>, JsonFault> {
        let high = self.four_digits()?;
        if !(0xd800..0xdc00).contains(&high) {
            return Ok(char::from_u32(high));
        }
        let before = self.position;
        if self.take(b'\\') && self.take(b'u') {
            let low = self.four_digits()?;
            if (0xdc00..0xe000).contains(&low) {
                return Ok(char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)));
            }
        }
        // Only the first half is replaced: what follows it may be a sound escape of its own.
        self.position = before;
        Ok(None)
    }

    fn four_digits(&mut self) -> Result<u32, JsonFault> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            value = value * 16 + digit.ok_or_else(|| self.fault("hexadecimal digit"))?;
            self.position += 1;
        }
        Ok(value)
    }

    /// Moves to the comma or bracket that ends the value at `start`. Brackets inside strings do not count.
    pub(super) fn skip_broken(&mut self, start: usize) {
        self.position = start;
        self.depth = 0;
        let mut open = 0usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.skip_string();
                    continue;
                }
                b'[' | b'{' => open += 1,
                b']' | b'}' | b',' if open == 0 => return,
                b']' | b'}' => open -= 1,
                _ => {}
            }
            self.position += 1;
        }
    }

    fn skip_string(&mut self) {
        self.position += 1;
        while let Some(byte) = self.peek() {
            self.position = (self.position + if byte == b'\\' { 2 } else { 1 }).min(self.bytes.len());
            if byte == b'"' {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(text: &str) -> Json {
        read_value(text.as_bytes()).unwrap_or_else(|fault| panic!("{text}: {fault}")).0
    }

    #[test]
    fn json_as_python_writes_it_is_read() {
        let text = "\u{feff}{\"a\": NaN,\r\n \"b\": [Infinity, -Infinity, -1], \"NaN\": \"NaN\"}";
        let (read, notes) = read_value(text.as_bytes()).unwrap();
        let Json::Object(members) = read else { panic!("{read:?}") };
        assert_eq!(members["a"], Json::NotFinite(NotFinite::NaN));
        assert_eq!(members["NaN"], "NaN".into());
        assert!(matches!(&members["b"], Json::Array(items) if items.len() == 3));
        assert_eq!(notes, [Note::ByteOrderMark]);
    }

    #[test]
    fn strings_are_decoded() {
        assert_eq!(value(r#""a\u00fc\ud83d\ude00\n\/""#), "aü😀\n/".into());
        for (text, read) in [(&br#""\ud83d x""#[..], "\u{fffd} x"), (b"\"\xff\"", "\u{fffd}")] {
            assert_eq!(read_value(text), Ok((read.into(), vec![Note::Replaced { offset: 0 }])));
        }
    }

    #[test]
    fn the_last_of_repeated_keys_counts() {
        let (read, notes) = read_value(br#"{"a": 1, "a": 2} x"#).unwrap();
        assert_eq!(read, Json::Object([("a".to_owned(), 2.into())].into()));
        assert_eq!(notes, [Note::RepeatedKey("a".into()), Note::Trailing { offset: 17 }]);
    }

    #[test]
    fn faults_name_their_place() {
        let check = |text: &str, offset: usize, reason: Reason| {
            assert_eq!(read_value(text.as_bytes()), Err(JsonFault { offset, reason }), "{text}");
        };
        for cut in
            ["", "[", "[1", "[1,", "{\"a", "{\"a\"", "{\"a\":", "nul", "-Inf", "[1.", "[-", "\"\\", "\"\\u12"]
        {
            check(cut, cut.len(), Reason::CutOff);
        }
        check("[1 2]", 3, Reason::Expected("comma or closing bracket"));
        check("{1: 2}", 1, Reason::Expected("string"));
        check("[,]", 1, Reason::Expected("value"));
        check("'a'", 0, Reason::Expected("value"));
        check(r#""\x""#, 2, Reason::Expected("escaped character"));
        check(&"[".repeat(100_000), DEPTH_LIMIT, Reason::TooDeep);
        assert!(read_value("[".repeat(DEPTH_LIMIT).as_bytes()).is_err_and(|f| f.reason == Reason::CutOff));
    }

    proptest! {
        #[test]
        fn agrees_with_serde_json(text in "[\\[\\]{}\",:0-9.eE+\\-a-ftrunls\\\\ ]{0,40}") {
            if let Ok(expected) = serde_json::from_str::<serde_json::Value>(&text) {
                let Ok((read, _)) = read_value(text.as_bytes()) else { panic!("{text} was rejected") };
                prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&crate::json::to_text(&read)).unwrap(), expected);
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read_value(&bytes);
        }
    }
}
