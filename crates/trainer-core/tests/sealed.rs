//! What must not compile: any use of test rows in a fit, and any access to test rows that bypasses the ledger.
//!
//! Each case in `sealed/` has the expected compiler output beside it. If a newer compiler words it differently, rewrite
//! it with `TRYBUILD=overwrite cargo test -p trainer-core --test sealed`, and review the diff.

#[test]
fn test_rows_cannot_be_fitted_on_or_opened_in_passing() {
    trybuild::TestCases::new().compile_fail("tests/sealed/*.rs");
}
