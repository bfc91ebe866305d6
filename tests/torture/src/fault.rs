//! What is done to the program, and when.

use clap::ValueEnum;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use std::fmt;

/// What is done to the program or to its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Kind {
    /// Killed before a system call.
    Killed,
    /// One system call fails with EIO.
    IoError,
    /// From one write, open or mkdir on, all of that kind fail with ENOSPC.
    DiskFull,
    /// One open fails with EACCES.
    Denied,
    /// From one on, no thread can be started.
    NoThreads,
    /// One byte of a file is changed.
    Flipped,
    /// A file is cut short.
    Cut,
    /// A file is emptied.
    Emptied,
    /// A file is removed.
    Removed,
    /// A file is replaced by another one of its directory or, for an object, by another object.
    Swapped,
    /// A file is replaced by a directory.
    Directory,
    /// A file is replaced by a FIFO that nothing writes to.
    Fifo,
    /// A file is replaced by a link to nothing.
    Dangling,
    /// A sealed object of many zeros, whose frame states their number, too many, or none, replaces an object.
    Bomb,
    /// Half a line is appended to the test ledger, to the trial log, or to both.
    TornLine,
    /// The last lines of the test ledger or of the trial log are removed, with or without the log's head.
    Shortened,
    /// Every open of one file fails with EACCES.
    Unreadable,
    /// Standard output and standard error are full.
    FullOutput,
    /// Standard output and standard error are closed, or go to a pipe that nothing reads.
    ClosedOutput,
    /// Frozen by SIGSTOP before a system call, with the same command beside it.
    Frozen,
    /// The integrity check and a clean-up run beside the phase.
    Beside,
    /// The storage's address holds a password, in one of the forms that people try.
    Password,
}

/// A command of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// `freeze`
    Freeze,
    /// `tune`
    Tune,
    /// `validate`
    Validate,
    /// `finalize`
    Finalize,
    /// `predict`
    Predict,
    /// `audit`
    Audit,
    /// `artifact fsck`
    Fsck,
    /// `artifact fsck --repair`
    Repair,
    /// `artifact gc --yes`
    Gc,
    /// `report`
    Report,
}

impl Phase {
    /// Every phase; the first four in the order in which they have to run.
    pub const ALL: [Self; 10] = [
        Self::Freeze,
        Self::Tune,
        Self::Validate,
        Self::Finalize,
        Self::Predict,
        Self::Audit,
        Self::Fsck,
        Self::Repair,
        Self::Gc,
        Self::Report,
    ];
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{self:?}").to_lowercase())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.to_possible_value().as_ref().map_or("", |value| value.get_name()))
    }
}

/// One attack.
#[derive(Debug, Clone)]
pub struct Try {
    /// What is done.
    pub kind: Kind,
    /// During, or right before, which phase.
    pub phase: Phase,
    random: ChaCha8Rng,
}

impl Try {
    /// The attack with this number. The same seed, number and `only` give the same attack. Every kind meets every phase
    /// once within [`round`] numbers.
    pub fn new(seed: u64, number: u64, only: Option<Kind>) -> Self {
        let pairs = pairs(only);
        let pair = pairs[(number % pairs.len() as u64) as usize];
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(number);
        Self { kind: pair.0, phase: pair.1, random }
    }

    /// A number from 0 to below `limit`, which must not be 0.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.random.next_u64() % limit as u64) as usize
    }
}

/// How many attacks it takes until every kind has met every phase.
pub fn round(only: Option<Kind>) -> u64 {
    pairs(only).len() as u64
}

/// The kinds with the phases that they make sense in.
fn pairs(only: Option<Kind>) -> Vec<(Kind, Phase)> {
    let kinds = Kind::value_variants().iter().copied().filter(|kind| only.is_none_or(|only| only == *kind));
    let met = |kind: Kind, phase: Phase| match kind {
        Kind::Password => phase == Phase::Tune,
        // Before bars are frozen there is no file to damage.
        Kind::Flipped | Kind::Cut | Kind::Emptied | Kind::Removed | Kind::Swapped => phase != Phase::Freeze,
        Kind::Directory | Kind::Fifo | Kind::Dangling | Kind::Bomb => phase != Phase::Freeze,
        Kind::Unreadable => phase != Phase::Freeze,
        // The trial log exists once a study is done.
        Kind::TornLine | Kind::Shortened => phase > Phase::Tune,
        _ => true,
    };
    kinds.flat_map(|kind| Phase::ALL.map(|phase| (kind, phase))).filter(|pair| met(pair.0, pair.1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attack_depends_on_seed_and_number_only() {
        let drawn = |seed, number| Try::new(seed, number, None).below(usize::MAX);
        assert_eq!(drawn(1, 7), drawn(1, 7));
        assert_ne!(drawn(1, 7), drawn(2, 7));
        assert_ne!(drawn(1, 7), drawn(1, 7 + round(None)));
    }

    #[test]
    fn every_kind_is_drawn_in_a_round() {
        let drawn = |kind| (0..round(None)).any(|number| Try::new(0, number, None).kind == kind);
        assert!(Kind::value_variants().iter().all(|kind| drawn(*kind)));
    }
}
