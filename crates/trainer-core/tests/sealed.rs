//! What does not compile: every way from test rows to a fit, and every way to test rows past the ledger.
//!
//! Each case in `sealed/` has the compiler's answer beside it. After a change of wording by a newer compiler, write them
//! again with `TRYBUILD=overwrite cargo test -p trainer-core --test sealed`, and read what changed.

#[test]
fn test_rows_cannot_be_fitted_on_or_opened_in_passing() {
    trybuild::TestCases::new().compile_fail("tests/sealed/*.rs");
}
