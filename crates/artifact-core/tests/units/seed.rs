//! Seeds.

use artifact_core::Digest;
use artifact_core::seed::{FitSeed, Purpose, derive};

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

#[test]
fn members_of_an_ensemble_have_seeds_of_their_own() {
    let seed = FitSeed { root: 42, trial: 7, fold: 2 };
    assert_eq!(seed.member(0), seed);
    // Computed independently with Python's hashlib and struct.
    assert_eq!(seed.member(1), FitSeed { root: 16_522_639_691_516_146_685, ..seed });
    assert_eq!(seed.member(2), FitSeed { root: 12_736_448_170_718_192_006, ..seed });
    assert_ne!(seed.member(1).root, FitSeed { fold: 3, ..seed }.member(1).root);
}
