//! The seal: where the test rows begin, and where the bars came from.

use super::snapshot::validate_own_columns;
use super::{Account, Fault, SnapshotId};
use crate::component::{Component, Params};
use crate::envelope::{Payload, Version};
use crate::error::{Invalid, ensure};
use crate::id::{Digest, Id};
use crate::moment::Moment;
use crate::parents::{Contradiction, Parents, agree};
use serde::{Deserialize, Serialize};

/// The id of a [`Seal`].
pub type SealId = Id<Seal>;

/// Binds a full snapshot to its development cut, once per run.
///
/// Tuner and extended-trainer load [`Seal::development`] only; the test rows are in other blobs. final-trainer loads
/// [`Seal::snapshot`] after it has recorded the unsealing in the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Seal {
    /// All rows.
    pub snapshot: SnapshotId,
    /// The rows before `split_row`.
    pub development: SnapshotId,
    /// The number of all rows `T`.
    pub rows: usize,
    /// The first test row.
    pub split_row: usize,
    /// Its date.
    pub split_date: Moment,
    /// The requested share of rows before the test rows.
    pub train_test_split_ratio: f64,
    /// How the tickers were put on one time axis.
    pub alignment: Alignment,
    /// Where the bars came from.
    pub source: DataSource,
    /// The faults found in the bars of the requested period, and what was done about each. Every row and date that was left
    /// out is among them.
    pub faults: Vec<Fault>,
    /// What became of the rows that the source gave. Absent for bars of the caller's own, and in seals of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
}

/// How tickers are put on one time axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Alignment {
    /// Only rows where every ticker traded (default).
    #[default]
    Intersection,
    /// Every row where any ticker traded, filled forward up to a stated gap, never backward.
    Union,
}

/// A source of bars.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DataSource {
    /// The name of the source.
    pub kind: String,
    /// The version of the source's behaviour; left out when it is 1.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub version: u32,
    /// The parameters that were given with the source; left out when there are none.
    #[serde(default, skip_serializing_if = "Params::is_empty")]
    pub params: Params,
    /// The requested period, as written.
    pub period: String,
    /// The digest of each file; empty for generated bars.
    pub files: Vec<SourceFile>,
    /// The columns of one's own, in stored order; left out when there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<GivenColumn>,
}

/// A column of one's own: when its values became known is the user's word, which no artifact can confirm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GivenColumn {
    /// The name.
    pub name: String,
    /// Its header in the source; left out when it is the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The file of a series that all tickers share; left out for a column of the bars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<SourceFile>,
    /// How many rows passed before a value counted as known.
    pub delay: usize,
    /// The most rows without a value of their own that a value was carried forward into.
    pub max_forward_fill: usize,
}

/// One file of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SourceFile {
    /// The file's name, without its directory.
    pub name: String,
    /// The SHA-256 of its bytes.
    pub sha256: Digest,
}

/// The version that added the source's version and parameters.
const WITH_PARAMETERS: Version =
    Version { major: 2, minor: 1, change: "The source's version and parameters, where it has any." };

/// The version that accounts for every row.
const WITH_ACCOUNT: Version = Version {
    major: 2,
    minor: 3,
    change: "What became of every row that the source gave, the spacing of the bars and the clock of intraday ones, how \
             many rows a fault covers, and dates with a time of day.",
};

/// The version that added columns of one's own.
const WITH_COLUMNS: Version =
    Version { major: 2, minor: 2, change: "The columns of one's own, where there are any." };

fn first() -> u32 {
    1
}

fn is_first(version: &u32) -> bool {
    *version == first()
}

impl GivenColumn {
    /// The column in words: `vix (delay 1 row, filled forward over at most 5 rows)`.
    pub fn describe(&self) -> String {
        let rows = |rows: usize| if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") };
        let filled = match self.max_forward_fill {
            0 => "not filled forward".to_owned(),
            limit => format!("filled forward over at most {}", rows(limit)),
        };
        format!("{} (delay {}, {filled})", self.name, rows(self.delay))
    }

    /// The column's header in the source.
    pub fn header(&self) -> &str {
        self.column.as_deref().unwrap_or(&self.name)
    }
}

impl Seal {
    /// Whether some date has a time of day.
    fn has_clock(&self) -> bool {
        let dates = self.faults.iter().flat_map(|fault| [fault.date, fault.last_date()]);
        self.split_date.has_clock() || dates.into_iter().any(Moment::has_clock)
    }
}

impl DataSource {
    /// The reference to the source.
    pub fn component(&self) -> Component {
        Component { name: self.kind.clone(), version: self.version, params: self.params.clone() }
    }
}

impl Payload for Seal {
    const KIND: &'static str = "seal";

    const VERSIONS: &'static [Version] = &[Version::FIRST, WITH_PARAMETERS, WITH_COLUMNS, WITH_ACCOUNT];

    fn minor(&self) -> u64 {
        match &self.source {
            _ if self.account.is_some() || self.has_clock() => 3,
            source if !source.columns.is_empty() => 2,
            source => u64::from(!is_first(&source.version) || !source.params.is_empty()),
        }
    }

    fn parents(&self) -> Vec<Digest> {
        vec![self.snapshot.digest(), self.development.digest()]
    }

    fn validate(&self) -> Result<(), Invalid> {
        let inside = self.split_row > 0 && self.split_row < self.rows;
        ensure(
            inside,
            "split_row",
            self.split_row,
            format!("a row from 1 to {}", self.rows.saturating_sub(1)),
        )?;
        let ratio = self.train_test_split_ratio;
        ensure(ratio > 0.0 && ratio < 1.0, "train_test_split_ratio", ratio, "a number between 0 and 1")?;
        let row = boundary(self.rows, ratio);
        ensure(self.split_row == row, "split_row", self.split_row, format!("{row}, from the ratio"))?;
        let apart = self.development != self.snapshot;
        ensure(apart, "development", "the whole snapshot", "the snapshot of the rows before split_row")?;
        let version = self.source.version;
        ensure(version >= 1, "source.version", version, "at least 1")?;
        let names = self.source.columns.iter().map(|column| column.name.as_str());
        validate_own_columns("source.columns", names, 0)?;
        for (place, fault) in self.faults.iter().enumerate() {
            let field = format!("faults[{place}].line");
            ensure(fault.line != Some(0), &field, 0, "a line from 1")?;
            ensure(fault.rows > 0, &format!("faults[{place}].rows"), 0, "at least one row")?;
        }
        self.account.iter().try_for_each(|account| account.validate(self.rows, &self.faults))
    }

    fn verify(&self, parents: &Parents<'_>) -> Result<(), Contradiction> {
        let (all, development) = (parents.get(self.snapshot)?, parents.get(self.development)?);
        agree("rows", self.rows, all.rows, "snapshot")?;
        agree("split_row", self.split_row, development.rows, "development")?;
        let names = |tickers: &[String]| tickers.join(", ");
        agree("development.tickers", names(&development.tickers), names(&all.tickers), "snapshot")?;
        agree("development.columns", names(&development.columns), names(&all.columns), "snapshot")?;
        let given: Vec<String> = self.source.columns.iter().map(|column| column.name.clone()).collect();
        agree("source.columns", names(&given), names(all.own_columns()), "snapshot")?;
        agree("development.first_date", development.first_date, all.first_date, "snapshot")?;
        let dates = format!("a date after {} and up to {}", development.last_date, all.last_date);
        let inside = development.last_date < self.split_date && self.split_date <= all.last_date;
        ensure(inside, "split_date", self.split_date, dates)?;
        // Chunks of the same rows share a blob; the rows of a chunk cut short are compared when they are opened.
        for (place, (cut, whole)) in development.chunks.iter().zip(&all.chunks).enumerate() {
            let alike = (cut.start, cut.end) != (whole.start, whole.end) || cut.blob == whole.blob;
            let field = format!("development.chunks[{place}].blob");
            ensure(alike, &field, cut.blob.short(), format!("{}, as in snapshot", whole.blob.short()))?;
        }
        for (place, fault) in self.faults.iter().enumerate() {
            let field = format!("faults[{place}].ticker");
            ensure(all.tickers.contains(&fault.ticker), &field, &fault.ticker, names(&all.tickers))?;
        }
        if let Some(account) = &self.account {
            let accounted: Vec<String> = account.tickers.iter().map(|ticker| ticker.ticker.clone()).collect();
            agree("account.tickers", names(&accounted), names(&all.tickers), "snapshot")?;
        }
        Ok(())
    }
}

/// The row at which a share of `rows` ends: `floor(rows * share)`.
pub(super) fn boundary(rows: usize, share: f64) -> usize {
    (rows as f64 * share).floor() as usize
}
