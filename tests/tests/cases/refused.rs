//! Files that hold no bars, or bars that nothing can be done with.

use crate::common::{case, folder, refused, smoke};
use tests::Sandbox;

/// Freezing is refused with a message that contains the parts, and leaves no run behind.
#[track_caller]
fn freezing_is_refused(sandbox: &Sandbox, parts: &[&str]) {
    refused(&smoke(sandbox, "data-loader", &["freeze"]), 1, parts);
    assert_eq!(sandbox.workspace().runs().unwrap(), Vec::<String>::new());
}

#[test]
fn different_rows_for_a_date() {
    freezing_is_refused(
        &case("dup-last-day"),
        &["DUPL.csv", "2019-12-31 twice", "lines 261 and 262", "data.duplicates = \"first\" or \"last\""],
    );
}

#[test]
fn a_ticker_in_two_files() {
    let sandbox = case("lowercase-dup");
    // Names that differ in case only cannot lie side by side everywhere.
    std::fs::copy(folder("lowercase-dup").join("AAPL.csv"), sandbox.path("aapl.csv")).unwrap();
    freezing_is_refused(&sandbox, &["AAPL is in both", "aapl.csv", "AAPL.csv"]);
}

#[test]
fn a_ticker_with_a_line_break() {
    freezing_is_refused(&case("ticker-newline"), &["long.csv, line 2", "\"AB\\nCD\"", "a line break"]);
}

#[test]
fn a_single_row() {
    freezing_is_refused(&case("one-row"), &["of 1 row leaves", "use more rows"]);
}
