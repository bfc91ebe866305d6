//! How a command ended.

/// How a command that could do its work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing is wrong.
    Sound,
    /// Something is wrong with the workspace, and it has been listed.
    Unsound,
    /// Two artifacts differ, and the caller asked for that in the exit code.
    Different,
    /// Nothing of what was to be imported could be read.
    NothingRead,
}
