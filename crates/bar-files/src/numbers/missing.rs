//! Cells without a value.

/// What programs write where a value is missing.
const MISSING: [&str; 14] =
    ["", "nan", "na", "n/a", "null", "none", "-", "--", ".", "#n/a", "<na>", "nat", "#n/a n/a", "—"];

/// Whether a cell says that it has no value.
pub(crate) fn is_missing(cell: &str) -> bool {
    cell.is_empty() || cell.len() <= 8 && MISSING.iter().any(|word| cell.eq_ignore_ascii_case(word))
}
