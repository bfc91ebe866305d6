//! Tags.

use artifact_core::{Digest, Error, Phase, PhaseRecord, RunRecord, Tag, Workspace};
use serde_json::json;

#[test]
fn a_tag_is_created_once_and_moved_only_on_purpose() {
    let directory = tempfile::tempdir().unwrap();
    let tags = Workspace::new(directory.path()).tags();
    assert!(tags.list().unwrap().is_empty());
    let mut record = RunRecord::new("first", &json!({})).unwrap();
    let seal = Digest::of(b"seal");
    record.phases.insert(Phase::Data, PhaseRecord::new(Digest::of(b"key"), [("seal", seal)]));
    let (first, second) = (Tag::new(&record), Tag::new(&RunRecord::new("second", &json!({})).unwrap()));
    assert_eq!(first.objects().collect::<Vec<_>>(), [seal]);
    assert!(tags.create("best", &first).unwrap());
    assert!(!tags.create("best", &second).unwrap());
    assert_eq!(tags.list().unwrap()["best"], first);
    tags.replace("best", &second).unwrap();
    assert_eq!(tags.list().unwrap()["best"], second);
    assert!(tags.delete("best").unwrap());
    assert!(!tags.delete("best").unwrap());
    for bad in ["", ".x", "../run", "a/b", "ü"] {
        assert!(matches!(tags.create(bad, &first), Err(Error::InvalidName { .. })), "{bad}");
    }
}
