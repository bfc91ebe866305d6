//! What was wrong with something imported, and what was done about it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One thing that an import found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Finding {
    /// Where: a field's path inside a trial, or a file and a place in it.
    pub place: String,
    /// What is wrong.
    pub damage: Damage,
    /// What was found there, shortened.
    pub found: String,
    /// What was done.
    pub done: Done,
}

/// What can be wrong with older results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Damage {
    /// The file begins with a byte order mark.
    ByteOrderMark,
    /// Bytes follow the last value of the file.
    TrailingBytes,
    /// The file ends inside a value.
    CutOff,
    /// The content is not JSON.
    NotJson,
    /// The file or the entry does not have the shape of version 1.
    NotVersion1,
    /// A key occurs twice in one object.
    RepeatedKey,
    /// A string is not valid Unicode.
    NotUnicode,
    /// A number is NaN or infinite.
    NotFinite,
    /// A number is written as a string, or an integer with a fraction.
    NumberForm,
    /// A value has a form that its key never has.
    UnreadableValue,
    /// There are no metrics, or no score among them.
    NoScore,
    /// There is neither split nor scaler.
    NoArtifacts,
    /// The accuracy is exactly 0, as older writers stored failures.
    SuspectedFailure,
    /// Another trial has the same number.
    DuplicateNumber,
    /// Another trial has the same geometry and batch size, but other artifacts.
    AmbiguousShape,
    /// Indices are not in ascending order.
    UnorderedIndices,
    /// An index occurs twice in one list.
    RepeatedIndices,
    /// A list of indices is empty, or only one of the two lists is there.
    MissingIndices,
    /// An index is in both lists.
    OverlappingIndices,
    /// An index is beyond what the lists can hold.
    IndexOutOfRange,
    /// A deviation of the scaler is 0, negative or not a finite number.
    UnusableScale,
    /// Means and deviations of the scaler do not belong together.
    UnpairedScaler,
    /// There is not one class weight per class.
    WrongNumberOfWeights,
    /// A class weight is negative.
    NegativeWeight,
    /// The class counts are not one count per class.
    WrongClassCounts,
    /// Two places that should agree do not.
    Contradiction,
}

impl Damage {
    /// What is wrong, as a clause.
    pub fn description(self) -> &'static str {
        match self {
            Damage::ByteOrderMark => "begins with a byte order mark",
            Damage::TrailingBytes => "continues after its last value",
            Damage::CutOff => "ends inside a value",
            Damage::NotJson => "is not JSON",
            Damage::NotVersion1 => "does not have the shape of version 1",
            Damage::RepeatedKey => "has a key twice; the last one counts",
            Damage::NotUnicode => "has a string that is not valid Unicode",
            Damage::NotFinite => "is not a finite number",
            Damage::NumberForm => "is a number in another form",
            Damage::UnreadableValue => "has a form that cannot be read",
            Damage::NoScore => "has no score",
            Damage::NoArtifacts => "has neither split nor scaler",
            Damage::SuspectedFailure => "may be a failure: older writers stored failures as an accuracy of 0",
            Damage::DuplicateNumber => "has the number of another trial",
            Damage::AmbiguousShape => {
                "has the seq_length, time_window and batch_size of another trial, but other artifacts"
            }
            Damage::UnorderedIndices => "is not in ascending order",
            Damage::RepeatedIndices => "has an index twice",
            Damage::MissingIndices => "is empty or has no counterpart",
            Damage::OverlappingIndices => "has indices that are also in the other set",
            Damage::IndexOutOfRange => "has an index beyond the sequences that the two sets can hold",
            Damage::UnusableScale => "is not above 0",
            Damage::UnpairedScaler => "does not belong to the other half of the scaler",
            Damage::WrongNumberOfWeights => "is not one weight per class",
            Damage::NegativeWeight => "has a negative weight",
            Damage::WrongClassCounts => "is not one count per class",
            Damage::Contradiction => "contradicts another place",
        }
    }
}

/// What was done about a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Done {
    /// It was only reported: the value is kept and used as it is.
    Kept,
    /// The value is stored in the form it should have had.
    Repaired,
    /// The value is stored as it was found, and nothing uses it.
    SetAside,
    /// It is not stored as an artifact; the original file has it.
    LeftOut,
}

impl Done {
    /// What was done, in words.
    pub fn description(self) -> &'static str {
        match self {
            Done::Kept => "kept",
            Done::Repaired => "repaired",
            Done::SetAside => "set aside, unused",
            Done::LeftOut => "left out; the original file has it",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} (found {}): {}",
            self.place,
            self.damage.description(),
            self.found,
            self.done.description()
        )
    }
}

impl Finding {
    /// Whether the value is as version 1 should have it, and only its meaning is in doubt.
    ///
    /// A trial with only such findings is sound: it is stored and exported as it was found.
    pub fn is_remark(&self) -> bool {
        self.done == Done::Kept
    }
}
