//! Small inputs that users met, each a folder in `tests/cases`, through the real binaries.
//!
//! Three cases have an equal test in `predict.rs`, and no folder: `predict-ignores-adjust` is
//! `a_model_of_unadjusted_prices_is_given_unadjusted_prices` there, `predict-newest-first` is
//! `a_model_of_sorted_rows_takes_its_own_newest_first_files`, and `config-json-edited` is
//! `a_changed_file_of_the_model_is_refused_and_an_older_one_is_not`.

mod accepted;
mod common;
#[cfg(unix)]
mod disk;
mod fitted;
mod noted;
mod refused;
#[cfg(unix)]
mod shared;

use std::collections::BTreeSet;
use std::path::Path;

/// A folder that no test reads would be a promise that nobody keeps.
#[test]
fn every_folder_is_read_by_a_test() {
    let sources = [
        include_str!("accepted.rs"),
        include_str!("disk.rs"),
        include_str!("fitted.rs"),
        include_str!("noted.rs"),
        include_str!("refused.rs"),
        include_str!("shared.rs"),
    ];
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let folders: BTreeSet<String> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let unread: Vec<&String> = folders
        .iter()
        .filter(|name| !sources.iter().any(|source| source.contains(&format!("\"{name}\""))))
        .collect();
    assert_eq!(unread, Vec::<&String>::new());
    assert!(!folders.is_empty());
}
