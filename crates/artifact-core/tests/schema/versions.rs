//! How a reader handles versions that it does not know.

use crate::door::{at_every_object, chain, read};
use crate::golden::files;
use artifact_core::{Error, KIND_VERSIONS, KINDS, Object};
use serde_json::{Map, Value, json};

/// A payload as today's types write it.
fn document(object: Object) -> Value {
    match object {
        Object::Artifact(envelope) => envelope.payload.document(),
        Object::Blob(_) => panic!("not an envelope"),
    }
}

fn golden() -> impl Iterator<Item = (&'static str, Value)> {
    files().into_iter().map(|(kind, bytes)| (kind, serde_json::from_slice(&bytes).unwrap()))
}

#[test]
fn a_later_minor_version_is_read_without_the_fields_that_it_added() {
    for (kind, mut later) in golden() {
        let known = document(read(&later).unwrap());
        later["schema_minor"] = json!(7);
        let added = |map: &mut Map<String, Value>| drop(map.insert("zz_later".into(), json!([1])));
        at_every_object(&later, &added, &mut |changed| {
            // The envelope around the payload has no versions.
            if changed["payload"] != later["payload"] {
                let read = read(&changed).unwrap_or_else(|error| panic!("{kind}: {}", chain(&error)));
                assert_eq!(document(read), known, "{kind}");
            }
        });
    }
}

#[test]
fn a_field_that_no_minor_version_explains_is_refused_by_its_name() {
    for (kind, mut document) in golden() {
        document["payload"]["zz_later"] = json!(1);
        let error = read(&document).expect_err(kind);
        assert!(chain(&error).contains("zz_later"), "{kind}: {}", chain(&error));
    }
}

/// Equal content has equal bytes: minor version 0 is not written.
#[test]
fn minor_version_0_is_refused_where_it_is_written() {
    for (kind, mut document) in golden() {
        document["schema_minor"] = json!(0);
        let error = read(&document).expect_err(kind);
        assert!(chain(&error).contains("schema_minor"), "{kind}: {}", chain(&error));
    }
}

#[test]
fn a_seal_with_parameters_of_its_source_is_version_2_1() {
    let (_, mut seal) = golden().find(|(kind, _)| *kind == "seal").unwrap();
    seal["payload"]["source"]["params"] = json!({"rows": 500});
    let error = read(&seal).expect_err("version 2.0 has no parameters");
    assert!(chain(&error).contains("schema_minor"), "{}", chain(&error));
    seal["schema_minor"] = json!(1);
    assert_eq!(document(read(&seal).unwrap()), seal["payload"]);
}

#[test]
fn a_shared_scope_is_version_3_1() {
    let check = |kind: &str, place: &str| {
        let (_, mut found) = golden().find(|(name, _)| *name == kind).unwrap();
        found.pointer_mut(place).unwrap()["scope"] = json!("shared");
        let error = read(&found).expect_err("version 3.0 has no scope");
        assert!(chain(&error).contains("schema_minor"), "{}", chain(&error));
        found["schema_minor"] = json!(1);
        let payload = json!({"payload": document(read(&found).unwrap())});
        assert_eq!(payload.pointer(place).unwrap()["scope"], "shared");
        // Equal content has equal bytes: the scope of older results is not written.
        found.pointer_mut(place).unwrap()["scope"] = json!("joint");
        assert!(read(&found).is_err());
    };
    check("preprocessing", "/payload");
    check("best_configuration", "/payload/preprocessing");
}

#[test]
fn other_majors_are_refused_with_what_was_found_and_what_is_read() {
    for (kind, mut document) in golden() {
        let (_, versions) = KIND_VERSIONS.iter().find(|(name, _)| *name == kind).unwrap();
        let (first, last) = (versions[0].major, versions[versions.len() - 1].major);
        for major in [first - 1, last + 1] {
            document["schema_version"] = json!(major);
            let error = read(&document).expect_err(kind);
            let Error::UnsupportedVersion { found, supported, .. } = error else { panic!("{kind}: {error}") };
            assert_eq!((found, supported), (major, last), "{kind}");
        }
    }
}

#[test]
fn versions_ascend_one_by_one() {
    assert!(KIND_VERSIONS.iter().map(|(kind, _)| *kind).eq(KINDS.iter().copied()));
    for (kind, versions) in KIND_VERSIONS {
        for pair in versions.windows(2) {
            let (before, after) = ((pair[0].major, pair[0].minor), (pair[1].major, pair[1].minor));
            let next = [(before.0, before.1 + 1), (before.0 + 1, 0)];
            assert!(next.contains(&after), "{kind}: {after:?} after {before:?}");
        }
    }
}
