//! Seeds: every random stream of a run is derived from its purpose; no generator state is carried over.

use sha2::{Digest as _, Sha256};

/// What a random stream is for. Two purposes never share a stream, whatever their indices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The bars of the synthetic source.
    SyntheticBars,
    /// The permutation of labels in a negative control.
    LabelPermutation,
    /// The tuner's suggestion of one trial.
    Suggestion,
    /// The initial weights of one fit.
    Weights,
    /// The order of training sequences in one epoch.
    Shuffle,
    /// The dropout masks of one epoch.
    Dropout,
    /// The root seed of one member of an ensemble.
    Member,
    /// The rows of the resamples behind intervals of test figures.
    Intervals,
}

impl Purpose {
    /// The name that is hashed. Written names are part of the format: they never change.
    pub fn name(self) -> &'static str {
        match self {
            Purpose::SyntheticBars => "synthetic-bars",
            Purpose::LabelPermutation => "label-permutation",
            Purpose::Suggestion => "suggestion",
            Purpose::Weights => "weights",
            Purpose::Shuffle => "shuffle",
            Purpose::Dropout => "dropout",
            Purpose::Member => "member",
            Purpose::Intervals => "intervals",
        }
    }
}

/// Which fit a seed is for: the root seed of the run, the trial (or configuration) number and the fold number.
///
/// Folds are counted from 1; fold 0 is a fit outside cross-validation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FitSeed {
    /// The run's root seed.
    pub root: u64,
    /// The trial number.
    pub trial: u64,
    /// The fold number from 1, or 0 outside cross-validation.
    pub fold: u64,
}

impl FitSeed {
    /// Derives the seed of one stream of this fit, see [`derive()`].
    pub fn derive(self, purpose: Purpose, epoch: u64) -> [u8; 32] {
        derive(self.root, purpose, self.trial, self.fold, epoch)
    }

    /// The seed of a member of this fit's ensemble, counted from 0. Member 0 has the fit's own seed, so that a fit on its
    /// own is the first member of any ensemble.
    ///
    /// Another member has the same trial and fold, and as root the first 8 bytes, little-endian, of the stream's seed for
    /// [`Purpose::Member`] with the member's number in place of the epoch.
    pub fn member(self, number: u64) -> Self {
        if number == 0 {
            return self;
        }
        let [a, b, c, d, e, f, g, h, ..] = self.derive(Purpose::Member, number);
        Self { root: u64::from_le_bytes([a, b, c, d, e, f, g, h]), ..self }
    }
}

/// Derives the 256-bit seed of one random stream.
///
/// It is the SHA-256 of the ASCII text `holdfast-seed-v1/<purpose>` followed by the four numbers as unsigned
/// little-endian 64-bit integers. The streams themselves are ChaCha8, seeded with these bytes.
pub fn derive(root: u64, purpose: Purpose, trial: u64, fold: u64, epoch: u64) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"holdfast-seed-v1/");
    hash.update(purpose.name());
    // All numbers have a fixed width, so no two inputs concatenate to the same bytes.
    for number in [root, trial, fold, epoch] {
        hash.update(number.to_le_bytes());
    }
    hash.finalize().into()
}
