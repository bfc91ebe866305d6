//! The outcomes of commands.

/// The outcome of a command that ran to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing is wrong.
    Sound,
    /// Something is wrong with the workspace and has been reported.
    Unsound,
    /// Two artifacts differ, and the caller wants the exit code to say so.
    Different,
    /// None of the files to import could be read.
    NothingRead,
}
