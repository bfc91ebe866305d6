//! How a target can break its contract.

/// A target did not return what a target has to.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// Not one outcome per row.
    #[error("target {target} returned {found} outcomes for {expected} rows; expected one per row")]
    Rows {
        /// The target.
        target: String,
        /// The number of outcomes.
        found: usize,
        /// The number of rows.
        expected: usize,
    },
    /// Not the outcomes of every ticker.
    #[error("target {target} returned the outcomes of {found} tickers; expected those of {expected}")]
    Tickers {
        /// The target.
        target: String,
        /// The number of tickers found.
        found: usize,
        /// The number of tickers given.
        expected: usize,
    },
    /// A label that does not fit the target's task.
    #[error("target {target} labels row {row} with {found}; expected {expected}")]
    Label {
        /// The target.
        target: String,
        /// The decision row.
        row: usize,
        /// The label.
        found: String,
        /// What the task needs.
        expected: &'static str,
    },
    /// A trade that ends outside the horizon, or at no price.
    #[error(
        "target {target} ends the trade of row {row} after {rows} rows at {price}; expected 1 to {horizon} rows and a \
         price above 0"
    )]
    Exit {
        /// The target.
        target: String,
        /// The decision row.
        row: usize,
        /// The rows after it.
        rows: usize,
        /// The price.
        price: f64,
        /// The most rows.
        horizon: usize,
    },
    /// A column of one's own that the target reads is not there.
    #[error("target {target} reads the column {column:?}, which the bars do not have; they have {found}")]
    Column {
        /// The target.
        target: String,
        /// The column.
        column: String,
        /// The columns of one's own that there are.
        found: String,
    },
    /// A target that cannot have this horizon.
    #[error("target {target} cannot have a time_window of {horizon}: {reason}")]
    Horizon {
        /// The target.
        target: String,
        /// The horizon.
        horizon: usize,
        /// Why.
        reason: String,
    },
}
