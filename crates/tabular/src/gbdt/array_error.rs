//! What can be wrong with a stored forest.

/// Why a forest could not be stored or read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ArrayError {
    /// The forest is too large: numbers of its nodes or columns would not be exact in `f32`.
    #[error(
        "the forest has {found} {what}, but at most {most} can be stored; train fewer rounds or smaller trees"
    )]
    TooLarge {
        /// What was counted.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// The most that can be stored.
        most: usize,
    },
    /// An array is missing.
    #[error("the forest has no array {name}; it is not a forest or was cut off")]
    Missing {
        /// The name of the array.
        name: &'static str,
    },
    /// An array is unknown or occurs twice.
    #[error("the forest has an unexpected array {name}; it is not a forest or is from a later version")]
    Unexpected {
        /// The name of the array.
        name: String,
    },
    /// An array has the wrong shape.
    #[error(
        "the array {name} has {found} numbers in the shape {shape:?}, but must have {expected}; the forest is damaged"
    )]
    Shape {
        /// The name of the array.
        name: &'static str,
        /// Its shape.
        shape: Vec<usize>,
        /// How many numbers it has.
        found: usize,
        /// What it must have.
        expected: String,
    },
    /// A number is out of range.
    #[error("number {place} of the array {name} is {found}, but must be {expected}; the forest is damaged")]
    Value {
        /// The name of the array.
        name: &'static str,
        /// The place of the number.
        place: usize,
        /// The number.
        found: f32,
        /// The numbers that are allowed.
        expected: String,
    },
}
