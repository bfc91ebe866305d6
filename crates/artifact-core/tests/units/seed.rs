//! Seeds.

use artifact_core::Digest;
use artifact_core::seed::{Purpose, derive};

#[test]
fn every_argument_changes_the_seed() {
    let base = derive(1, Purpose::Weights, 2, 3, 4);
    assert_eq!(base, derive(1, Purpose::Weights, 2, 3, 4));
    for other in [
        derive(0, Purpose::Weights, 2, 3, 4),
        derive(1, Purpose::Shuffle, 2, 3, 4),
        derive(1, Purpose::Weights, 3, 2, 4),
        derive(1, Purpose::Weights, 2, 4, 3),
    ] {
        assert_ne!(base, other);
    }
}

#[test]
fn the_derivation_is_pinned() {
    // Computed independently with Python's hashlib and struct.
    assert_eq!(
        Digest::from_bytes(derive(42, Purpose::Weights, 7, 0, 3)).to_string(),
        "5d132e738159a73c2dcd57549be6fca5a51ec89a9f9a1f114d89253ea9c29605"
    );
}
