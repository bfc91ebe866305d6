//! Where the trade behind a label enters.

use serde::{Deserialize, Serialize};

/// Where the trade behind a label enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// At the open of the row after the decision (default): who decides at a close can trade at the next open.
    #[default]
    NextOpen,
    /// At the close of the row after the decision.
    NextClose,
    /// At the close of the decision row itself, which is already an input.
    Close,
}

impl Entry {
    /// Every entry.
    pub const ALL: [Entry; 3] = [Entry::NextOpen, Entry::NextClose, Entry::Close];

    /// The written name.
    pub fn name(self) -> &'static str {
        match self {
            Entry::NextOpen => "next_open",
            Entry::NextClose => "next_close",
            Entry::Close => "close",
        }
    }

    /// The first row whose close a trade decided in `row` sees while it is held.
    pub fn first_row(self, row: usize) -> usize {
        match self {
            Entry::NextOpen | Entry::Close => row.saturating_add(1),
            Entry::NextClose => row.saturating_add(2),
        }
    }

    /// Checks that a trade can enter before a horizon of so many rows ends.
    ///
    /// # Errors
    ///
    /// What is wrong.
    pub fn check(self, horizon: usize) -> Result<(), String> {
        if self.first_row(0) <= horizon {
            return Ok(());
        }
        Err(format!(
            "a trade that enters at {} needs a time_window of at least {}",
            self.name(),
            self.first_row(0)
        ))
    }
}
