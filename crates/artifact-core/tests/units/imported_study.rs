//! The files of an imported study.

use artifact_core::schema::{ImportedFile, ImportedStudy};
use artifact_core::{Digest, Payload as _};

#[test]
fn paths_that_lead_elsewhere_are_refused() {
    let study = |paths: &[&str]| {
        let blob = Digest::of(b"");
        let file = |path: &&str| ImportedFile { path: (*path).into(), blob, form: None, results: Vec::new() };
        let files = paths.iter().map(file).collect();
        ImportedStudy { files, trials: Vec::new(), findings: Vec::new() }
    };
    assert_eq!(study(&["a/b.json", "c.json"]).validate(), Ok(()));
    for bad in [&[][..], &[""], &["/a"], &["../a"], &["a/../b"], &["./a"], &["a", "a"], &["a\\b"]] {
        assert!(study(bad).validate().is_err(), "{bad:?}");
    }
}
