//! The findings of fsck.

use artifact_core::Digest;
use data_loader::Drift;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A fault of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Problem {
    pub(super) sort: Sort,
    /// The object concerned, if the fault is in an object.
    pub(super) id: Option<Digest>,
    pub(super) message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    Damaged,
    Invalid,
    Missing,
    Ledger,
    Run,
    Tag,
    View,
}

impl Sort {
    pub(super) fn name(self) -> &'static str {
        match self {
            Sort::Damaged => "damaged",
            Sort::Invalid => "invalid",
            Sort::Missing => "missing",
            Sort::Ledger => "ledger",
            Sort::Run => "run",
            Sort::Tag => "tag",
            Sort::View => "view",
        }
    }
}

/// How a problem was dealt with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// No repair was attempted.
    Open,
    Repaired,
    /// It could not be repaired, with the reason.
    Unrepaired(String),
}

/// Counts of what was checked, and everything that was found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// The sound objects by kind.
    pub(super) kinds: BTreeMap<String, usize>,
    pub(super) objects: usize,
    pub(super) runs: usize,
    pub(super) tags: usize,
    pub(super) ledger_entries: usize,
    pub(super) logged_trials: usize,
    pub(super) problems: Vec<(Problem, Fate)>,
    /// Runs with lost bars whose source now gives different ones; only a repair reads sources.
    pub(super) drifted: Vec<Drifted>,
    /// Objects that a clean-up has set aside although they are needed; the next reader brings them back.
    pub(super) set_aside: Vec<Digest>,
    /// Objects that no run, tag or ledger entry leads to.
    pub(super) unreachable: Vec<Digest>,
    /// The unreachable objects that no other object needs.
    pub(super) orphaned: Vec<Digest>,
    /// Temporary files that killed writers left behind.
    pub(super) temporary: Vec<PathBuf>,
    /// Missing views; `rebuild-views` can write them at any time.
    pub(super) missing_views: Vec<PathBuf>,
    /// Views that an earlier program wrote, in its version of the format.
    pub(super) earlier_views: Vec<PathBuf>,
}

impl Findings {
    pub(super) fn is_sound(&self) -> bool {
        self.problems.iter().all(|(_, fate)| *fate == Fate::Repaired)
    }
}

/// A run whose bars are lost and whose source now gives different ones.
#[derive(Debug)]
pub(super) struct Drifted {
    pub(super) run: String,
    pub(super) drift: Drift,
}
