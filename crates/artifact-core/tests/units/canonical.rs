//! Numbers that canonical JSON would change.

use artifact_core::{Error, LARGEST_INTEGER, canonical_json};
use serde::Serialize;
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
    maybe: Option<Maybe>,
}

#[derive(Serialize)]
struct Maybe {
    rows: Option<Vec<Option<f64>>>,
    wrapped: Option<Wrapped>,
}

#[derive(Serialize)]
struct Wrapped(BTreeMap<String, f64>);

fn sound() -> Outer {
    Outer {
        plain: 1.0,
        rows: vec![vec![[0.0, -0.0]], vec![[1.0, f64::MAX], [f64::MIN_POSITIVE, 5e-324]]],
        by_name: BTreeMap::from([("a".into(), None), ("b c".into(), Some(1.0))]),
        shapes: (Shape::Unit, Shape::Newtype(1.0), Shape::Tuple(1.0, 2.0), Shape::Struct { side: 1.0 }),
        count: LARGEST_INTEGER,
        difference: -(LARGEST_INTEGER as i64),
        maybe: Some(Maybe { rows: Some(vec![Some(1.0), None]), wrapped: None }),
    }
}

/// The path of the number that cannot be written, and the number.
fn fault<T: Serialize>(value: &T) -> (String, String) {
    match canonical_json(value).unwrap_err() {
        Error::Refused { reason, .. } => (reason.field, reason.found),
        other => panic!("{other}"),
    }
}

#[test]
fn numbers_that_survive_are_written() {
    assert!(canonical_json(&sound()).is_ok());
}

#[test]
fn numbers_that_would_change_are_named_by_their_path() {
    let refused = |field: &str, found: &str, breakage: fn(&mut Outer)| {
        let mut broken = sound();
        breakage(&mut broken);
        assert_eq!(fault(&broken), (field.to_owned(), found.to_owned()));
    };
    refused("plain", "NaN", |o| o.plain = f32::NAN);
    refused("rows[1][1][0]", "inf", |o| o.rows[1][1][0] = f64::INFINITY);
    refused("by_name.b c", "-inf", |o| {
        o.by_name.insert("b c".into(), Some(f64::NEG_INFINITY));
    });
    refused("shapes[1]", "NaN", |o| o.shapes.1 = Shape::Newtype(f64::NAN));
    refused("shapes[2][1]", "NaN", |o| o.shapes.2 = Shape::Tuple(0.0, f64::NAN));
    refused("shapes[3].side", "NaN", |o| o.shapes.3 = Shape::Struct { side: f64::NAN });
    refused("maybe.rows[1]", "NaN", |o| {
        o.maybe = Some(Maybe { rows: Some(vec![None, Some(f64::NAN)]), wrapped: None });
    });
    refused("maybe.wrapped.x", "NaN", |o| {
        let wrapped = Wrapped(BTreeMap::from([("x".into(), f64::NAN)]));
        o.maybe = Some(Maybe { rows: None, wrapped: Some(wrapped) });
    });
    assert_eq!(fault(&f64::NAN).0, "");
}
