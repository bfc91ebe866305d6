//! How a study over several models begins.

use crate::samplers::with_first;
use crate::search_space::{HyperparameterSpace, Point};
use rand_chacha::ChaCha8Rng;

/// What trial `number` of a study over several models tries if it is one of the first `startup_trials`, or one of the
/// first as many as there are models; `None` for all others, which a sampler suggests.
///
/// The models take turns, since a sampler that has seen few trials may not have seen one of each. The first trial of a
/// model has the declared defaults and the smallest windows: it is what one would fit without a search. The others are
/// drawn at random.
pub(super) fn opening(
    space: &HyperparameterSpace,
    number: u64,
    startup_trials: usize,
    rng: &mut ChaCha8Rng,
) -> Option<Point> {
    let (models, number) = (space.models().len(), usize::try_from(number).ok()?);
    if models < 2 || number >= startup_trials.max(models) {
        return None;
    }
    let drawn = with_first(space.space(), Some((number % models) as f64), rng);
    Some(if number < models { space.with_defaults(drawn, rng) } else { drawn })
}

#[cfg(test)]
mod tests {
    use super::opening;
    use crate::search_space::hyperparameters_tests::{several, space as of_one_model};
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn the_models_take_turns_and_begin_with_their_defaults() {
        let space = several();
        let opened =
            |number, startup, seed| opening(&space, number, startup, &mut ChaCha8Rng::seed_from_u64(seed));
        let point = |number, seed| opened(number, 7, seed).unwrap();
        let models: Vec<String> =
            (0..7).map(|number| space.model(&point(number, number)).to_owned()).collect();
        assert_eq!(models, ["linear", "gbdt", "transformer", "linear", "gbdt", "transformer", "linear"]);
        assert!(opened(7, 7, 7).is_none());
        assert!(opened(2, 0, 7).is_some(), "each model has a turn");
        for number in 0..7 {
            assert_eq!(space.space().check(&point(number, 1)), Ok(()));
        }
        let first = |number| space.hyperparameters(&point(number, 3));
        let gbdt = first(1);
        assert_eq!((gbdt.seq_length, gbdt.time_window), (30, 5), "the smallest windows");
        assert_eq!(gbdt.model.float("learning_rate"), Some(0.1), "the default, moved into its domain");
        assert_eq!(gbdt.model.size("max_leaves"), Some(15));
        let transformer = first(2).model;
        assert_eq!(transformer.size("num_layers"), Some(2));
        assert_eq!(transformer.size("num_heads"), Some(4));
        assert_ne!(point(3, 3), point(3, 4), "drawn at random");
        assert!(opening(&of_one_model(), 0, 7, &mut ChaCha8Rng::seed_from_u64(0)).is_none());
    }
}
