//! Documents: lists of entries that are read one by one, so that a broken entry does not cost the others.

use super::read::{JsonFault, Note, Reader, Reason};
use artifact_core::schema::written::Json;
use std::ops::Range;

/// The contents of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Whether it is a list.
    pub form: Form,
    /// The entries; the whole value if it is not a list.
    pub entries: Vec<Item>,
    /// What was repaired outside the entries.
    pub notes: Vec<Note>,
    /// Why the list ends early, if it does.
    pub end: Option<JsonFault>,
}

/// Whether a document is a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A list of entries.
    List,
    /// One value.
    Single,
}

/// One entry of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its bytes in the file.
    pub place: Range<usize>,
    /// Its value.
    pub value: Result<Json, JsonFault>,
    /// What was repaired in it.
    pub notes: Vec<Note>,
}

/// Reads a document, entry by entry. Never fails: an entry that cannot be read holds the fault instead of a value.
pub fn read_document(bytes: &[u8]) -> Document {
    let mut reader = Reader::new(bytes);
    let mut document = Document {
        form: Form::Single,
        entries: Vec::new(),
        notes: std::mem::take(&mut reader.notes),
        end: None,
    };
    if reader.take(b'[') {
        document.form = Form::List;
        document.end = read_entries(&mut reader, &mut document.entries).err();
    } else {
        document.entries.push(read_entry(&mut reader));
    }
    // After a fault in the list or a truncated entry, whatever remains belongs to that damage, not to a second value.
    if document.end.is_none() && document.entries.iter().all(|entry| !is_cut(entry)) {
        reader.note_rest();
    }
    document.notes.append(&mut reader.notes);
    document
}

fn read_entries(reader: &mut Reader<'_>, entries: &mut Vec<Item>) -> Result<(), JsonFault> {
    reader.skip_space();
    if reader.take(b']') {
        return Ok(());
    }
    loop {
        // A list that ends with a comma was truncated or edited by hand; no entry follows.
        if matches!(reader.peek(), None | Some(b']')) {
            return Err(reader.fault("value"));
        }
        entries.push(read_entry(reader));
        // The fault of the entry already says that the file ends here; the list does not report it a second time.
        if entries.last().is_some_and(is_cut) {
            return Ok(());
        }
        if reader.take(b']') {
            return Ok(());
        }
        if !reader.take(b',') {
            return Err(reader.fault("comma or closing bracket"));
        }
        reader.skip_space();
    }
}

fn read_entry(reader: &mut Reader<'_>) -> Item {
    let start = reader.position;
    let value = reader.value();
    let notes = std::mem::take(&mut reader.notes);
    if value.is_err() {
        // Skipping starts at the entry, not at the fault, which may be deep inside brackets that are still open.
        reader.skip_broken(start);
    }
    Item { place: start..reader.position, value, notes }
}

fn is_cut(entry: &Item) -> bool {
    matches!(entry.value, Err(JsonFault { reason: Reason::CutOff, .. }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The entries, `+` for readable ones and `-` for others, and whether the list ends early.
    fn outline(text: &str) -> (String, bool) {
        let document = read_document(text.as_bytes());
        let sign = |entry: &Item| if entry.value.is_ok() { '+' } else { '-' };
        (document.entries.iter().map(sign).collect(), document.end.is_some())
    }

    #[test]
    fn readable_entries_survive_broken_ones() {
        let check = |text: &str, signs: &str, early: bool| {
            assert_eq!(outline(text), (signs.to_owned(), early), "{text}");
        };
        check("[]", "", false);
        check("[1, 2]", "++", false);
        check("{}", "+", false);
        check("", "-", false);
        check("[", "", true);
        check("[1", "+", true);
        check("[1,", "+", true);
        check("[1, {\"a\": ", "+-", false);
        check("[1,]", "+", true);
        check("[{\"a\": }, 2]", "-+", false);
        check("[{\"a\": 'b'}, 2]", "-+", false);
        // Brackets outside strings count, so the entries after this one cannot be separated.
        check("[{\"a\": 'b]'}, 2]", "-", true);
        check("[{\"a\" \"]\"}, [3 4], 2]", "--+", false);
        check("[1,,2]", "+-+", false);
        check("[1}2]", "+", true);
        let deep = format!("[1, {}{}, 2]", "[".repeat(500), "]".repeat(500));
        check(&deep, "+-+", false);
    }

    #[test]
    fn entries_know_their_bytes() {
        let text = "\u{feff}[ {\"a\": 1} , 22\r\n] rest";
        let document = read_document(text.as_bytes());
        let places: Vec<&str> = document.entries.iter().map(|e| text[e.place.clone()].trim()).collect();
        assert_eq!(places, ["{\"a\": 1}", "22"]);
        assert_eq!(document.notes, [Note::ByteOrderMark, Note::Trailing { offset: text.len() - 4 }]);
    }

    #[test]
    fn many_broken_entries_are_read_in_linear_time() {
        let text = format!("[{}]", "{\"a\": [1, 2, x]}, ".repeat(200_000));
        assert_eq!(read_document(text.as_bytes()).entries.len(), 200_000);
        let text = format!("[{}", "[".repeat(2_000_000));
        assert_eq!(read_document(text.as_bytes()).entries.len(), 1);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            read_document(&bytes);
        }

        #[test]
        fn no_text_like_json_makes_it_panic(text in "[\\[\\]{}\",:0-9.eE+\\-NaIuf\\\\ ]{0,80}") {
            read_document(text.as_bytes());
        }
    }
}
