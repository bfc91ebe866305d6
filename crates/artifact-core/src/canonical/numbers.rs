//! Refuses numbers that JSON would silently change, and names the path of their field.
//!
//! `serde_json` writes NaN as `null`, and RFC 8785 rounds integers to 64-bit floats. So a value is first serialised
//! into [`Gate`], which writes nothing and only checks numbers. Only a refused number triggers a second pass, which
//! tracks the path: a sound value does not pay for it.

use crate::error::Invalid;
use serde::Serialize;
use serde::ser::{
    Error as _, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use std::fmt;

/// The largest integer that may be stored, 2^53 - 1: every smaller one is exact as a 64-bit float (RFC 7493, 2.2).
pub const LARGEST_INTEGER: u64 = (1 << 53) - 1;

/// Which integers may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Integers {
    /// Those up to [`LARGEST_INTEGER`]: the fields of payloads.
    Exact,
    /// Those that canonical JSON writes as they are. In a document of unknown type 88989071925474720 may be a float.
    Unchanged,
}

pub(super) fn check<T: Serialize + ?Sized>(value: &T, integers: Integers) -> Result<(), Invalid> {
    let gate = Gate { integers };
    match value.serialize(gate) {
        // The writer refuses values that have no JSON form for other reasons.
        Ok(()) | Err(Fault::Other) => Ok(()),
        Err(Fault::Number { found, expected, .. }) => {
            Err(Invalid { field: path_of_fault(value, gate), found, expected: expected.to_owned() })
        }
    }
}

/// The path of the first number that does not pass; empty for the value itself.
///
/// Variant names are not part of it: no stored type has a variant with content.
fn path_of_fault<T: Serialize + ?Sized>(value: &T, gate: Gate) -> String {
    let Err(error) = serde_path_to_error::serialize(value, gate) else {
        return String::new();
    };
    let path = match error.path().iter().len() {
        0 => String::new(),
        _ => error.path().to_string(),
    };
    match error.into_inner() {
        Fault::Number { below, .. } => join(path, &below),
        Fault::Other => path,
    }
}

fn join(path: String, below: &str) -> String {
    match (path.is_empty(), below.chars().next()) {
        (true, _) => below.to_owned(),
        (_, None) => path,
        (_, Some('[')) => path + below,
        _ => format!("{path}.{below}"),
    }
}

#[derive(Debug)]
enum Fault {
    Number {
        found: String,
        expected: &'static str,
        /// The rest of the path, from the outermost wrapper around the number on.
        below: String,
    },
    Other,
}

impl Fault {
    fn number(found: impl fmt::Display, expected: &'static str) -> Self {
        Fault::Number { found: found.to_string(), expected, below: String::new() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Fault {}

impl serde::ser::Error for Fault {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Fault::Other
    }
}

/// Checks numbers and writes nothing.
#[derive(Clone, Copy)]
struct Gate {
    integers: Integers,
}

impl Gate {
    fn float(value: f64) -> Result<(), Fault> {
        if value.is_finite() { Ok(()) } else { Err(Fault::number(value, "a finite number")) }
    }

    fn integer(self, value: i128) -> Result<(), Fault> {
        let passes = value.unsigned_abs() <= u128::from(LARGEST_INTEGER)
            // Canonical JSON writes the shortest digits that give the same float, and so does `Display`.
            || (self.integers == Integers::Unchanged && (value as f64).to_string() == value.to_string());
        if passes { Ok(()) } else { Err(Fault::number(value, "an integer from -(2^53 - 1) to 2^53 - 1")) }
    }
}

impl Gate {
    /// A value inside a wrapper, such as an option, which the path tracker does not look into.
    fn wrapped<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Fault> {
        value.serialize(self).map_err(|fault| match fault {
            Fault::Number { found, expected, .. } => {
                Fault::Number { found, expected, below: path_of_fault(value, self) }
            }
            Fault::Other => Fault::Other,
        })
    }
}

/// Values that are not numbers, or are of a number type that always passes.
macro_rules! pass {
    ($($method:ident($($type:ty),*);)+) => {$(
        fn $method(self, $(_: $type),*) -> Result<(), Fault> {
            Ok(())
        }
    )+};
}

/// Lists and objects: their parts pass through the same gate.
macro_rules! open {
    ($($method:ident($($type:ty),*);)+) => {$(
        fn $method(self, $(_: $type),*) -> Result<Gate, Fault> {
            Ok(self)
        }
    )+};
}

impl Serializer for Gate {
    type Ok = ();
    type Error = Fault;
    type SerializeSeq = Gate;
    type SerializeTuple = Gate;
    type SerializeTupleStruct = Gate;
    type SerializeTupleVariant = Gate;
    type SerializeMap = Gate;
    type SerializeStruct = Gate;
    type SerializeStructVariant = Gate;

    pass! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
    }

    open! {
        serialize_seq(Option<usize>);
        serialize_tuple(usize);
        serialize_tuple_struct(&'static str, usize);
        serialize_tuple_variant(&'static str, u32, &'static str, usize);
        serialize_map(Option<usize>);
        serialize_struct(&'static str, usize);
        serialize_struct_variant(&'static str, u32, &'static str, usize);
    }

    fn serialize_i64(self, value: i64) -> Result<(), Fault> {
        self.integer(value.into())
    }

    fn serialize_i128(self, value: i128) -> Result<(), Fault> {
        self.integer(value)
    }

    fn serialize_u64(self, value: u64) -> Result<(), Fault> {
        self.integer(value.into())
    }

    fn serialize_u128(self, value: u128) -> Result<(), Fault> {
        self.integer(value.try_into().unwrap_or(i128::MAX))
    }

    fn serialize_f32(self, value: f32) -> Result<(), Fault> {
        Gate::float(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<(), Fault> {
        Gate::float(value)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Fault> {
        self.wrapped(value)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        self.wrapped(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        self.wrapped(value)
    }
}

macro_rules! parts {
    ($($role:ident::$part:ident($($key:ty)?);)+) => {$(
        impl $role for Gate {
            type Ok = ();
            type Error = Fault;

            fn $part<T: Serialize + ?Sized>(&mut self, $(_: $key,)? value: &T) -> Result<(), Fault> {
                value.serialize(*self)
            }

            fn end(self) -> Result<(), Fault> {
                Ok(())
            }
        }
    )+};
}

parts! {
    SerializeSeq::serialize_element();
    SerializeTuple::serialize_element();
    SerializeTupleStruct::serialize_field();
    SerializeTupleVariant::serialize_field();
    SerializeStruct::serialize_field(&'static str);
    SerializeStructVariant::serialize_field(&'static str);
}

impl SerializeMap for Gate {
    type Ok = ();
    type Error = Fault;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Fault> {
        // Every key is written as text, so its number cannot change; the writer refuses keys that have no text form.
        serde_json::to_value(key).map(drop).map_err(Fault::custom)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        value.serialize(*self)
    }

    fn end(self) -> Result<(), Fault> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_a_document_pass_when_they_are_written_as_they_are() {
        for (number, passes) in
            [(88_989_071_925_474_720, true), ((1 << 53) + 1, false), (1 << 53, true), (u64::MAX, false)]
        {
            assert_eq!(check(&number, Integers::Unchanged).is_ok(), passes, "{number}");
            assert!(check(&number, Integers::Exact).is_err());
        }
    }

    #[test]
    fn integers_of_a_payload_are_refused_when_a_float_would_round_them() {
        let largest = LARGEST_INTEGER as i64;
        assert_eq!(check(&(LARGEST_INTEGER, largest, -largest), Integers::Exact), Ok(()));
        let found = |payload: serde_json::Value| check(&payload, Integers::Exact).unwrap_err().to_string();
        let count = found(serde_json::json!({"count": LARGEST_INTEGER + 1}));
        assert!(count.starts_with("count is 9007199254740992,"), "{count}");
        let difference = found(serde_json::json!({"difference": -largest - 1}));
        assert!(difference.starts_with("difference is -9007199254740992,"), "{difference}");
    }
}
