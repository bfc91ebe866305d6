//! Objects of any kind.

use artifact_core::{Digest, Error, Object};

#[test]
fn files_that_only_look_like_envelopes_are_blobs() {
    let parts = r#""kind": "trial", "schema_version": 2, "parents": [], "producer": {}, "payload": {}"#;
    let read = |text: String| Object::read(Digest::of(text.as_bytes()), text.into_bytes());
    for blob in [
        "{}",
        "[]",
        "",
        r#"["trial", 2, [], {}, {}, null]"#,
        r#"{"kind": "trial_results", "schema_version": 2, "trials": []}"#,
    ] {
        assert!(matches!(read(blob.to_owned()), Ok(Object::Blob(_))), "{blob}");
    }
    assert!(matches!(read(format!("{{{parts}, \"id\": \"x\"}}")), Ok(Object::Blob(_))));
    assert!(matches!(read(format!("{{{parts}}}")), Err(Error::Json { .. })));
    let unknown = format!("{{{parts}}}").replace("trial", "unheard");
    assert!(matches!(read(unknown), Err(Error::UnknownKind { .. })));
}
