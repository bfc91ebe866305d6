//! Names of closed lists as references.

use serde_json::{Value, json};

/// Turns the name at a JSON pointer into a reference to the part of this name. Anything else stays, for the reader to
/// refuse. Views, which hold some of the same names, use this too.
pub fn reference(payload: &mut Value, place: &str) {
    if let Some(value) = payload.pointer_mut(place)
        && let Some(name) = value.as_str()
    {
        *value = named(name);
    }
}

/// The first version of a part, without parameters.
pub(super) fn named(name: &str) -> Value {
    json!({"name": name, "version": 1, "params": {}})
}
