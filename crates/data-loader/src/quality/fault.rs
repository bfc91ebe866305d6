//! Faults in messages.

use artifact_core::schema::Fault;

/// The first faults of a list on one line, for a message.
pub(super) fn first_few(faults: &[Fault]) -> String {
    let shown: Vec<String> = faults.iter().take(5).map(Fault::to_string).collect();
    shown.join("; ")
}
