//! The door for numbers: what JSON would silently change is refused, by the path of its field.
//!
//! `serde_json` writes NaN as `null`, and RFC 8785 rounds integers to 64-bit floats. So a value is first serialised into
//! [`Gate`], which writes nothing and only looks at numbers. Paths are put together on the way out of an error: a sound
//! value costs no allocation.

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
    match value.serialize(Gate { integers }) {
        // What has no JSON form for other reasons is the writer's to refuse.
        Ok(()) | Err(Fault::Other) => Ok(()),
        Err(Fault::Number { mut path, found, expected }) => {
            path.reverse();
            Err(Invalid { field: join(&path), found, expected: expected.to_owned() })
        }
    }
}

/// A step from a value to a part of it.
#[derive(Debug)]
enum Step {
    Key(String),
    Place(usize),
}

fn join(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Key(key) if text.is_empty() => text.push_str(key),
            Step::Key(key) => text.extend([".", key]),
            Step::Place(place) => text.push_str(&format!("[{place}]")),
        }
    }
    text
}

#[derive(Debug)]
enum Fault {
    Number {
        /// From the number outwards.
        path: Vec<Step>,
        found: String,
        expected: &'static str,
    },
    Other,
}

impl Fault {
    fn number(found: impl fmt::Display, expected: &'static str) -> Self {
        Fault::Number { path: Vec::new(), found: found.to_string(), expected }
    }

    fn within(mut self, step: impl FnOnce() -> Step) -> Self {
        if let Fault::Number { path, .. } = &mut self {
            path.push(step());
        }
        self
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

/// Looks at numbers and writes nothing.
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

/// A list, by the number of its parts so far.
struct Parts {
    gate: Gate,
    place: usize,
    /// The variant whose content the list is.
    variant: Option<&'static str>,
}

/// A map or struct.
struct Fields {
    gate: Gate,
    key: String,
    variant: Option<&'static str>,
}

impl Parts {
    fn new(gate: Gate, variant: Option<&'static str>) -> Self {
        Self { gate, place: 0, variant }
    }

    fn part<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        let (place, variant) = (self.place, self.variant);
        self.place += 1;
        value.serialize(self.gate).map_err(|fault| in_variant(fault.within(|| Step::Place(place)), variant))
    }
}

impl Fields {
    fn new(gate: Gate, variant: Option<&'static str>) -> Self {
        Self { gate, key: String::new(), variant }
    }

    fn field<T: Serialize + ?Sized>(&self, key: &str, value: &T) -> Result<(), Fault> {
        value
            .serialize(self.gate)
            .map_err(|fault| in_variant(fault.within(|| Step::Key(key.to_owned())), self.variant))
    }
}

fn in_variant(fault: Fault, variant: Option<&'static str>) -> Fault {
    match variant {
        Some(variant) => fault.within(|| Step::Key(variant.to_owned())),
        None => fault,
    }
}

impl Serializer for Gate {
    type Ok = ();
    type Error = Fault;
    type SerializeSeq = Parts;
    type SerializeTuple = Parts;
    type SerializeTupleStruct = Parts;
    type SerializeTupleVariant = Parts;
    type SerializeMap = Fields;
    type SerializeStruct = Fields;
    type SerializeStructVariant = Fields;

    fn serialize_bool(self, _: bool) -> Result<(), Fault> {
        Ok(())
    }
    fn serialize_i8(self, _: i8) -> Result<(), Fault> {
        Ok(())
    }
    fn serialize_i16(self, _: i16) -> Result<(), Fault> {
        Ok(())
    }
    fn serialize_i32(self, _: i32) -> Result<(), Fault> {
        Ok(())
    }
    fn serialize_i64(self, value: i64) -> Result<(), Fault> {
        self.integer(value.into())
    }
    fn serialize_i128(self, value: i128) -> Result<(), Fault> {
        self.integer(value)
    }
    fn serialize_u8(self, _: u8) -> Result<(), Fault> {
        Ok(())
    }
    fn serialize_u16(self, _: u16) -> Result<(), Fault> {
        Ok(())
    }
    fn serialize_u32(self, _: u32) -> Result<(), Fault> {
        Ok(())
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
    fn serialize_char(self, _: char) -> Result<(), Fault> {
        Ok(())
    }
    fn serialize_str(self, _: &str) -> Result<(), Fault> {
        Ok(())
    }
    fn serialize_bytes(self, _: &[u8]) -> Result<(), Fault> {
        Ok(())
    }
    fn serialize_none(self) -> Result<(), Fault> {
        Ok(())
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Fault> {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<(), Fault> {
        Ok(())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Fault> {
        Ok(())
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<(), Fault> {
        Ok(())
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        value.serialize(self).map_err(|fault| in_variant(fault, Some(variant)))
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Parts, Fault> {
        Ok(Parts::new(self, None))
    }
    fn serialize_tuple(self, _: usize) -> Result<Parts, Fault> {
        Ok(Parts::new(self, None))
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Parts, Fault> {
        Ok(Parts::new(self, None))
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts, Fault> {
        Ok(Parts::new(self, Some(variant)))
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Fields, Fault> {
        Ok(Fields::new(self, None))
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields, Fault> {
        Ok(Fields::new(self, None))
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Fields, Fault> {
        Ok(Fields::new(self, Some(variant)))
    }
}

macro_rules! lists {
    ($($role:ident :: $part:ident),+) => {$(
        impl $role for Parts {
            type Ok = ();
            type Error = Fault;
            fn $part<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
                self.part(value)
            }
            fn end(self) -> Result<(), Fault> {
                Ok(())
            }
        }
    )+};
}

lists!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

macro_rules! structs {
    ($($role:ident),+) => {$(
        impl $role for Fields {
            type Ok = ();
            type Error = Fault;
            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<(), Fault> {
                self.field(key, value)
            }
            fn end(self) -> Result<(), Fault> {
                Ok(())
            }
        }
    )+};
}

structs!(SerializeStruct, SerializeStructVariant);

impl SerializeMap for Fields {
    type Ok = ();
    type Error = Fault;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Fault> {
        // The key's own text, where it has one: the writer refuses all others.
        match serde_json::to_value(key) {
            Ok(serde_json::Value::String(text)) => self.key = text,
            Ok(other) => self.key = other.to_string(),
            Err(error) => return Err(Fault::custom(error)),
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.field(&self.key, value)
    }

    fn end(self) -> Result<(), Fault> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[derive(Serialize)]
    enum Shape {
        Unit,
        Newtype(f64),
        Tuple(f64, f64),
        Struct { side: f64 },
    }

    #[derive(Serialize)]
    struct Outer {
        plain: f32,
        rows: Vec<Vec<[f64; 2]>>,
        by_name: BTreeMap<String, Option<f64>>,
        shapes: (Shape, Shape, Shape, Shape),
        count: u64,
        difference: i64,
    }

    fn sound() -> Outer {
        Outer {
            plain: 1.0,
            rows: vec![vec![[0.0, -0.0]], vec![[1.0, f64::MAX], [f64::MIN_POSITIVE, 5e-324]]],
            by_name: BTreeMap::from([("a".into(), None), ("b c".into(), Some(1.0))]),
            shapes: (Shape::Unit, Shape::Newtype(1.0), Shape::Tuple(1.0, 2.0), Shape::Struct { side: 1.0 }),
            count: LARGEST_INTEGER,
            difference: -(LARGEST_INTEGER as i64),
        }
    }

    #[test]
    fn what_can_be_written_passes() {
        assert_eq!(check(&sound(), Integers::Exact), Ok(()));
    }

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
    fn what_would_be_changed_is_named_by_its_path() {
        let refused = |field: &str, found: &str, breakage: fn(&mut Outer)| {
            let mut broken = sound();
            breakage(&mut broken);
            let invalid = check(&broken, Integers::Exact).unwrap_err();
            assert_eq!((invalid.field.as_str(), invalid.found.as_str()), (field, found));
        };
        refused("plain", "NaN", |o| o.plain = f32::NAN);
        refused("rows[1][1][0]", "inf", |o| o.rows[1][1][0] = f64::INFINITY);
        refused("by_name.b c", "-inf", |o| {
            o.by_name.insert("b c".into(), Some(f64::NEG_INFINITY));
        });
        refused("shapes[1].Newtype", "NaN", |o| o.shapes.1 = Shape::Newtype(f64::NAN));
        refused("shapes[2].Tuple[1]", "NaN", |o| o.shapes.2 = Shape::Tuple(0.0, f64::NAN));
        refused("shapes[3].Struct.side", "NaN", |o| o.shapes.3 = Shape::Struct { side: f64::NAN });
        refused("count", "9007199254740992", |o| o.count = LARGEST_INTEGER + 1);
        refused("difference", "-9007199254740992", |o| o.difference = -(LARGEST_INTEGER as i64) - 1);
        assert_eq!(check(&f64::NAN, Integers::Exact).unwrap_err().field, "");
    }
}
